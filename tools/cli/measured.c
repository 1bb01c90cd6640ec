#include "cli/measured.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "model/bootstrap.h"
#include "rows/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- over seeds ------------------------------------------------------------------------- */

enum qf_status cli_measured_add(struct cli_measured *to, struct qf_measured *one, struct qf_err *e)
{
	double *by_seed = qf_realloc(to->by_seed, to->seeds + 1, one->columns * sizeof *by_seed);

	if (!by_seed) {
		qf_measured_free(one);
		return qf_fail(e, QF_ENOMEM, "out of memory for the means");
	}
	to->by_seed = by_seed;
	qf_means(one->value, one->cases, one->columns, by_seed + to->seeds * one->columns);
	if (to->seeds++ == 0) {
		to->m = *one;
		return QF_OK;
	}
	for (size_t i = 0; i < one->cases * one->columns; i++)
		to->m.value[i] += one->value[i];
	for (size_t k = 0; k < one->n_k; k++) {
		to->m.coverage[k] += one->coverage[k];
		to->m.gini[k] += one->gini[k];
	}
	qf_measured_free(one);
	return QF_OK;
}

void cli_measured_mean(struct cli_measured *m)
{
	double n = (double)m->seeds;

	for (size_t i = 0; m->seeds > 1 && i < m->m.cases * m->m.columns; i++)
		m->m.value[i] /= n;
	for (size_t k = 0; k < m->m.n_k; k++) {
		m->m.coverage[k] /= n;
		m->m.gini[k] /= n;
	}
}

void cli_measured_free(struct cli_measured *m)
{
	qf_measured_free(&m->m);
	qf_buf_free(&m->label);
	qf_free(m->by_seed);
	memset(m, 0, sizeof *m);
}

/* How far the seeds' means lie apart: their standard deviation. */
static double spread(const struct cli_measured *m, size_t column)
{
	double mean = 0, sum = 0, n = (double)m->seeds;

	for (size_t s = 0; s < m->seeds; s++)
		mean += m->by_seed[s * m->m.columns + column] / n;
	for (size_t s = 0; s < m->seeds; s++)
		sum += pow(m->by_seed[s * m->m.columns + column] - mean, 2);
	return sqrt(sum / (n - 1));
}

/* ---- groups of users -------------------------------------------------------------------- */

static const char *const groups[] = { "all", "light", "medium", "heavy", "niche", "mixed", "mainstream" };
enum { GROUPS = sizeof groups / sizeof *groups };

struct placed { /* a case, by what groups go by */
	double v;
	size_t c;
};

static int rising(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->v < y->v || x->v > y->v)
		return x->v < y->v ? -1 : 1;
	return x->c < y->c ? -1 : x->c > y->c;
}

/* Thirds of the users by the length of their histories, and by how popular their tracks are: the rows of a
 * group, value[*n * columns]. */
static double *rows_of_group(const struct qf_task *t, const struct qf_measured *m, const double *value, size_t group, size_t *n)
{
	struct placed *p = qf_zalloc(t->cases, sizeof *p);
	double *tracks = qf_zalloc(t->cases, sizeof *tracks), *out = NULL;
	size_t third = group ? (group - 1) % 3 : 0, from = t->cases * third / 3, to = t->cases * (third + 1) / 3;

	if (!p || !tracks)
		goto out;
	for (size_t c = 0; c < t->cases; c++)
		p[c].c = c;
	for (size_t i = 0; i < t->n_history; i++) {
		const struct qf_listen *h = &t->history[i];

		if (i && h->user == h[-1].user && h->item == h[-1].item)
			continue;
		tracks[h->user]++;
		p[h->user].v += group <= 3 ? 1 : (double)t->listeners[h->item];
	}
	for (size_t c = 0; group > 3 && c < t->cases; c++)
		p[c].v = tracks[c] > 0 ? p[c].v / tracks[c] : 0;
	qsort(p, t->cases, sizeof *p, rising);
	*n = to - from;
	out = qf_alloc(*n, m->columns * sizeof *out);
	for (size_t i = 0; out && i < *n; i++)
		memcpy(out + i * m->columns, value + p[from + i].c * m->columns, m->columns * sizeof *out);
out:
	qf_free(p);
	qf_free(tracks);
	return out;
}

/* ---- rows ------------------------------------------------------------------------------- */

static int decimals(void)
{
	return cli.format == CLI_TABLE ? 4 : 9;
}

static void put_num(struct qf_buf *row, const char *key, double v)
{
	qf_json_put_num(row, key, v, decimals());
}

static void put_head(struct qf_buf *row, const struct cli_study_shown *shown, const struct cli_measured *m, const char *type)
{
	qf_json_open(row, '{');
	qf_json_put_str(row, "type", type);
	qf_json_put_str(row, "split", shown->split);
	qf_json_key(row, "model");
	qf_json_strn(row, m->label.p, m->label.len);
}

