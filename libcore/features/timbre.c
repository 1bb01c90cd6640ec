#include "features/timbre.h"

#include "base/alloc.h"
#include "dsp/fft.h"
#include "dsp/mel.h"
#include "dsp/stats.h"
#include "dsp/wide.h"
#include "dsp/window.h"
#include "features/onsets_aubio.h"

#include <math.h>
#include <string.h>

#define FRAME 1024
#define BANDS 40
#define CEPSTRA 20
#define BINS (FRAME / 2 + 1)
#define AUDIBLE 1e-7f      /* mean square, -70 dBFS */
#define ONSET_GAIN 6553.6f
#define LOWEST_HZ 30.0
#define GAIN_EVERY 64      /* frames */
#define USUAL_POWER 0.01   /* mean square that a track is taken to have ... */
#define USUAL_FRAMES 43.0  /* ... with the weight of so many frames */

struct qf_timbre {
	double rate_hz;
	size_t frame, hop, bins;
	struct qf_fft *fft;
	struct qf_mel *bank;
	struct qf_onsets_aubio *onsets;
	float window[FRAME], dct[BANDS * QF_WIDE];
	float ring[FRAME]; /* the samples of the frame under way, oldest first */
	size_t filled;
	float power[BINS], mag[BINS], index[BINS];
	float mel[BANDS], onset_mel[BANDS]; /* onset_mel: logarithms of the frame before */
	float gain;
	size_t low_bands, voice_from, voice_to; /* bands under 200 Hz; from 200 to 3400 Hz */
	double power_sum;
	size_t loud_frames, frames;
	struct qf_stat centroid, rolloff, flatness, bandwidth, crossings, mfcc[CEPSTRA];
};

static double mel_of(double hz)
{
	return 2595 * log10(1 + hz / 700);
}

/* The band whose triangle has its middle at hz or above. */
static size_t band_at(double hz, double top_hz)
{
	double step = (mel_of(top_hz) - mel_of(LOWEST_HZ)) / (BANDS + 1);

	return (size_t)qf_clamp(ceil((mel_of(hz) - mel_of(LOWEST_HZ)) / step - 1), 0, BANDS);
}

static void choose_bands(struct qf_timbre *t, double top_hz)
{
	t->low_bands = band_at(200, top_hz);
	t->voice_from = t->low_bands;
	t->voice_to = band_at(3400, top_hz);
}

enum qf_status qf_timbre_open(struct qf_timbre **out, double rate_hz, struct qf_err *e)
{
	struct qf_timbre *t;
	enum qf_status st;

	*out = NULL;
	if (!(rate_hz >= 500 && rate_hz <= 30000))
		return qf_fail(e, QF_EINVAL, "timbre: an analysis rate of %g Hz", rate_hz);
	t = qf_zalloc(1, sizeof *t);
	if (!t)
		return qf_fail(e, QF_ENOMEM, "timbre: out of memory");
	t->rate_hz = rate_hz;
	for (t->frame = FRAME; rate_hz * FRAME / (double)t->frame < 15000 && t->frame > 64; )
		t->frame /= 2;
	t->hop = t->frame / 4;
	t->bins = t->frame / 2 + 1;
	t->gain = (float)(ONSET_GAIN / USUAL_POWER);
	qf_window_hann(t->window, t->frame, 4.0 / (double)t->frame);
	qf_mel_dct(t->dct, CEPSTRA, BANDS);
	for (size_t k = 0; k < t->bins; k++)
		t->index[k] = (float)k;
	choose_bands(t, fmin(rate_hz / 2, 11000));
	st = qf_fft_open(&t->fft, t->frame, e);
	if (st == QF_OK)
		st = qf_mel_open(&t->bank, BANDS, t->bins, rate_hz, LOWEST_HZ, fmin(rate_hz / 2, 11000), e);
	if (st == QF_OK)
		st = qf_onsets_aubio_open(&t->onsets, t->frame, rate_hz / (double)t->hop, e);
	if (st == QF_OK)
		*out = t;
	else
		qf_timbre_close(t);
	return st;
}

