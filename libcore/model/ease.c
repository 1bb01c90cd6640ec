#include "model/ease.h"

#include "base/alloc.h"
#include "model/engine.h"
#include "model/linear.h"
#include "model/workers.h"

#include <cblas.h>
#include <string.h>

void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info); /* LAPACK: the inverse from its Cholesky */

struct qf_ease {
	size_t items;
	struct qf_matrix b; /* [items][items]: row i adds to the scores of who has i */
};

/* The lower triangle of X'X: how many users have both. */
static void count_pairs(struct qf_matrix *g, const struct qf_interactions *x)
{
	for (size_t u = 0; u < x->rows; u++)
		for (size_t i = x->at[u]; i < x->at[u + 1]; i++)
			for (size_t j = i; j < x->at[u + 1]; j++)
				qf_matrix_row(g, x->col[i])[x->col[j]]++; /* column-major: row col[j], column col[i] */
}

/* Column-major lower triangle of P to whole rows of B. */
static void from_inverse(struct qf_matrix *p)
{
	size_t n = p->rows;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			qf_matrix_row(p, i)[j] = -qf_matrix_row(p, j)[i] / qf_matrix_row(p, j)[j];
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			qf_matrix_row(p, i)[j] = -qf_matrix_row(p, i)[j] / qf_matrix_row(p, j)[j];
	for (size_t i = 0; i < n; i++)
		qf_matrix_row(p, i)[i] = 0;
}

enum qf_status qf_ease_open(struct qf_ease **out, const struct qf_interactions *x, double lambda, struct qf_err *e)
{
	int n = (int)x->cols, info = 0;
	struct qf_ease *m;

	*out = NULL;
	if (x->cols > QF_EASE_ITEMS_MAX)
		return qf_fail(e, QF_ELIMIT, "ease: %zu tracks that somebody heard are more than the %d that it is for", x->cols, QF_EASE_ITEMS_MAX);
	if (!(lambda > 0) || x->cols == 0)
		return qf_fail(e, QF_EINVAL, "ease: lambda %g, %zu tracks", lambda, x->cols);
	m = qf_zalloc(1, sizeof *m);
	if (!m || qf_matrix_open(&m->b, x->cols, x->cols, e)) {
		qf_free(m);
		return qf_fail(e, QF_ENOMEM, "ease: out of memory for %zu x %zu tracks", x->cols, x->cols);
	}
	m->items = x->cols;
	count_pairs(&m->b, x);
	for (size_t i = 0; i < m->items; i++)
		qf_matrix_row(&m->b, i)[i] += (float)lambda;
	openblas_set_num_threads(1);
	if (!qf_cholesky(m->items, m->b.v) || (spotri_("L", &n, m->b.v, &n, &info), info != 0)) {
		qf_ease_close(m);
		return qf_fail(e, QF_EINVAL, "ease: with lambda %g the equations cannot be solved; take a larger one", lambda);
	}
	from_inverse(&m->b);
	*out = m;
	return QF_OK;
}

void qf_ease_scores(const struct qf_ease *m, const uint32_t *item, size_t n, double *score)
{
	memset(score, 0, m->items * sizeof *score);
	for (size_t j = 0; j < n; j++) {
		const float *row = qf_matrix_row(&m->b, item[j]);

		for (size_t i = 0; i < m->items; i++)
			score[i] += (double)row[i];
	}
}

void qf_ease_close(struct qf_ease *m)
{
	if (!m)
		return;
	qf_matrix_close(&m->b);
	qf_free(m);
}

/* ---- as an engine ----------------------------------------------------------------------- */

enum { LAMBDA };

/* Over the tracks that anybody has: a library may hold many more. */
struct fitted {
	struct qf_ease *m;
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
	qf_ease_close(f->m);
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

static enum qf_status fit_heard(struct fitted *f, const struct qf_task *t, double lambda, uint32_t *number, struct qf_listen *rows,
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
		qf_ease_open(&f->m, &x, lambda, e);
	qf_interactions_free(&x);
	for (size_t j = 0; f->m && j < f->jobs; j++)
		if (!(f->score[j] = qf_alloc(f->n, sizeof **f->score)))
			return qf_fail(e, QF_ENOMEM, "ease: out of memory");
	return f->m ? QF_OK : e->code;
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
		st = fit_heard(f, t, value[LAMBDA], number, rows, e);
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
	qf_ease_scores(f->m, f->history.col + f->history.at[c], qf_interactions_count(&f->history, c), own);
	memset(score, 0, f->items * sizeof *score);
	for (size_t i = 0; i < f->n; i++)
		score[f->item[i]] = own[i];
	return QF_OK;
}

const struct qf_engine_kind qf_engine_ease = {
	.name = "ease", .about = "each track predicted from all others by one regression (Steck 2019)",
	.key = { [LAMBDA] = { "lambda", 100, 1e-3, 1e7, false } },
	.fit = fit, .score = score_case, .close = close_fitted,
};
