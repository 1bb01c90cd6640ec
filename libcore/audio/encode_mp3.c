/* MP3 by LAME, constant bit rate. */
#define _GNU_SOURCE
#include "audio/encoder.h"

#include "base/alloc.h"
#include "base/file.h"

#include <lame/lame.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { OUT = QF_ENCODE_BLOCK * 5 / 4 + 7200 }; /* lame.h: the most that a block gives */

struct mp3 {
	lame_global_flags *by;
	float *split; /* [2 * QF_ENCODE_BLOCK] one channel, then the other */
	unsigned char *out;
	int fd, channels;
	off_t audio; /* where the first frame, that of the LAME tag, begins */
};

static void quiet(const char *format, va_list args)
{
	(void)format, (void)args;
}

static void mp3_close(void *state)
{
	struct mp3 *x = state;

	if (!x)
		return;
	if (x->by)
		lame_close(x->by);
	qf_free(x->split);
	qf_free(x->out);
	qf_free(x);
}

/* An encoder with this scale of the samples; NULL: out of memory or refused. */
static lame_global_flags *make(const struct qf_recipe *r, const struct qf_shape *shape, float scale)
{
	lame_global_flags *by = lame_init();

	if (!by)
		return NULL;
	lame_set_errorf(by, quiet);
	lame_set_msgf(by, quiet);
	lame_set_debugf(by, quiet);
	lame_set_num_channels(by, shape->channels);
	lame_set_in_samplerate(by, shape->rate_hz);
	lame_set_out_samplerate(by, shape->rate_hz); /* not the lower one that LAME would take at low bit rates */
	lame_set_mode(by, shape->channels == 1 ? MONO : JOINT_STEREO);
	lame_set_brate(by, r->kbps);
	lame_set_quality(by, r->effort);
	lame_set_scale(by, scale);
	lame_set_bWriteVbrTag(by, 1);
	lame_set_write_id3tag_automatic(by, 0);
	if (lame_init_params(by) == 0)
		return by;
	lame_close(by);
	return NULL;
}

/* What the presets do to the level shows in the scale once they are set; its inverse undoes it. */
static lame_global_flags *make_level(const struct qf_recipe *r, const struct qf_shape *shape)
{
	lame_global_flags *by = make(r, shape, 1);
	float scale = by ? lame_get_scale(by) : 1;

	if (!by || scale == 1 || !(scale > 0))
		return by;
	lame_close(by);
	return make(r, shape, 1 / scale);
}

static enum qf_status mp3_open(void **state, int fd, const struct qf_recipe *r, const struct qf_encode_source *s,
			       const struct qf_shape *shape, struct qf_err *e)
{
	struct mp3 *x = qf_zalloc(1, sizeof *x);
	struct qf_buf tags = { 0 };
	struct qf_inset cover;
	enum qf_status rc = QF_OK;

	*state = NULL;
	if (!x)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	x->fd = fd;
	x->channels = shape->channels;
	x->split = qf_alloc(2 * QF_ENCODE_BLOCK, sizeof *x->split);
	x->out = qf_alloc(OUT, 1);
	x->by = make_level(r, shape);
	if (!x->split || !x->out || !x->by)
		rc = qf_fail(e, QF_ENOMEM, "LAME takes no %d kbit/s at %d Hz, or memory ran out", r->kbps, shape->rate_hz);
	if (rc == QF_OK)
		rc = qf_carry_put_id3(&tags, s->tags, &cover, e);
	if (rc == QF_OK)
		rc = qf_carry_write(fd, &tags, &cover, e);
	if (rc == QF_OK)
		x->audio = (off_t)(tags.len + cover.bytes.n);
	qf_buf_free(&tags);
	if (rc == QF_OK)
		*state = x;
	else
		mp3_close(x);
	return rc;
}

static enum qf_status put(struct mp3 *x, int n, struct qf_err *e)
{
	if (n < 0)
		return qf_fail(e, n == -2 ? QF_ENOMEM : QF_EINVAL, "LAME: error %d", n);
	return qf_write_all(x->fd, x->out, (size_t)n, e);
}

static enum qf_status mp3_write(void *state, const float *pcm, size_t frames, struct qf_err *e)
{
	struct mp3 *x = state;
	const float *left = pcm, *right = pcm;

	if (x->channels == 2) {
		for (size_t i = 0; i < frames; i++) {
			x->split[i] = pcm[2 * i];
			x->split[QF_ENCODE_BLOCK + i] = pcm[2 * i + 1];
		}
		left = x->split;
		right = x->split + QF_ENCODE_BLOCK;
	}
	return put(x, lame_encode_buffer_ieee_float(x->by, left, right, (int)frames, x->out, OUT), e);
}

/* The first frame is written again, now that length, padding and the music's checksum are known. */
static enum qf_status mp3_finish(void *state, struct qf_err *e)
{
	struct mp3 *x = state;
	enum qf_status rc = put(x, lame_encode_flush(x->by, x->out, OUT), e);
	size_t n = rc == QF_OK ? lame_get_lametag_frame(x->by, x->out, OUT) : 0;

	if (rc != QF_OK || n == 0 || n > OUT)
		return rc;
	if (lseek(x->fd, x->audio, SEEK_SET) < 0)
		return qf_fail_errno(e, "cannot write");
	return qf_write_all(x->fd, x->out, n, e);
}

const struct qf_encoder qf_encoder_mp3 = { mp3_open, mp3_write, mp3_finish, mp3_close };
