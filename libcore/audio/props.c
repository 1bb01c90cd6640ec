/* Properties of what TagLib does not read. */
#include "audio/bytes.h"
#include "audio/decoder.h"
#include "audio/mpeg.h"
#include "base/alloc.h"

enum { SAMPLE = 65536 };

static void by_sndfile(int fd, const struct qf_sniff *s, struct qf_audio_info *i)
{
	void *state;

	if (!qf_decoder_sf.takes(s) || qf_decoder_sf.open(&state, fd, s, i, NULL) != QF_OK)
		return;
	qf_decoder_sf.close(state);
}

/* Bare AAC frames carry no length: that of the first 64 KiB is extrapolated. */
static void by_adts(int fd, const struct qf_sniff *s, struct qf_audio_info *i)
{
	uint8_t *p = qf_alloc(SAMPLE, 1);
	size_t n = 0, at = 0;
	double samples = 0;
	struct qf_mpeg m;

	if (!p || qf_bytes_at(fd, s->start, p, SAMPLE, &n, NULL) != QF_OK)
		n = 0;
	for (; at + QF_ADTS_HEADER <= n && qf_adts_header(p + at, &m); at += m.bytes) {
		samples += m.samples;
		i->rate_hz = (int)m.rate_hz;
		i->channels = m.channels;
	}
	if (at)
		i->frames = (int64_t)(samples * ((double)(s->end - s->start) / (double)at));
	qf_free(p);
}

void qf_decode_props(int fd, const struct qf_sniff *s, struct qf_audio_props *props)
{
	struct qf_audio_info i = { 0 };

	if (s->kind == QF_AUDIO_ADTS)
		by_adts(fd, s, &i);
	else
		by_sndfile(fd, s, &i);
	if (i.rate_hz < 1 || i.channels < 1 || i.frames < 0)
		return;
	if (!props->sample_rate_hz)
		props->sample_rate_hz = i.rate_hz;
	if (!props->channels)
		props->channels = i.channels;
	if (!props->duration_ms)
		props->duration_ms = (int64_t)((double)i.frames / i.rate_hz * 1000 + 0.5);
	if (!props->bitrate_kbps && props->duration_ms && (s->end - s->start) / props->duration_ms < INT32_MAX / 8)
		props->bitrate_kbps = (int)((s->end - s->start) * 8 / props->duration_ms);
}
