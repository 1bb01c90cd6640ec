#include "rows/rows.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One more piece of the stream behind what is buffered. */
static enum qf_status fill(struct qf_rows *r, struct qf_err *e)
{
	char *to;
	ssize_t n;

	if (r->at) {
		qf_buf_consume(&r->buf, r->at);
		r->at = 0;
	}
	to = qf_buf_reserve(&r->buf, 65536);
	if (!to)
		return qf_fail(e, QF_ENOMEM, "line %zu: out of memory", r->number);
	do
		n = read(r->fd, to, 65536);
	while (n < 0 && errno == EINTR && !(r->stop && *r->stop));
	if (n < 0 && errno == EINTR) { /* what is half read goes unread */
		r->buf.len = 0;
		n = 0;
	}
	if (n < 0)
		return qf_fail_errno(e, "line %zu: cannot read", r->number);
	r->eof = n == 0;
	r->buf.len += (size_t)n;
	return QF_OK;
}

/* A line that is too long: throw it away up to its newline, so that the next one can be read. */
static enum qf_status skip_long(struct qf_rows *r, size_t max, struct qf_err *e)
{
	const char *nl;
	enum qf_status rc;

	for (;;) {
		nl = r->buf.len ? memchr(r->buf.p, '\n', r->buf.len) : NULL;
		if (nl || r->eof)
			break;
		r->buf.len = 0;
		r->at = 0;
		rc = fill(r, e);
		if (rc != QF_OK)
			return rc;
	}
	r->at = nl ? (size_t)(nl - r->buf.p) + 1 : r->buf.len;
	return qf_fail(e, QF_EFORMAT, "line %zu: longer than %zu bytes", r->number, max);
}

enum qf_status qf_row_check(struct qf_span line, struct qf_err *e)
{
	if (line.n == 0 || line.p[0] != '{')
		return qf_fail(e, QF_EFORMAT, "not a JSON object");
	return qf_json_check(line, e);
}

enum qf_status qf_rows_next(struct qf_rows *r, struct qf_row *row, bool *more, struct qf_err *e)
{
	size_t max = r->max_line ? r->max_line : QF_ROW_MAX, seen = 0;
	const char *start, *nl;
	enum qf_status rc;
	char place[32];

	*more = false;
	r->number++;
	for (;;) {
		size_t have = r->buf.len - r->at;

		start = have ? r->buf.p + r->at : NULL;
		nl = have > seen ? memchr(start + seen, '\n', have - seen) : NULL;
		if (nl && (size_t)(nl - start) <= max)
			break;
		if (have > max)
			return skip_long(r, max, e);
		if (r->eof && have == 0)
			return QF_OK;
		if (r->eof) { /* the writer died: this may be half a record */
			r->at = r->buf.len;
			return qf_fail(e, QF_EFORMAT, "line %zu: the stream stops without a newline", r->number);
		}
		seen = have;
		rc = fill(r, e);
		if (rc != QF_OK)
			return rc;
	}
	row->object = (struct qf_span){ start, (size_t)(nl - start) };
	row->number = r->number;
	r->at += row->object.n + 1;
	if (qf_row_check(row->object, e)) {
		snprintf(place, sizeof place, "line %zu", r->number);
		qf_err_at(e, place);
		return QF_EFORMAT;
	}
	*more = true;
	return QF_OK;
}

void qf_rows_free(struct qf_rows *r)
{
	qf_buf_free(&r->buf);
}

bool qf_row_is(struct qf_span object, const char *type)
{
	struct qf_span v;

	return !qf_json_get(object, "type", &v) || qf_json_is(v, type);
}

void qf_row_write(struct qf_buf *out, struct qf_span object, const struct qf_row_edit *edits, size_t n)
{
	const char *from = object.p, *end = object.p + object.n, *brace = end;
	struct qf_span key, v, rest = object;
	bool any;

	/* Values in the order in which they stand in the row. */
	for (;;) {
		const struct qf_row_edit *next = NULL;
		struct qf_span at = { NULL, 0 };

		for (size_t i = 0; i < n; i++)
			if (qf_json_get(object, edits[i].key, &v) && v.p >= from && (!next || v.p < at.p)) {
				next = &edits[i];
				at = v;
			}
		if (!next)
			break;
		qf_buf_put(out, from, (size_t)(at.p - from));
		qf_buf_put(out, next->value.p, next->value.n);
		from = at.p + at.n;
	}
	while (*--brace != '}')
		;
	qf_buf_put(out, from, (size_t)(brace - from));
	any = qf_json_next(&rest, &key, &v);
	for (size_t i = 0; i < n; i++)
		if (!qf_json_get(object, edits[i].key, &v)) {
			qf_buf_printf(out, "%s\"%s\":", any ? "," : "", edits[i].key);
			qf_buf_put(out, edits[i].value.p, edits[i].value.n);
			any = true;
		}
	qf_buf_put(out, brace, (size_t)(end - brace));
	qf_buf_putc(out, '\n');
}

enum qf_status qf_row_track_ref(struct qf_span object, struct qf_arena *a, struct qf_track_ref *ref, struct qf_err *e)
{
	struct qf_span v;
	struct qf_buf text = { 0 }, path = { 0 };
	enum qf_status rc = QF_OK;

	memset(ref, 0, sizeof *ref);
	if (qf_json_get(object, "catalog", &v) && (ref->catalog = qf_json_dup(v, a)) == NULL)
		rc = qf_fail(e, QF_EFORMAT, "\"catalog\" is not a text");
	else if (qf_json_get(object, "track", &v) && (!qf_json_to_int(v, &ref->id) || ref->id < 1))
		rc = qf_fail(e, QF_EFORMAT, "\"track\" is not a track number");
	else if (qf_json_get(object, "path_b64", &v)) {
		if (!qf_json_to_text(v, &text) || qf_base64_decode(&path, text.p ? text.p : "", text.len, NULL))
			rc = qf_fail(e, QF_EFORMAT, "\"path_b64\" is not base64");
	} else if (qf_json_get(object, "path", &v) && !qf_json_to_text(v, &path)) {
		rc = qf_fail(e, QF_EFORMAT, "\"path\" is not a text");
	}
	if (rc == QF_OK && path.len && memchr(path.p, '\0', path.len))
		rc = qf_fail(e, QF_EFORMAT, "the path holds a NUL");
	else if (rc == QF_OK && path.len && (ref->path = qf_arena_dup(a, path.p, path.len)) == NULL)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	if (rc == QF_OK && !ref->id && !ref->path)
		rc = qf_fail(e, QF_EFORMAT, "neither \"track\" nor \"path\"");
	if (rc == QF_OK)
		rc = qf_buf_check(&path, e);
	qf_buf_free(&text);
	qf_buf_free(&path);
	return rc;
}
