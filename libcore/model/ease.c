#include "model/ease.h"

#include "base/alloc.h"
#include "model/engine.h"
#include "model/linear.h"
#include "model/workers.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info); /* LAPACK: the inverse from its Cholesky */

/* ---- the regression ----------------------------------------------------------------------- */

/* The lower triangle of X'X: how many users have both. */
static void count_pairs(struct qf_matrix *g, const struct qf_interactions *x)
{
	for (size_t u = 0; u < x->rows; u++)
		for (size_t i = x->at[u]; i < x->at[u + 1]; i++)
			for (size_t j = i; j < x->at[u + 1]; j++)
				qf_matrix_row(g, x->col[i])[x->col[j]]++; /* column-major: row col[j], column col[i] */
}

/* Column-major lower triangle of P to whole rows of r, 0 on the diagonal. */
static void from_inverse(struct qf_matrix *p, float *spread)
{
	size_t n = p->rows;

	for (size_t i = 0; i < n; i++)
		spread[i] = sqrtf(qf_matrix_row(p, i)[i]);
	for (size_t i = 0; i < n; i++) {
		qf_matrix_row(p, i)[i] = 0;
		for (size_t j = i + 1; j < n; j++)
			qf_matrix_row(p, j)[i] = qf_matrix_row(p, i)[j] = -qf_matrix_row(p, i)[j] / (spread[i] * spread[j]);
	}
}

static enum qf_status solve(struct qf_matrix *p, float *spread, const struct qf_interactions *x, double lambda, struct qf_err *e)
{
	int n = (int)x->cols, info = 0;

	count_pairs(p, x);
	for (size_t i = 0; i < x->cols; i++)
		qf_matrix_row(p, i)[i] += (float)lambda;
	openblas_set_num_threads(1);
	if (!qf_cholesky(x->cols, p->v) || (spotri_("L", &n, p->v, &n, &info), info != 0))
		return qf_fail(e, QF_EINVAL, "ease: with lambda %g the equations cannot be solved; take a larger one", lambda);
	from_inverse(p, spread);
	return QF_OK;
}

/* ---- what is kept ------------------------------------------------------------------------- */

struct cut { /* of a row: all greater |r| stay, and of equal ones those up to the item `last` */
	float least;
	size_t last;
};

/* The greatest of v[n] but `before`; v is put in disorder (Hoare's FIND, CACM 4, 1961). */
static float greatest_but(float *v, size_t n, size_t before)
{
	ptrdiff_t from = 0, to = (ptrdiff_t)n - 1, at = (ptrdiff_t)before;

	while (from < to) {
		float pivot = v[at];
		ptrdiff_t i = from, j = to;

		while (i <= j) {
			while (v[i] > pivot)
				i++;
			while (v[j] < pivot)
				j--;
			if (i <= j) {
				float other = v[i];

				v[i++] = v[j];
				v[j--] = other;
			}
		}
		if (j < at)
			from = i;
		if (at < i)
			to = j;
	}
	return v[at];
}

static struct cut find_cut(const float *row, size_t n, size_t keep, float *scratch)
{
	struct cut c = { 0, n };
	size_t more = 0;

	if (keep >= n)
		return c;
	for (size_t j = 0; j < n; j++)
		scratch[j] = fabsf(row[j]);
	c.least = greatest_but(scratch, n, keep - 1);
	for (size_t j = 0; j < n; j++)
		more += fabsf(row[j]) > c.least;
	for (size_t j = 0; j < n && more < keep; j++)
		if (!(fabsf(row[j]) < c.least) && !(fabsf(row[j]) > c.least)) {
			c.last = j;
			more++;
		}
	return c;
}

static bool stays(const struct cut *c, size_t i, size_t j, float r)
{
	float v = fabsf(r);

	return v > 0 && (v > c[i].least || v > c[j].least || (!(v < c[i].least) && j <= c[i].last) || (!(v < c[j].least) && i <= c[j].last));
}

static enum qf_status keep_greatest(struct qf_ease *m, const struct qf_matrix *r, const float *spread, const struct cut *c, struct qf_err *e)
{
	size_t items = r->rows, n = 0;

