/* The factorization as an engine: alone (ials), and with the sound of the tracks as
 * `qfzz train` and `qfzz recommend` do it (hybrid). */
#include "base/alloc.h"
#include "model/engine.h"
#include "model/foldin.h"
#include "model/ials.h"
#include "model/recommend.h"
#include "model/ridge.h"
#include "model/workers.h"

#include <cblas.h>
#include <string.h>

enum { RANK, EPOCHS, ALPHA0, LAMBDA, SCALE, EPS, HALF_LIFE, NU, CG, POLISH, RIDGE };

#define KEYS                                                                                                      \
	[RANK] = { "rank", 64, 1, QF_RANK_MAX, true }, [EPOCHS] = { "epochs", 16, 1, 1000, true },                 \
	[ALPHA0] = { "alpha0", 0.3, 1e-6, 1000, false }, [LAMBDA] = { "lambda", 0.015, 1e-6, 1000, false },         \
	[SCALE] = { "scale", 1, 0, 1000, false }, [EPS] = { "eps", 1, 1e-6, 1e9, false },                          \
	[HALF_LIFE] = { "half_life", 0, 0, 36500, false }, [NU] = { "nu", 1, 0, 1, false },                        \
	[CG] = { "cg", 3, 0, 100, true }, [POLISH] = { "polish", 0, 0, 1, true }

struct fitted {
	const struct qf_task *t;
	struct qf_pairs x;
	struct qf_interactions history;
	struct qf_ials *m;
	struct qf_matrix q, gram;    /* factors of all tracks; Q'Q of the trained ones */
	struct qf_foldin_params p;
	struct qf_foldin **foldin;   /* [jobs] */
	struct work { float *row; bool *barred; } *work; /* [jobs] */
	float *features, *plays;     /* hybrid: [items * (dim + 1)] with a constant 1, zeros for tracks that nobody heard */
	float *average;              /* [dim] of the features */
	size_t jobs;
};

static void close_fitted(void *state)
{
	struct fitted *f = state;

	if (!f)
		return;
	qf_pairs_free(&f->x);
	qf_interactions_free(&f->history);
	qf_ials_close(f->m);
	qf_matrix_close(&f->q);
	qf_matrix_close(&f->gram);
	for (size_t j = 0; j < f->jobs; j++) {
		if (f->foldin)
			qf_foldin_close(f->foldin[j]);
		if (f->work) {
			qf_free(f->work[j].row);
			qf_free(f->work[j].barred);
		}
	}
	qf_free(f->foldin);
	qf_free(f->work);
	qf_free(f->features);
	qf_free(f->plays);
	qf_free(f->average);
	qf_free(f);
}

static enum qf_status make_matrices(struct fitted *f, const double *value, struct qf_err *e)
{
	const struct qf_task *t = f->t;
	const struct qf_weighing w = { value[HALF_LIFE], t->now, value[SCALE], value[EPS] };

	if (qf_listens_pairs(&f->x, t->train, t->n_train, t->users, t->items, &w, e) ||
	    qf_listens_matrix(&f->history, t->history, t->n_history, t->cases, t->items, &w, e))
		return e->code;
	return QF_OK;
}

static bool heard(const struct fitted *f, size_t item)
{
	return f->plays[item] > 0;
}

/* Plays of train (of a cold split, listeners in the task know more than train does), and the
 * features of the tracks that were played. */
static enum qf_status make_features(struct fitted *f, struct qf_err *e)
{
	const struct qf_task *t = f->t;
	size_t dim = t->dim + 1;

	f->plays = qf_zalloc(t->items, sizeof *f->plays);
	f->features = qf_zalloc(t->items, dim * sizeof *f->features);
	f->average = qf_zalloc(dim, sizeof *f->average);
	if (!f->plays || !f->features || !f->average)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", t->items);
	for (size_t i = 0; i < t->n_train; i++)
		f->plays[t->train[i].item] += t->train[i].weight;
	for (size_t i = 0; t->features && i < t->items; i++) {
		const float *g = t->features + i * t->dim;

		if (!heard(f, i) || !(qf_linear_dot(g, g, t->dim) > 0))
			continue;
		memcpy(f->features + i * dim, g, t->dim * sizeof *g);
		f->features[i * dim + t->dim] = 1;
	}
	if (t->features)
		qf_sound_average(t->features, t->items, t->dim, f->average);
	return QF_OK;
}

/* Where the map puts the tracks that nobody heard; without a map they stay at 0. */
static enum qf_status place_unheard(struct fitted *f, struct qf_err *e)
{
	const struct qf_matrix *map = qf_ials_map(f->m);
	struct qf_matrix one = { .rows = 1, .k = f->q.k };
	size_t dim = f->t->dim + 1;
	float *g = qf_alloc(dim, sizeof *g);

	if (!g)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu features", dim);
	for (size_t i = 0; map && i < f->t->items; i++) {
		const float *own = f->t->features + i * f->t->dim;

		if (heard(f, i) || !(qf_linear_dot(own, own, f->t->dim) > 0))
			continue;
		memcpy(g, own, f->t->dim * sizeof *g);
		g[f->t->dim] = 1;
		one.v = qf_matrix_row(&f->q, i);
		qf_ridge_apply(map, g, &one);
	}
	qf_free(g);
	return QF_OK;
}

static enum qf_status train(struct fitted *f, const double *value, bool hybrid, uint64_t seed, struct qf_err *e)
{
	const struct qf_task *t = f->t;
	const struct qf_ials_prior prior = { f->features, t->dim + 1, hybrid ? value[RIDGE] : 1 };
	struct qf_ials_params p = qf_ials_defaults;
	size_t trained = 0;

