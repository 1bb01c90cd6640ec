#include "audio/packets.h"

#include "audio/bytes.h"
#include "audio/demux.h"
#include "base/alloc.h"

#include <libavutil/mathematics.h>

enum { STREAMINFO = 34, OPUS_HEAD = 19, OPUS_HEAD_MOST = 21 + 8, ALAC_BOX = 36, ADTS = 7, CONFIG_MOST = 100 };

struct qf_packets {
	struct qf_demux demux;
	AVPacket *packet;
	enum qf_sound_codec codec;
	uint32_t rate_hz;
	bool adts, waiting; /* waiting: the packet was read ahead */
	uint8_t config[2];  /* of ADTS */
	int64_t errors;
};

static const struct {
	enum AVCodecID id;
	enum qf_sound_codec codec;
	size_t least, most; /* bytes of its configuration */
} codecs[] = {
	{ AV_CODEC_ID_AAC, QF_SOUND_AAC, 2, CONFIG_MOST },
	{ AV_CODEC_ID_MP3, QF_SOUND_MP3, 0, CONFIG_MOST },
	{ AV_CODEC_ID_OPUS, QF_SOUND_OPUS, OPUS_HEAD, OPUS_HEAD_MOST },
	{ AV_CODEC_ID_FLAC, QF_SOUND_FLAC, STREAMINFO, STREAMINFO },
	{ AV_CODEC_ID_ALAC, QF_SOUND_ALAC, ALAC_BOX, ALAC_BOX },
};

/* ---- what the stream is --------------------------------------------------------------------------- */

/* The configuration that ADTS headers repeat (ISO/IEC 13818-7, 6.2; 14496-3, 1.6.2.1). */
static enum qf_status config_of_adts(struct qf_packets *p, struct qf_sound *s, struct qf_err *e)
{
	const uint8_t *h = p->packet->data;
	unsigned type, rate, channels;

	if (p->packet->size < ADTS || qf_be16(h) >> 4 != 0xFFF)
		return qf_fail(e, QF_EFORMAT, "the first AAC frame has no header");
	type = (h[2] >> 6) + 1u;
	rate = h[2] >> 2 & 15u;
	channels = (h[2] & 1u) << 2 | h[3] >> 6;
	if (!channels)
		return qf_fail(e, QF_EUNSUPPORTED, "AAC that tells its channels within the stream");
	p->config[0] = (uint8_t)(type << 3 | rate >> 1);
	p->config[1] = (uint8_t)((rate & 1) << 7 | channels << 3);
	s->config = (struct qf_span){ (const char *)p->config, sizeof p->config };
	return QF_OK;
}

static enum qf_status describe(struct qf_packets *p, struct qf_sound *s, struct qf_err *e)
{
	const AVCodecParameters *par = p->demux.audio->codecpar;
	size_t i = 0;

	while (i < sizeof codecs / sizeof *codecs && codecs[i].id != par->codec_id)
		i++;
	if (i == sizeof codecs / sizeof *codecs)
		return qf_fail(e, QF_EUNSUPPORTED, "%s: what HLS carries is AAC, MP3, Opus, FLAC and ALAC", avcodec_get_name(par->codec_id));
	if (par->sample_rate <= 0 || par->ch_layout.nb_channels <= 0 || par->ch_layout.nb_channels > 8)
		return qf_fail(e, QF_EFORMAT, "its sample rate or channels make no sense");
	p->codec = codecs[i].codec;
	p->rate_hz = p->codec == QF_SOUND_OPUS ? 48000 : (uint32_t)par->sample_rate;
	*s = (struct qf_sound){ .codec = p->codec, .rate_hz = p->rate_hz, .channels = (uint32_t)par->ch_layout.nb_channels, .bits = 16,
				.config = { (const char *)par->extradata, (size_t)par->extradata_size } };
	if (p->adts)
		return config_of_adts(p, s, e);
	if (s->config.n < codecs[i].least || s->config.n > codecs[i].most)
		return qf_fail(e, QF_EFORMAT, "its decoder's configuration has %zu bytes", s->config.n);
	if (p->codec == QF_SOUND_FLAC)
		s->bits = ((uint32_t)(par->extradata[12] & 1) << 4 | par->extradata[13] >> 4) + 1;
	else if (p->codec == QF_SOUND_ALAC)
		s->bits = par->extradata[17];
	else if (p->codec == QF_SOUND_MP3)
		s->config.n = 0;
	return QF_OK;
}

