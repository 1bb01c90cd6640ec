#define _GNU_SOURCE
#include "audio/mp4file.h"

#include "audio/bytes.h"
#include "base/alloc.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 48 /* packets: about a second */, CONFIG_MAX = 100, BLOCK = 65536 };

/* ---- boxes -------------------------------------------------------------------------------------- */

static void put_be(struct qf_buf *b, uint64_t v, int bytes)
{
	while (bytes-- > 0)
		qf_buf_putc(b, (char)(v >> 8 * bytes));
}

static void put16(struct qf_buf *b, uint32_t v) { put_be(b, v, 2); }
static void put32(struct qf_buf *b, uint32_t v) { put_be(b, v, 4); }

static void put_zeros(struct qf_buf *b, int n)
{
	while (n-- > 0)
		qf_buf_putc(b, '\0');
}

/* A box and where it begins, for end_box(). */
static size_t begin_box(struct qf_buf *b, const char *type)
{
	size_t at = b->len;

	put32(b, 0);
	qf_buf_put(b, type, 4);
	return at;
}

static size_t begin_full_box(struct qf_buf *b, const char *type, int version, uint32_t flags)
{
	size_t at = begin_box(b, type);

	put32(b, (uint32_t)version << 24 | flags);
	return at;
}

static void store32(struct qf_buf *b, size_t at, uint32_t v)
{
	const unsigned char p[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16), (unsigned char)(v >> 8), (unsigned char)v };

	if (!b->failed)
		memcpy(b->p + at, p, sizeof p);
}

static void end_box(struct qf_buf *b, size_t at)
{
	store32(b, at, (uint32_t)(b->len - at));
}

static void put_matrix(struct qf_buf *b)
{
	static const uint32_t unity[9] = { 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000 };

	for (int i = 0; i < 9; i++)
		put32(b, unity[i]);
}

/* ---- the parts of moov: every time is in samples ---------------------------------------------------- */

static void put_ftyp(struct qf_buf *b)
{
	size_t at = begin_box(b, "ftyp");

	qf_buf_put(b, "M4A \0\0\2\0M4A isomiso2", 20);
	end_box(b, at);
}

static void put_mvhd(struct qf_buf *b, const struct qf_mp4_stream *s)
{
	size_t at = begin_full_box(b, "mvhd", 0, 0);

	put_zeros(b, 8); /* made and changed: not told */
	put32(b, (uint32_t)s->rate_hz);
	put32(b, (uint32_t)s->frames);
	put32(b, 0x10000); /* speed 1 */
	put16(b, 0x100);   /* volume 1 */
	put_zeros(b, 10);
	put_matrix(b);
	put_zeros(b, 24);
	put32(b, 2); /* the next track would be the second */
	end_box(b, at);
}

static void put_tkhd(struct qf_buf *b, const struct qf_mp4_stream *s)
{
	enum { ENABLED = 1, IN_MOVIE = 2, IN_PREVIEW = 4 };
	size_t at = begin_full_box(b, "tkhd", 0, ENABLED | IN_MOVIE | IN_PREVIEW);

	put_zeros(b, 8);
	put32(b, 1); /* track */
	put32(b, 0);
	put32(b, (uint32_t)s->frames);
	put_zeros(b, 12);
	put16(b, 0x100);
	put16(b, 0);
	put_matrix(b);
	put_zeros(b, 8); /* nothing to see */
	end_box(b, at);
}

static void put_edts(struct qf_buf *b, const struct qf_mp4_stream *s)
{
	size_t at = begin_box(b, "edts"), list = begin_full_box(b, "elst", 0, 0);

	put32(b, 1);
	put32(b, (uint32_t)s->frames);
	put32(b, (uint32_t)s->delay);
	put32(b, 0x10000);
	end_box(b, list);
	end_box(b, at);
}