	p.rank = (size_t)value[RANK];
	p.alpha0 = value[ALPHA0];
	p.lambda = value[LAMBDA];
	p.nu = value[NU];
	p.polish = value[POLISH] > 0;
	p.solver = value[CG] > 0 ? QF_IALS_CG : QF_IALS_CHOLESKY;
	p.cg_steps = (size_t)value[CG];
	p.seed = seed;
	p.jobs = f->jobs;
	if (qf_ials_open(&f->m, &f->x, (const int64_t *)t->user_key, (const int64_t *)t->item_key, hybrid && t->features ? &prior : NULL,
			 &p, e) ||
	    qf_ials_train(f->m, (size_t)value[EPOCHS], NULL, NULL, e) || qf_matrix_open(&f->q, t->items, qf_ials_items(f->m)->k, e) ||
	    qf_matrix_open(&f->gram, f->q.k, f->q.k, e))
		return e->code;
	for (size_t i = 0; i < t->items; i++)
		if (heard(f, i)) {
			memcpy(qf_matrix_row(&f->q, i), qf_matrix_row(qf_ials_items(f->m), i), f->q.k * sizeof *f->q.v);
			trained++;
		}
	f->p = (struct qf_foldin_params){ p.alpha0, p.lambda, p.nu, trained };
	if (qf_gramian(f->gram.v, &f->q, 1, f->jobs, e))
		return e->code;
	return place_unheard(f, e);
}

static enum qf_status open_workers(struct fitted *f, struct qf_err *e)
{
	f->foldin = qf_zalloc(f->jobs, sizeof(struct qf_foldin *));
	f->work = qf_zalloc(f->jobs, sizeof *f->work);
	for (size_t j = 0; f->foldin && f->work && j < f->jobs; j++) {
		f->work[j].row = qf_alloc(f->t->items, sizeof *f->work[j].row);
		f->work[j].barred = qf_zalloc(f->t->items, sizeof *f->work[j].barred);
		if (!f->work[j].row || !f->work[j].barred)
			return qf_fail(e, QF_ENOMEM, "out of memory for the scores of %zu tracks", f->t->items);
		if (qf_foldin_open(&f->foldin[j], &f->q, f->gram.v, &f->p, e))
			return e->code;
	}
	return f->foldin && f->work ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu workers", f->jobs);
}

static enum qf_status fit(void **state, const struct qf_task *t, const double *value, bool hybrid, uint64_t seed, size_t jobs,
			  struct qf_err *e)
{
	struct fitted *f = qf_zalloc(1, sizeof *f);

	*state = NULL;
	if (!f)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	f->t = t;
	f->jobs = qf_workers_clamp(jobs);
	if (make_matrices(f, value, e) || make_features(f, e) || train(f, value, hybrid, seed, e) || open_workers(f, e)) {
		close_fitted(f);
		return e->code;
	}
	*state = f;
	return QF_OK;
}

/* ---- alone ------------------------------------------------------------------------------ */

static enum qf_status fit_ials(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs,
			       struct qf_err *e)
{
	return fit(state, t, value, false, seed, jobs, e);
}

static enum qf_status score_ials(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	struct fitted *f = state;
	const struct qf_interactions *h = &f->history;
	float *row = f->work[worker].row;

	if (qf_foldin_user(f->foldin[worker], h->col + h->at[c], h->weight + h->at[c], qf_interactions_count(h, c), e))
		return e->code;
	cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)f->q.rows, (int)f->q.k, 1, f->q.v, (int)f->q.k, qf_foldin_row(f->foldin[worker]), 1, 0,
		    row, 1);
	for (size_t i = 0; i < f->q.rows; i++)
		score[i] = (double)row[i];
	return QF_OK;
}

const struct qf_engine_kind qf_engine_ials = {
	.name = "ials", .about = "matrix factorization from listening alone", .key = { KEYS }, .by_chance = true,
	.fit = fit_ials, .score = score_ials, .close = close_fitted,
};

/* ---- with the sound --------------------------------------------------------------------- */

static enum qf_status fit_hybrid(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs,
				 struct qf_err *e)
{
	return fit(state, t, value, true, seed, jobs, e);
}

static enum qf_status score_hybrid(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	struct fitted *f = state;
	const struct qf_task *t = f->t;
	const struct qf_interactions *x = &f->history;
	const struct qf_history h = { x->col + x->at[c], x->weight + x->at[c], qf_interactions_count(x, c) };
	const struct qf_model m = {
		.items = t->items, .factor = f->q, .gram = f->gram.v, .p = f->p, .users = t->users, .sound = t->features,
		.dim = t->dim, .average = f->average, .listeners = t->listeners, .plays = f->plays,
	};
	bool *barred = f->work[worker].barred;
	enum qf_status st;

	for (size_t j = 0; j < h.n; j++)
		barred[h.item[j]] = true;
	st = qf_recommend_scores(&m, &h, barred, score, e);
	for (size_t j = 0; j < h.n; j++)
		barred[h.item[j]] = false;
	return st;
}

const struct qf_engine_kind qf_engine_hybrid = {
	.name = "hybrid", .about = "what recommend does: factorization and sound",
	.key = { KEYS, [RIDGE] = { "ridge", 1, 1e-6, 1e6, false } },
	.by_chance = true, .wants_features = true, .fit = fit_hybrid, .score = score_hybrid, .close = close_fitted,
};
