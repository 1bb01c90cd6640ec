#include "audio/encode.h"

#include "audio/encoder.h"
#include "base/alloc.h"

struct qf_encode {
	const struct qf_encoder *by;
	void *state;
};

static const struct qf_encoder *encoders[QF_CODECS] = {
	[QF_CODEC_FLAC] = &qf_encoder_flac, [QF_CODEC_MP3] = &qf_encoder_mp3, [QF_CODEC_OPUS] = &qf_encoder_opus,
	[QF_CODEC_VORBIS] = &qf_encoder_vorbis,
};

void qf_encoder_add(enum qf_codec codec, const struct qf_encoder *by)
{
	encoders[codec] = by;
}

static int lossy_rate(int rate)
{
	static const int known[] = { 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000 };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (rate == known[i])
			return rate;
	return rate % 11025 == 0 ? 44100 : 48000;
}

struct qf_shape qf_encode_shape(const struct qf_recipe *r, const struct qf_encode_source *s)
{
	int channels = s->channels > 2 ? 2 : s->channels;

	if (r->codec == QF_CODEC_FLAC)
		return (struct qf_shape){ s->rate_hz, s->channels };
	return (struct qf_shape){ r->codec == QF_CODEC_OPUS ? 48000 : lossy_rate(s->rate_hz), channels };
}

enum qf_status qf_encode_open(struct qf_encode **out, int fd, const struct qf_recipe *r, const struct qf_encode_source *s, struct qf_err *e)
{
	struct qf_encode *x = qf_zalloc(1, sizeof *x);
	struct qf_shape shape = qf_encode_shape(r, s);
	enum qf_status rc;

	*out = NULL;
	if (!x)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	x->by = encoders[r->codec];
	rc = x->by ? x->by->open(&x->state, fd, r, s, &shape, e)
		   : qf_fail(e, QF_EUNSUPPORTED, "this program was built without an encoder for %s", qf_codec_names[r->codec]);
	if (rc != QF_OK) {
		qf_free(x);
		return rc;
	}
	*out = x;
	return QF_OK;
}

enum qf_status qf_encode_write(struct qf_encode *x, const float *pcm, size_t frames, struct qf_err *e)
{
	return frames ? x->by->write(x->state, pcm, frames, e) : QF_OK;
}

enum qf_status qf_encode_finish(struct qf_encode *x, struct qf_err *e)
{
	return x->by->finish(x->state, e);
}

void qf_encode_close(struct qf_encode *x)
{
	if (!x)
		return;
	x->by->close(x->state);
	qf_free(x);
}

static void put_be32(struct qf_buf *b, size_t v)
{
	const unsigned char p[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v };

	qf_buf_put(b, p, sizeof p);
}

void qf_encoder_put_picture_head(struct qf_buf *out, const struct qf_carried *tags)
{
	enum { FRONT_COVER = 3 };

	put_be32(out, FRONT_COVER);
	put_be32(out, tags->mime.n);
	qf_buf_put(out, tags->mime.p, tags->mime.n);
	for (int i = 0; i < 5; i++) /* description, width, height, depth, colours: not told */
		put_be32(out, 0);
	put_be32(out, tags->cover.n);
}
