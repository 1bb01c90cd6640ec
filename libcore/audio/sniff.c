#define _GNU_SOURCE
#include "audio/sniff.h"

#include "audio/bytes.h"
#include "audio/mpeg.h"
#include "base/alloc.h"

#include <string.h>
#include <strings.h>

enum { HEAD = 4096, JUNK = 65536, SURE = 3 };

static const char *const names[QF_AUDIO_KINDS] = {
	[QF_AUDIO_NONE] = "none",       [QF_AUDIO_WAV] = "wav",         [QF_AUDIO_RF64] = "wav",
	[QF_AUDIO_W64] = "wav",         [QF_AUDIO_AIFF] = "aiff",       [QF_AUDIO_FLAC] = "flac",
	[QF_AUDIO_OGG_VORBIS] = "vorbis", [QF_AUDIO_OGG_OPUS] = "opus", [QF_AUDIO_OGG_FLAC] = "flac",
	[QF_AUDIO_OGG_SPEEX] = "speex", [QF_AUDIO_MP3] = "mp3",         [QF_AUDIO_ADTS] = "aac",
	[QF_AUDIO_MP4] = "mp4",         [QF_AUDIO_ASF] = "asf",         [QF_AUDIO_APE] = "ape",
	[QF_AUDIO_WAVPACK] = "wavpack", [QF_AUDIO_CAF] = "caf",         [QF_AUDIO_AU] = "au",
};

const char *qf_audio_kind_name(enum qf_audio_kind kind)
{
	return kind < QF_AUDIO_KINDS ? names[kind] : names[QF_AUDIO_NONE];
}

struct magic {
	enum qf_audio_kind kind;
	uint8_t at, n;       /* offset and length of the first run of bytes */
	const char *bytes;
	const char *at8;     /* four bytes at offset 8, or NULL */
};

static const struct magic magics[] = {
	{ QF_AUDIO_WAV, 0, 4, "RIFF", "WAVE" },
	{ QF_AUDIO_RF64, 0, 4, "RF64", "WAVE" },
	{ QF_AUDIO_RF64, 0, 4, "BW64", "WAVE" },
	{ QF_AUDIO_W64, 0, 16, "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", NULL },
	{ QF_AUDIO_AIFF, 0, 4, "FORM", "AIFF" },
	{ QF_AUDIO_AIFF, 0, 4, "FORM", "AIFC" },
	{ QF_AUDIO_FLAC, 0, 4, "fLaC", NULL },
	{ QF_AUDIO_MP4, 4, 4, "ftyp", NULL },
	{ QF_AUDIO_ASF, 0, 16, "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", NULL },
	{ QF_AUDIO_APE, 0, 4, "MAC ", NULL },
	{ QF_AUDIO_WAVPACK, 0, 4, "wvpk", NULL },
	{ QF_AUDIO_CAF, 0, 6, "caff\0\1", NULL },
	{ QF_AUDIO_AU, 0, 4, ".snd", NULL },
};

/* Known to be something else, in which MPEG frames may well lie: no search for them. */
static const struct magic foreign[] = {
	{ QF_AUDIO_NONE, 0, 4, "RIFF", NULL },
	{ QF_AUDIO_NONE, 0, 4, "FORM", NULL },
	{ QF_AUDIO_NONE, 0, 4, "OggS", NULL },
	{ QF_AUDIO_NONE, 0, 4, "\x1a\x45\xdf\xa3", NULL }, /* Matroska */
	{ QF_AUDIO_NONE, 0, 4, "\0\0\1\xba", NULL },       /* MPEG program stream */
	{ QF_AUDIO_NONE, 0, 3, "FLV", NULL },
	{ QF_AUDIO_NONE, 0, 4, "PK\3\4", NULL },
	{ QF_AUDIO_NONE, 0, 4, "%PDF", NULL },
	{ QF_AUDIO_NONE, 0, 4, "\x89PNG", NULL },
	{ QF_AUDIO_NONE, 0, 3, "\xff\xd8\xff", NULL },     /* JPEG */
	{ QF_AUDIO_NONE, 0, 4, "\x7f" "ELF", NULL },
};

static const struct magic *match(const struct magic *m, size_t count, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < count; i++) {
		if (n < 12 || n < (size_t)m[i].at + m[i].n || memcmp(p + m[i].at, m[i].bytes, m[i].n) != 0)
			continue;
		if (!m[i].at8 || memcmp(p + 8, m[i].at8, 4) == 0)
			return &m[i];
	}
	return NULL;
}

/* ---- Ogg: the first packet of each stream that begins, RFC 3533 ------------------------ */

static enum qf_audio_kind ogg_packet(const uint8_t *p, size_t n)
{
	static const struct { enum qf_audio_kind kind; const char *bytes; size_t n; } packets[] = {
		{ QF_AUDIO_OGG_VORBIS, "\x01vorbis", 7 },
		{ QF_AUDIO_OGG_OPUS, "OpusHead", 8 },
		{ QF_AUDIO_OGG_FLAC, "\x7f" "FLAC", 5 },
		{ QF_AUDIO_OGG_SPEEX, "Speex   ", 8 },
	};