	for (size_t i = 0; i < items; i++)
		for (size_t j = 0; j < items; j++)
			n += stays(c, i, j, qf_matrix_row(r, i)[j]);
	if (qf_ease_open(m, items, n, e))
		return e->code;
	memcpy(m->spread, spread, items * sizeof *spread);
	n = 0;
	for (size_t i = 0; i < items; i++) {
		for (size_t j = 0; j < items; j++)
			if (stays(c, i, j, qf_matrix_row(r, i)[j])) {
				m->col[n] = (uint32_t)j;
				m->r[n++] = qf_matrix_row(r, i)[j];
			}
		m->at[i + 1] = n;
	}
	return QF_OK;
}

enum qf_status qf_ease_fit(struct qf_ease *out, const struct qf_interactions *x, double lambda, size_t keep, struct qf_err *e)
{
	size_t n = x->cols;
	struct qf_matrix p = { 0 };
	float *spread, *scratch;
	struct cut *cut;
	enum qf_status st;

	*out = (struct qf_ease){ 0 };
	if (n > QF_EASE_ITEMS_MAX)
		return qf_fail(e, QF_ELIMIT, "ease: %zu tracks that somebody heard are more than the %d that it is for", n, QF_EASE_ITEMS_MAX);
	if (!(lambda > 0) || n == 0 || keep == 0)
		return qf_fail(e, QF_EINVAL, "ease: lambda %g, %zu tracks, %zu of them to keep", lambda, n, keep);
	spread = qf_alloc(n, sizeof *spread);
	scratch = qf_alloc(n, sizeof *scratch);
	cut = qf_alloc(n, sizeof *cut);
	st = spread && scratch && cut ? qf_matrix_open(&p, n, n, e) : QF_ENOMEM;
	if (st != QF_OK)
		qf_fail(e, st, "ease: out of memory for %zu x %zu tracks", n, n);
	else
		st = solve(&p, spread, x, lambda, e);
	for (size_t i = 0; st == QF_OK && i < n; i++)
		cut[i] = find_cut(qf_matrix_row(&p, i), n, keep, scratch);
	if (st == QF_OK)
		st = keep_greatest(out, &p, spread, cut, e);
	qf_matrix_close(&p);
	qf_free(spread);
	qf_free(scratch);
	qf_free(cut);
	return st;
}

/* ---- one that is there -------------------------------------------------------------------- */

enum qf_status qf_ease_open(struct qf_ease *out, size_t items, size_t n, struct qf_err *e)
{
	*out = (struct qf_ease){ .items = items, .n = n };
	out->at = qf_zalloc(items + 1, sizeof *out->at);
	out->spread = qf_zalloc(items, sizeof *out->spread);
	out->col = qf_alloc(n, sizeof *out->col);
	out->r = qf_alloc(n, sizeof *out->r);
	if (out->at && out->spread && out->col && out->r)
		return QF_OK;
	qf_ease_free(out);
	return qf_fail(e, QF_ENOMEM, "ease: out of memory for %zu pairs of tracks", n);
}

void qf_ease_scores(const struct qf_ease *m, const uint32_t *item, size_t n, double *score)
{
	memset(score, 0, m->items * sizeof *score);
	for (size_t j = 0; j < n; j++)
		for (size_t i = m->at[item[j]]; i < m->at[item[j] + 1]; i++)
			score[m->col[i]] += (double)m->r[i] * (double)m->spread[item[j]];
	for (size_t i = 0; i < m->items; i++)
		score[i] = m->spread[i] > 0 ? score[i] / (double)m->spread[i] : 0;
}

double qf_ease_alike(const struct qf_ease *m, uint32_t i, uint32_t j)
{
	size_t from = m->at[i], to = m->at[i + 1];

	if (i == j)
		return 1;
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (m->col[mid] < j)
			from = mid + 1;
		else
			to = mid;
	}
	return from < m->at[i + 1] && m->col[from] == j ? (double)m->r[from] : 0;
}

double qf_ease_share(const struct qf_ease *m, uint32_t i, uint32_t j)
{
	if (i == j || !(m->spread[j] > 0))
		return 0;
	return qf_ease_alike(m, i, j) * (double)m->spread[i] / (double)m->spread[j];
}

void qf_ease_free(struct qf_ease *m)
{
	qf_free(m->at);
	qf_free(m->col);
	qf_free(m->r);
	qf_free(m->spread);
	*m = (struct qf_ease){ 0 };
}

/* ---- as an engine ----------------------------------------------------------------------- */

enum { LAMBDA, KEEP };

