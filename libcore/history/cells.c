/* Tables of text: a line into cells, and what stands in a cell. */
#include "history/format.h"

#include "base/text.h"
#include "history/time.h"

#include <string.h>

/* The text of a cell into the arena: valid UTF-8, up to its first NUL. */
static enum qf_status keep(struct qf_record *r, const struct qf_buf *raw, const char **out, struct qf_err *e)
{
	struct qf_buf clean = { 0 };
	char *copy = NULL;

	qf_utf8_clean(&clean, raw->p ? raw->p : "", raw->len);
	if (!raw->failed && !clean.failed)
		copy = qf_arena_dup(r->arena, clean.p ? clean.p : "", clean.len);
	qf_buf_free(&clean);
	*out = copy;
	return copy ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

/* The cell that begins at *p, unquoted; *p is then at its separator or the end. */
static enum qf_status take_cell(const char **p, const char *end, char separator, struct qf_buf *raw, struct qf_err *e)
{
	bool quoted = separator != '\t' && *p < end && **p == '"';

	for (*p += quoted; *p < end; ++*p) {
		if (!quoted && **p == separator)
			return QF_OK;
		if (quoted && **p == '"') {
			if (end - *p < 2 || (*p)[1] != '"') {
				++*p;
				quoted = false;
				if (*p < end && **p != separator)
					return qf_fail(e, QF_EFORMAT, "text behind the quote that ends a cell");
				return QF_OK;
			}
			++*p;
		}
		qf_buf_putc(raw, **p);
	}
	return quoted ? qf_fail(e, QF_EFORMAT, "a quote that its line does not close") : QF_OK;
}

enum qf_status qf_cells(struct qf_record *r, char separator, const char **cell, size_t cap, size_t *n, struct qf_err *e)
{
	const char *p = r->body.p, *end = p + r->body.n;
	struct qf_buf raw = { 0 };
	enum qf_status rc = QF_OK;

	for (*n = 0; rc == QF_OK && *n < cap; p++) {
		qf_buf_clear(&raw);
		rc = take_cell(&p, end, separator, &raw, e);
		if (rc == QF_OK)
			rc = keep(r, &raw, &cell[*n], e);
		*n += rc == QF_OK;
		if (p == end)
			break;
	}
	qf_buf_free(&raw);
	return rc;
}

enum qf_status qf_cell_text(const char *cell, const char **out, struct qf_err *e)
{
	if (strlen(cell) > QF_HISTORY_TEXT_MAX)
		return qf_fail(e, QF_EFORMAT, "a cell is longer than %d bytes", QF_HISTORY_TEXT_MAX);
	if (*cell)
		*out = cell;
	return QF_OK;
}

enum qf_status qf_record_to_utc(struct qf_record *r, int64_t *t, struct qf_err *e)
{
	if (!r->zone)
		return qf_fail(e, QF_EFORMAT, "the time is local, and of no known zone (--tz)");
	/* the offset is asked for at an instant near the right one, then at the right one, but for the hour of a change */
	*t -= r->zone->offset_s(r->zone->ctx, *t - r->zone->offset_s(r->zone->ctx, *t));
	return QF_OK;
}

static bool epoch(const char *cell, int64_t *t)
{
	size_t n = strspn(cell, "0123456789");

	if (n == 0 || n > 15 || cell[n])
		return false;
	for (*t = 0; *cell; cell++)
		*t = *t * 10 + (*cell - '0');
	return true;
}

enum qf_status qf_cell_time(struct qf_record *r, const char *cell, bool utc, struct qf_event *ev, struct qf_err *e)
{
	size_t n = strlen(cell);
	struct qf_moment m;

	if (epoch(cell, &ev->t))
		return QF_OK;
	if (qf_time_read_words(cell, n, &m))
		utc = true;
	else if (!qf_time_read_iso(cell, n, &m))
		return qf_fail(e, QF_EFORMAT, "\"%.40s\" is no time", cell);
	ev->t = m.t;
	ev->precision_s = m.precision_s;
	ev->zoned = m.zoned && !m.utc;
	ev->offset_s = m.offset_s;
	return m.zoned || utc ? QF_OK : qf_record_to_utc(r, &ev->t, e);
}