static void put_params(struct qf_buf *row, const struct cli_study_shown *shown, const struct cli_measured *m)
{
	const struct qf_engine_key *key = m->model.kind->key;

	qf_json_put_str(row, "engine", m->model.kind->name);
	qf_json_key(row, "params");
	qf_json_open(row, '{');
	for (size_t k = 0; k < QF_ENGINE_KEYS && key[k].name; k++)
		qf_json_put_num(row, key[k].name, m->model.value[k], 9);
	qf_json_close(row, '}');
	qf_json_put_int(row, "split_seed", (int64_t)shown->seed);
	qf_json_key(row, "seeds");
	qf_json_open(row, '[');
	for (size_t s = 0; m->model.kind->by_chance && s < m->seeds; s++)
		qf_json_int(row, (int64_t)(shown->seed + s));
	qf_json_close(row, ']');
}

static void metric_name(char *out, size_t n, const struct cli_study_shown *shown, size_t column)
{
	snprintf(out, n, "%s@%zu", qf_metric_name[column % QF_METRICS], shown->k[column / QF_METRICS]);
}

/* means, low, high, and of a comparison p: [columns] each. */
struct figures {
	double *mean, *low, *high, *p;
};

static void put_metrics(struct qf_buf *row, const struct cli_study_shown *shown, const struct cli_measured *m, const struct figures *f, bool all)
{
	char name[64];

	qf_json_key(row, "metrics");
	qf_json_open(row, '{');
	for (size_t c = 0; c < m->m.columns; c++) {
		if (isnan(f->mean[c])) /* applies to nobody here */
			continue;
		metric_name(name, sizeof name, shown, c);
		qf_json_key(row, name);
		qf_json_open(row, '{');
		put_num(row, "mean", f->mean[c]);
		put_num(row, "low", f->low[c]);
		put_num(row, "high", f->high[c]);
		if (all && m->seeds > 1)
			put_num(row, "seeds_sd", spread(m, c));
		qf_json_close(row, '}');
	}
	for (size_t k = 0; all && k < shown->n_k; k++)
		for (int g = 0; g < 2; g++) {
			snprintf(name, sizeof name, "%s@%zu", g ? "gini" : "coverage", shown->k[k]);
			qf_json_key(row, name);
			qf_json_open(row, '{');
			put_num(row, "mean", g ? m->m.gini[k] : m->m.coverage[k]);
			qf_json_close(row, '}');
		}
	qf_json_close(row, '}');
}

static void put_versus(struct qf_buf *row, const struct cli_study_shown *shown, const struct cli_measured *first, const struct figures *f)
{
	char name[64];

	qf_json_key(row, "versus");
	qf_json_open(row, '{');
	qf_json_key(row, "model");
	qf_json_strn(row, first->label.p, first->label.len);
	qf_json_key(row, "metrics");
	qf_json_open(row, '{');
	for (size_t c = 0; c < first->m.columns; c++) {
		if (isnan(f->mean[c]))
			continue;
		metric_name(name, sizeof name, shown, c);
		qf_json_key(row, name);
		qf_json_open(row, '{');
		put_num(row, "difference", f->mean[c]);
		put_num(row, "low", f->low[c]);
		put_num(row, "high", f->high[c]);
		put_num(row, "p", f->p[c]);
		qf_json_close(row, '}');
	}
	qf_json_close(row, '}');
	qf_json_close(row, '}');
}

/* The values of one group of users: all of them as they are, else a copy. */
struct rows {
	double *v;
	size_t n;
	bool copied;
};

static enum qf_status take_rows(struct rows *r, const struct qf_task *t, const struct cli_measured *m, size_t group, struct qf_err *e)
{
	*r = (struct rows){ m->m.value, m->m.cases, group > 0 };
	if (group)
		r->v = rows_of_group(t, &m->m, m->m.value, group, &r->n);
	return r->v ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu users", m->m.cases);
}

static void free_rows(struct rows *r)
{
	if (r->copied)
		qf_free(r->v);
}

/* `versus`: the differences to the first model, what they are sure to be, and how likely by chance. */
static enum qf_status put_comparison(struct qf_buf *row, const struct cli_study_shown *shown, const struct cli_measured *first,
				     const struct rows *own, const struct rows *its, const struct figures *f, struct qf_err *e)
{
	size_t columns = first->m.columns;
	double *difference = qf_alloc(own->n, columns * sizeof *difference);
	enum qf_status st;

	if (!difference)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu users", own->n);
	for (size_t i = 0; i < own->n * columns; i++)
		difference[i] = own->v[i] - its->v[i];
	qf_means(difference, own->n, columns, f->mean);
	st = qf_bootstrap(difference, own->n, columns, shown->resamples, shown->seed, f->low, f->high, e);
	if (st == QF_OK)
		st = qf_permutation(difference, own->n, columns, shown->resamples, shown->seed, f->p, e);
	if (st == QF_OK)
		put_versus(row, shown, first, f);
	qf_free(difference);
	return st;
}