	for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++)
		if (n >= packets[i].n && memcmp(p, packets[i].bytes, packets[i].n) == 0)
			return packets[i].kind;
	return QF_AUDIO_NONE;
}

static enum qf_audio_kind ogg_kind(const uint8_t *p, size_t n)
{
	while (n >= 27 && memcmp(p, "OggS", 4) == 0 && (p[5] & 2)) {
		size_t head = 27u + p[26], body = 0;
		enum qf_audio_kind kind;

		if (n < head)
			break;
		for (size_t i = 0; i < p[26]; i++)
			body += p[27 + i];
		kind = ogg_packet(p + head, n - head < body ? n - head : body);
		if (kind != QF_AUDIO_NONE)
			return kind;
		if (n - head < body)
			break;
		p += head + body;
		n -= head + body;
	}
	return QF_AUDIO_NONE;
}

/* ---- tags in front and behind ----------------------------------------------------------- */

/* Bytes of an ID3v2 tag (id3.org, 2.4.0 structure, 3.1) at p[10], or 0. */
static int64_t id3v2_size(const uint8_t *p)
{
	if (memcmp(p, "ID3", 3) != 0 || p[3] == 0xff || p[4] == 0xff || ((p[6] | p[7] | p[8] | p[9]) & 0x80))
		return 0;
	return 10 + ((int64_t)p[6] << 21 | (int64_t)p[7] << 14 | (int64_t)p[8] << 7 | p[9]) + (p[5] & 0x10 ? 10 : 0);
}

static enum qf_status skip_id3v2(int fd, struct qf_sniff *s, struct qf_err *e)
{
	for (int i = 0; i < 8; i++) {
		uint8_t h[10];
		size_t got;
		int64_t n;
		enum qf_status rc = qf_bytes_at(fd, s->start, h, sizeof h, &got, e);

		if (rc != QF_OK)
			return rc;
		n = got == sizeof h ? id3v2_size(h) : 0;
		if (n == 0 || n > s->size - s->start)
			break;
		s->start += n;
	}
	return QF_OK;
}

/* Bytes of the one tag that ends at the end of t[n], or 0: ID3v1, APEv2, Lyrics3v2. */
static int64_t tail_tag(const uint8_t *t, size_t n)
{
	if (n >= 128 && memcmp(t + n - 128, "TAG", 3) == 0)
		return 128;
	if (n >= 32 && memcmp(t + n - 32, "APETAGEX", 8) == 0)
		return (int64_t)qf_le32(t + n - 20) + (qf_le32(t + n - 12) >> 31 ? 32 : 0);
	if (n >= 15 && memcmp(t + n - 9, "LYRICS200", 9) == 0) {
		int64_t size = 0;

		for (size_t i = n - 15; i < n - 9; i++) {
			if (t[i] < '0' || t[i] > '9')
				return 0;
			size = size * 10 + (t[i] - '0');
		}
		return size + 15;
	}
	return 0;
}

static enum qf_status cut_tail_tags(int fd, struct qf_sniff *s, struct qf_err *e)
{
	for (int i = 0; i < 4; i++) {
		uint8_t t[128];
		int64_t at = s->end - s->start > (int64_t)sizeof t ? s->end - (int64_t)sizeof t : s->start, n;
		size_t got;
		enum qf_status rc = qf_bytes_at(fd, at, t, (size_t)(s->end - at), &got, e);

		if (rc != QF_OK)
			return rc;
		n = tail_tag(t, got);
		if (n <= 0 || n > s->end - s->start)
			break;
		s->end -= n;
	}
	return QF_OK;
}

/* ---- MPEG frames -------------------------------------------------------------------------- */

static bool named(const char *name, const char *ext)
{
	const char *dot = name ? strrchr(name, '.') : NULL;

	return dot && strcasecmp(dot + 1, ext) == 0;
}

/* Two frames at the very start, or three behind junk; a chain that the end of the file
 * breaks off is believed at the start if the name says so too. */
static bool frames_at(const uint8_t *p, size_t n, bool adts, bool junk_before, const char *name)
{
	unsigned want = junk_before ? SURE : 2;
	bool past;
	unsigned got = qf_mpeg_chain(p, n, adts, want, &past);

	return got == want || (got && past && !junk_before && named(name, adts ? "aac" : "mp3"));
}

static void find_frames(const uint8_t *p, size_t n, const char *name, struct qf_sniff *s)
{
	for (size_t i = 0; i + QF_ADTS_HEADER <= n && i <= JUNK; i++) {
		if (p[i] != 0xff || p[i + 1] < 0xe0)
			continue;
		if (frames_at(p + i, n - i, false, i > 0, name))
			s->kind = QF_AUDIO_MP3;
		else if (frames_at(p + i, n - i, true, i > 0, name))
			s->kind = QF_AUDIO_ADTS;
		else
			continue;
		s->start += (int64_t)i;
		return;
	}
}

