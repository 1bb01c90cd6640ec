/* Opus by libopus, in an Ogg stream with the caller's serial number (RFC 7845).
 *
 * libopusenc is not used: it asks its encoder for two settings in every frame, each of which makes libopus look at the
 * processor again (cpuid), and in a virtual machine that costs a fifth of the encoding. */
#include "audio/encoder.h"

#include "audio/oggtags.h"
#include "base/alloc.h"

#include <opus.h>
#include <string.h>

enum { RATE = 48000, FRAME = 960, PACKET = 4000 };

struct opus {
	OpusEncoder *by;
	struct qf_oggfile ogg;
	size_t channels;
	opus_int32 skip;     /* frames that the encoder is late, to be left out by the player */
	int64_t heard, coded; /* frames that came; that were encoded, in whole packets */
	size_t n;            /* frames in pcm */
	ogg_int64_t packets;
	float pcm[FRAME * 2];
	unsigned char out[PACKET];
};

static void opus_close(void *state)
{
	struct opus *x = state;

	if (!x)
		return;
	if (x->by)
		opus_encoder_destroy(x->by);
	qf_oggfile_close(&x->ogg);
	qf_free(x);
}

static enum qf_status fail(int code, struct qf_err *e)
{
	return qf_fail(e, code == OPUS_ALLOC_FAIL ? QF_ENOMEM : QF_EUNSUPPORTED, "libopus: %s", opus_strerror(code));
}

static enum qf_status put_packet(struct opus *x, const void *p, size_t n, ogg_int64_t granule, bool last, bool flush, struct qf_err *e)
{
	ogg_packet packet = { .packet = (unsigned char *)(uintptr_t)p, .bytes = (long)n, .b_o_s = x->packets == 0, .e_o_s = last,
			      .granulepos = granule, .packetno = x->packets };

	x->packets++;
	return qf_oggfile_put(&x->ogg, &packet, flush, e);
}

/* ---- the two packets in front ------------------------------------------------------------------------ */

static void put_le32(struct qf_buf *b, size_t v)
{
	const unsigned char p[4] = { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16), (unsigned char)(v >> 24) };

	qf_buf_put(b, p, sizeof p);
}

static void put_head(struct qf_buf *b, const struct opus *x, int rate_hz)
{
	const unsigned char after_rate[] = { 0, 0, 0 }; /* no gain; mono or stereo */

	qf_buf_puts(b, "OpusHead");
	qf_buf_putc(b, 1);
	qf_buf_putc(b, (char)x->channels);
	qf_buf_putc(b, (char)(x->skip & 0xff));
	qf_buf_putc(b, (char)(x->skip >> 8));
	put_le32(b, (size_t)rate_hz);
	qf_buf_put(b, after_rate, sizeof after_rate);
}

static enum qf_status put_headers(struct opus *x, const struct qf_encode_source *s, struct qf_err *e)
{
	const char *vendor = opus_get_version_string();
	const struct qf_oggtags form = { "OpusTags", { vendor, strlen(vendor) }, "" };
	struct qf_buf b = { 0 };
	enum qf_status rc;

	put_head(&b, x, s->rate_hz);
	rc = qf_buf_check(&b, e);
	if (rc == QF_OK)
		rc = put_packet(x, b.p, b.len, 0, false, true, e);
	qf_buf_free(&b);
	x->packets++;
	return rc == QF_OK ? qf_oggtags_put(&x->ogg, &form, s->tags, true, e) : rc;
}

static int set_up(struct opus *x, const struct qf_recipe *r)
{
	int code;

	x->by = opus_encoder_create(RATE, (int)x->channels, OPUS_APPLICATION_AUDIO, &code);
	if (code == OPUS_OK)
		code = opus_encoder_ctl(x->by, OPUS_SET_BITRATE(r->kbps * 1000));
	if (code == OPUS_OK)
		code = opus_encoder_ctl(x->by, OPUS_SET_COMPLEXITY(r->effort));
	if (code == OPUS_OK)
		code = opus_encoder_ctl(x->by, OPUS_GET_LOOKAHEAD(&x->skip));
	return code;
}

static enum qf_status opus_open(void **state, int fd, const struct qf_recipe *r, const struct qf_encode_source *s,
				const struct qf_shape *shape, struct qf_err *e)
{
	struct opus *x = qf_zalloc(1, sizeof *x);
	enum qf_status rc;
	int code;

	*state = NULL;
	if (!x)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	x->channels = (size_t)shape->channels;
	code = set_up(x, r);
	rc = code == OPUS_OK ? qf_oggfile_open(&x->ogg, fd, s->serial, e) : fail(code, e);
	if (rc == QF_OK)
		rc = put_headers(x, s, e);
	if (rc == QF_OK)
		*state = x;
	else
		opus_close(x);
	return rc;
}

/* ---- frames ---------------------------------------------------------------------------------------------- */

/* The packet that is full. A granule position counts all frames up to its end, those to be skipped too. */
static enum qf_status encode(struct opus *x, ogg_int64_t end, bool last, struct qf_err *e)
{
	opus_int32 n = opus_encode_float(x->by, x->pcm, FRAME, x->out, PACKET);

	if (n < 0)
		return fail(n, e);
	x->n = 0;
	x->coded += FRAME;
	return put_packet(x, x->out, (size_t)n, last ? end : x->coded, last, last, e);
}

static enum qf_status opus_write(void *state, const float *pcm, size_t frames, struct qf_err *e)
{
	struct opus *x = state;
	enum qf_status rc = QF_OK;

	x->heard += (int64_t)frames;
	while (rc == QF_OK && frames) {
		size_t n = FRAME - x->n < frames ? FRAME - x->n : frames;

		memcpy(x->pcm + x->n * x->channels, pcm, n * x->channels * sizeof *pcm);
		x->n += n;
		pcm += n * x->channels;
		frames -= n;
		if (x->n == FRAME)
			rc = encode(x, 0, false, e);
	}
	return rc;
}

/* Silence behind the end, until all that came has come out: at least one packet, for the encoder is late. */
static enum qf_status opus_finish(void *state, struct qf_err *e)
{
	struct opus *x = state;
	int64_t end = x->heard + x->skip;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && x->coded < end) {
		memset(x->pcm + x->n * x->channels, 0, (FRAME - x->n) * x->channels * sizeof *x->pcm);
		rc = encode(x, end, x->coded + FRAME >= end, e);
	}
	return rc;
}

const struct qf_encoder qf_encoder_opus = { opus_open, opus_write, opus_finish, opus_close };