static void put_group(struct qf_buf *row, const struct qf_task *t, const char *set, size_t group, size_t users)
{
	qf_json_put_str(row, "set", set);
	qf_json_put_str(row, "group", groups[group]);
	qf_json_put_int(row, "users", (int64_t)users);
	qf_json_put_int(row, "items", (int64_t)t->items);
	qf_json_put_int(row, "pairs", (int64_t)t->n_train);
}

static enum qf_status put_row(struct qf_buf *row, const struct cli_study_shown *shown, const struct qf_task *t, const char *set,
			      const struct cli_measured *m, const struct cli_measured *first, size_t group, const struct figures *f,
			      struct qf_err *e)
{
	struct rows own = { 0 }, its = { 0 };
	enum qf_status st = take_rows(&own, t, m, group, e);

	if (st != QF_OK || own.n == 0) /* fewer users than groups */
		goto out;
	qf_means(own.v, own.n, m->m.columns, f->mean);
	st = qf_bootstrap(own.v, own.n, m->m.columns, shown->resamples, shown->seed, f->low, f->high, e);
	if (st != QF_OK)
		goto out;
	put_head(row, shown, m, "evaluation.v1");
	put_group(row, t, set, group, own.n);
	put_params(row, shown, m);
	put_metrics(row, shown, m, f, group == 0);
	if (first && first != m && (st = take_rows(&its, t, first, group, e)) == QF_OK)
		st = put_comparison(row, shown, first, &own, &its, f, e);
	qf_json_close(row, '}');
out:
	free_rows(&own);
	free_rows(&its);
	return st;
}

static enum qf_status show_group(const struct cli_study_shown *shown, const struct qf_task *t, const char *set, const struct cli_measured *m,
				 const struct cli_measured *first, size_t group, struct qf_err *e)
{
	size_t columns = m->m.columns;
	double *space = qf_alloc(columns, 4 * sizeof *space);
	struct qf_buf row = { 0 };
	enum qf_status st;

	if (!space)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu values", columns);
	st = put_row(&row, shown, t, set, m, first, group, &(struct figures){ space, space + columns, space + 2 * columns, space + 3 * columns }, e);
	if (st == QF_OK && (st = qf_buf_check(&row, e)) == QF_OK && row.len)
		cli_row((struct qf_span){ row.p, row.len });
	qf_free(space);
	qf_buf_free(&row);
	return st;
}

enum qf_status cli_measured_show(const struct cli_study_shown *shown, const struct qf_task *t, const char *set, const struct cli_measured *m,
				 const struct cli_measured *first, struct qf_err *e)
{
	enum qf_status st = QF_OK;

	for (size_t g = 0; st == QF_OK && g < (shown->groups ? GROUPS : 1); g++)
		st = show_group(shown, t, set, m, first, g, e);
	return st;
}

void cli_measured_users(struct qf_buf *out, const struct cli_study_shown *shown, const struct qf_task *t, const struct cli_measured *m)
{
	char name[64];
	size_t at = 0;

	for (size_t c = 0; c < m->m.cases; c++) {
		int64_t history = 0;

		for (; at < t->n_history && t->history[at].user == c; at++)
			history += at == 0 || t->history[at].user != t->history[at - 1].user || t->history[at].item != t->history[at - 1].item;
		put_head(out, shown, m, "evaluation-user.v1");
		qf_json_put_str(out, "user", cli_name(shown->users, t->user[c]));
		qf_json_put_int(out, "history", history);
		qf_json_put_int(out, "held_out", (int64_t)qf_interactions_count(&t->truth, c));
		qf_json_key(out, "metrics");
		qf_json_open(out, '{');
		for (size_t i = 0; i < m->m.columns; i++) {
			double v = m->m.value[c * m->m.columns + i];

			if (isnan(v))
				continue;
			metric_name(name, sizeof name, shown, i);
			qf_json_put_num(out, name, v, 9);
		}
		qf_json_close(out, '}');
		qf_buf_puts(out, "}\n");
	}
}

size_t cli_measured_column(const struct cli_study_shown *shown, const char *name)
{
	char own[64];

	for (size_t c = 0; c < shown->n_k * QF_METRICS; c++) {
		metric_name(own, sizeof own, shown, c);
		if (strcmp(own, name) == 0)
			return c;
	}
	return SIZE_MAX;
}