/* head[n_head]: what lies at s->start, in which most files show their frames already. */
static enum qf_status sniff_frames(int fd, const char *name, const uint8_t *head, size_t n_head, struct qf_sniff *s, struct qf_err *e)
{
	size_t n = JUNK + SURE * 8192, got;
	uint8_t *p;
	enum qf_status rc;

	for (int adts = 0; adts < 2; adts++)
		if (n_head > QF_ADTS_HEADER && frames_at(head, n_head, adts, false, NULL)) {
			s->kind = adts ? QF_AUDIO_ADTS : QF_AUDIO_MP3;
			return QF_OK;
		}
	p = qf_alloc(n, 1);
	if (!p)
		return qf_fail(e, QF_ENOMEM, "out of memory for looking at a file");
	rc = qf_bytes_at(fd, s->start, p, n, &got, e);
	if (rc == QF_OK)
		find_frames(p, got, name, s);
	qf_free(p);
	return rc;
}

/* ---- samples that the plain decoder should not see ------------------------------------------ */

static bool plain_wav(const uint8_t *f, size_t n)
{
	uint32_t tag = n >= 2 ? qf_le16(f) : 0;

	if (tag == 0xfffe && n >= 26)
		tag = qf_le16(f + 24);
	return tag == 1 || tag == 3 || tag == 6 || tag == 7;
}

static bool plain_four(const uint8_t *f)
{
	static const char plain[][5] = { "NONE", "twos", "sowt", "in24", "in32", "raw ", "fl32", "FL32", "fl64", "FL64",
					 "alaw", "ulaw", "ALAW", "ULAW", "lpcm" };

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (memcmp(f, plain[i], 4) == 0)
			return true;
	return false;
}

/* p[n] from the start of a RIFF or IFF file: does its format chunk name plain samples? One
 * that is not near the start counts as plain: the decoder then says what it thinks. */
static bool plain_chunk(const uint8_t *p, size_t n, bool aiff)
{
	for (size_t at = 12; at + 8 <= n;) {
		uint32_t size = aiff ? qf_be32(p + at + 4) : qf_le32(p + at + 4);
		const uint8_t *body = p + at + 8;
		size_t left = n - at - 8;

		if (!aiff && memcmp(p + at, "fmt ", 4) == 0)
			return plain_wav(body, left < size ? left : size);
		if (aiff && memcmp(p + at, "COMM", 4) == 0)
			return memcmp(p + 8, "AIFC", 4) != 0 || left < 22 || plain_four(body + 18);
		if (size > left)
			break;
		at += 8 + (size_t)size + (size & 1);
	}
	return true;
}

static bool is_exotic(enum qf_audio_kind kind, const uint8_t *p, size_t n)
{
	uint32_t encoding = n >= 16 ? qf_be32(p + 12) : 0;

	if (kind == QF_AUDIO_WAV || kind == QF_AUDIO_RF64 || kind == QF_AUDIO_AIFF)
		return !plain_chunk(p, n, kind == QF_AUDIO_AIFF);
	if (kind == QF_AUDIO_CAF)
		return n >= 32 && !plain_four(p + 28);
	if (kind == QF_AUDIO_W64) /* 16-byte ids and 8-byte sizes: the fmt chunk comes first in practice */
		return n >= 66 && memcmp(p + 40, "fmt ", 4) == 0 && !plain_wav(p + 64, n - 64);
	return kind == QF_AUDIO_AU && !((encoding >= 1 && encoding <= 7) || encoding == 27);
}

/* ---- all together ------------------------------------------------------------------------ */

enum qf_status qf_sniff_file(int fd, const char *name_hint, struct qf_sniff *out, struct qf_err *e)
{
	uint8_t head[HEAD];
	const struct magic *m;
	enum qf_status rc;
	size_t n;

	*out = (struct qf_sniff){ 0 };
	if ((rc = qf_bytes_size(fd, &out->size, e)) != QF_OK)
		return rc;
	out->end = out->size;
	if ((rc = skip_id3v2(fd, out, e)) != QF_OK || (rc = qf_bytes_at(fd, out->start, head, sizeof head, &n, e)) != QF_OK)
		return rc;
	m = match(magics, sizeof magics / sizeof magics[0], head, n);
	if (m)
		out->kind = m->kind;
	else if (n >= 4 && memcmp(head, "OggS", 4) == 0)
		out->kind = ogg_kind(head, n);
	else if (!match(foreign, sizeof foreign / sizeof foreign[0], head, n))
		rc = sniff_frames(fd, name_hint, head, n, out, e);
	if (rc != QF_OK)
		return rc;
	out->exotic = is_exotic(out->kind, head, n);
	if (out->kind == QF_AUDIO_MP3 || out->kind == QF_AUDIO_ADTS || out->kind == QF_AUDIO_FLAC)
		return cut_tail_tags(fd, out, e);
	return QF_OK;
}
