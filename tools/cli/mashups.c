#define _GNU_SOURCE
#include "cli/mashups.h"

#include "base/alloc.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "station/mashup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
	size_t i;
	struct qf_mashup m;
};

static int by_score(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->m.score != b->m.score)
		return a->m.score < b->m.score ? 1 : -1;
	return a->i < b->i ? -1 : 1;
}

static enum qf_status find_base(struct qf_catalog *c, const char *base, struct qf_arena *a, struct qf_track *t, struct qf_features *f, struct qf_err *e)
{
	int64_t id = strncmp(base, "track:", 6) == 0 ? cli_track_operand(base) : 0;
	const char *path;

	if (!id && (cli_absolute(base, a, &path, e) || qf_catalog_find_path(c, path, &id, e)))
		return e->code;
	if (!id)
		return qf_fail(e, QF_ENOTFOUND, "%s: the catalog does not know this track", base);
	return qf_catalog_track(c, id, QF_TRACK_BRIEF, a, t, f, e);
}

static enum qf_status print_one(const struct tracklist *l, const struct candidate *x, struct qf_err *e)
{
	struct qf_buf value = { 0 }, row = { 0 };
	enum qf_status rc;

	qf_json_open(&value, '{');
	qf_json_put_num(&value, "score", x->m.score, 4);
	qf_json_put_num(&value, "tempo", x->m.tempo_score, 4);
	qf_json_put_num(&value, "key", x->m.key_score, 4);
	qf_json_put_num(&value, "stretch", x->m.stretch, 5);
	qf_json_put_int(&value, "semitones", x->m.semitones);
	qf_json_close(&value, '}');
	rc = qf_buf_check(&value, e);
	if (rc == QF_OK) {
		const struct qf_row_edit edit = { "mashup", { value.p, value.len } };

		qf_row_write(&row, l->rows[x->i], &edit, 1);
		rc = qf_buf_check(&row, e);
	}
	if (rc == QF_OK)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&value);
	qf_buf_free(&row);
	return rc;
}

static enum qf_status print_best(const struct tracklist *l, const struct qf_track *base, double stretch_max, size_t most, struct qf_err *e)
{
	struct candidate *x = qf_alloc(l->n, sizeof *x);
	size_t n = 0;
	enum qf_status rc = x ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->n);

	for (size_t i = 0; rc == QF_OK && i < l->n; i++) {
		const struct qf_entry *t = &l->entries[i];

		x[n].i = i;
		if (strcmp(t->path, base->path) != 0 && qf_mashup_find(base->features->tempo_bpm, base->features->camelot, t->tempo_bpm, t->camelot, stretch_max, &x[n].m))
			n++;
	}
	if (n)
		qsort(x, n, sizeof *x, by_score);
	for (size_t i = 0; rc == QF_OK && i < n && i < most; i++)
		rc = print_one(l, &x[i], e);
	qf_free(x);
	return rc;
}

int mashups_print(const struct tracklist *l, struct qf_catalog *c, const char *base, double stretch_max, size_t most)
{
	struct qf_arena a = { 0 };
	struct qf_features f;
	struct qf_track t;
	struct qf_err e = { 0 };
	enum qf_status rc;

	qf_features_init(&f);
	rc = find_base(c, base, &a, &t, &f, &e);
	if (rc == QF_OK && (!t.features || isnan(t.features->tempo_bpm)))
		rc = qf_fail(&e, QF_ENOTFOUND, "%s: its tempo is not known (`qfzz features`)", base);
	if (rc == QF_OK)
		rc = print_best(l, &t, stretch_max, most, &e);
	qf_features_free(&f);
	qf_arena_free(&a);
	if (rc != QF_ENOTFOUND)
		return rc == QF_OK ? EXIT_OK : cli_die(&e);
	cli_warn(&e);
	return EXIT_SOME;
}
