/* All three look at the last bytes of the file, where a broken copy shows. */
#define _GNU_SOURCE
#include "audio/intact_frames.h"

#include "audio/bytes.h"
#include "audio/mpeg.h"
#include "base/alloc.h"

#include <string.h>

/* The last bytes of the audio, up to `most`; to be freed. */
struct tail {
	uint8_t *p;
	size_t n;
	int64_t at; /* offset of p[0] in the file */
};

static enum qf_status read_tail(int fd, const struct qf_sniff *s, size_t most, struct tail *t, struct qf_err *e)
{
	int64_t all = s->end - s->start;
	size_t n = all < (int64_t)most ? (size_t)all : most;
	enum qf_status rc;

	t->at = s->end - (int64_t)n;
	t->n = 0;
	t->p = qf_alloc(n, 1);
	if (!t->p)
		return qf_fail(e, QF_ENOMEM, "out of memory for looking at a file");
	rc = qf_bytes_at(fd, t->at, t->p, n, &t->n, e);
	if (rc != QF_OK)
		qf_free(t->p);
	return rc;
}

/* Zeros behind the end are padding. */
static size_t less_zeros(const struct tail *t)
{
	size_t n = t->n;

	while (n && t->p[n - 1] == 0)
		n--;
	return n;
}

/* ---- FLAC: RFC 9639 ----------------------------------------------------------------------------- */

static unsigned crc8(const uint8_t *p, size_t n)
{
	unsigned c = 0;

	while (n--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = (c << 1 ^ (c & 0x80 ? 0x107 : 0)) & 0xff;
	}
	return c;
}

static unsigned crc16(const uint8_t *p, size_t n)
{
	static const uint16_t nibble[16] = { 0x0000, 0x8005, 0x800f, 0x000a, 0x801b, 0x001e, 0x0014, 0x8011,
					     0x8033, 0x0036, 0x003c, 0x8039, 0x0028, 0x802d, 0x8027, 0x0022 };
	unsigned c = 0;

	while (n--) {
		c = (c << 4 & 0xffff) ^ nibble[(c >> 12 ^ *p >> 4) & 15];
		c = (c << 4 & 0xffff) ^ nibble[(c >> 12 ^ *p) & 15];
		p++;
	}
	return c;
}

struct flac_info {
	uint32_t block, frame_max, rate; /* largest block in samples; largest frame in bytes, 0 = unknown; Hz */
	uint64_t samples;                /* 0 = unknown */
};

static enum qf_status flac_info(int fd, const struct qf_sniff *s, struct flac_info *i, struct qf_err *e)
{
	uint8_t h[42];
	size_t got;
	enum qf_status rc = qf_bytes_at(fd, s->start, h, sizeof h, &got, e);

	*i = (struct flac_info){ 0 };
	if (rc != QF_OK || got < sizeof h)
		return rc;
	i->block = qf_be16(h + 10);
	i->frame_max = qf_be24(h + 15);
	i->rate = qf_be24(h + 18) >> 4;
	i->samples = (uint64_t)(h[21] & 15) << 32 | qf_be32(h + 22);
	return QF_OK;
}

/* The frame header at p[n]: its length, 0 if it is none. *end is the number of the sample behind
 * the frame. 9.1.1 to 9.1.8. */
static size_t flac_header(const uint8_t *p, size_t n, const struct flac_info *info, uint64_t *end)
{
	unsigned size_code, rate_code, extra;
	uint64_t number, samples;
	size_t at = 5;

	if (n < 6 || p[0] != 0xff || (p[1] & 0xfe) != 0xf8 || (p[3] & 1) || p[2] >> 4 == 0 || (p[2] & 15) == 15)
		return 0;
	size_code = p[2] >> 4;
	rate_code = p[2] & 15;
	extra = p[4] < 0x80 ? 0 : p[4] < 0xc0 ? 99 : p[4] < 0xe0 ? 1 : p[4] < 0xf0 ? 2 : p[4] < 0xf8 ? 3 : p[4] < 0xfc ? 4 :
		p[4] < 0xfe ? 5 : p[4] == 0xfe ? 6 : 99;
	if (extra == 99 || n < 5 + extra + 2 + 2 + 1)
		return 0;
	number = extra == 0 ? p[4] : extra == 6 ? 0 : p[4] & (0x3fu >> extra);
	for (; extra; extra--, at++) {
		if ((p[at] & 0xc0) != 0x80)
			return 0;
		number = number << 6 | (p[at] & 0x3f);
	}
	samples = size_code == 1 ? 192 : size_code <= 5 ? 144u << size_code : size_code == 6 ? p[at] + 1u :
		  size_code == 7 ? qf_be16(p + at) + 1 : 1u << size_code;
	at += size_code == 6 ? 1 : size_code == 7 ? 2 : 0;
	at += rate_code == 12 ? 1 : rate_code == 13 || rate_code == 14 ? 2 : 0;
	if (n < at + 1 || crc8(p, at) != p[at])
		return 0;
	*end = (p[1] & 1 ? number : number * info->block) + samples;
	return at + 1;
}