void qf_timbre_close(struct qf_timbre *t)
{
	if (!t)
		return;
	qf_fft_close(t->fft);
	qf_mel_close(t->bank);
	qf_onsets_aubio_close(t->onsets);
	qf_free(t);
}

size_t qf_timbre_hop(const struct qf_timbre *t)
{
	return t->hop;
}

size_t qf_timbre_length(const struct qf_timbre *t)
{
	return t->frame;
}

static float sum(const float *x, size_t n)
{
	float s[4] = {0};
	size_t whole = n & ~(size_t)3;

	for (size_t i = 0; i < whole; i += 4)
		for (size_t j = 0; j < 4; j++)
			s[j] += x[i + j];
	for (size_t i = whole; i < n; i++)
		s[0] += x[i];
	return (s[0] + s[1]) + (s[2] + s[3]);
}

/* exp(mean ln p) / mean p, the logarithm taken of products of sixteen: p stays
 * between 1e-12 and 1e17, so that a product fits a double. Four products grow side by side. */
static double flatness(const float *p, size_t n, double total)
{
	double logs = 0;

	for (size_t k = 0; k < n; k += 64) {
		double product[4] = {1, 1, 1, 1};
		size_t end = k + 64 < n ? k + 64 : n;

		for (size_t i = k; i + 4 <= end; i += 4)
			for (size_t j = 0; j < 4; j++)
				product[j] *= (double)p[i + j] + 1e-12;
		for (size_t i = end & ~(size_t)3; i < end; i++)
			product[0] *= (double)p[i] + 1e-12;
		for (size_t j = 0; j < 4; j++)
			logs += log(product[j]);
	}
	return exp(logs / (double)n) / (total / (double)n + 1e-12);
}

static double rolloff_bin(const float *p, size_t n, double total)
{
	double want = 0.85 * total, have = 0;

	for (size_t k = 1; k < n; k++) {
		have += (double)p[k];
		if (have >= want)
			return (double)k;
	}
	return (double)(n - 1);
}

static double crossings(const float *x, size_t n)
{
	int count = 0;

	for (size_t i = 1; i < n; i++)
		count += (x[i - 1] < 0) != (x[i] < 0);
	return count;
}

static void measure(struct qf_timbre *t, double total, float cepstra[QF_TIMBRE_CEPSTRA])
{
	const float *a = t->mag + 1, *k = t->index + 1;
	size_t n = t->bins - 1, newest = t->frame - t->hop - 1;
	double hz = t->rate_hz / (double)t->frame, s0, s1, s2 = 0, centre;
	float squares[BINS], logs[BANDS], c[QF_WIDE] = {0};

	s0 = (double)sum(a, n);
	s1 = (double)qf_dot(a, k, n);
	centre = s1 / s0;
	for (size_t i = 0; i < n; i++) {
		float d = k[i] - (float)centre;

		squares[i] = d * d;
	}
	s2 = (double)qf_dot(a, squares, n);
	qf_stat_add(&t->centroid, centre * hz);
	qf_stat_add(&t->bandwidth, sqrt(s2 / s0) * hz);
	qf_stat_add(&t->rolloff, rolloff_bin(t->power, t->bins, total) * hz);
	qf_stat_add(&t->flatness, flatness(t->power + 1, n, total));
	qf_stat_add(&t->crossings, crossings(t->ring + newest, t->hop + 1) * t->rate_hz / (double)t->hop);
	qf_wide_best()->log(t->mel, BANDS, 1e-10f, 1, logs);
	qf_wide_best()->add(c, logs, BANDS, t->dct, QF_WIDE);
	for (size_t i = 0; i < CEPSTRA; i++)
		qf_stat_add(&t->mfcc[i], (double)c[i]);
	memcpy(cepstra, c, QF_TIMBRE_CEPSTRA * sizeof *c);
}

static void compress(const struct qf_timbre *t, float *out)
{
	qf_wide_best()->log(t->mel, BANDS, 1, t->gain, out);
}

