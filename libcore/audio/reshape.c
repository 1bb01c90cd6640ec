#include "audio/reshape.h"

#include "base/alloc.h"

#include <soxr.h>

struct qf_reshape {
	struct qf_shape from, to;
	soxr_t resampler; /* NULL: the rate stays */
	float *mixed;     /* [QF_RESHAPE_BLOCK * 2], NULL: the channels stay */
	float *changed;   /* [QF_RESHAPE_BLOCK * channels] out of the resampler */
};

static const float down = 0.70710678f; /* -3 dB */

enum qf_status qf_reshape_open(struct qf_reshape **out, struct qf_shape from, struct qf_shape to, struct qf_err *e)
{
	struct qf_reshape *r;
	size_t block = (size_t)QF_RESHAPE_BLOCK * (size_t)to.channels;
	soxr_error_t bad = NULL;
	enum qf_status rc = QF_OK;

	*out = NULL;
	if (from.channels < 1 || (to.channels != from.channels && to.channels != 2))
		return qf_fail(e, QF_EINVAL, "%d channels cannot be mixed to %d", from.channels, to.channels);
	r = qf_zalloc(1, sizeof *r);
	if (!r)
		return qf_fail(e, QF_ENOMEM, "out of memory for mixing down");
	r->from = from;
	r->to = to;
	if (to.channels != from.channels && (r->mixed = qf_alloc(block, sizeof *r->mixed)) == NULL)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for mixing down");
	if (rc == QF_OK && to.rate_hz != from.rate_hz) {
		r->changed = qf_alloc(block, sizeof *r->changed);
		r->resampler = soxr_create(from.rate_hz, to.rate_hz, (unsigned)to.channels, &bad, NULL, NULL, NULL);
		if (!r->changed || bad)
			rc = qf_fail(e, QF_ENOMEM, "cannot change the rate from %d to %d Hz: %s", from.rate_hz, to.rate_hz,
				     bad ? bad : "out of memory");
	}
	if (rc == QF_OK)
		*out = r;
	else
		qf_reshape_close(r);
	return rc;
}

void qf_reshape_close(struct qf_reshape *r)
{
	if (!r)
		return;
	if (r->resampler)
		soxr_delete(r->resampler);
	qf_free(r->mixed);
	qf_free(r->changed);
	qf_free(r);
}

static void spread(const struct qf_reshape *r, const float *pcm, size_t frames)
{
	for (size_t i = 0; i < frames; i++)
		r->mixed[2 * i] = r->mixed[2 * i + 1] = pcm[i] * down;
}

static void mix_down(const struct qf_reshape *r, const float *pcm, size_t frames)
{
	size_t channels = (size_t)r->from.channels, sides = channels - 3;
	float scale = 1 / (1 + down + down * (float)((sides + 1) / 2));

	for (size_t i = 0; i < frames; i++, pcm += channels) {
		float side[2] = { pcm[0] + down * pcm[2], pcm[1] + down * pcm[2] };

		for (size_t c = 3; c < channels; c++)
			side[(c - 3) % 2] += down * pcm[c];
		r->mixed[2 * i] = side[0] * scale;
		r->mixed[2 * i + 1] = side[1] * scale;
	}
}

/* Through the resampler; pcm NULL: what is still inside. */
static enum qf_status change_rate(const struct qf_reshape *r, const float *pcm, size_t frames, qf_frames_fn *fn, void *user, struct qf_err *e)
{
	size_t used = 0, made = 0;

	do {
		size_t taken = 0;
		const float *from = pcm ? pcm + used * (size_t)r->to.channels : NULL;
		soxr_error_t bad = soxr_process(r->resampler, from, frames - used, &taken, r->changed, QF_RESHAPE_BLOCK, &made);
		enum qf_status rc = bad ? qf_fail(e, QF_EINVAL, "libsoxr: %s", bad) : fn(user, r->changed, made, e);

		if (rc != QF_OK)
			return rc;
		used += taken;
	} while (used < frames || made == QF_RESHAPE_BLOCK);
	return QF_OK;
}

enum qf_status qf_reshape_write(struct qf_reshape *r, const float *pcm, size_t frames, qf_frames_fn *fn, void *user, struct qf_err *e)
{
	if (r->mixed) {
		(r->from.channels == 1 ? spread : mix_down)(r, pcm, frames);
		pcm = r->mixed;
	}
	return r->resampler ? change_rate(r, pcm, frames, fn, user, e) : fn(user, pcm, frames, e);
}

enum qf_status qf_reshape_finish(struct qf_reshape *r, qf_frames_fn *fn, void *user, struct qf_err *e)
{
	return r->resampler ? change_rate(r, NULL, 0, fn, user, e) : QF_OK;
}
