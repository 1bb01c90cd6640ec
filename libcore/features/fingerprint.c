#include "features/fingerprint.h"

#include "base/alloc.h"

#include <chromaprint.h>
#include <math.h>
#include <stdint.h>

#define CHUNK 4096 /* samples */

struct qf_fingerprint {
	ChromaprintContext *chroma; /* NULL: refused */
	size_t channels, frames_left;
	int16_t chunk[CHUNK];
};

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
	p->frames_left = (size_t)rate_hz * QF_FINGERPRINT_SECONDS;
	if (!chromaprint_start(p->chroma, rate_hz, channels)) {
		chromaprint_free(p->chroma);
		p->chroma = NULL;
	}
	*out = p;
	return QF_OK;
}

void qf_fingerprint_close(struct qf_fingerprint *p)
{
	if (!p)
		return;
	if (p->chroma)
		chromaprint_free(p->chroma);
	qf_free(p);
}

static int16_t sample16(float x)
{
	float v = x * 32768;

	return (int16_t)(v >= 32767 ? 32767 : v <= -32768 ? -32768 : lrintf(v));
}

enum qf_status qf_fingerprint_feed(struct qf_fingerprint *p, const float *pcm, size_t frames, struct qf_err *e)
{
	size_t at_once = CHUNK / p->channels;

	if (!p->chroma)
		return QF_OK;
	for (frames = frames < p->frames_left ? frames : p->frames_left; frames; ) {
		size_t n = frames < at_once ? frames : at_once, samples = n * p->channels;

		for (size_t i = 0; i < samples; i++)
			p->chunk[i] = sample16(pcm[i]);
		if (!chromaprint_feed(p->chroma, p->chunk, (int)samples))
			return qf_fail(e, QF_ENOMEM, "fingerprint: out of memory");
		pcm += samples;
		frames -= n;
		p->frames_left -= n;
	}
	return QF_OK;
}

enum qf_status qf_fingerprint_finish(struct qf_fingerprint *p, struct qf_features *f, struct qf_err *e)
{
	char *text = NULL;
	int values = 0;

	if (!p->chroma || !chromaprint_finish(p->chroma) || !chromaprint_get_raw_fingerprint_size(p->chroma, &values) || !values)
		return QF_OK;
	if (!chromaprint_get_fingerprint(p->chroma, &text) || !text)
		return qf_fail(e, QF_ENOMEM, "fingerprint: out of memory");
	f->fingerprint = qf_strdup(text);
	chromaprint_dealloc(text);
	return f->fingerprint ? QF_OK : qf_fail(e, QF_ENOMEM, "fingerprint: out of memory");
}
