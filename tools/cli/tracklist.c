#include "cli/tracklist.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "rows/json.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

enum field_type { TEXT, WHOLE, SMALL, NUMBER };

/* What is read of a row; of two lines for one field the later wins. */
static const struct field {
	const char *object, *key; /* object NULL: of the row itself */
	enum field_type type;
	size_t at; /* in struct qf_entry */
} fields[] = {
	{ NULL, "title", TEXT, offsetof(struct qf_entry, title) },
	{ NULL, "artist", TEXT, offsetof(struct qf_entry, artist) },
	{ NULL, "album", TEXT, offsetof(struct qf_entry, album) },
	{ NULL, "albumartist", TEXT, offsetof(struct qf_entry, albumartist) },
	{ NULL, "mb_recordingid", TEXT, offsetof(struct qf_entry, mbid) },
	{ NULL, "isrc", TEXT, offsetof(struct qf_entry, isrc) },
	{ NULL, "discnumber", SMALL, offsetof(struct qf_entry, disc_no) },
	{ NULL, "tracknumber", SMALL, offsetof(struct qf_entry, track_no) },
	{ NULL, "duration_ms", WHOLE, offsetof(struct qf_entry, duration_ms) },
	{ "features", "camelot", TEXT, offsetof(struct qf_entry, camelot) },
	{ "features", "tempo_bpm", NUMBER, offsetof(struct qf_entry, tempo_bpm) },
	{ "features", "energy", NUMBER, offsetof(struct qf_entry, energy) },
	{ "similar", "score", NUMBER, offsetof(struct qf_entry, score) },
	{ "recommend", "score", NUMBER, offsetof(struct qf_entry, score) },
	{ "recommend", "model", WHOLE, offsetof(struct qf_entry, model) },
	{ "trust", "score", NUMBER, offsetof(struct qf_entry, trust) },
	{ "quality", "score", NUMBER, offsetof(struct qf_entry, quality) },
	{ "transition", "gain_db", NUMBER, offsetof(struct qf_entry, gain_db) },
	{ "transition", "cue_out_s", NUMBER, offsetof(struct qf_entry, cue_out_s) },
	{ "transition", "length_s", NUMBER, offsetof(struct qf_entry, cross_s) },
	{ "transition", "cue_in_s", NUMBER, offsetof(struct qf_entry, next_in_s) },
	{ "schedule", "gain_db", NUMBER, offsetof(struct qf_entry, gain_db) },
};

static const char *const of_type[] = { "text", "whole number", "whole number above 0", "number" };

static bool read_value(struct qf_span v, enum field_type type, void *to, struct qf_arena *a)
{
	int64_t whole;

	switch (type) {
	case TEXT:
		return (*(const char **)to = qf_json_dup(v, a)) != NULL;
	case WHOLE:
		return qf_json_to_int(v, to);
	case SMALL:
		return qf_json_to_int(v, &whole) && whole > 0 && whole <= INT_MAX && (*(int *)to = (int)whole) != 0;
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
				       of_type[f->type]);
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
static enum qf_status read_path(struct qf_span row, struct tracklist *l, struct qf_entry *t, struct qf_err *e)
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
	t->catalog = ref.catalog;
	t->path = ref.path;
	if (*ref.path == '/')
		return QF_OK;
	qf_buf_printf(&whole, "%s/%s", l->here, ref.path);
	t->path = whole.failed ? NULL : qf_arena_dup(&l->texts, whole.p, whole.len);
	qf_buf_free(&whole);
	return t->path ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

static enum qf_status grow(struct tracklist *l, struct qf_err *e)
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

enum qf_status tracklist_add(struct tracklist *l, struct qf_span row, struct qf_err *e)
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

static enum qf_status take_row(void *arg, struct qf_span row, struct qf_err *e)
{
	struct tracklist *l = arg;

	if (qf_row_is(row, "track.v1"))
		return tracklist_add(l, row, e);
	if (l->keep_rows)
		qf_row_write(&l->others, row, NULL, 0);
	return QF_OK;
}

int tracklist_read(struct tracklist *l, int fd)
{
	struct cli_input in = { .fd = fd };
	struct qf_err e = { 0 };

	if (cli_each_row(&in, take_row, l, &e))
		return cli_die(&e);
	return in.bad ? EXIT_SOME : EXIT_OK;
}

enum qf_status tracklist_take(struct tracklist *l, const uint32_t *at, size_t n, struct qf_err *e)
{
	struct qf_entry *entries = qf_alloc(n, sizeof *entries);
	struct qf_span *rows = qf_alloc(n, sizeof *rows);

	if (!entries || !rows) {
		qf_free(entries);
		qf_free(rows);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", n);
	}
	for (size_t i = 0; i < n; i++) {
		entries[i] = l->entries[at[i]];
		rows[i] = l->rows[at[i]];
	}
	qf_free(l->entries);
	qf_free(l->rows);
	l->entries = entries;
	l->rows = rows;
	l->n = l->cap = n;
	return QF_OK;
}

void tracklist_free(struct tracklist *l)
{
	qf_free(l->entries);
	qf_free(l->rows);
	qf_buf_free(&l->others);
	qf_arena_free(&l->texts);
	*l = (struct tracklist){ .here = l->here };
}
