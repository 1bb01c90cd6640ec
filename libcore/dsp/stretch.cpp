extern "C" {
#include "dsp/stretch.h"
}

#include <algorithm>
#include <cstring>
#include <map>
#include <new>

#include <rubberband/RubberBandStretcher.h>

using RubberBand::RubberBandStretcher;

namespace {

constexpr size_t block = 8192;

struct moving { // a place in all channels
	const float *from[QF_STRETCH_CHANNELS];
	float *to[QF_STRETCH_CHANNELS];

	const float *const *in(const float *const *channel, int n, size_t at)
	{
		for (int c = 0; c < n; c++)
			from[c] = channel[c] + at;
		return from;
	}
	float *const *out(float *const *channel, int n, size_t at)
	{
		for (int c = 0; c < n; c++)
			to[c] = channel[c] + at;
		return to;
	}
};

// What is ready, up to the end of out; returns where it ends now.
size_t take(RubberBandStretcher &s, float *const *out, size_t at, size_t n_out, int channels)
{
	moving m;

	for (int ready = s.available(); ready > 0 && at < n_out; ready = s.available())
		at += s.retrieve(m.out(out, channels, at), std::min(n_out - at, static_cast<size_t>(ready)));
	return at;
}

void run(const float *const *in, size_t n_in, float *const *out, size_t n_out, int channels, int rate_hz,
	 const std::map<size_t, size_t> &points)
{
	RubberBandStretcher s(static_cast<size_t>(rate_hz), static_cast<size_t>(channels),
			      RubberBandStretcher::OptionProcessOffline | RubberBandStretcher::OptionEngineFiner |
				      RubberBandStretcher::OptionThreadingNever | RubberBandStretcher::OptionChannelsTogether,
			      static_cast<double>(n_out) / static_cast<double>(n_in), 1);
	size_t done = 0;
	moving m;

	s.setExpectedInputDuration(n_in);
	s.setMaxProcessSize(block);
	s.setKeyFrameMap(points);
	s.study(in, n_in, true);
	for (size_t at = 0, n; at < n_in; at += n) {
		n = std::min(block, n_in - at);
		s.process(m.in(in, channels, at), n, at + n == n_in);
		done = take(s, out, done, n_out, channels);
	}
	for (int c = 0; c < channels; c++)
		std::memset(out[c] + done, 0, (n_out - done) * sizeof(float));
}

}

extern "C" enum qf_status qf_stretch(const float *const *in, size_t n_in, float *const *out, size_t n_out, int channels, int rate_hz,
				     const struct qf_stretch_point *point, size_t n, struct qf_err *e)
{
	if (!n_in || !n_out || channels < 1 || channels > QF_STRETCH_CHANNELS)
		return qf_fail(e, QF_EINVAL, "%zu frames of %d channels cannot be stretched to %zu", n_in, channels, n_out);
	try {
		std::map<size_t, size_t> points;

		for (size_t i = 0; i < n; i++)
			if (point[i].in && point[i].in < n_in)
				points[point[i].in] = point[i].out;
		run(in, n_in, out, n_out, channels, rate_hz, points);
	} catch (const std::bad_alloc &) {
		return qf_fail(e, QF_ENOMEM, "out of memory for stretching %zu frames", n_in);
	}
	return QF_OK;
}
