/* libavcodec as the second decoder. Rate, channels and sample format are those of the
 * first frame that decodes (what headers say of AAC with spectral band replication is
 * half the truth); frames of another shape later on are dropped and counted as damage. */
#include "audio/decoder.h"

#include "audio/av_parts.h"
#include "audio/demux.h"
#include "base/alloc.h"

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>

struct av {
	struct qf_demux demux;
	AVCodecContext *codec;
	AVPacket *packet;
	AVFrame *frame;
	size_t taken;        /* samples a channel of `frame` that were given out */
	int rate, channels, format;
	bool flushed, ended;
};

#define CODEC(id, name) AV_CODEC_ID_##id,
static const enum AVCodecID codecs[] = { QF_AV_DECODERS(CODEC) };

/* ---- samples of any format to float ------------------------------------------------------ */

static float from_u8(const uint8_t *p, size_t i) { return (float)((p[i] - 128) / 128.0); }
static float from_s16(const uint8_t *p, size_t i) { return (float)(((const int16_t *)(const void *)p)[i] / 32768.0); }
static float from_s32(const uint8_t *p, size_t i) { return (float)(((const int32_t *)(const void *)p)[i] / 2147483648.0); }
static float from_flt(const uint8_t *p, size_t i) { return ((const float *)(const void *)p)[i]; }
static float from_dbl(const uint8_t *p, size_t i) { return (float)((const double *)(const void *)p)[i]; }

typedef float sample_at(const uint8_t *p, size_t i);
static sample_at *const sample_of[AV_SAMPLE_FMT_NB] = {
	[AV_SAMPLE_FMT_U8] = from_u8,   [AV_SAMPLE_FMT_U8P] = from_u8,   [AV_SAMPLE_FMT_S16] = from_s16,
	[AV_SAMPLE_FMT_S16P] = from_s16, [AV_SAMPLE_FMT_S32] = from_s32, [AV_SAMPLE_FMT_S32P] = from_s32,
	[AV_SAMPLE_FMT_FLT] = from_flt, [AV_SAMPLE_FMT_FLTP] = from_flt, [AV_SAMPLE_FMT_DBL] = from_dbl,
	[AV_SAMPLE_FMT_DBLP] = from_dbl,
};

static const int bits_of[AV_SAMPLE_FMT_NB] = { /* of whole numbers */
	[AV_SAMPLE_FMT_U8] = 8, [AV_SAMPLE_FMT_U8P] = 8, [AV_SAMPLE_FMT_S16] = 16, [AV_SAMPLE_FMT_S16P] = 16,
	[AV_SAMPLE_FMT_S32] = 32, [AV_SAMPLE_FMT_S32P] = 32,
};

static void interleave(const struct av *a, float *to, size_t n)
{
	bool planar = av_sample_fmt_is_planar(a->format);
	sample_at *at = sample_of[a->format];
	size_t channels = (size_t)a->channels;

	for (size_t c = 0; c < channels; c++) {
		const uint8_t *from = a->frame->extended_data[planar ? c : 0];

		for (size_t i = 0; i < n; i++)
			to[i * channels + c] = at(from, planar ? a->taken + i : (a->taken + i) * channels + c);
	}
}

/* ---- packets to frames --------------------------------------------------------------------- */

static enum qf_status send_packet(struct av *a, int64_t *errors, struct qf_err *e)
{
	bool more;
	enum qf_status rc = qf_demux_next(&a->demux, a->packet, &more, errors, e);
	int sent;

	if (rc != QF_OK)
		return rc;
	sent = avcodec_send_packet(a->codec, more ? a->packet : NULL);
	a->flushed = !more;
	if (more)
		av_packet_unref(a->packet);
	if (sent == AVERROR(ENOMEM))
		return qf_fail(e, QF_ENOMEM, "out of memory for decoding");
	if (sent < 0 && more)
		++*errors;
	return QF_OK;
}

/* The next frame into a->frame, or a->ended. */
static enum qf_status next_frame(struct av *a, int64_t *errors, struct qf_err *e)
{
	a->taken = 0;
	while (!a->ended) {
		int rc = avcodec_receive_frame(a->codec, a->frame);
		enum qf_status st;

		if (rc == 0)
			return QF_OK;
		if (rc == AVERROR(ENOMEM))
			return qf_fail(e, QF_ENOMEM, "out of memory for decoding");
		if (rc == AVERROR_EOF || a->flushed) {
			a->ended = true;
			break;
		}
		if (rc != AVERROR(EAGAIN))
			++*errors;
		if ((st = send_packet(a, errors, e)) != QF_OK)
			return st;
	}
	av_frame_unref(a->frame);
	return QF_OK;
}

/* ---- the decoder --------------------------------------------------------------------------- */

