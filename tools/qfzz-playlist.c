/* qfzz-playlist - orders track rows and writes them as a playlist. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/file.h"
#include "cli/cli.h"
#include "playlist/format.h"
#include "playlist/order.h"
#include "playlist/place.h"
#include "rows/rows.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those of the core first, in the order of qf_playlist_formats, then ours. */
#define FORMATS "m3u|jspf|xspf|ndjson|paths"
enum { BY_SUFFIX = -1, CORE_FORMATS = 3, NDJSON = CORE_FORMATS, PATHS };

static const char *order_name = "input", *output, *list_name;
static int format = BY_SUFFIX;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "order", "ORDER", "input, score, harmonic (matching keys and tempos) or energy (calm to intense) [input]", &order_name, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "write FILE, whole or not at all; its mtime stays if nothing changed [standard output]", &output, 0, 0, NULL },
	{ CLI_CHOICE, 0, "format", "FORMAT", "m3u, jspf, xspf, ndjson or paths [by the suffix of FILE, else m3u]", &format, 0, 0, FORMATS },
	{ CLI_TEXT, 0, "name", "NAME", "title of the list [name of FILE without suffix]", &list_name, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const char *const examples[] = {
	"qfzz query 'genre:jazz tempo:100..130' | qfzz playlist --order harmonic -o jazz.m3u -",
	"qfzz recommend --user me -n 50 | qfzz playlist --order energy --name 'Wake up' -o wake-up.jspf -",
	"qfzz query mood:calm | qfzz playlist --format paths - | head",
	NULL
};
static const struct cli_tool tool = {
	.verb = "playlist", .stage = "deliver", .purpose = "order tracks and write playlists that players play",
	.operands = "-", .reads = "track.v1", .writes = "track.v1 (ndjson only)", .opts = opts, .examples = examples,
	.notes = "Reads track rows from standard input ('-'). An M3U names its files relative to the folder it\n"
		 "stands in, so list and music can move together. What `qfzz plan fit` chose is written instead\n"
		 "of the original. With ndjson, rows of other types come first.",
};

/* ---- rows in --------------------------------------------------------------------------- */

struct list {
	struct qf_entry *entries;
	struct qf_span *rows; /* for ndjson: the row of each entry */
	size_t n, cap;
	struct qf_buf others; /* for ndjson: rows of other types */
	struct qf_arena texts;
	const char *here;     /* the current folder, for relative paths */
	bool keep_rows;
};

enum field_type { TEXT, MILLISECONDS, NUMBER };

/* What is read of a row; of two lines for one field the later wins. */
static const struct field {
	const char *object, *key; /* object NULL: of the row itself */
	enum field_type type;
	size_t at; /* in struct qf_entry */
} fields[] = {
	{ NULL, "title", TEXT, offsetof(struct qf_entry, title) },
	{ NULL, "artist", TEXT, offsetof(struct qf_entry, artist) },
	{ NULL, "album", TEXT, offsetof(struct qf_entry, album) },
	{ NULL, "mb_recordingid", TEXT, offsetof(struct qf_entry, mbid) },
	{ NULL, "duration_ms", MILLISECONDS, offsetof(struct qf_entry, duration_ms) },
	{ "features", "camelot", TEXT, offsetof(struct qf_entry, camelot) },
	{ "features", "tempo_bpm", NUMBER, offsetof(struct qf_entry, tempo_bpm) },
	{ "features", "energy", NUMBER, offsetof(struct qf_entry, energy) },
	{ "similar", "score", NUMBER, offsetof(struct qf_entry, score) },
	{ "recommend", "score", NUMBER, offsetof(struct qf_entry, score) },
	{ "trust", "score", NUMBER, offsetof(struct qf_entry, trust) },
	{ "quality", "score", NUMBER, offsetof(struct qf_entry, quality) },
};

static bool read_value(struct qf_span v, enum field_type type, void *to, struct qf_arena *a)
{
	switch (type) {
	case TEXT:
		return (*(const char **)to = qf_json_dup(v, a)) != NULL;
	case MILLISECONDS:
		return qf_json_to_int(v, to);
	default:
		return qf_json_to_num(v, to);
	}
}

static enum qf_status read_fields(struct qf_span row, struct qf_entry *t, struct qf_arena *a, struct qf_err *e)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const struct field *f = &fields[i];
		struct qf_span object = row, v;

		if (f->object && !qf_json_get(row, f->object, &object))
			continue;
		if (!qf_json_get(object, f->key, &v) || qf_json_type(v) == QF_JSON_NULL)
			continue;
		if (!read_value(v, f->type, (char *)t + f->at, a))
			return qf_fail(e, QF_EFORMAT, "\"%s%s%s\" is not a %s", f->object ? f->object : "", f->object ? "." : "", f->key,
				       f->type == TEXT ? "text" : f->type == NUMBER ? "number" : "whole number of milliseconds");
	}
	return QF_OK;
}

