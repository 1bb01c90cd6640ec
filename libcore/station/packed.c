#include "station/packed.h"

#include <string.h>

enum { ADTS = 7, ADTS_MOST = (1 << 13) - 1, LC = 2, HE = 5, HE2 = 29, NO_RATE = 15 };

/* ---- AAC's configuration ------------------------------------------------------------------------------ */

static unsigned bits(const struct qf_span *c, size_t *at, unsigned n)
{
	unsigned v = 0;

	for (; n > 0; n--, ++*at)
		v = v << 1 | (*at / 8 < c->n ? (unsigned)((uint8_t)c->p[*at / 8] >> (7 - *at % 8)) & 1 : 0);
	return v;
}

static unsigned read_rate(const struct qf_span *c, size_t *at)
{
	unsigned index = bits(c, at, 4);

	if (index == NO_RATE)
		*at += 24;
	return index;
}

bool qf_aac_config_read(struct qf_aac_config *out, struct qf_span config)
{
	size_t at = 0;

	*out = (struct qf_aac_config){ .object_type = bits(&config, &at, 5) };
	out->rate_index = read_rate(&config, &at);
	out->channels = bits(&config, &at, 4);
	out->core_type = out->object_type;
	if (out->object_type == HE || out->object_type == HE2) {
		read_rate(&config, &at); /* of the extension */
		out->core_type = bits(&config, &at, 5);
	}
	return at <= 8 * config.n;
}

/* ---- segments -------------------------------------------------------------------------------------------- */

bool qf_packed_holds(const struct qf_sound *s)
{
	struct qf_aac_config c;

	return s->codec == QF_SOUND_MP3 || (s->codec == QF_SOUND_AAC && qf_aac_config_read(&c, s->config) && c.core_type >= 1 && c.core_type <= 4 &&
					    c.rate_index < 13 && c.channels >= 1 && c.channels <= 7);
}

static void put(struct qf_buf *b, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0)
		qf_buf_putc(b, (char)(uint8_t)(v >> 8 * bytes));
}

/* ID3v2.4 with one PRIV frame: 33 bits of a clock of 90 kHz. */
static void put_timestamp(struct qf_buf *b, const struct qf_sound *s, uint64_t at)
{
	static const char owner[] = "com.apple.streaming.transportStreamTimestamp";
	enum { FRAME = sizeof owner + 8, TAG = 10 + FRAME };
	uint64_t clock = at / s->rate_hz * 90000 + (at % s->rate_hz * 90000 + s->rate_hz / 2) / s->rate_hz;

	qf_buf_puts(b, "ID3");
	put(b, 4, 1);
	put(b, 0, 2);
	put(b, TAG, 4); /* below 128: seven bits a byte are the same */
	qf_buf_puts(b, "PRIV");
	put(b, FRAME, 4);
	put(b, 0, 2);
	qf_buf_put(b, owner, sizeof owner);
	put(b, clock & ((UINT64_C(1) << 33) - 1), 8);
}

static void put_adts(struct qf_buf *b, const struct qf_aac_config *c, size_t frame)
{
	put(b, 0xFFF1, 2); /* MPEG-4, without a checksum */
	put(b, (c->core_type - 1) << 6 | c->rate_index << 2 | c->channels >> 2, 1);
	put(b, (c->channels & 3) << 30 | (uint32_t)frame << 13 | 0x7FF << 2, 4); /* buffer fullness: variable rate */
}

enum qf_status qf_packed_put_segment(struct qf_buf *out, const struct qf_sound *s, uint64_t at, const struct qf_packet *packet, size_t n,
				     struct qf_err *e)
{
	struct qf_aac_config c = { 0 };

	if (s->codec == QF_SOUND_AAC)
		qf_aac_config_read(&c, s->config);
	put_timestamp(out, s, at);
	for (size_t i = 0; i < n; i++) {
		if (s->codec == QF_SOUND_AAC && packet[i].n > ADTS_MOST - ADTS)
			return qf_fail(e, QF_ELIMIT, "an AAC frame of %zu bytes", packet[i].n);
		if (s->codec == QF_SOUND_AAC)
			put_adts(out, &c, ADTS + packet[i].n);
		qf_buf_put(out, packet[i].p, packet[i].n);
	}
	return qf_buf_check(out, e);
}

void qf_packed_put_codecs(struct qf_buf *out, const struct qf_sound *s)
{
	struct qf_aac_config c = { .object_type = 34 };

	if (s->codec == QF_SOUND_AAC)
		qf_aac_config_read(&c, s->config);
	qf_buf_printf(out, "mp4a.40.%u", c.object_type);
}

const char *qf_packed_suffix(const struct qf_sound *s)
{
	return s->codec == QF_SOUND_AAC ? ".aac" : ".mp3";
}
