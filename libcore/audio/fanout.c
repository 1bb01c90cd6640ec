#include "audio/fanout.h"

#include "base/alloc.h"

#include <soxr.h>
#include <string.h>

struct stream { /* one excerpt in one rate and number of channels, and its encoders */
	struct qf_encode_shape shape;
	int64_t from, frames;
	int rate_hz, channels; /* of the source */
	soxr_t resampler;      /* NULL: the source has the rate */
	float *mixed;          /* [QF_ENCODE_BLOCK * 2], NULL: the source has as many channels */
	float *changed;        /* [QF_ENCODE_BLOCK * channels] out of the resampler */
	struct qf_encode *encoder[QF_OUTPUTS];
	size_t n;
};

struct qf_fanout {
	struct stream stream[QF_OUTPUTS];
	size_t n;
	int64_t at; /* frames that came so far */
	size_t channels;
};

/* ---- life ------------------------------------------------------------------------------------- */

static enum qf_status start_stream(struct stream *s, struct qf_err *e)
{
	size_t block = (size_t)QF_ENCODE_BLOCK * (size_t)s->shape.channels;
	soxr_error_t bad = NULL;

	if (s->shape.channels != s->channels && (s->mixed = qf_alloc(block, sizeof *s->mixed)) == NULL)
		return qf_fail(e, QF_ENOMEM, "out of memory for mixing down");
	if (s->shape.rate_hz == s->rate_hz)
		return QF_OK;
	s->changed = qf_alloc(block, sizeof *s->changed);
	s->resampler = soxr_create(s->rate_hz, s->shape.rate_hz, (unsigned)s->shape.channels, &bad, NULL, NULL, NULL);
	if (!s->changed || bad)
		return qf_fail(e, QF_ENOMEM, "cannot change the rate from %d to %d Hz: %s", s->rate_hz, s->shape.rate_hz,
			       bad ? bad : "out of memory");
	return QF_OK;
}

/* The stream of an output, a new one if need be. */
static enum qf_status stream_for(struct qf_fanout *x, const struct qf_output *o, struct stream **out, struct qf_err *e)
{
	struct qf_encode_shape shape = qf_encode_shape(&o->recipe, &o->source);
	struct stream *s = x->stream;

	for (; s < x->stream + x->n; s++)
		if (s->shape.rate_hz == shape.rate_hz && s->shape.channels == shape.channels && s->from == o->from && s->frames == o->frames)
			break;
	*out = s;
	if (s < x->stream + x->n)
		return QF_OK;
	x->n++;
	*s = (struct stream){ .shape = shape, .from = o->from, .frames = o->frames, .rate_hz = o->source.rate_hz,
			      .channels = o->source.channels };
	return start_stream(s, e);
}

enum qf_status qf_fanout_open(struct qf_fanout **out, const struct qf_output *o, size_t n, struct qf_err *e)
{
	struct qf_fanout *x;
	enum qf_status rc = QF_OK;

	*out = NULL;
	if (n == 0 || n > QF_OUTPUTS)
		return qf_fail(e, QF_EINVAL, "%zu renditions at once: 1 to %d are handled", n, QF_OUTPUTS);
	x = qf_zalloc(1, sizeof *x);
	if (!x)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	x->channels = (size_t)o->source.channels;
	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		struct stream *s;

		rc = stream_for(x, &o[i], &s, e);
		if (rc == QF_OK)
			rc = qf_encode_open(&s->encoder[s->n], o[i].fd, &o[i].recipe, &o[i].source, e);
		if (rc == QF_OK)
			s->n++;
	}
	if (rc == QF_OK)
		*out = x;
	else
		qf_fanout_close(x);
	return rc;
}

void qf_fanout_close(struct qf_fanout *x)
{
	if (!x)
		return;
	for (struct stream *s = x->stream; s < x->stream + x->n; s++) {
		for (size_t i = 0; i < s->n; i++)
			qf_encode_close(s->encoder[i]);
		if (s->resampler)
			soxr_delete(s->resampler);
		qf_free(s->mixed);
		qf_free(s->changed);
	}
	qf_free(x);
}