static void put_mdhd(struct qf_buf *b, const struct qf_mp4_stream *s, uint32_t packets)
{
	size_t at = begin_full_box(b, "mdhd", 0, 0);

	put_zeros(b, 8);
	put32(b, (uint32_t)s->rate_hz);
	put32(b, packets * QF_MP4_FRAMES);
	put16(b, 0x55c4); /* language: und */
	put16(b, 0);
	end_box(b, at);
}

static void put_hdlr(struct qf_buf *b)
{
	size_t at = begin_full_box(b, "hdlr", 0, 0);

	put32(b, 0);
	qf_buf_put(b, "soun", 4);
	put_zeros(b, 12);
	qf_buf_put(b, "SoundHandler", 13);
	end_box(b, at);
}

/* A smhd, and a dinf that says: in this file. */
static void put_media_info(struct qf_buf *b)
{
	size_t at = begin_full_box(b, "smhd", 0, 0), ref;

	put32(b, 0);
	end_box(b, at);
	at = begin_box(b, "dinf");
	ref = begin_full_box(b, "dref", 0, 0);
	put32(b, 1);
	end_box(b, begin_full_box(b, "url ", 0, 1));
	end_box(b, ref);
	end_box(b, at);
}

static void put_descriptor(struct qf_buf *b, int tag, size_t n)
{
	qf_buf_putc(b, (char)tag);
	qf_buf_putc(b, (char)n); /* one byte while it is below 128 */
}

/* ISO/IEC 14496-1, 7.2.6: stream 1, MPEG-4 audio, its configuration, and the usual packets of MP4. */
static void put_esds(struct qf_buf *b, const struct qf_mp4_stream *s)
{
	enum { ES = 3, DECODER = 4, CONFIG = 5, SYNC = 6, MPEG4_AUDIO = 0x40, AUDIO_STREAM = 0x15 };
	size_t at = begin_full_box(b, "esds", 0, 0), config = 2 + s->config.n, decoder = 13 + config;

	put_descriptor(b, ES, 3 + 2 + decoder + 3);
	put16(b, 1);
	qf_buf_putc(b, 0);
	put_descriptor(b, DECODER, decoder);
	qf_buf_putc(b, MPEG4_AUDIO);
	qf_buf_putc(b, AUDIO_STREAM);
	put_be(b, 0, 3);
	put32(b, (uint32_t)s->kbps * 1000);
	put32(b, (uint32_t)s->kbps * 1000);
	put_descriptor(b, CONFIG, s->config.n);
	qf_buf_put(b, s->config.p, s->config.n);
	put_descriptor(b, SYNC, 1);
	qf_buf_putc(b, 2);
	end_box(b, at);
}

static void put_stsd(struct qf_buf *b, const struct qf_mp4_stream *s)
{
	size_t at = begin_full_box(b, "stsd", 0, 0), entry;

	put32(b, 1);
	entry = begin_box(b, "mp4a");
	put_zeros(b, 6);
	put16(b, 1);
	put_zeros(b, 8);
	put16(b, (uint32_t)s->channels);
	put16(b, 16);
	put32(b, 0);
	put32(b, (uint32_t)s->rate_hz << 16);
	put_esds(b, s);
	end_box(b, entry);
	end_box(b, at);
}

/* Packets are of one length, in chunks of CHUNK, the last one of what is left. */
static void put_tables(struct qf_buf *b, const struct qf_mp4file *m)
{
	uint32_t full = m->packets / CHUNK, rest = m->packets % CHUNK;
	size_t at = begin_full_box(b, "stts", 0, 0);

	put32(b, 1);
	put32(b, m->packets);
	put32(b, QF_MP4_FRAMES);
	end_box(b, at);
	at = begin_full_box(b, "stsc", 0, 0);
	put32(b, (full ? 1u : 0u) + (rest ? 1u : 0u));
	for (int i = full ? 0 : 1; i < (rest ? 2 : 1); i++) { /* from which chunk on, how many packets, of description 1 */
		put32(b, i == 0 ? 1 : full + 1);
		put32(b, i == 0 ? CHUNK : rest);
		put32(b, 1);
	}
	end_box(b, at);
	at = begin_full_box(b, "stsz", 0, 0);
	put32(b, 0);
	put32(b, m->packets);
	qf_buf_put(b, m->sizes.p, m->sizes.len);
	end_box(b, at);
}

