/* Opus by libopusenc, in an Ogg stream with the caller's serial number (RFC 7845). */
#include "audio/encoder.h"

#include "base/alloc.h"
#include "base/file.h"

#include <opusenc.h>

struct opus {
	OggOpusEnc *by;
	OggOpusComments *comments;
	int fd;
	struct qf_err e; /* of a callback */
};

static int put(void *user, const unsigned char *p, opus_int32 n)
{
	struct opus *x = user;

	return qf_write_all(x->fd, p, (size_t)n, &x->e) != QF_OK;
}

static int done(void *user)
{
	(void)user;
	return 0;
}

static enum qf_status fail(struct opus *x, int code, struct qf_err *e)
{
	if (x->e.code != QF_OK) {
		*e = x->e;
		return e->code;
	}
	return qf_fail(e, code == OPE_ALLOC_FAIL ? QF_ENOMEM : QF_EUNSUPPORTED, "libopusenc: %s", ope_strerror(code));
}

static void opus_close(void *state)
{
	struct opus *x = state;

	if (!x)
		return;
	if (x->by)
		ope_encoder_destroy(x->by);
	if (x->comments)
		ope_comments_destroy(x->comments);
	qf_free(x);
}

static int add_tags(struct opus *x, const struct qf_carried *tags)
{
	int rc = OPE_OK;

	x->comments = ope_comments_create();
	if (!x->comments)
		return OPE_ALLOC_FAIL;
	for (size_t i = 0; rc == OPE_OK && i < tags->n; i++)
		rc = ope_comments_add(x->comments, tags->tag[i].key, tags->tag[i].value.p);
	if (rc == OPE_OK && tags->cover.n) { /* one that libopusenc does not know for a picture is left out */
		int picture = ope_comments_add_picture_from_memory(x->comments, tags->cover.p, tags->cover.n, 3, NULL);

		rc = picture == OPE_ALLOC_FAIL ? picture : OPE_OK;
	}
	return rc;
}

static enum qf_status opus_open(void **state, int fd, const struct qf_recipe *r, const struct qf_encode_source *s,
				const struct qf_encode_shape *shape, struct qf_err *e)
{
	static const OpusEncCallbacks callbacks = { put, done };
	struct opus *x = qf_zalloc(1, sizeof *x);
	int code;

	*state = NULL;
	if (!x)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	x->fd = fd;
	code = add_tags(x, s->tags);
	if (code == OPE_OK)
		x->by = ope_encoder_create_callbacks(&callbacks, x, x->comments, shape->rate_hz, shape->channels, 0, &code);
	if (code == OPE_OK)
		code = ope_encoder_ctl(x->by, OPUS_SET_BITRATE(r->kbps * 1000));
	if (code == OPE_OK)
		code = ope_encoder_ctl(x->by, OPUS_SET_COMPLEXITY(r->effort));
	if (code == OPE_OK)
		code = ope_encoder_ctl(x->by, OPE_SET_SERIALNO((opus_int32)(s->serial & 0x7fffffff)));
	if (code != OPE_OK) {
		enum qf_status rc = fail(x, code, e);

		opus_close(x);
		return rc;
	}
	*state = x;
	return QF_OK;
}

static enum qf_status opus_write(void *state, const float *pcm, size_t frames, struct qf_err *e)
{
	struct opus *x = state;
	int code = ope_encoder_write_float(x->by, pcm, (int)frames);

	return code == OPE_OK ? QF_OK : fail(x, code, e);
}

static enum qf_status opus_finish(void *state, struct qf_err *e)
{
	struct opus *x = state;
	int code = ope_encoder_drain(x->by);

	return code == OPE_OK ? QF_OK : fail(x, code, e);
}

const struct qf_encoder qf_encoder_opus = { opus_open, opus_write, opus_finish, opus_close };
