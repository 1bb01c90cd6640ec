#include "features/fingerprint.h"

#include "base/alloc.h"

#include <chromaprint.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define AT_ONCE 1024     /* frames in */
#define OUT 16384        /* frames out of so many: 11 times as many from 1,000 Hz, and what was held */
#define USUAL_CHANNELS 8 /* up to here libswresample knows a layout for every number */

struct qf_fingerprint {
	ChromaprintContext *chroma;
	SwrContext *swr;
	size_t channels, left; /* left: frames at Chromaprint's rate */
	bool mix;              /* the channels have no usual meaning: take their mean */
	int16_t in[AT_ONCE * USUAL_CHANNELS], out[OUT];
};

/* The resampler that fpcalc asks for: 16 taps, 2^8 phases with linear interpolation
 * between them, 0.8 of the band. */
static int choose_filter(SwrContext *swr)
{
	return av_opt_set_int(swr, "filter_size", 16, 0) < 0 || av_opt_set_int(swr, "phase_shift", 8, 0) < 0 ||
	       av_opt_set_int(swr, "linear_interp", 1, 0) < 0 || av_opt_set_double(swr, "cutoff", 0.8, 0) < 0;
}

/* From the file's rate and channels to Chromaprint's. NULL: refused. */
static SwrContext *converter(ChromaprintContext *chroma, int rate_hz, int channels)
{
	AVChannelLayout from, to;
	SwrContext *swr = NULL;

	av_channel_layout_default(&from, channels);
	av_channel_layout_default(&to, chromaprint_get_num_channels(chroma));
	if (swr_alloc_set_opts2(&swr, &to, AV_SAMPLE_FMT_S16, chromaprint_get_sample_rate(chroma), &from, AV_SAMPLE_FMT_S16,
				rate_hz, 0, NULL) < 0 ||
	    choose_filter(swr) || swr_init(swr) < 0)
		swr_free(&swr);
	av_channel_layout_uninit(&from);
	av_channel_layout_uninit(&to);
	return swr;
}

enum qf_status qf_fingerprint_open(struct qf_fingerprint **out, int rate_hz, int channels, struct qf_err *e)
{
	struct qf_fingerprint *p = qf_zalloc(1, sizeof *p);

	*out = NULL;
	if (p)
		p->chroma = chromaprint_new(CHROMAPRINT_ALGORITHM_DEFAULT);
	if (!p || !p->chroma) {
		qf_free(p);
		return qf_fail(e, QF_ENOMEM, "fingerprint: out of memory");
	}
	p->channels = (size_t)channels;
	p->mix = channels > USUAL_CHANNELS;
	p->left = (size_t)chromaprint_get_sample_rate(p->chroma) * QF_FINGERPRINT_SECONDS;
	p->swr = converter(p->chroma, rate_hz, p->mix ? 1 : channels);
	if (!p->swr || !chromaprint_start(p->chroma, chromaprint_get_sample_rate(p->chroma),
					  chromaprint_get_num_channels(p->chroma)))
		p->left = 0;
	*out = p;
	return QF_OK;
}

void qf_fingerprint_close(struct qf_fingerprint *p)
{
	if (!p)
		return;
	chromaprint_free(p->chroma);
	swr_free(&p->swr);
	qf_free(p);
}

static int16_t sample16(float x)
{
	float v = x * 32768;

	return (int16_t)(v >= 32767 ? 32767 : v <= -32768 ? -32768 : lrintf(v));
}

static void take(struct qf_fingerprint *p, const float *pcm, size_t frames)
{
	size_t n = p->channels;

	for (size_t i = 0; !p->mix && i < frames * n; i++)
		p->in[i] = sample16(pcm[i]);
	for (size_t i = 0; p->mix && i < frames; i++) {
		float sum = 0;

		for (size_t c = 0; c < n; c++)
			sum += pcm[i * n + c];
		p->in[i] = sample16(sum / (float)n);
	}
}

/* n frames of p->in; 0 takes what the converter still holds. */
static enum qf_status convert(struct qf_fingerprint *p, size_t n, struct qf_err *e)
{
	uint8_t *out[1] = {(uint8_t *)p->out};
	const uint8_t *in[1] = {(const uint8_t *)p->in};
	int got = swr_convert(p->swr, out, OUT, n ? in : NULL, (int)n);
	size_t frames = got > 0 ? (size_t)got : 0;

	frames = frames < p->left ? frames : p->left;
	p->left -= frames;
	if (got < 0 || (frames && !chromaprint_feed(p->chroma, p->out, (int)frames)))
		return qf_fail(e, QF_ENOMEM, "fingerprint: out of memory");
	return QF_OK;
}

enum qf_status qf_fingerprint_feed(struct qf_fingerprint *p, const float *pcm, size_t frames, struct qf_err *e)
{
	enum qf_status st = QF_OK;

	while (frames && p->left && st == QF_OK) {
		size_t n = frames < AT_ONCE ? frames : AT_ONCE;

		take(p, pcm, n);
		st = convert(p, n, e);
		pcm += n * p->channels;
		frames -= n;
	}
	return st;
}

enum qf_status qf_fingerprint_finish(struct qf_fingerprint *p, struct qf_features *f, struct qf_err *e)
{
	char *text = NULL;
	int values = 0;

	if (!p->swr)
		return QF_OK;
	if (p->left && convert(p, 0, e) != QF_OK)
		return QF_ENOMEM;
	if (!chromaprint_finish(p->chroma) || !chromaprint_get_raw_fingerprint_size(p->chroma, &values) || !values)
		return QF_OK;
	if (!chromaprint_get_fingerprint(p->chroma, &text) || !text)
		return qf_fail(e, QF_ENOMEM, "fingerprint: out of memory");
	f->fingerprint = qf_strdup(text);
	chromaprint_dealloc(text);
	return f->fingerprint ? QF_OK : qf_fail(e, QF_ENOMEM, "fingerprint: out of memory");
}