/* A decoder that begins in the middle needs the packet before as well. */
static void put_roll(struct qf_buf *b, uint32_t packets)
{
	size_t at = begin_full_box(b, "sgpd", 1, 0);

	qf_buf_put(b, "roll", 4);
	put32(b, 2);
	put32(b, 1);
	put16(b, 0xffff); /* -1 */
	end_box(b, at);
	at = begin_full_box(b, "sbgp", 0, 0);
	qf_buf_put(b, "roll", 4);
	put32(b, 1);
	put32(b, packets);
	put32(b, 1);
	end_box(b, at);
}

/* Offsets as of the first packet; the whole head's length is added to them once it is known. */
static size_t put_stco(struct qf_buf *b, const struct qf_mp4file *m)
{
	uint32_t chunks = (m->packets + CHUNK - 1) / CHUNK, offset = 0;
	size_t at = begin_full_box(b, "stco", 0, 0), first;

	put32(b, chunks);
	first = b->len;
	for (uint32_t i = 0; i < m->packets; i++) {
		if (i % CHUNK == 0)
			put32(b, offset);
		offset += qf_be32((const uint8_t *)m->sizes.p + 4 * (size_t)i);
	}
	end_box(b, at);
	return first;
}

static size_t put_trak(struct qf_buf *b, const struct qf_mp4file *m, const struct qf_mp4_stream *s)
{
	size_t trak = begin_box(b, "trak"), mdia, minf, stbl, offsets;

	put_tkhd(b, s);
	put_edts(b, s);
	mdia = begin_box(b, "mdia");
	put_mdhd(b, s, m->packets);
	put_hdlr(b);
	minf = begin_box(b, "minf");
	put_media_info(b);
	stbl = begin_box(b, "stbl");
	put_stsd(b, s);
	put_tables(b, m);
	offsets = put_stco(b, m);
	put_roll(b, m->packets);
	end_box(b, stbl);
	end_box(b, minf);
	end_box(b, mdia);
	end_box(b, trak);
	return offsets;
}

/* ---- the file ---------------------------------------------------------------------------------------- */

/* iTunSMPB, as iTunes writes it: delay, padding and length. */
#define GAPLESS " 00000000 %08X %08X %016llX 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"
enum { GAPLESS_MAX = 160 };

static void put_gapless(char text[GAPLESS_MAX], int64_t delay, int64_t padding, int64_t frames)
{
	snprintf(text, GAPLESS_MAX, GAPLESS, (unsigned)delay, (unsigned)padding, (unsigned long long)frames);
}

/* All in front of the packets but the cover, which belongs at *cover_at. */
static enum qf_status make_head(struct qf_buf *b, const struct qf_mp4file *m, const struct qf_mp4_stream *s, size_t *cover_at, struct qf_err *e)
{
	uint32_t chunks = (m->packets + CHUNK - 1) / CHUNK;
	size_t moov, offsets;

	put_ftyp(b);
	moov = begin_box(b, "moov");
	put_mvhd(b, s);
	offsets = put_trak(b, m, s);
	*cover_at = b->len + m->cover_at;
	qf_buf_put(b, m->udta.p, m->udta.len);
	store32(b, moov, (uint32_t)(b->len - moov + m->cover));
	put32(b, (uint32_t)(m->bytes + 8));
	qf_buf_put(b, "mdat", 4);
	for (uint32_t i = 0; i < chunks && !b->failed; i++) {
		size_t at = offsets + 4 * (size_t)i;

		store32(b, at, qf_be32((const uint8_t *)b->p + at) + (uint32_t)(b->len + m->cover));
	}
	return qf_buf_check(b, e);
}