/* Whether the row has a plan with a path in it; null is none. */
static bool has_plan(struct qf_span row, struct qf_span *plan)
{
	struct qf_span v;

	return qf_json_get(row, "plan", plan) && (qf_json_get(*plan, "path", &v) || qf_json_get(*plan, "path_b64", &v)) &&
	       qf_json_type(v) != QF_JSON_NULL;
}

/* plan.path where `plan fit` chose one, else the row's own; absolute. */
static enum qf_status read_path(struct qf_span row, struct list *l, struct qf_entry *t, struct qf_err *e)
{
	struct qf_track_ref ref, chosen;
	struct qf_buf whole = { 0 };
	struct qf_span plan;
	enum qf_status rc = qf_row_track_ref(row, &l->texts, &ref, e);

	if (rc == QF_OK && has_plan(row, &plan)) {
		rc = qf_row_track_ref(plan, &l->texts, &chosen, e);
		if (rc != QF_OK)
			return qf_err_at(e, "plan");
		ref.path = chosen.path;
	}
	if (rc == QF_OK && !ref.path)
		return qf_fail(e, QF_EFORMAT, "track %lld has no \"path\" to write", (long long)ref.id);
	if (rc != QF_OK)
		return rc;
	t->id = ref.id;
	t->path = ref.path;
	if (*ref.path == '/')
		return QF_OK;
	qf_buf_printf(&whole, "%s/%s", l->here, ref.path);
	t->path = whole.failed ? NULL : qf_arena_dup(&l->texts, whole.p, whole.len);
	qf_buf_free(&whole);
	return t->path ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

static enum qf_status grow(struct list *l, struct qf_err *e)
{
	size_t cap = l->cap ? 2 * l->cap : 256;
	struct qf_entry *entries;
	struct qf_span *rows;

	if (l->n < l->cap)
		return QF_OK;
	entries = qf_realloc(l->entries, cap, sizeof *entries);
	if (entries)
		l->entries = entries;
	rows = qf_realloc(l->rows, cap, sizeof *rows);
	if (rows)
		l->rows = rows;
	if (!entries || !rows)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", cap);
	l->cap = cap;
	return QF_OK;
}

static enum qf_status take_track(struct list *l, struct qf_span row, struct qf_err *e)
{
	struct qf_entry t = { .tempo_bpm = NAN, .energy = NAN, .score = NAN, .trust = NAN, .quality = NAN };
	struct qf_span kept = { NULL, row.n };

	if (read_path(row, l, &t, e) || read_fields(row, &t, &l->texts, e) || grow(l, e))
		return e->code;
	if (l->keep_rows && (kept.p = qf_arena_dup(&l->texts, row.p, row.n)) == NULL)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	l->rows[l->n] = kept;
	l->entries[l->n++] = t;
	return QF_OK;
}

/* All rows of standard input. A bad line is named and left out. */
static int read_rows(struct list *l)
{
	struct qf_rows in = { .fd = STDIN_FILENO };
	struct qf_row row;
	struct qf_err e = { 0 };
	bool more = true;
	int code = EXIT_OK;

	while (code != EXIT_FATAL && more) {
		enum qf_status rc = qf_rows_next(&in, &row, &more, &e);

		if (rc == QF_OK && more && !qf_row_is(row.object, "track.v1")) {
			if (l->keep_rows)
				qf_row_write(&l->others, row.object, NULL, 0);
		} else if (rc == QF_OK && more && (rc = take_track(l, row.object, &e)) != QF_OK) {
			char place[32];

			snprintf(place, sizeof place, "line %zu", row.number);
			qf_err_at(&e, place);
		}
		if (rc == QF_EFORMAT) {
			cli_warn(&e);
			code = EXIT_SOME;
			more = true;
		} else if (rc != QF_OK) {
			code = cli_die(&e);
		}
	}
	qf_rows_free(&in);
	return code;
}

/* ---- the list out ---------------------------------------------------------------------- */

/* Put the entries, and their rows with them, into the order of play. */
static enum qf_status arrange(struct list *l, const struct qf_order *order, struct qf_err *e)
{
	uint32_t *perm = qf_alloc(l->n, sizeof *perm);
	struct qf_entry *entries = qf_alloc(l->n, sizeof *entries);
	struct qf_span *rows = qf_alloc(l->n, sizeof *rows);
	enum qf_status rc = perm && entries && rows ? order->run(l->entries, l->n, perm, e)
						    : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->n);

	for (size_t i = 0; rc == QF_OK && i < l->n; i++) {
		entries[i] = l->entries[perm[i]];
		rows[i] = l->rows[perm[i]];
	}
	if (rc == QF_OK) {
		struct qf_entry *old_entries = l->entries;
		struct qf_span *old_rows = l->rows;

		l->entries = entries;
		l->rows = rows;
		l->cap = l->n;
		entries = old_entries;
		rows = old_rows;
	}
	qf_free(entries);
	qf_free(rows);
	qf_free(perm);
	return rc;
}

static bool one_line(const char *path)
{
	return path[strcspn(path, "\n\r")] == '\0';
}