/* The end of the sound by the last frame whose sum closes at t->p[n]; false: there is none. */
static bool flac_last(const struct tail *t, size_t n, const struct flac_info *info, uint64_t *end)
{
	size_t from = n >= 8 ? n - 8 : 0;

	while (from > 0) {
		const uint8_t *p = memrchr(t->p, 0xff, from);

		if (!p)
			break;
		from = (size_t)(p - t->p);
		if (flac_header(p, n - from, info, end) && crc16(p, n - from) == 0)
			return true;
	}
	return false;
}

/* How far the frames go whose headers can be read, for the sentence only. */
static double flac_reach(const struct tail *t, const struct flac_info *info)
{
	uint64_t end;

	for (size_t from = t->n; from > 0;) {
		const uint8_t *p = memrchr(t->p, 0xff, from);

		if (!p)
			break;
		from = (size_t)(p - t->p);
		if (flac_header(p, t->n - from, info, &end) && info->rate && (!info->samples || end <= info->samples))
			return (double)end / info->rate;
	}
	return 0;
}

enum qf_status qf_intact_flac(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	struct flac_info info;
	struct tail t;
	enum qf_status rc = flac_info(fd, s, &info, e);
	size_t most = info.frame_max && info.frame_max < (1u << 22) ? 2 * (size_t)info.frame_max + 1024 : 65536;
	double all = info.rate ? (double)info.samples / info.rate : 0;
	uint64_t end = 0;
	bool whole;

	if (rc != QF_OK || (rc = read_tail(fd, s, most, &t, e)) != QF_OK)
		return rc;
	whole = flac_last(&t, t.n, &info, &end);
	if (!whole && t.n && t.p[t.n - 1] == 0) /* padded; the sum's own last byte may be 0 too */
		for (size_t n = less_zeros(&t); !whole && n <= t.n && n <= less_zeros(&t) + 2; n++)
			whole = flac_last(&t, n, &info, &end);
	if (!whole)
		qf_damage_set(out, "truncated", "truncated: the last frame is not whole, about %.1f of %.1f s are there",
			      flac_reach(&t, &info), all);
	else if (info.samples && end < info.samples)
		qf_damage_set(out, "truncated", "truncated: the sound ends at %.1f of %.1f s", (double)end / (info.rate ? info.rate : 1), all);
	qf_free(t.p);
	return QF_OK;
}

/* ---- Ogg: RFC 3533, 6 ---------------------------------------------------------------------------- */

static uint32_t ogg_crc_add(uint32_t c, const uint8_t *p, size_t n)
{
	static const uint32_t nibble[16] = {
		0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9, 0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005,
		0x2608edb8, 0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61, 0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd,
	};

	while (n--) {
		c = c << 4 ^ nibble[(c >> 28 ^ *p >> 4) & 15];
		c = c << 4 ^ nibble[(c >> 28 ^ *p) & 15];
		p++;
	}
	return c;
}

static bool ogg_sum_closes(const uint8_t *p, size_t n)
{
	static const uint8_t zero[4];
	uint32_t c = ogg_crc_add(ogg_crc_add(0, p, 22), zero, 4);

	return ogg_crc_add(c, p + 26, n - 26) == qf_le32(p + 22);
}

/* Bytes of the page at p[n], 0 when not even its head is there. */
static size_t ogg_page(const uint8_t *p, size_t n)
{
	size_t size = 27;

	if (n < 27 || n < 27u + p[26])
		return 0;
	size += p[26];
	for (size_t i = 0; i < p[26]; i++)
		size += p[27 + i];
	return size;
}

/* Where the last page begins, or NULL. */
static const uint8_t *ogg_last(const struct tail *t)
{
	const uint8_t *p;

	for (size_t from = t->n; (p = memrchr(t->p, 'O', from)) != NULL; from = (size_t)(p - t->p))
		if (t->n - (size_t)(p - t->p) >= 6 && memcmp(p, "OggS", 5) == 0)
			return p;
	return NULL;
}