/* ---- frames ------------------------------------------------------------------------------------- */

static void mix(const struct stream *s, const float *pcm, size_t frames)
{
	const float down = 0.70710678f;
	size_t channels = (size_t)s->channels, sides = channels - 3;
	float scale = 1 / (1 + down + down * (float)((sides + 1) / 2));

	for (size_t i = 0; i < frames; i++, pcm += channels) {
		float side[2] = { pcm[0] + down * pcm[2], pcm[1] + down * pcm[2] };

		for (size_t c = 3; c < channels; c++)
			side[(c - 3) % 2] += down * pcm[c];
		s->mixed[2 * i] = side[0] * scale;
		s->mixed[2 * i + 1] = side[1] * scale;
	}
}

static enum qf_status encode_all(const struct stream *s, const float *pcm, size_t frames, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < s->n; i++)
		rc = qf_encode_write(s->encoder[i], pcm, frames, e);
	return rc;
}

/* Through the resampler; pcm NULL: what is still inside. */
static enum qf_status change_rate(const struct stream *s, const float *pcm, size_t frames, struct qf_err *e)
{
	size_t used = 0, made = 0;

	do {
		size_t taken = 0;
		const float *from = pcm ? pcm + used * (size_t)s->shape.channels : NULL;
		soxr_error_t bad = soxr_process(s->resampler, from, frames - used, &taken, s->changed, QF_ENCODE_BLOCK, &made);
		enum qf_status rc = bad ? qf_fail(e, QF_EINVAL, "libsoxr: %s", bad) : encode_all(s, s->changed, made, e);

		if (rc != QF_OK)
			return rc;
		used += taken;
	} while (used < frames || made == QF_ENCODE_BLOCK);
	return QF_OK;
}

/* At most a block. */
static enum qf_status feed(const struct stream *s, const float *pcm, size_t frames, struct qf_err *e)
{
	if (s->mixed) {
		mix(s, pcm, frames);
		pcm = s->mixed;
	}
	return s->resampler ? change_rate(s, pcm, frames, e) : encode_all(s, pcm, frames, e);
}

/* What of frames from..from + n belongs to the excerpt. */
static enum qf_status feed_excerpt(const struct stream *s, int64_t at, const float *pcm, size_t frames, struct qf_err *e)
{
	int64_t end = s->frames > INT64_MAX - s->from ? INT64_MAX : s->from + s->frames;
	int64_t first = at > s->from ? at : s->from, last = at + (int64_t)frames < end ? at + (int64_t)frames : end;

	return first < last ? feed(s, pcm + (size_t)(first - at) * (size_t)s->channels, (size_t)(last - first), e) : QF_OK;
}

enum qf_status qf_fanout_write(struct qf_fanout *x, const float *pcm, size_t frames, struct qf_err *e)
{
	while (frames) {
		size_t n = frames < QF_ENCODE_BLOCK ? frames : QF_ENCODE_BLOCK;
		enum qf_status rc = QF_OK;

		for (size_t i = 0; rc == QF_OK && i < x->n; i++)
			rc = feed_excerpt(&x->stream[i], x->at, pcm, n, e);
		if (rc != QF_OK)
			return rc;
		x->at += (int64_t)n;
		pcm += n * x->channels;
		frames -= n;
	}
	return QF_OK;
}

enum qf_status qf_fanout_finish(struct qf_fanout *x, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (struct stream *s = x->stream; rc == QF_OK && s < x->stream + x->n; s++) {
		if (s->resampler)
			rc = change_rate(s, NULL, 0, e);
		for (size_t i = 0; rc == QF_OK && i < s->n; i++)
			rc = qf_encode_finish(s->encoder[i], e);
	}
	return rc;
}
