#define _GNU_SOURCE
#include "catalog/pages.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "catalog/cells.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 100, WAL_HEADER = 32, FRAME_HEADER = 24, SAMPLE = 2000 };

struct qf_pages {
	int fd, wal;
	off_t length;    /* of the file, bytes */
	size_t size;
	uint32_t count;
	uint32_t *frame; /* [count + 1]: number of the frame of the journal that holds the page, from 1; 0: the file does */
	uint8_t header[HEADER];
	bool sane;       /* the header is one */
};

static uint32_t little32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* n bytes at `at`; what lies behind the end is zero. */
static enum qf_status read_at(int fd, off_t at, uint8_t *to, size_t n, size_t *got, struct qf_err *e)
{
	size_t have = 0;

	while (have < n) {
		ssize_t k = pread(fd, to + have, n - have, at + (off_t)have);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return qf_fail_errno(e, "cannot read the damaged catalog");
		if (k == 0)
			break;
		have += (size_t)k;
	}
	memset(to + have, 0, n - have);
	*got = have;
	return QF_OK;
}

/* ---- the journal -------------------------------------------------------------------------------- */

struct sum {
	uint32_t a, b;
};

/* The checksum of section 4.2 over n bytes, a multiple of 8. */
static void add_sum(struct sum *s, const uint8_t *p, size_t n, bool big)
{
	for (size_t i = 0; i + 8 <= n; i += 8) {
		s->a += (big ? qf_big32(p + i) : little32(p + i)) + s->b;
		s->b += (big ? qf_big32(p + i + 4) : little32(p + i + 4)) + s->a;
	}
}

/* Note in which frame each page stands, as far as transactions are whole: frames[n] holds the page numbers of all valid ones. */
static enum qf_status map_frames(struct qf_pages *p, const uint32_t *frames, size_t n, struct qf_err *e)
{
	uint32_t most = p->count;

	for (size_t i = 0; i < n; i++)
		if (frames[i] > most && frames[i] <= p->count + n) /* further ones would leave a hole that nobody wrote */
			most = frames[i];
	p->frame = qf_zalloc((size_t)most + 1, sizeof *p->frame);
	if (!p->frame)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu pages", (size_t)most);
	p->count = most;
	for (size_t i = 0; i < n; i++)
		if (frames[i] <= most)
			p->frame[frames[i]] = (uint32_t)i + 1;
	return QF_OK;
}

/* Page numbers of the frames up to the last commit, as long as their checksums follow from each other. */
static enum qf_status read_frames(struct qf_pages *p, struct qf_buf *frames, struct qf_err *e)
{
	uint8_t head[WAL_HEADER], *frame = qf_alloc(FRAME_HEADER + p->size, 1);
	struct sum s = { 0 };
	size_t got, whole = 0;
	bool big;
	enum qf_status rc = frame ? read_at(p->wal, 0, head, sizeof head, &got, e) : qf_fail(e, QF_ENOMEM, "out of memory for a page");

	if (rc == QF_OK && got == sizeof head && (qf_big32(head) & ~1u) == 0x377f0682u && qf_big32(head + 8) == p->size) {
		big = qf_big32(head) & 1;
		add_sum(&s, head, 24, big);
		while (s.a == qf_big32(head + 24) && s.b == qf_big32(head + 28)) { /* of the header, then of the frame before */
			off_t at = WAL_HEADER + (off_t)(frames->len / sizeof(uint32_t)) * (off_t)(FRAME_HEADER + p->size);
			uint32_t number;

			rc = read_at(p->wal, at, frame, FRAME_HEADER + p->size, &got, e);
			if (rc != QF_OK || got < FRAME_HEADER + p->size || memcmp(frame + 8, head + 16, 8) != 0)
				break;
			add_sum(&s, frame, 8, big);
			add_sum(&s, frame + FRAME_HEADER, p->size, big);
			number = qf_big32(frame);
			if (s.a != qf_big32(frame + 16) || s.b != qf_big32(frame + 20) || number == 0)
				break;
			memcpy(head + 24, frame + 16, 8);
			qf_buf_put(frames, &number, sizeof number);
			if (frames->failed)
				break;
			whole = qf_big32(frame + 4) ? frames->len : whole;
		}
	}
	qf_free(frame);
	if (rc == QF_OK)
		rc = qf_buf_check(frames, e);
	if (rc == QF_OK && frames->p)
		frames->len = whole;
	return rc;
}

static enum qf_status lay_journal(struct qf_pages *p, const char *path, struct qf_err *e)
{
	struct qf_buf name = { 0 }, frames = { 0 };
	enum qf_status rc;

