#include "cli/study.h"

#include "base/alloc.h"
#include "model/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSIONS = 256, SPEAKERS = 2000 };

static const struct qf_weighing ones = { .scale = 0, .eps = 1 };

enum qf_status cli_dense_rows(struct qf_interactions *out, const float *v, size_t rows, size_t dim, struct qf_err *e)
{
	size_t n = 0;

	*out = (struct qf_interactions){ .rows = rows, .cols = dim };
	out->at = qf_zalloc(rows + 1, sizeof *out->at);
	out->col = qf_alloc(rows, dim * sizeof *out->col);
	out->weight = qf_alloc(rows, dim * sizeof *out->weight);
	if (!out->at || !out->col || !out->weight) {
		qf_interactions_free(out);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu x %zu features", rows, dim);
	}
	for (size_t i = 0; i < rows; i++) {
		for (size_t d = 0; d < dim; d++)
			if (v[i * dim + d] < 0 || v[i * dim + d] > 0) {
				out->col[n] = (uint32_t)d;
				out->weight[n++] = v[i * dim + d];
			}
		out->at[i + 1] = n;
	}
	out->n = n;
	return QF_OK;
}

/* Of many users about 2,000 speak for all: which ones goes by their names. */
enum qf_status cli_who_has(struct qf_interactions *out, const struct cli_study *s, struct qf_err *e)
{
	uint64_t limit = s->users.n > SPEAKERS ? UINT64_MAX / s->users.n * SPEAKERS : UINT64_MAX;
	struct qf_listen *spoken = qf_alloc(s->train.n, sizeof *spoken);
	struct qf_interactions x;
	size_t n = 0;

	if (!spoken)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu rows", s->train.n);
	for (size_t i = 0; i < s->train.n; i++)
		if (s->users.key[s->train.l[i].user] <= limit)
			spoken[n++] = s->train.l[i];
	if (qf_listens_matrix(&x, spoken, n, s->users.n, s->n_items, &ones, e) == QF_OK) {
		qf_interactions_transpose(out, &x, e);
		qf_interactions_free(&x);
	}
	qf_free(spoken);
	return out->at ? QF_OK : e->code;
}

/* ---- features --------------------------------------------------------------------------- */

struct feature {
	size_t items;
	uint32_t id;
};

