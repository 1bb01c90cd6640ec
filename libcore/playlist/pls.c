#include "playlist/pls.h"

#include "base/alloc.h"
#include "playlist/line.h"
#include "playlist/spelling.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum qf_status qf_pls_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e)
{
	const char *end = qf_line_end(list);
	size_t n = 0;

	qf_buf_printf(out, "[playlist]%s", end);
	qf_line_keyed(out, "X-Title=", list->title, end);
	qf_line_keyed(out, "X-QFZZ=", list->note, end);
	for (size_t i = 0; i < list->n; i++) {
		if (qf_line_refuses(list, i))
			continue;
		n++;
		qf_buf_printf(out, "File%zu=", n);
		qf_line_put(out, list, i);
		qf_buf_printf(out, "%sTitle%zu=", end, n);
		qf_line_names(out, &list->entries[i]);
		qf_buf_printf(out, "%sLength%zu=%" PRId64 "%s", end, n, qf_line_seconds(&list->entries[i]), end);
	}
	qf_buf_printf(out, "NumberOfEntries=%zu%sVersion=2%s", n, end, end);
	return qf_buf_check(out, e);
}

/* ---- reading ---------------------------------------------------------------------------------- */

enum kind { FILE_KEY, TITLE_KEY, LENGTH_KEY };

static const struct { const char *name; enum kind kind; } keys[] = {
	{ "File", FILE_KEY }, { "Title", TITLE_KEY }, { "Length", LENGTH_KEY },
};

struct line { /* "Title12=…" */
	uint64_t number;
	enum kind kind;
	struct qf_span value;
};

static int compare(const void *x, const void *y)
{
	const struct line *a = x, *b = y;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->value.p < b->value.p ? -1 : 1;
}

/* A key with its number; false for any other line. */
static bool read_numbered(struct qf_span key, struct line *l)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		size_t n = strlen(keys[i].name), at = n;

		if (key.n <= n || key.n > n + 9 || strncasecmp(key.p, keys[i].name, n) != 0)
			continue;
		for (l->number = 0; at < key.n && key.p[at] >= '0' && key.p[at] <= '9'; at++)
			l->number = l->number * 10 + (uint64_t)(key.p[at] - '0');
		l->kind = keys[i].kind;
		return at == key.n;
	}
	return false;
}

static bool is_key(struct qf_span key, const char *name)
{
	return key.n == strlen(name) && strncasecmp(key.p, name, key.n) == 0;
}

static bool collect(struct qf_reading *to, struct qf_span text, struct qf_buf *lines)
{
	struct qf_span line;
	bool ok = true;

	while (ok && qf_reading_line(&text, &line)) {
		const char *equals = line.n ? memchr(line.p, '=', line.n) : NULL;
		struct qf_span key = { line.p, equals ? (size_t)(equals - line.p) : 0 };
		struct line l = { .value = { equals ? equals + 1 : NULL, equals ? line.n - key.n - 1 : 0 } };

		if (equals && is_key(key, "X-Title"))
			ok = qf_reading_text(to, &to->title, l.value);
		else if (equals && is_key(key, "X-QFZZ"))
			ok = qf_reading_text(to, &to->note, l.value);
		else if (equals && read_numbered(key, &l))
			qf_buf_put(lines, &l, sizeof l);
	}
	return ok && !lines->failed;
}

static bool apply(struct qf_reading *to, struct qf_entry *t, const struct line *l)
{
	switch (l->kind) {
	case FILE_KEY:
		return qf_reading_bytes(to, &t->path, l->value);
	case TITLE_KEY:
		return qf_reading_names(to, t, l->value);
	default:
		t->duration_ms = 1000 * qf_reading_number(l->value, QF_READING_LONGEST_S);
		return true;
	}
}

/* Lines sorted by number become entries; a number without a file is none. */
static bool assemble(struct qf_reading *to, const struct line *l, size_t n)
{
	bool ok = true;

	for (size_t i = 0; ok && i < n;) {
		uint64_t number = l[i].number;
		struct qf_entry *t = qf_reading_add(to);

		for (ok = t != NULL; ok && i < n && l[i].number == number; i++)
			ok = apply(to, t, &l[i]);
		if (ok && !t->path)
			to->n--;
	}
	return ok;
}

enum qf_status qf_pls_read(struct qf_reading *to, struct qf_span text, struct qf_err *e)
{
	static const char head[] = "[playlist]";
	struct qf_buf lines = { 0 };
	size_t n;
	bool ok;

	while (text.n && strchr(" \t\r\n", *text.p)) {
		text.p++;
		text.n--;
	}
	if (text.n < sizeof head - 1 || strncasecmp(text.p, head, sizeof head - 1) != 0)
		return qf_fail(e, QF_EFORMAT, "no PLS: it does not begin with [playlist]");
	ok = collect(to, text, &lines);
	n = lines.len / sizeof(struct line);
	if (ok && n)
		qsort(lines.p, n, sizeof(struct line), compare);
	ok = ok && assemble(to, (const struct line *)(const void *)lines.p, n);
	qf_buf_free(&lines);
	return ok ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu entries", to->n);
}