	qf_buf_printf(&name, "%s-wal", path);
	rc = qf_buf_check(&name, e);
	if (rc == QF_OK)
		p->wal = open(name.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (rc == QF_OK && p->wal >= 0)
		rc = read_frames(p, &frames, e);
	if (rc == QF_OK)
		rc = map_frames(p, (const uint32_t *)(const void *)frames.p, frames.len / sizeof(uint32_t), e);
	qf_buf_free(&frames);
	qf_buf_free(&name);
	return rc;
}

/* ---- the file ----------------------------------------------------------------------------------- */

/* How many of some pages look like pages, would they be of that size, in proportion to their length. */
static enum qf_status score(const struct qf_pages *p, size_t size, size_t *out, struct qf_err *e)
{
	uint8_t *page = qf_alloc(size, 1);
	struct qf_page h;
	size_t got;
	enum qf_status rc = page ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for a page");

	*out = 0;
	for (off_t i = 1; rc == QF_OK && i < SAMPLE && (i + 1) * (off_t)size <= p->length; i++) {
		rc = read_at(p->fd, i * (off_t)size, page, size, &got, e);
		if (rc == QF_OK && qf_page_read(&h, page, size, false) && h.cells)
			*out += size;
	}
	qf_free(page);
	return rc;
}

static enum qf_status find_size(struct qf_pages *p, uint32_t usual, struct qf_err *e)
{
	size_t says = (size_t)p->header[16] << 8 | p->header[17], a = 0, b = 0;
	enum qf_status rc = QF_OK;

	says = says == 1 ? 65536 : says;
	p->size = usual;
	if (says == usual || says < 512 || says > 65536 || (says & (says - 1)))
		return QF_OK;
	rc = score(p, says, &a, e);
	if (rc == QF_OK)
		rc = score(p, usual, &b, e);
	if (a > b)
		p->size = says;
	return rc;
}

enum qf_status qf_pages_open(struct qf_pages **out, const char *path, uint32_t usual, struct qf_err *e)
{
	struct qf_pages *p = qf_zalloc(1, sizeof *p);
	struct stat st;
	size_t got;
	enum qf_status rc = QF_OK;

	*out = NULL;
	if (!p)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	p->wal = -1;
	p->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (p->fd < 0 || fstat(p->fd, &st) != 0)
		rc = qf_fail_errno(e, "%s", path);
	if (rc == QF_OK)
		rc = read_at(p->fd, 0, p->header, HEADER, &got, e);
	if (rc == QF_OK) {
		p->length = st.st_size;
		rc = find_size(p, usual, e);
	}
	if (rc == QF_OK && st.st_size / (off_t)p->size >= INT32_MAX)
		rc = qf_fail(e, QF_ELIMIT, "%s: too large", path);
	if (rc == QF_OK) {
		p->count = (uint32_t)((st.st_size + (off_t)p->size - 1) / (off_t)p->size);
		rc = lay_journal(p, path, e);
	}
	if (rc == QF_OK && p->count && p->frame[1]) /* the header of the journal's first page is the one that holds */
		rc = read_at(p->wal, WAL_HEADER + (off_t)(p->frame[1] - 1) * (off_t)(FRAME_HEADER + p->size) + FRAME_HEADER, p->header,
			     HEADER, &got, e);
	if (rc != QF_OK) {
		qf_pages_close(p);
		return rc;
	}
	p->sane = memcmp(p->header, "SQLite format 3", 16) == 0;
	*out = p;
	return QF_OK;
}

void qf_pages_close(struct qf_pages *p)
{
	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	if (p->wal >= 0)
		close(p->wal);
	qf_free(p->frame);
	qf_free(p);
}

size_t qf_pages_size(const struct qf_pages *p)
{
	return p->size;
}

uint32_t qf_pages_count(const struct qf_pages *p)
{
	return p->count;
}

int qf_pages_user_version(const struct qf_pages *p)
{
	uint32_t v = p->sane ? qf_big32(p->header + 60) : 0;

	return v <= INT32_MAX ? (int)v : 0;
}

uint32_t qf_pages_free(const struct qf_pages *p)
{
	return p->sane ? qf_big32(p->header + 32) : 0;
}

enum qf_status qf_pages_read(const struct qf_pages *p, uint32_t number, uint8_t *to, struct qf_err *e)
{
	uint32_t frame = p->frame[number];
	size_t got;

	if (frame)
		return read_at(p->wal, WAL_HEADER + (off_t)(frame - 1) * (off_t)(FRAME_HEADER + p->size) + FRAME_HEADER, to, p->size, &got, e);
	return read_at(p->fd, (off_t)(number - 1) * (off_t)p->size, to, p->size, &got, e);
}
