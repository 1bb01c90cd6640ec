/* Rows on stdout: the same rows in the same order, whatever the format. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include "base/text.h"
#include "rows/json.h"
#include "rows/rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

void cli_write(const void *p, size_t n)
{
	if (n)
		fwrite(p, 1, n, stdout);
}

/* "features.tempo_bpm" of a row. */
static bool look_up(struct qf_span object, const char *key, size_t n, struct qf_span *v)
{
	char name[128];
	size_t part = 0;

	for (;;) {
		while (part < n && key[part] != '.')
			part++;
		if (part >= sizeof name)
			return false;
		memcpy(name, key, part);
		name[part] = '\0';
		if (!qf_json_get(object, name, v))
			return false;
		if (part == n)
			return true;
		object = *v;
		key += part + 1;
		n -= part + 1;
		part = 0;
	}
}

/* The first of "title|path" that the row has. */
static bool look_up_any(struct qf_span row, const char *key, size_t n, struct qf_span *v)
{
	while (n) {
		const char *bar = memchr(key, '|', n);
		size_t one = bar ? (size_t)(bar - key) : n;

		if (look_up(row, key, one, v) && qf_json_type(*v) != QF_JSON_NULL)
			return true;
		one += bar != NULL;
		key += one;
		n -= one;
	}
	return false;
}

/* A cell: texts plain, lists with commas, the rest as it stands in the row. */
static void cell(struct qf_buf *out, struct qf_span row, const char *key, size_t n)
{
	struct qf_span v, item, k, rest;
	struct qf_buf text = { 0 };
	size_t items = 0;

	if (!look_up_any(row, key, n, &v))
		return;
	rest = v;
	if (qf_json_type(v) == QF_JSON_ARRAY) {
		while (qf_json_next(&rest, &k, &item)) {
			if (items++)
				qf_buf_puts(&text, ", ");
			if (!qf_json_to_text(item, &text))
				qf_buf_put(&text, item.p, item.n);
		}
	} else if (!qf_json_to_text(v, &text)) {
		qf_buf_put(&text, v.p, v.n);
	}
	qf_text_printable(out, text.p ? text.p : "", text.len);
	qf_buf_free(&text);
}

/* Columns that a terminal needs for the first n bytes. */
static int columns_of(const char *p, size_t n)
{
	int w = 0;

	for (size_t i = 0; i < n;) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)p + i, (utf8proc_ssize_t)(n - i), &cp);

		w += k > 0 ? utf8proc_charwidth(cp) : 1;
		i += k > 0 ? (size_t)k : 1;
	}
	return w;
}

/* Cut to `width` columns, an ellipsis in the last, and fill up with blanks. */
static void fit(struct qf_buf *line, const char *p, size_t n, int width, bool last)
{
	bool right = width < 0;
	int w = columns_of(p, n), room = right ? -width : width;

	if (w > room) {
		while (n && columns_of(p, n) > room - 1)
			while (n && ((unsigned char)p[--n] & 0xC0) == 0x80)
				;
		w = columns_of(p, n) + 1;
		qf_buf_put(line, p, n);
		qf_buf_puts(line, "…");
		right = false;
	} else if (!right) {
		qf_buf_put(line, p, n);
	}
	for (int i = w; i < room && !(last && !right); i++)
		qf_buf_putc(line, ' ');
	if (right)
		qf_buf_put(line, p, n);
}

static void table_line(struct qf_buf *line, struct qf_span row, bool heads)
{
	const struct cli_column *c = cli.tool->columns;

	for (; c && c->head && c->width; c++) {
		struct qf_buf text = { 0 };
		bool last = !c[1].head || !c[1].width;

		if (heads)
			qf_buf_puts(&text, c->head);
		else
			cell(&text, row, c->key, strlen(c->key));
		if (!heads && strchr(c->key, '|') && text.len && memrchr(text.p, '/', text.len)) /* a path in place of a title */
			qf_buf_consume(&text, (size_t)((char *)memrchr(text.p, '/', text.len) + 1 - text.p));
		fit(line, text.p ? text.p : "", text.len, c->width, last);
		if (!last)
			qf_buf_puts(line, "  ");
		qf_buf_free(&text);
	}
	qf_buf_putc(line, '\n');
}

static void tsv_line(struct qf_buf *line, struct qf_span row, bool heads)
{
	const struct cli_column *c = cli.tool->columns;
	const char *f = cli.fields;
	bool any = false;

	while (f ? *f != '\0' : c && c->head) {
		size_t n = f ? strcspn(f, ",") : strcspn(c->key, "|");
		const char *key = f ? f : c->key;

		if (any)
			qf_buf_putc(line, '\t');
		any = true;
		if (heads)
			qf_buf_put(line, key, n);
		else
			cell(line, row, key, n);
		if (f)
			f += n + (f[n] == ',');
		else
			c++;
	}
	qf_buf_putc(line, '\n');
}

static void path_line(struct qf_buf *line, struct qf_span row)
{
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;

	if (qf_row_track_ref(row, &a, &ref, NULL) == QF_OK && ref.path) {
		if (strpbrk(ref.path, "\n\r")) {
			cli_say("%s: a path with a line break cannot stand in a list of lines", ref.path);
		} else {
			qf_buf_puts(line, ref.path);
			qf_buf_putc(line, '\n');
		}
	}
	qf_arena_free(&a);
}

void cli_row(struct qf_span object)
{
	static bool headed;
	struct qf_buf line = { 0 };
	bool table = cli.format == CLI_TABLE && !cli.fields;
	bool tsv = cli.format == CLI_TSV || (cli.format == CLI_TABLE && cli.fields);

	while (object.n && object.p[object.n - 1] == '\n')
		object.n--;
	if (!headed && table)
		table_line(&line, object, true);
	if (!headed && tsv)
		tsv_line(&line, object, true);
	headed = true;
	if (table) {
		table_line(&line, object, false);
	} else if (tsv) {
		tsv_line(&line, object, false);
	} else if (cli.format == CLI_PATHS) {
		path_line(&line, object);
	} else {
		qf_buf_put(&line, object.p, object.n);
		qf_buf_putc(&line, '\n');
	}
	if (line.failed) {
		cli_say("out of memory");
		_exit(EXIT_FATAL);
	}
	cli_progress_end();
	cli_write(line.p, line.len);
	qf_buf_free(&line);
}

enum qf_status cli_row_end(struct qf_buf *b, struct qf_err *e)
{
	enum qf_status rc;

	qf_json_close(b, '}');
	rc = qf_buf_check(b, e);
	if (rc == QF_OK)
		cli_row((struct qf_span){ b->p, b->len });
	qf_buf_free(b);
	return rc;
}