/* Over the tracks that anybody has: a library may hold many more. */
struct fitted {
	struct qf_ease m;
	struct qf_interactions history; /* cases x tracks of the model */
	uint32_t *item;                 /* [n] of each of its tracks */
	size_t n, items;
	double **score;                 /* [jobs][n] */
	size_t jobs;
};

static void close_fitted(void *state)
{
	struct fitted *f = state;

	if (!f)
		return;
	qf_ease_free(&f->m);
	qf_interactions_free(&f->history);
	for (size_t j = 0; f->score && j < f->jobs; j++)
		qf_free(f->score[j]);
	qf_free(f->score);
	qf_free(f->item);
	qf_free(f);
}

/* Rows about the tracks that have a number, under that number; returns how many. */
static size_t renumber(struct qf_listen *to, const struct qf_listen *from, size_t n, const uint32_t *number)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (number[from[i].item] != UINT32_MAX) {
			to[kept] = from[i];
			to[kept++].item = number[from[i].item];
		}
	return kept;
}

static enum qf_status fit_heard(struct fitted *f, const struct qf_task *t, const double *value, uint32_t *number, struct qf_listen *rows,
				struct qf_err *e)
{
	const struct qf_weighing binary = { .scale = 0, .eps = 1 };
	struct qf_interactions x = { 0 };
	size_t n;

	memset(number, 0xff, t->items * sizeof *number);
	for (size_t i = 0; i < t->n_train; i++)
		number[t->train[i].item] = 0;
	for (size_t i = 0; i < t->items; i++)
		if (number[i] == 0) {
			f->item[f->n] = (uint32_t)i;
			number[i] = (uint32_t)f->n++;
		}
	n = renumber(rows, t->history, t->n_history, number);
	if (qf_listens_matrix(&f->history, rows, n, t->cases, f->n, &binary, e))
		return e->code;
	n = renumber(rows, t->train, t->n_train, number);
	if (qf_listens_matrix(&x, rows, n, t->users, f->n, &binary, e) == QF_OK)
		qf_ease_fit(&f->m, &x, value[LAMBDA], (size_t)value[KEEP], e);
	qf_interactions_free(&x);
	for (size_t j = 0; f->m.at && j < f->jobs; j++)
		if (!(f->score[j] = qf_alloc(f->n, sizeof **f->score)))
			return qf_fail(e, QF_ENOMEM, "ease: out of memory");
	return f->m.at ? QF_OK : e->code;
}

static enum qf_status fit(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs, struct qf_err *e)
{
	size_t most = t->n_train > t->n_history ? t->n_train : t->n_history;
	uint32_t *number = qf_alloc(t->items, sizeof *number);
	struct qf_listen *rows = qf_alloc(most, sizeof *rows);
	struct fitted *f = qf_zalloc(1, sizeof *f);
	enum qf_status st = QF_ENOMEM;

	(void)seed;
	*state = NULL;
	if (f) {
		f->items = t->items;
		f->jobs = qf_workers_clamp(jobs);
		f->item = qf_alloc(t->items, sizeof *f->item);
		f->score = qf_zalloc(f->jobs, sizeof *f->score);
	}
	if (f && f->item && f->score && number && rows)
		st = fit_heard(f, t, value, number, rows, e);
	else
		qf_fail(e, QF_ENOMEM, "ease: out of memory for %zu rows", most);
	qf_free(number);
	qf_free(rows);
	if (st == QF_OK)
		*state = f;
	else
		close_fitted(f);
	return st;
}

static enum qf_status score_case(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	const struct fitted *f = state;
	double *own = f->score[worker];

	(void)e;
	qf_ease_scores(&f->m, f->history.col + f->history.at[c], qf_interactions_count(&f->history, c), own);
	memset(score, 0, f->items * sizeof *score);
	for (size_t i = 0; i < f->n; i++)
		score[f->item[i]] = own[i];
	return QF_OK;
}

const struct qf_engine_kind qf_engine_ease = {
	.name = "ease", .about = "each track predicted from all others by one regression (Steck 2019)",
	.key = { [LAMBDA] = { "lambda", QF_EASE_LAMBDA, 1e-3, 1e7, false }, [KEEP] = { "keep", QF_EASE_KEEP, 1, QF_EASE_ITEMS_MAX, true } },
	.fit = fit, .score = score_case, .close = close_fitted,
};
