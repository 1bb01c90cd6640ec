#include "audio/ogghead.h"

#include "audio/bytes.h"

#include <ogg/ogg.h>
#include <string.h>

enum { SMALL = 1 << 16, HEADER = 27, SERIAL = 14, NUMBER = 18, SEGMENTS = 26, FULL = 255, PACKETS = 3 };
enum { ID, COMMENT };

static const struct kind {
	struct qf_span id, comment; /* how the first packet begins; an empty comment header */
	int packets;
} kinds[] = {
	{ { "\1vorbis", 7 }, { "\3vorbis\0\0\0\0\0\0\0\0\1", 16 }, 3 }, /* Vorbis I, 4.2 and 5.2 */
	{ { "OpusHead", 8 }, { "OpusTags\0\0\0\0\0\0\0\0", 16 }, 2 },   /* RFC 7845, 5 */
};

struct reading {
	int fd;
	int64_t at, comment;           /* in the file; bytes of the comment */
	size_t pages;                  /* so far */
	uint8_t page[HEADER + FULL];   /* the head of the last one */
	struct qf_buf packet[PACKETS]; /* but the comment's */
	int now;                       /* the one that is being read */
	const struct kind *kind;       /* known once the first is there */
	bool plain;
};

static const struct kind *kind_of(const struct qf_buf *id)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (id->len >= kinds[i].id.n && memcmp(id->p, kinds[i].id.p, kinds[i].id.n) == 0)
			return &kinds[i];
	return NULL;
}

static enum qf_status take_segment(struct reading *r, int64_t at, size_t n, struct qf_err *e)
{
	struct qf_buf *b = &r->packet[r->now];
	uint8_t bytes[FULL];
	size_t got;
	enum qf_status rc = QF_OK;

	if (r->now == COMMENT) {
		r->comment += (int64_t)n;
	} else if ((rc = qf_bytes_at(r->fd, at, bytes, n, &got, e)) == QF_OK) {
		qf_buf_put(b, bytes, got);
		r->plain &= got == n && b->len <= SMALL;
		rc = qf_buf_check(b, e);
	}
	if (n < FULL && r->now++ == ID)
		r->plain &= (r->kind = kind_of(b)) != NULL;
	return rc;
}

/* The next page; not plain if there is sound on it. */
static enum qf_status read_page(struct reading *r, struct qf_err *e)
{
	uint8_t serial[4];
	size_t got, segments;
	enum qf_status rc;

	memcpy(serial, r->page + SERIAL, sizeof serial);
	if ((rc = qf_bytes_at(r->fd, r->at, r->page, sizeof r->page, &got, e)) != QF_OK)
		return rc;
	segments = got >= HEADER ? r->page[SEGMENTS] : 0;
	r->plain = got >= HEADER + segments && memcmp(r->page, "OggS", 5) == 0 && qf_le32(r->page + NUMBER) == r->pages &&
		   (r->pages == 0 || memcmp(serial, r->page + SERIAL, sizeof serial) == 0);
	r->at += (int64_t)(HEADER + segments);
	r->pages++;
	for (size_t i = 0; rc == QF_OK && r->plain && i < segments; i++) {
		if (r->kind && r->now == r->kind->packets)
			r->plain = false; /* sound behind the last header */
		else
			rc = take_segment(r, r->at, r->page[HEADER + i], e);
		r->at += r->page[HEADER + i];
	}
	return rc;
}

/* ---- the new pages ---------------------------------------------------------------------------------- */

static size_t put_pages(struct qf_buf *out, ogg_stream_state *stream)
{
	ogg_page page;
	size_t n = 0;

	for (; ogg_stream_flush(stream, &page); n++) {
		qf_buf_put(out, page.header, (size_t)page.header_len);
		qf_buf_put(out, page.body, (size_t)page.body_len);
	}
	return n;
}

static void put_empty_page(struct qf_buf *out, const struct reading *r, uint32_t number)
{
	unsigned char header[HEADER] = "OggS";
	ogg_page page = { header, HEADER, header, 0 };

	memset(header + 6, 0xFF, 8); /* no packet ends here */
	memcpy(header + SERIAL, r->page + SERIAL, 4);
	for (int i = 0; i < 4; i++)
		header[NUMBER + i] = (unsigned char)(number >> 8 * i);
	ogg_page_checksum_set(&page);
	qf_buf_put(out, header, HEADER);
}

static enum qf_status write_head(struct qf_ogghead *h, const struct reading *r, struct qf_err *e)
{
	ogg_stream_state stream;
	size_t pages = 0;
	bool failed = ogg_stream_init(&stream, (int)qf_le32(r->page + SERIAL)) != 0;

	for (int i = 0; !failed && i < r->kind->packets; i++) {
		struct qf_span p = i == COMMENT ? r->kind->comment : (struct qf_span){ r->packet[i].p, r->packet[i].len };
		ogg_packet packet = { .packet = (unsigned char *)(uintptr_t)p.p, .bytes = (long)p.n, .b_o_s = i == ID, .packetno = i };

		failed = ogg_stream_packetin(&stream, &packet) != 0;
		if (!failed && i == ID) /* stands on a page of its own */
			pages += put_pages(&h->pages, &stream);
	}
	if (!failed)
		pages += put_pages(&h->pages, &stream);
	ogg_stream_clear(&stream);
	if (pages > r->pages) /* a small comment, after all */
		qf_buf_free(&h->pages);
	while (pages < r->pages)
		put_empty_page(&h->pages, r, (uint32_t)pages++);
	return failed ? qf_fail(e, QF_ENOMEM, "out of memory for decoding") : qf_buf_check(&h->pages, e);
}

enum qf_status qf_ogghead_read(struct qf_ogghead *h, int fd, int64_t start, int64_t end, int64_t most, struct qf_err *e)
{
	struct reading r = { .fd = fd, .at = start, .plain = true };
	enum qf_status rc = QF_OK;

	*h = (struct qf_ogghead){ 0 };
	while (rc == QF_OK && r.plain && !(r.kind && r.now == r.kind->packets))
		rc = read_page(&r, e);
	if (rc == QF_OK && r.plain && r.comment > most && r.at < end)
		rc = write_head(h, &r, e);
	if (h->pages.len)
		h->instead_of = r.at - start;
	for (int i = 0; i < PACKETS; i++)
		qf_buf_free(&r.packet[i]);
	return rc;
}

void qf_ogghead_free(struct qf_ogghead *h)
{
	qf_buf_free(&h->pages);
}
