#include "audio/mpeg.h"

#include "audio/bytes.h"

/* kbit/s by [MPEG-1 or not][layer I, II, III][index] */
static const uint16_t bitrates[2][3][15] = {
	{ { 0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448 },
	  { 0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384 },
	  { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320 } },
	{ { 0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256 },
	  { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 },
	  { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 } },
};
static const uint16_t mpeg1_rates[3] = { 44100, 48000, 32000 };
static const uint32_t adts_rates[13] = { 96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050,
					 16000, 12000, 11025, 8000, 7350 };

bool qf_mpeg_header(const uint8_t h[QF_MPEG_HEADER], struct qf_mpeg *out)
{
	uint32_t v = qf_be32(h);
	unsigned version = v >> 19 & 3, layer = 3 - (v >> 17 & 3), rate = v >> 10 & 3, index = v >> 12 & 15;
	bool low = version != 3, pad = v >> 9 & 1;
	uint32_t kbps;

	if (v >> 21 != 0x7ff || version == 1 || layer == 3 || rate == 3 || index == 0 || index == 15)
		return false;
	kbps = bitrates[low][layer][index];
	out->family = v & 0xfffe0c00;
	out->rate_hz = (uint32_t)mpeg1_rates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
	out->samples = layer == 0 ? 384 : layer == 2 && low ? 576 : 1152;
	out->bytes = layer == 0 ? (12000 * kbps / out->rate_hz + pad) * 4 : out->samples / 8 * 1000 * kbps / out->rate_hz + pad;
	out->channels = (v >> 6 & 3) == 3 ? 1 : 2;
	out->version = version == 3 ? 1 : version == 2 ? 2 : 25;
	return true;
}

bool qf_adts_header(const uint8_t h[QF_ADTS_HEADER], struct qf_mpeg *out)
{
	unsigned rate = h[2] >> 2 & 15;

	if (h[0] != 0xff || (h[1] & 0xf6) != 0xf0 || rate >= sizeof adts_rates / sizeof adts_rates[0])
		return false;
	out->family = qf_be32(h) & 0xfffefd00;
	out->bytes = (uint32_t)(h[3] & 3) << 11 | (uint32_t)h[4] << 3 | h[5] >> 5;
	out->rate_hz = adts_rates[rate];
	out->samples = 1024 * ((h[6] & 3u) + 1);
	out->channels = (h[2] & 1) << 2 | h[3] >> 6;
	out->version = 0;
	return out->bytes > QF_ADTS_HEADER;
}

unsigned qf_mpeg_chain(const uint8_t *p, size_t n, bool adts, unsigned most, bool *past)
{
	size_t need = adts ? QF_ADTS_HEADER : QF_MPEG_HEADER, at = 0;
	uint32_t family = 0;
	unsigned count = 0;

	*past = false;
	while (count < most && at <= n && n - at >= need) {
		struct qf_mpeg m;

		if (!(adts ? qf_adts_header(p + at, &m) : qf_mpeg_header(p + at, &m)))
			return count;
		if (count && m.family != family)
			return count;
		family = m.family;
		at += m.bytes;
		count++;
	}
	*past = count < most;
	return count;
}
