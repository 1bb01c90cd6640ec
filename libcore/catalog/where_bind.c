#include "catalog/where.h"

#include "base/alloc.h"
#include "base/text.h"

#include <string.h>

struct bound {
	enum { TEXT, REAL, INT } is;
	char *text; /* owned */
	double number;
	int64_t whole;
};

static size_t bind_one(struct qf_where *b, const struct bound *one)
{
	qf_buf_put(&b->bound, one, sizeof *one);
	if (b->bound.failed)
		qf_free(one->text);
	b->sql.failed |= b->bound.failed;
	return ++b->n;
}

static size_t bind_text(struct qf_where *b, const char *text, size_t n)
{
	struct bound one = { .is = TEXT, .text = qf_memdup0(text, n) };

	b->sql.failed |= !one.text;
	return bind_one(b, &one);
}

size_t qf_where_bind_string(struct qf_where *b, const char *text)
{
	return bind_text(b, text, strlen(text));
}

size_t qf_where_bind_number(struct qf_where *b, double v)
{
	return bind_one(b, &(struct bound){ .is = REAL, .number = v });
}

size_t qf_where_bind_int(struct qf_where *b, int64_t v)
{
	return bind_one(b, &(struct bound){ .is = INT, .whole = v });
}

void qf_where_bind(const struct qf_where *b, sqlite3_stmt *s)
{
	const struct bound *v = (const void *)b->bound.p;

	for (size_t i = 0; i < b->n; i++)
		if (v[i].is == TEXT)
			sqlite3_bind_text(s, (int)i + 1, v[i].text, -1, SQLITE_TRANSIENT);
		else if (v[i].is == REAL)
			sqlite3_bind_double(s, (int)i + 1, v[i].number);
		else
			sqlite3_bind_int64(s, (int)i + 1, v[i].whole);
}

void qf_where_free(struct qf_where *b)
{
	const struct bound *v = (const void *)b->bound.p;

	for (size_t i = 0; v && i < b->bound.len / sizeof *v; i++)
		qf_free(v[i].text);
	qf_buf_free(&b->bound);
	qf_buf_free(&b->sql);
}

size_t qf_where_bind_folded(struct qf_where *b, const char *text)
{
	struct qf_buf fold = { 0 };
	size_t number;

	b->sql.failed |= qf_text_fold(&fold, text, strlen(text), NULL) != QF_OK;
	number = bind_text(b, fold.p ? fold.p : "", fold.len);
	qf_buf_free(&fold);
	return number;
}

size_t qf_where_bind_phrase(struct qf_where *b, const char *column, const char *text, bool prefix)
{
	struct qf_buf phrase = { 0 };
	size_t number;

	if (column)
		qf_buf_printf(&phrase, "%s : ", column);
	qf_buf_putc(&phrase, '"');
	for (; *text; text++) {
		if (*text == '"')
			qf_buf_putc(&phrase, '"');
		qf_buf_putc(&phrase, *text);
	}
	qf_buf_puts(&phrase, prefix ? "\" *" : "\"");
	b->sql.failed |= phrase.failed;
	number = bind_text(b, phrase.p ? phrase.p : "", phrase.len);
	qf_buf_free(&phrase);
	return number;
}
