#include "audio/intact.h"

#include "audio/bytes.h"
#include "audio/intact_frames.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- words ------------------------------------------------------------------------------------ */

/* "1,234,567", into one of a few buffers of the caller. */
static const char *grouped(int64_t n, char to[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n), out = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && digits[i - 1] != '-')
			to[out++] = ',';
		to[out++] = digits[i];
	}
	to[out] = '\0';
	return to;
}

void qf_damage_set(struct qf_damage *out, const char *class, const char *fmt, ...)
{
	va_list ap;

	out->class = class;
	va_start(ap, fmt);
	vsnprintf(out->text, sizeof out->text, fmt, ap);
	va_end(ap);
}

void qf_damage_bytes(struct qf_damage *out, int64_t there, int64_t declared)
{
	char a[32], b[32];

	if (there < declared)
		qf_damage_set(out, "truncated", "truncated: %s of %s bytes are there", grouped(there, a), grouped(declared, b));
}

/* ---- chunks: RIFF, IFF, W64, CAF ---------------------------------------------------------------- */

/* How a format writes its chunks. */
struct chunks {
	int first;        /* offset of the first chunk */
	int head;         /* bytes of a chunk's header */
	bool counts_head; /* its size includes the header */
	int align;        /* chunks begin at multiples of this, counted from the file's start */
	char sound[5];    /* id of the chunk that holds the samples: its first four bytes */
	int64_t (*size)(const uint8_t *head); /* -1: not known */
};

/* Sizes that programs write which do not know the length: 0, all ones, and what sox and others put near 2^31. */
static int64_t riff_size(const uint8_t *h)
{
	uint32_t n = qf_le32(h + 4);

	return n == 0 || n >= 0xffffff00 || (n >= 0x7fff0000 && n <= 0x80000000) ? -1 : (int64_t)n;
}

static int64_t iff_size(const uint8_t *h)
{
	uint32_t n = qf_be32(h + 4);

	return n == 0 || n >= 0xffffff00 || (n >= 0x7fff0000 && n <= 0x80000000) ? -1 : (int64_t)n;
}

static int64_t big(uint64_t n)
{
	return n > INT64_MAX / 2 ? -1 : (int64_t)n;
}

static int64_t w64_size(const uint8_t *h) { return big(qf_le64(h + 16)); }
static int64_t caf_size(const uint8_t *h) { return big(qf_be64(h + 4)); }

static const struct chunks layouts[QF_AUDIO_KINDS] = {
	[QF_AUDIO_WAV] = { 12, 8, false, 2, "data", riff_size },
	[QF_AUDIO_RF64] = { 12, 8, false, 2, "data", riff_size },
	[QF_AUDIO_W64] = { 40, 24, true, 8, "data", w64_size },
	[QF_AUDIO_AIFF] = { 12, 8, false, 2, "SSND", iff_size },
	[QF_AUDIO_CAF] = { 8, 12, false, 1, "data", caf_size },
};

static enum qf_status check_chunks(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	const struct chunks *c = &layouts[s->kind];
	int64_t at = s->start + c->first;
	bool sound = false;

	for (int i = 0; i < 64 && at + c->head <= s->end; i++) {
		uint8_t h[24];
		size_t got;
		enum qf_status rc = qf_bytes_at(fd, at, h, (size_t)c->head, &got, e);
		int64_t size;

		if (rc != QF_OK)
			return rc;
		if (got < (size_t)c->head)
			break;
		size = c->size(h);
		if (memcmp(h, c->sound, 4) == 0)
			sound = true;
		if (size < 0 || size > INT64_MAX / 2)
			break; /* up to the end of the file */
		size += c->counts_head ? 0 : c->head;
		if (size < c->head)
			break;
		if (size > s->end - at) { /* text behind the sound that was cut is no loss worth a word */
			if (!sound || memcmp(h, c->sound, 4) == 0)
				qf_damage_bytes(out, s->end - s->start, at + size - s->start);
			if (sound) {
				out->sound_there = s->end - at - c->head;
				out->sound_declared = size - c->head;
			}
			return QF_OK;
		}
		at += (size + c->align - 1) / c->align * c->align;
	}
	if (!sound)
		qf_damage_set(out, "truncated", "truncated: the file ends before its sound begins");
	return QF_OK;
}

/* ---- MP4 boxes (ISO/IEC 14496-12, 4.2) ------------------------------------------------------------ */

static enum qf_status check_mp4(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	int64_t at = s->start;
	bool index = false;

	for (int i = 0; i < 256 && at + 8 <= s->end; i++) {
		uint8_t h[16];
		size_t got;
		enum qf_status rc = qf_bytes_at(fd, at, h, sizeof h, &got, e);
		int64_t size;

		if (rc != QF_OK)
			return rc;
		size = qf_be32(h);
		if (size == 1 && got == sizeof h)
			size = big(qf_be64(h + 8));
		index |= memcmp(h + 4, "moov", 4) == 0;
		if (size == 0)
			at = s->end;
		else if (size < 8)
			break;
		else if (size > s->end - at) {
			qf_damage_bytes(out, s->end - s->start, at + size - s->start);
			return QF_OK;
		} else
			at += size;
	}
	if (!index)
		qf_damage_set(out, "broken", "the index of the file ('moov') is not there: nothing can be played");
	return QF_OK;
}