static enum qf_status seek_to(int fd, int64_t at, struct qf_err *e)
{
	return lseek(fd, (off_t)at, SEEK_SET) < 0 ? qf_fail_errno(e, "cannot write") : QF_OK;
}

static enum qf_status write_at(int fd, int64_t at, const char *p, size_t n, struct qf_err *e)
{
	return seek_to(fd, at, e) == QF_OK ? qf_write_all(fd, p, n, e) : e->code;
}

/* n bytes from one place of the file to a later one, the last ones first. */
static enum qf_status move_back(int fd, int64_t from, int64_t n, int64_t to, struct qf_err *e)
{
	char *block = qf_alloc(BLOCK, 1);
	enum qf_status rc = block ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for encoding");

	while (rc == QF_OK && n) {
		size_t some = n < BLOCK ? (size_t)n : BLOCK, got;

		n -= (int64_t)some;
		rc = qf_bytes_at(fd, from + n, block, some, &got, e);
		if (rc == QF_OK)
			rc = write_at(fd, to + n, block, got, e);
	}
	qf_free(block);
	return rc;
}

enum qf_status qf_mp4file_open(struct qf_mp4file *m, int fd, const struct qf_carried *tags, struct qf_err *e)
{
	char gapless[GAPLESS_MAX];
	struct qf_inset cover;
	enum qf_status rc;

	*m = (struct qf_mp4file){ .fd = fd };
	put_gapless(gapless, 0, 0, 0);
	rc = qf_carry_put_udta(&m->udta, tags, gapless, &m->gapless_at, &cover, e);
	m->cover = cover.bytes.n;
	m->cover_at = cover.at;
	return rc == QF_OK ? qf_write_all(fd, cover.bytes.p, cover.bytes.n, e) : rc;
}

enum qf_status qf_mp4file_put(struct qf_mp4file *m, const void *packet, size_t n, struct qf_err *e)
{
	const int64_t room = (int64_t)1 << 24; /* of 4 GB, for all that is not sound */

	put32(&m->sizes, (uint32_t)n);
	m->packets++;
	m->bytes += (int64_t)n;
	if (m->bytes > (int64_t)UINT32_MAX - room || m->packets > UINT32_MAX / QF_MP4_FRAMES)
		return qf_fail(e, QF_ELIMIT, "an M4A file has room for 4 GB, and for 2^32 samples");
	return qf_buf_check(&m->sizes, e) == QF_OK ? qf_write_all(m->fd, packet, n, e) : e->code;
}

enum qf_status qf_mp4file_finish(struct qf_mp4file *m, const struct qf_mp4_stream *s, struct qf_err *e)
{
	char gapless[GAPLESS_MAX];
	struct qf_buf head = { 0 };
	int64_t cover = (int64_t)m->cover;
	size_t cover_at;
	enum qf_status rc;

	if (s->config.n > CONFIG_MAX)
		return qf_fail(e, QF_EINVAL, "an AAC configuration of %zu bytes", s->config.n);
	put_gapless(gapless, s->delay, (int64_t)m->packets * QF_MP4_FRAMES - s->delay - s->frames, s->frames);
	memcpy(m->udta.p + m->gapless_at, gapless, strlen(gapless));
	rc = make_head(&head, m, s, &cover_at, e);
	if (rc == QF_OK)
		rc = move_back(m->fd, cover, m->bytes, (int64_t)head.len + cover, e);
	if (rc == QF_OK)
		rc = move_back(m->fd, 0, cover, (int64_t)cover_at, e);
	if (rc == QF_OK)
		rc = write_at(m->fd, 0, head.p, cover_at, e);
	if (rc == QF_OK)
		rc = write_at(m->fd, (int64_t)cover_at + cover, head.p + cover_at, head.len - cover_at, e);
	qf_buf_free(&head);
	return rc;
}

void qf_mp4file_close(struct qf_mp4file *m)
{
	qf_buf_free(&m->udta);
	qf_buf_free(&m->sizes);
}