/* Name what the format cannot hold. */
static int name_unwritable(const struct list *l, bool (*holds)(const char *path))
{
	int code = EXIT_OK;

	for (size_t i = 0; holds && i < l->n; i++)
		if (!holds(l->entries[i].path)) {
			cli_say("%s: a path with a line break cannot stand in this format; jspf and xspf can hold it", l->entries[i].path);
			code = EXIT_SOME;
		}
	return code;
}

static int render_rows(const struct list *l, struct qf_buf *out)
{
	qf_buf_put(out, l->others.p, l->others.len);
	out->failed |= l->others.failed;
	for (size_t i = 0; i < l->n; i++) {
		qf_buf_put(out, l->rows[i].p, l->rows[i].n);
		qf_buf_putc(out, '\n');
	}
	return EXIT_OK;
}

static int render_paths(const struct list *l, struct qf_buf *out)
{
	for (size_t i = 0; i < l->n; i++)
		if (one_line(l->entries[i].path)) {
			qf_buf_puts(out, l->entries[i].path);
			qf_buf_putc(out, '\n');
		}
	return name_unwritable(l, one_line);
}

static int render_list(const struct list *l, const struct qf_order *order, const char *folder, struct qf_buf *out, struct qf_err *e)
{
	const struct qf_playlist_format *f = &qf_playlist_formats[format];
	struct qf_buf note = { 0 }, stem = { 0 };
	struct qf_playlist list = { .title = list_name, .folder = folder, .entries = l->entries, .n = l->n };

	qf_buf_printf(&note, "qfzz-playlist %s, order %s", QFZZ_VERSION, order->name);
	list.note = note.p;
	if (!list_name && output) {
		struct qf_span s = qf_place_stem(output);

		qf_buf_put(&stem, s.p, s.n);
		list.title = stem.p;
	}
	f->write(out, &list, e);
	out->failed |= note.failed || stem.failed;
	qf_buf_free(&note);
	qf_buf_free(&stem);
	return name_unwritable(l, f->holds);
}

/* The folder that the list will stand in, free of symbolic links; the caller frees it. */
static char *folder_of_list(void)
{
	const char *slash = output ? strrchr(output, '/') : NULL;
	char *dir = !slash ? strdup(".") : slash == output ? strdup("/") : strndup(output, (size_t)(slash - output));
	char *real = dir ? realpath(dir, NULL) : NULL;

	if (!real)
		cli_say("%s: %s", dir ? dir : "folder", strerror(errno));
	free(dir);
	return real;
}

static int put_out(const struct qf_buf *text, struct qf_err *e)
{
	if (qf_buf_check(text, e) || (output && qf_file_replace(output, text->p ? text->p : "", text->len, NULL, e)))
		return cli_die(e);
	if (!output)
		cli_write(text->p, text->len);
	return EXIT_OK;
}

static int run(struct list *l, const struct qf_order *order, const char *folder)
{
	struct qf_buf text = { 0 };
	struct qf_err e = { 0 };
	int code = read_rows(l), unwritable = EXIT_OK;

	if (code == EXIT_FATAL)
		return code;
	if (output && l->n == 0) { /* a producer that failed must not cost yesterday's list */
		cli_say("%s: no track came in; the file is left as it was", output);
		return EXIT_SOME;
	}
	if (arrange(l, order, &e))
		return cli_die(&e);
	if (format == NDJSON)
		unwritable = render_rows(l, &text);
	else if (format == PATHS)
		unwritable = render_paths(l, &text);
	else
		unwritable = render_list(l, order, folder, &text, &e);
	if (unwritable != EXIT_OK)
		code = unwritable;
	if (put_out(&text, &e) != EXIT_OK)
		code = EXIT_FATAL;
	qf_buf_free(&text);
	return code;
}

static void choose_format(void)
{
	const struct qf_playlist_format *f = output ? qf_playlist_format_of(output) : NULL;
	size_t n = output ? strlen(output) : 0;

	if (format != BY_SUFFIX)
		return;
	format = f ? (int)(f - qf_playlist_formats) : 0;
	if (n > 7 && strcmp(output + n - 7, ".ndjson") == 0)
		format = NDJSON;
}

int main(int argc, char **argv)
{
	struct list l = { 0 };
	const struct qf_order *order;
	char *folder, *here;
	int code = EXIT_FATAL;

	cli_start(&tool, argc, argv);
	if (cli.n_operands != 1 || strcmp(cli.operands[0], "-") != 0)
		cli_misuse("takes one operand, '-': track rows on standard input");
	order = qf_order_find(order_name);
	if (!order)
		cli_misuse("--order: '%s' is none of input, score, harmonic, energy", order_name);
	choose_format();
	l.keep_rows = format == NDJSON;
	here = getcwd(NULL, 0);
	folder = folder_of_list();
	if (!here)
		cli_say("current folder: %s", strerror(errno));
	l.here = here;
	if (here && folder)
		code = run(&l, order, folder);
	free(folder);
	free(here);
	qf_free(l.entries);
	qf_free(l.rows);
	qf_buf_free(&l.others);
	qf_arena_free(&l.texts);
	return cli_finish(code);
}