enum qf_status qf_intact_ogg(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	struct tail t;
	enum qf_status rc = read_tail(fd, s, 16384, &t, e);
	const uint8_t *p;
	size_t size;

	if (rc != QF_OK)
		return rc;
	p = ogg_last(&t);
	if (!p && s->end - s->start > (int64_t)t.n) { /* a long page: the longest has 65,307 bytes */
		qf_free(t.p);
		if ((rc = read_tail(fd, s, 131072, &t, e)) != QF_OK)
			return rc;
		p = ogg_last(&t);
	}
	size = p ? ogg_page(p, t.n - (size_t)(p - t.p)) : 0;
	if (size == 0 || size > t.n - (size_t)(p - t.p))
		qf_damage_set(out, "truncated", "truncated: the last page is not whole");
	else if (!ogg_sum_closes(p, size))
		qf_damage_set(out, "broken", "the last page does not match its checksum");
	else if (!(p[5] & 4))
		qf_damage_set(out, "truncated", "truncated: the last page does not end the stream");
	qf_free(t.p);
	return QF_OK;
}

/* ---- MPEG ------------------------------------------------------------------------------------------- */

/* Bytes of audio from the first frame on, as a Xing or VBRI header there says, or 0. */
static int64_t mpeg_declared(const uint8_t *p, size_t n, const struct qf_mpeg *m)
{
	size_t side = m->version == 1 ? (m->channels == 1 ? 17 : 32) : (m->channels == 1 ? 9 : 17), at = 4 + side;

	if (n >= at + 16 && (memcmp(p + at, "Xing", 4) == 0 || memcmp(p + at, "Info", 4) == 0)) {
		uint32_t flags = qf_be32(p + at + 4);

		if (flags & 2)
			return qf_be32(p + at + 8 + (flags & 1 ? 4 : 0));
	}
	if (n >= 36 + 14 && memcmp(p + 36, "VBRI", 4) == 0)
		return qf_be32(p + 36 + 10);
	return 0;
}

static bool frame_at(const uint8_t *p, size_t n, bool adts, struct qf_mpeg *m)
{
	return n >= (size_t)(adts ? QF_ADTS_HEADER : QF_MPEG_HEADER) && (adts ? qf_adts_header(p, m) : qf_mpeg_header(p, m));
}

/* How many bytes the last frame lacks, following the chain of frames into the tail; -1: no chain is found. */
static int64_t mpeg_lacks(const struct tail *t, bool adts, uint32_t family)
{
	size_t end = less_zeros(t);

	for (size_t i = 0; i < t->n; i++) {
		struct qf_mpeg m = { 0 }, next;
		size_t at = i;
		int frames = 0;

		while (at < t->n && frame_at(t->p + at, t->n - at, adts, &next) && next.family == family) {
			m = next;
			at += m.bytes;
			frames++;
		}
		if (frames < 2)
			continue;
		if (at > t->n)
			return (int64_t)(at - t->n);
		if (at < t->n && t->n - at < (adts ? QF_ADTS_HEADER : QF_MPEG_HEADER) && t->p[at] == 0xff)
			return (int64_t)(at + m.bytes - t->n); /* cut within a header: as long as the one before */
		if (at >= end || frames >= 4)
			return 0; /* whole, or followed by something else */
	}
	return -1;
}

enum qf_status qf_intact_mpeg(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	bool adts = s->kind == QF_AUDIO_ADTS;
	uint8_t h[256];
	size_t got;
	struct qf_mpeg first;
	struct tail t;
	int64_t declared, lacks;
	enum qf_status rc = qf_bytes_at(fd, s->start, h, sizeof h, &got, e);

	if (rc != QF_OK || !frame_at(h, got, adts, &first))
		return rc;
	declared = adts ? 0 : mpeg_declared(h, got, &first);
	if (declared > (int64_t)first.bytes) { /* some writers leave the frame of the header itself out */
		qf_damage_bytes(out, s->end - s->start, declared);
		return QF_OK;
	}
	if ((rc = read_tail(fd, s, 16384, &t, e)) != QF_OK)
		return rc;
	lacks = mpeg_lacks(&t, adts, first.family);
	if (lacks > 0)
		qf_damage_set(out, "truncated", "truncated: the last frame lacks %lld bytes", (long long)lacks);
	qf_free(t.p);
	return QF_OK;
}