static void find_novelty(struct qf_timbre *t, struct qf_timbre_frame *out)
{
	float now[BANDS], rise[BANDS];

	compress(t, now);
	for (size_t b = 0; b < BANDS; b++)
		rise[b] = now[b] > t->onset_mel[b] ? now[b] - t->onset_mel[b] : 0;
	memcpy(t->onset_mel, now, sizeof now);
	if (t->frames++ == 0)
		return; /* the first frame has no past */
	out->low = sum(rise, t->low_bands);
	out->novelty = sum(rise, BANDS);
	if (t->frames % GAIN_EVERY == 0) {
		t->gain = (float)(ONSET_GAIN * (USUAL_FRAMES + (double)t->loud_frames) / (USUAL_FRAMES * USUAL_POWER + t->power_sum));
		compress(t, t->onset_mel);
	}
}

static void take_frame(struct qf_timbre *t, struct qf_timbre_frame *out)
{
	float *in = qf_fft_input(t->fft), total;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < t->frame; i++)
		in[i] = t->ring[i] * t->window[i];
	qf_fft_power(t->fft, t->power);
	for (size_t i = 0; i < t->bins; i++)
		t->mag[i] = sqrtf(t->power[i]);
	qf_mel_run(t->bank, t->power, t->mel);
	total = sum(t->power + 1, t->bins - 1);
	out->audible = total / 3 > AUDIBLE; /* a sine of mean square m has the power 2 m in its bin and half of that in all: 3 m */
	if (out->audible) {
		t->power_sum += (double)total / 3;
		t->loud_frames++;
		measure(t, (double)total, out->cepstra);
	}
	out->voice = logf(sum(t->mel + t->voice_from, t->voice_to - t->voice_from) + 1e-10f);
	qf_onsets_aubio_next(t->onsets, t->mag, out->audible);
	find_novelty(t, out);
}

size_t qf_timbre_feed(struct qf_timbre *t, const float *mono, size_t n, struct qf_timbre_frame *out)
{
	size_t frames = 0;

	while (n) {
		size_t room = t->frame - t->filled, some = n < room ? n : room;

		memcpy(t->ring + t->filled, mono, some * sizeof *mono);
		t->filled += some;
		mono += some;
		n -= some;
		if (t->filled < t->frame)
			break;
		take_frame(t, &out[frames++]);
		memmove(t->ring, t->ring + t->hop, (t->frame - t->hop) * sizeof *t->ring);
		t->filled = t->frame - t->hop;
	}
	return frames;
}

size_t qf_timbre_finish(struct qf_timbre *t, struct qf_features *f, struct qf_timbre_frame *out)
{
	size_t late = t->frames == 0;
	double seconds;

	if (late) {
		memset(t->ring + t->filled, 0, (t->frame - t->filled) * sizeof *t->ring);
		take_frame(t, &out[0]);
	}
	seconds = (double)(t->frames - 1) * (double)t->hop / t->rate_hz + (double)t->frame / t->rate_hz;
	f->onset_rate_aubio_hz = (double)qf_onsets_aubio_count(t->onsets) / seconds;
	f->centroid_hz_mean = qf_stat_mean(&t->centroid);
	f->centroid_hz_sd = qf_stat_sd(&t->centroid);
	f->rolloff_hz_mean = qf_stat_mean(&t->rolloff);
	f->rolloff_hz_sd = qf_stat_sd(&t->rolloff);
	f->flatness_mean = qf_stat_mean(&t->flatness);
	f->flatness_sd = qf_stat_sd(&t->flatness);
	f->bandwidth_hz_mean = qf_stat_mean(&t->bandwidth);
	f->bandwidth_hz_sd = qf_stat_sd(&t->bandwidth);
	f->zero_crossings_hz_mean = qf_stat_mean(&t->crossings);
	f->zero_crossings_hz_sd = qf_stat_sd(&t->crossings);
	for (size_t i = 0; i < CEPSTRA; i++) {
		f->mfcc_mean[i] = t->mfcc[i].n ? (float)qf_stat_mean(&t->mfcc[i]) : 0;
		f->mfcc_sd[i] = t->mfcc[i].n ? (float)qf_stat_sd(&t->mfcc[i]) : 0;
	}
	return late;
}