static int most_items_first(const void *a, const void *b)
{
	const struct feature *x = a, *y = b;

	if (x->items != y->items)
		return x->items > y->items ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* dimension[n] of each feature name, or DIMENSIONS; and how many dimensions there are. */
static size_t choose_dimensions(struct feature *f, size_t n, const struct qf_interactions *by_item, uint32_t *dimension)
{
	size_t dim = n < DIMENSIONS ? n : DIMENSIONS;

	for (size_t i = 0; i < n; i++)
		f[i] = (struct feature){ 0, (uint32_t)i };
	for (size_t i = 0; i < by_item->n; i++)
		f[by_item->col[i]].items++;
	qsort(f, n, sizeof *f, most_items_first);
	for (size_t i = 0; i < n; i++)
		dimension[f[i].id] = (uint32_t)(i < dim ? i : DIMENSIONS);
	return dim;
}

static void to_length_one(float *v, size_t n)
{
	double length = sqrt(qf_linear_dot(v, v, n));

	for (size_t i = 0; length > 0 && i < n; i++)
		v[i] = (float)((double)v[i] / length);
}

static enum qf_status make_features(struct cli_study *s, size_t names, struct qf_err *e)
{
	struct feature *f = qf_alloc(names, sizeof *f);
	uint32_t *dimension = qf_alloc(names, sizeof *dimension);

	if (f && dimension) {
		s->dim = choose_dimensions(f, names, &s->class, dimension);
		s->features = qf_zalloc(s->n_items, s->dim * sizeof *s->features);
	}
	for (size_t i = 0; s->features && i < s->n_items; i++) {
		float *row = s->features + i * s->dim;

		for (size_t at = s->class.at[i]; at < s->class.at[i + 1]; at++) {
			uint32_t d = dimension[s->class.col[at]];

			if (d < DIMENSIONS) /* log(1 + …): a name that all items have still says a little */
				row[d] = (float)(log1p((double)s->class.weight[at]) * log1p((double)s->n_items / (double)f[d].items));
		}
		to_length_one(row, s->dim);
	}
	qf_free(f);
	qf_free(dimension);
	return s->features ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for the features of %zu items", s->n_items);
}

static enum qf_status read_features(struct cli_study *s, const char *path, struct qf_err *e)
{
	struct cli_names names = { 0 };
	struct cli_rows rows = { 0 };
	struct qf_triple *t = NULL;
	uint32_t *to = NULL;
	enum qf_status st = cli_tsv_features(&rows, path, &s->items, &names, e);

	if (st == QF_OK) {
		t = qf_alloc(rows.n, sizeof *t);
		to = qf_alloc(names.n, sizeof *to);
		st = t && to ? cli_names_sort(&names, to, e) : qf_fail(e, QF_ENOMEM, "%s: out of memory", path);
	}
	if (st == QF_OK && rows.n == 0)
		st = qf_fail(e, QF_EFORMAT, "%s: tells of none of the %zu items", path, s->n_items);
	if (st == QF_OK) {
		for (size_t i = 0; i < rows.n; i++) /* in no other order than that of the names */
			rows.l[i].item = to[rows.l[i].item];
		qf_listens_sort(rows.l, rows.n);
		for (size_t i = 0; i < rows.n; i++)
			t[i] = (struct qf_triple){ rows.l[i].user, rows.l[i].item, rows.l[i].weight };
		st = qf_interactions_build(&s->class, t, rows.n, s->n_items, names.n, e);
	}
	if (st == QF_OK && (st = make_features(s, names.n, e)) == QF_OK)
		st = cli_dense_rows(&s->vector, s->features, s->n_items, s->dim, e);
	qf_free(t);
	qf_free(to);
	cli_rows_free(&rows);
	cli_names_free(&names);
	return st;
}

/* ---- files ------------------------------------------------------------------------------ */

enum qf_status cli_study_from_files(struct cli_study *s, const struct cli_files *f, struct qf_err *e)
{
	struct cli_rows *const rows[] = { &s->train, &s->fold_in, &s->held_out, &s->candidates, &s->scored };

	if (cli_tsv_read(&s->train, f->train, true, &s->users, &s->items, e) ||
	    (f->fold_in && cli_tsv_read(&s->fold_in, f->fold_in, true, &s->users, &s->items, e)) ||
	    (f->held_out && cli_tsv_read(&s->held_out, f->held_out, false, &s->users, &s->items, e)) ||
	    (f->candidates && cli_tsv_candidates(&s->candidates, f->candidates, &s->users, &s->items, e)) ||
	    (f->scores && cli_tsv_scores(&s->scored, f->scores, &s->users, &s->items, e)) ||
	    cli_tsv_settle(rows, sizeof rows / sizeof *rows, &s->users, &s->items, e))
		return e->code;
	if (f->scores && cli_tsv_scored(&s->scores, &s->scored, f->scores, s->users.n, e))
		return e->code;
	s->n_items = s->items.n;
	s->item_key = qf_alloc(s->n_items, sizeof *s->item_key);
	if (!s->item_key)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu items", s->n_items);
	if (s->n_items)
		memcpy(s->item_key, s->items.key, s->n_items * sizeof *s->item_key);
	return f->features ? read_features(s, f->features, e) : cli_who_has(&s->vector, s, e);
}

/* ---- splits ----------------------------------------------------------------------------- */

static void tell_features(struct qf_task *t, const struct cli_study *s)
{
	t->features = s->features;
	t->dim = s->dim;
}

enum qf_status cli_study_split(struct qf_task *t, const struct cli_study *s, const struct qf_split_rules *rules, struct qf_err *e)
{
	const struct qf_given given = {
		s->train.l, s->fold_in.n ? s->fold_in.l : NULL, s->held_out.l, s->candidates.n ? s->candidates.l : NULL,
		s->train.n, s->fold_in.n, s->held_out.n, s->candidates.n,
	};
	struct qf_split_rules r = *rules;
	enum qf_status st;

	r.user_key = s->users.key;
	r.item_key = s->item_key;
	if (s->held_out.n)
		st = qf_split_given(t, &given, s->users.n, s->n_items, r.user_key, r.item_key, e);
	else
		st = qf_split(t, s->train.l, s->train.n, s->users.n, s->n_items, &r, e);
	tell_features(t, s);
	t->scores = s->scores.users ? &s->scores : NULL;
	return st;
}

enum qf_status cli_study_again(struct qf_task *t, const struct cli_study *s, const struct qf_task *from, const struct qf_split_rules *rules,
			       struct qf_err *e)
{
	struct qf_split_rules r = *rules;
	enum qf_status st;

	r.user_key = from->user_key;
	r.item_key = from->item_key;
	st = qf_split(t, from->train, from->n_train, from->users, from->items, &r, e);
	tell_features(t, s);
	return st;
}

void cli_study_free(struct cli_study *s)
{
	cli_names_free(&s->users);
	cli_names_free(&s->items);
	cli_rows_free(&s->train);
	cli_rows_free(&s->fold_in);
	cli_rows_free(&s->held_out);
	cli_rows_free(&s->candidates);
	cli_rows_free(&s->scored);
	qf_free(s->scores.at);
	qf_free(s->scores.col);
	qf_free(s->scores.v);
	qf_free(s->item_key);
	qf_free(s->features);
	qf_interactions_free(&s->vector);
	qf_interactions_free(&s->class);
	memset(s, 0, sizeof *s);
}
