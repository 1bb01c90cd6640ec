#include "audio/fanout.h"

#include "audio/reshape.h"
#include "base/alloc.h"

struct stream { /* one excerpt in one rate and number of channels, and its encoders */
	struct qf_shape shape;
	int64_t from, frames;
	struct qf_reshape *reshape;
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

/* The stream of an output, a new one if need be. */
static enum qf_status stream_for(struct qf_fanout *x, const struct qf_output *o, struct stream **out, struct qf_err *e)
{
	struct qf_shape shape = qf_encode_shape(&o->recipe, &o->source);
	struct stream *s = x->stream;

	for (; s < x->stream + x->n; s++)
		if (s->shape.rate_hz == shape.rate_hz && s->shape.channels == shape.channels && s->from == o->from && s->frames == o->frames)
			break;
	*out = s;
	if (s < x->stream + x->n)
		return QF_OK;
	x->n++;
	*s = (struct stream){ .shape = shape, .from = o->from, .frames = o->frames };
	return qf_reshape_open(&s->reshape, (struct qf_shape){ o->source.rate_hz, o->source.channels }, shape, e);
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
		qf_reshape_close(s->reshape);
	}
	qf_free(x);
}

/* ---- frames ------------------------------------------------------------------------------------- */

static enum qf_status encode_all(void *user, const float *pcm, size_t frames, struct qf_err *e)
{
	const struct stream *s = user;
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < s->n; i++)
		rc = qf_encode_write(s->encoder[i], pcm, frames, e);
	return rc;
}

/* What of frames from..from + n belongs to the excerpt. */
static enum qf_status feed_excerpt(struct stream *s, int64_t at, const float *pcm, size_t channels, size_t frames,
				   struct qf_err *e)
{
	int64_t end = s->frames > INT64_MAX - s->from ? INT64_MAX : s->from + s->frames;
	int64_t first = at > s->from ? at : s->from, last = at + (int64_t)frames < end ? at + (int64_t)frames : end;

	return first < last ? qf_reshape_write(s->reshape, pcm + (size_t)(first - at) * channels, (size_t)(last - first), encode_all, s, e)
			    : QF_OK;
}

enum qf_status qf_fanout_write(struct qf_fanout *x, const float *pcm, size_t frames, struct qf_err *e)
{
	while (frames) {
		size_t n = frames < QF_ENCODE_BLOCK ? frames : QF_ENCODE_BLOCK;
		enum qf_status rc = QF_OK;

		for (size_t i = 0; rc == QF_OK && i < x->n; i++)
			rc = feed_excerpt(&x->stream[i], x->at, pcm, x->channels, n, e);
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
		rc = qf_reshape_finish(s->reshape, encode_all, s, e);
		for (size_t i = 0; rc == QF_OK && i < s->n; i++)
			rc = qf_encode_finish(s->encoder[i], e);
	}
	return rc;
}
