/* AAC-LC by libavcodec's own encoder, in M4A. Whether the libavcodec at hand was built with one shows when it is asked. */
#include "audio/encoder.h"

#include "audio/mp4file.h"
#include "base/alloc.h"

#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <string.h>

struct aac {
	const AVCodec *codec;
	struct qf_recipe recipe;
	struct qf_shape shape;
	struct qf_mp4file file;
	AVCodecContext *by; /* NULL until there is something to encode */
	AVFrame *frame;     /* planar, QF_MP4_FRAMES, being filled */
	AVPacket *packet;
	int filled, lead;        /* lead: silent samples in front, beside the encoder's own */
	int64_t expected, given; /* samples: as far as is known; so far, with the lead */
};

static enum qf_status fail(int code, struct qf_err *e)
{
	char text[AV_ERROR_MAX_STRING_SIZE];

	if (code == AVERROR(ENOMEM))
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	return qf_fail(e, QF_EUNSUPPORTED, "libavcodec, AAC: %s", av_make_error_string(text, sizeof text, code));
}

static void aac_close(void *state)
{
	struct aac *x = state;

	if (!x)
		return;
	qf_mp4file_close(&x->file);
	av_packet_free(&x->packet);
	av_frame_free(&x->frame);
	avcodec_free_context(&x->by);
	qf_free(x);
}

static int open_codec(struct aac *x)
{
	x->by = avcodec_alloc_context3(x->codec);
	if (!x->by)
		return AVERROR(ENOMEM);
	x->by->bit_rate = x->recipe.kbps * 1000;
	x->by->sample_rate = x->shape.rate_hz;
	x->by->sample_fmt = AV_SAMPLE_FMT_FLTP;
	x->by->time_base = (AVRational){ 1, x->shape.rate_hz };
	x->by->thread_count = 1;
	x->by->flags = AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER; /* no version in the stream; its configuration aside */
	av_channel_layout_default(&x->by->ch_layout, x->shape.channels);
	av_opt_set(x->by->priv_data, "aac_coder", x->recipe.effort ? "twoloop" : "fast", 0);
	return avcodec_open2(x->by, x->codec, NULL);
}

/* The lead makes the last packet end where the sound ends, if it is as long as expected: ffmpeg and mpv (5.1, 0.35) leave out
 * what an edit list says to leave out in front, but play its last packet to the end. Not of sounds of less than a packet, of
 * which ffmpeg would then play nothing. */
static void put_lead(struct aac *x)
{
	x->lead = x->expected >= QF_MP4_FRAMES ? (int)((QF_MP4_FRAMES - x->expected % QF_MP4_FRAMES) % QF_MP4_FRAMES) : 0;
	for (int c = 0; c < x->by->ch_layout.nb_channels; c++)
		memset(x->frame->extended_data[c], 0, sizeof(float) * (size_t)x->lead);
	x->filled = x->lead;
	x->given = x->lead;
}

static int make_frame(struct aac *x)
{
	x->packet = av_packet_alloc();
	x->frame = av_frame_alloc();
	if (!x->packet || !x->frame)
		return AVERROR(ENOMEM);
	x->frame->format = AV_SAMPLE_FMT_FLTP;
	x->frame->sample_rate = x->by->sample_rate;
	x->frame->nb_samples = QF_MP4_FRAMES;
	av_channel_layout_copy(&x->frame->ch_layout, &x->by->ch_layout);
	return av_frame_get_buffer(x->frame, 0);
}

static enum qf_status aac_open(void **state, int fd, const struct qf_recipe *r, const struct qf_encode_source *s,
			       const struct qf_shape *shape, struct qf_err *e)
{
	const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
	struct aac *x;

	*state = NULL;
	av_log_set_level(AV_LOG_QUIET);
	if (!codec)
		return qf_fail(e, QF_EUNSUPPORTED, "the libavcodec of this machine has no AAC encoder");
	x = qf_zalloc(1, sizeof *x);
	if (!x)
		return qf_fail(e, QF_ENOMEM, "out of memory for encoding");
	x->codec = codec;
	x->recipe = *r;
	x->shape = *shape;
	x->expected = av_rescale(s->frames, shape->rate_hz, s->rate_hz);
	if (qf_mp4file_open(&x->file, fd, s->tags, e) != QF_OK) {
		aac_close(x);
		return e->code;
	}
	*state = x;
	return QF_OK;
}

/* The codec holds 1.1 MB from its first moment: it comes when all outputs are open, and the cover is out of memory. */
static enum qf_status begin(struct aac *x, struct qf_err *e)
{
	int code = open_codec(x);

	if (code == 0 && x->by->frame_size != QF_MP4_FRAMES)
		code = AVERROR(ENOSYS);
	if (code == 0)
		code = make_frame(x);
	if (code != 0)
		return fail(code, e);
	put_lead(x);
	return QF_OK;
}

/* Give the frame, or NULL for the end, and take the packets that are ready. */
static enum qf_status encode(struct aac *x, const AVFrame *frame, struct qf_err *e)
{
	int code = avcodec_send_frame(x->by, frame);
	enum qf_status rc = QF_OK;

	if (code < 0)
		return fail(code, e);
	while (rc == QF_OK && (code = avcodec_receive_packet(x->by, x->packet)) == 0) {
		rc = qf_mp4file_put(&x->file, x->packet->data, (size_t)x->packet->size, e);
		av_packet_unref(x->packet);
	}
	return rc == QF_OK && code != AVERROR(EAGAIN) && code != AVERROR_EOF ? fail(code, e) : rc;
}

static enum qf_status encode_frame(struct aac *x, struct qf_err *e)
{
	enum qf_status rc;

	x->frame->nb_samples = x->filled;
	x->frame->pts = x->given - x->filled;
	rc = encode(x, x->frame, e);
	x->frame->nb_samples = QF_MP4_FRAMES;
	x->filled = 0;
	return rc;
}

static enum qf_status aac_write(void *state, const float *pcm, size_t frames, struct qf_err *e)
{
	struct aac *x = state;
	int channels = x->shape.channels;
	enum qf_status rc = x->by ? QF_OK : begin(x, e);

	for (size_t i = 0; rc == QF_OK && i < frames; i++, pcm += channels) {
		if (x->filled == 0 && av_frame_make_writable(x->frame) < 0)
			return fail(AVERROR(ENOMEM), e);
		for (int c = 0; c < channels; c++)
			((float *)(void *)x->frame->extended_data[c])[x->filled] = pcm[c];
		x->filled++;
		x->given++;
		if (x->filled == QF_MP4_FRAMES)
			rc = encode_frame(x, e);
	}
	return rc;
}

static enum qf_status aac_finish(void *state, struct qf_err *e)
{
	struct aac *x = state;
	enum qf_status rc = x->by ? QF_OK : begin(x, e);

	if (rc == QF_OK && x->filled)
		rc = encode_frame(x, e);
	if (rc == QF_OK)
		rc = encode(x, NULL, e);
	if (rc != QF_OK)
		return rc;
	return qf_mp4file_finish(&x->file,
				 &(struct qf_mp4_stream){ .rate_hz = x->shape.rate_hz, .channels = x->shape.channels, .kbps = x->recipe.kbps,
							  .config = { (const char *)x->by->extradata, (size_t)x->by->extradata_size },
							  .delay = x->by->initial_padding + x->lead, .frames = x->given - x->lead },
				 e);
}

void qf_encode_with_aac(void)
{
	static const struct qf_encoder aac = { aac_open, aac_write, aac_finish, aac_close };

	qf_encoder_add(QF_CODEC_AAC, &aac);
}