static bool av_takes(const struct qf_sniff *s)
{
	return s->kind != QF_AUDIO_NONE;
}

static void av_done(void *state)
{
	struct av *a = state;

	if (!a)
		return;
	av_frame_free(&a->frame);
	av_packet_free(&a->packet);
	avcodec_free_context(&a->codec);
	qf_demux_close(&a->demux);
	qf_free(a);
}

static const AVCodec *allowed(enum AVCodecID id)
{
	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (codecs[i] == id)
			return avcodec_find_decoder(id);
	return NULL;
}

static enum qf_status open_codec(struct av *a, struct qf_err *e)
{
	const AVCodecParameters *par = a->demux.audio->codecpar;
	const AVCodec *codec = allowed(par->codec_id);

	if (!codec)
		return qf_fail(e, QF_EUNSUPPORTED, "no decoder for the codec '%s'", avcodec_get_name(par->codec_id));
	a->codec = avcodec_alloc_context3(codec);
	a->packet = av_packet_alloc();
	a->frame = av_frame_alloc();
	if (!a->codec || !a->packet || !a->frame || avcodec_parameters_to_context(a->codec, par) == AVERROR(ENOMEM))
		return qf_fail(e, QF_ENOMEM, "out of memory for decoding");
	a->codec->pkt_timebase = a->demux.audio->time_base;
	a->codec->thread_count = 1;
	if (avcodec_open2(a->codec, codec, NULL) < 0)
		return qf_fail(e, QF_EFORMAT, "libavcodec: the %s stream cannot be set up", avcodec_get_name(par->codec_id));
	return QF_OK;
}

static int64_t declared_frames(const struct av *a)
{
	const AVStream *s = a->demux.audio;

	if (s->duration == AV_NOPTS_VALUE || s->duration <= 0)
		return 0;
	return av_rescale_q(s->duration, s->time_base, (AVRational){ 1, a->rate });
}

static enum qf_status first_frame(struct av *a, struct qf_audio_info *info, struct qf_err *e)
{
	int64_t errors = 0;
	const AVCodecDescriptor *codec;
	enum qf_status rc = next_frame(a, &errors, e);

	if (rc != QF_OK)
		return rc;
	if (a->ended)
		return qf_fail(e, QF_EFORMAT, "libavcodec: not one packet of it decodes");
	a->rate = a->frame->sample_rate;
	a->channels = a->frame->ch_layout.nb_channels;
	a->format = a->frame->format;
	if (a->format < 0 || a->format >= AV_SAMPLE_FMT_NB || !sample_of[a->format] || a->rate < 1)
		return qf_fail(e, QF_EUNSUPPORTED, "libavcodec: samples of a kind that we do not handle");
	codec = avcodec_descriptor_get(a->codec->codec_id);
	info->lossless = codec && codec->props & AV_CODEC_PROP_LOSSLESS;
	info->rate_hz = a->rate;
	info->channels = a->channels;
	info->frames = declared_frames(a);
	info->bits = !info->lossless ? 0 : a->codec->bits_per_raw_sample ? a->codec->bits_per_raw_sample : bits_of[a->format];
	return QF_OK;
}

static enum qf_status av_start(void **state, int fd, const struct qf_sniff *s, struct qf_audio_info *info, struct qf_err *e)
{
	struct av *a = qf_zalloc(1, sizeof *a);
	enum qf_status rc;

	*state = NULL;
	if (!a)
		return qf_fail(e, QF_ENOMEM, "out of memory for decoding");
	if ((rc = qf_demux_open(&a->demux, fd, s, e)) == QF_OK && (rc = open_codec(a, e)) == QF_OK)
		rc = first_frame(a, info, e);
	if (rc != QF_OK) {
		av_done(a);
		return rc;
	}
	*state = a;
	return QF_OK;
}

static bool same_shape(const struct av *a)
{
	return a->frame->sample_rate == a->rate && a->frame->ch_layout.nb_channels == a->channels && a->frame->format == a->format;
}

static enum qf_status av_next(void *state, float *pcm, size_t max_frames, size_t *got, int64_t *errors, struct qf_err *e)
{
	struct av *a = state;

	*got = 0;
	while (*got < max_frames && !a->ended) {
		size_t have = (size_t)a->frame->nb_samples - a->taken, n = max_frames - *got;
		enum qf_status rc;

		if (have == 0 || !same_shape(a)) {
			*errors += have != 0;
			if ((rc = next_frame(a, errors, e)) != QF_OK)
				return rc;
			continue;
		}
		n = n < have ? n : have;
		interleave(a, pcm + *got * (size_t)a->channels, n);
		a->taken += n;
		*got += n;
	}
	return QF_OK;
}

const struct qf_decoder qf_decoder_av = {
	.name = "libavcodec", .takes = av_takes, .open = av_start, .read = av_next, .close = av_done,
};