/* ---- packets ---------------------------------------------------------------------------------------- */

/* Frames to be dropped at its beginning and end, as libavformat tells: two little-endian numbers. */
static uint32_t dropped(const AVPacket *a, size_t at)
{
	size_t n = 0;
	const uint8_t *side = av_packet_get_side_data(a, AV_PKT_DATA_SKIP_SAMPLES, &n);

	return side && n >= at + 4 ? qf_le32(side + at) : 0;
}

static uint32_t frames_of(const struct qf_packets *p)
{
	int64_t n = av_rescale_q(p->packet->duration, p->demux.audio->time_base, (AVRational){ 1, (int)p->rate_hz });

	if (p->codec == QF_SOUND_MP3) /* of the others a packet's duration is less already */
		n -= dropped(p->packet, 4);
	return n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : (uint32_t)n;
}

static enum qf_status read_ahead(struct qf_packets *p, struct qf_err *e)
{
	av_packet_unref(p->packet);
	return qf_demux_next(&p->demux, p->packet, &p->waiting, &p->errors, e);
}

static enum qf_status start(struct qf_packets *p, int fd, const char *name_hint, struct qf_sound *s, struct qf_err *e)
{
	struct qf_sniff kind;
	enum qf_status rc = qf_sniff_file(fd, name_hint, &kind, e);

	if (rc == QF_OK && kind.kind == QF_AUDIO_NONE)
		rc = qf_fail(e, QF_EFORMAT, "no audio that is known here");
	if (rc == QF_OK)
		rc = qf_demux_open(&p->demux, fd, &kind, e);
	if (rc == QF_OK && avformat_find_stream_info(p->demux.format, NULL) < 0)
		rc = p->demux.failed ? qf_fail(e, QF_EIO, "the file cannot be read") : qf_fail(e, QF_EFORMAT, "libavformat: no stream can be made out");
	if (rc == QF_OK)
		rc = read_ahead(p, e);
	if (rc == QF_OK && !p->waiting)
		rc = qf_fail(e, QF_EFORMAT, "there is no sound in it");
	p->adts = kind.kind == QF_AUDIO_ADTS;
	if (rc == QF_OK)
		rc = describe(p, s, e);
	if (rc == QF_OK)
		s->skip = dropped(p->packet, 0);
	return rc;
}

enum qf_status qf_packets_open(struct qf_packets **out, int fd, const char *name_hint, struct qf_sound *sound, struct qf_err *e)
{
	struct qf_packets *p = qf_zalloc(1, sizeof *p);
	enum qf_status rc;

	*out = NULL;
	if (!p || !(p->packet = av_packet_alloc())) {
		qf_free(p);
		return qf_fail(e, QF_ENOMEM, "out of memory for reading packets");
	}
	rc = start(p, fd, name_hint, sound, e);
	if (rc == QF_OK)
		*out = p;
	else
		qf_packets_close(p);
	return rc;
}

/* Behind the header of an ADTS frame; damaged ones are left out. */
static bool take(const struct qf_packets *p, struct qf_packet *packet)
{
	const AVPacket *a = p->packet;
	size_t header = !p->adts ? 0 : a->size >= ADTS && qf_be16(a->data) >> 4 == 0xFFF ? (a->data[1] & 1 ? ADTS : ADTS + 2) : (size_t)a->size;

	if (a->size <= 0 || header >= (size_t)a->size)
		return false;
	*packet = (struct qf_packet){ a->data + header, (size_t)a->size - header, frames_of(p) };
	return true;
}

enum qf_status qf_packets_next(struct qf_packets *p, struct qf_packet *packet, bool *more, struct qf_err *e)
{
	bool taken = false;

	*more = false;
	while (!taken) {
		if (!p->waiting && read_ahead(p, e) != QF_OK)
			return e->code;
		if (!p->waiting)
			return QF_OK;
		taken = take(p, packet);
		p->waiting = false;
	}
	*more = true;
	return QF_OK;
}

void qf_packets_close(struct qf_packets *p)
{
	if (!p)
		return;
	av_packet_free(&p->packet);
	qf_demux_close(&p->demux);
	qf_free(p);
}