/* ---- sizes in a header: AU, ASF, APE ---------------------------------------------------------------- */

static enum qf_status check_au(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	uint8_t h[12];
	size_t got;
	enum qf_status rc = qf_bytes_at(fd, s->start, h, sizeof h, &got, e);

	if (rc == QF_OK && got == sizeof h && iff_size(h + 4) >= 0)
		qf_damage_bytes(out, s->end - s->start, (int64_t)qf_be32(h + 4) + (int64_t)qf_be32(h + 8));
	return rc;
}

/* The file properties object (ASF 1.20.03, 3.2) among the first objects of the header. */
static enum qf_status check_asf(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	static const uint8_t props[] = "\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";
	int64_t at = s->start + 30;

	for (int i = 0; i < 64 && at + 24 <= s->end; i++) {
		uint8_t h[92];
		size_t got;
		enum qf_status rc = qf_bytes_at(fd, at, h, sizeof h, &got, e);
		int64_t size;

		if (rc != QF_OK)
			return rc;
		if (got < sizeof h)
			break;
		if (memcmp(h, props, 16) == 0) {
			if (!(h[88] & 1)) /* no broadcast: the size is meant */
				qf_damage_bytes(out, s->end - s->start, big(qf_le64(h + 40)));
			return QF_OK;
		}
		size = big(qf_le64(h + 16));
		if (size < 24 || size > s->end - at)
			break;
		at += size;
	}
	return QF_OK;
}

/* Monkey's Audio from 3.98 on: a descriptor with the sizes of all parts. Older ones do not say. */
static enum qf_status check_ape(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	uint8_t h[36];
	size_t got;
	enum qf_status rc = qf_bytes_at(fd, s->start, h, sizeof h, &got, e);
	int64_t sound;

	if (rc != QF_OK || got < sizeof h || qf_le16(h + 4) < 3980)
		return rc;
	sound = big(qf_le32(h + 24) | (uint64_t)qf_le32(h + 28) << 32);
	if (sound >= 0)
		qf_damage_bytes(out, s->end - s->start, sound + (int64_t)qf_le32(h + 8) + (int64_t)qf_le32(h + 12) +
				(int64_t)qf_le32(h + 16) + (int64_t)qf_le32(h + 20) + (int64_t)qf_le32(h + 32));
	return QF_OK;
}

/* Blocks of "wvpk", size less 8, … (WavPack 4 and 5 file format). A chain of at most some
 * thousand small reads; when it leads into a tag or text, it is over. */
static enum qf_status check_wavpack(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	int64_t at = s->start;

	for (int i = 0; i < 20000 && at + 32 <= s->end; i++) {
		uint8_t h[8];
		size_t got;
		enum qf_status rc = qf_bytes_at(fd, at, h, sizeof h, &got, e);
		int64_t size = 8 + (int64_t)qf_le32(h + 4);

		if (rc != QF_OK)
			return rc;
		if (got < sizeof h || memcmp(h, "wvpk", 4) != 0)
			break;
		qf_damage_bytes(out, s->end - s->start, at + size - s->start);
		at += size;
	}
	return QF_OK;
}

/* ---- all kinds ---------------------------------------------------------------------------------------- */

typedef enum qf_status check(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e);

static check *const checks[QF_AUDIO_KINDS] = {
	[QF_AUDIO_WAV] = check_chunks,         [QF_AUDIO_RF64] = check_chunks,      [QF_AUDIO_W64] = check_chunks,
	[QF_AUDIO_AIFF] = check_chunks,        [QF_AUDIO_CAF] = check_chunks,       [QF_AUDIO_AU] = check_au,
	[QF_AUDIO_FLAC] = qf_intact_flac,      [QF_AUDIO_MP3] = qf_intact_mpeg,     [QF_AUDIO_ADTS] = qf_intact_mpeg,
	[QF_AUDIO_OGG_VORBIS] = qf_intact_ogg, [QF_AUDIO_OGG_OPUS] = qf_intact_ogg, [QF_AUDIO_OGG_FLAC] = qf_intact_ogg,
	[QF_AUDIO_OGG_SPEEX] = qf_intact_ogg,  [QF_AUDIO_MP4] = check_mp4,          [QF_AUDIO_ASF] = check_asf,
	[QF_AUDIO_APE] = check_ape,            [QF_AUDIO_WAVPACK] = check_wavpack,
};

enum qf_status qf_intact(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e)
{
	*out = (struct qf_damage){ 0 };
	if (s->size == 0)
		qf_damage_set(out, "empty", "the file is empty: 0 bytes");
	else if (s->kind == QF_AUDIO_NONE)
		qf_damage_set(out, "not-audio", "not an audio file that we know");
	else
		return checks[s->kind](fd, s, out, e);
	return QF_OK;
}
