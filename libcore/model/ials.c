/* How an epoch runs. Users and items are the two sides; a half-step solves all rows
 * of one side while the other stands still. Rows are handed to the workers in
 * pieces of 32, the longest rows first, so that no thread is left alone with a big
 * one at the end. A row first copies the rows it needs beside each other, since the
 * conjugate gradient walks over them once a step: the places of the originals are
 * random, and fetching them is the longest part of an epoch. What a very long row
 * needs does not fit there at once and is fetched in every step. */
#include "model/ials.h"

#include "base/alloc.h"
#include "model/ridge.h"
#include "model/workers.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 32
#define GATHERED (1U << 20) /* floats that are gathered at once: 4 MB for each worker */
#define PI 3.14159265358979323846

const struct qf_ials_params qf_ials_defaults = {
	.rank = 64, .solver = QF_IALS_CG, .cg_steps = 3, .alpha0 = 0.1, .lambda = 0.003, .nu = 1, .stddev = 0.1, .seed = 1, .jobs = 1,
};

struct side {
	struct qf_matrix x;              /* its factors */
	const struct qf_pairs *c;        /* its rows, columns of the other side */
	uint32_t *order;                 /* rows by falling length */
	struct qf_matrix prior;          /* B g, empty without one */
};

struct scratch { /* of one worker */
	struct qf_matrix gathered, vectors, tile, a;
	const float **row; /* [longest], of Cholesky */
	float *c;          /* [longest] */
};

struct qf_ials {
	struct qf_ials_params p;
	const struct qf_kernels *kernels;
	struct qf_pairs by_item;
	struct side user, item;
	struct qf_matrix gram; /* alpha0 times the other side's */
	size_t jobs;
	struct scratch scratch[QF_WORKERS_MAX];
	struct qf_ials_prior prior;
	struct qf_matrix map;
	double *weight; /* [items] of the ridge */
	struct qf_ridge *ridge;
};

double qf_ials_reg(double lambda, double nu, double alpha0, size_t n, size_t others)
{
	double weight = (double)n + alpha0 * (double)others;

	return lambda * (nu == 1 ? weight : pow(weight, nu));
}

/* --- the first state ------------------------------------------------------- */

/* The mixing function of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

static double uniform(uint64_t key, uint64_t counter) /* (0, 1] */
{
	return ((double)(mix(key + 0x9e3779b97f4a7c15U * (counter + 1)) >> 11) + 1) * 0x1p-53;
}

static void first_state(struct side *s, const int64_t *id, uint64_t side, const struct qf_ials_params *p)
{
	double scale = p->stddev / sqrt((double)p->rank);

	for (size_t r = 0; r < s->x.rows; r++) {
		uint64_t key = mix(mix(mix(p->seed + 1) ^ side) ^ (uint64_t)id[r]);

		for (size_t j = 0; j < p->rank; j++) { /* Box and Muller */
			double radius = sqrt(-2 * log(uniform(key, 2 * j)));

			qf_matrix_row(&s->x, r)[j] = (float)(scale * radius * cos(2 * PI * uniform(key, 2 * j + 1)));
		}
	}
}

/* --- one row --------------------------------------------------------------- */

enum { RESIDUAL, DIRECTION, IMAGE, RIGHT, VECTORS };

struct row { /* under way */
	const float *other; /* factors of the other side */
	const uint32_t *cell;
	size_t n;
	float reg;
	const float *prior; /* or NULL */
	float *x;
};

/* y = (G + sum c q q' + reg) x - sum target c q */
static void apply(const struct qf_ials *m, const struct row *w, const struct scratch *s, float target, const float *x, float *y)
{
	size_t k = m->gram.k, most = s->gathered.rows;

	m->kernels->symv(k, m->gram.v, w->reg, x, y);
	for (size_t at = 0; at < w->n; at += most) {
		size_t n = w->n - at < most ? w->n - at : most;

		if (w->n > most)
			m->kernels->gather(k, w->other, w->cell + at, n, s->gathered.v);
		m->kernels->fused(k, s->gathered.v, s->c + at, n, target, x, y);
	}
}

/* A few steps of conjugate gradient on (G + sum c q q' + reg) x = sum c q + reg prior,
 * from where x is. */
static void solve_cg(const struct qf_ials *m, const struct row *w, const struct scratch *s)
{
	size_t k = m->gram.k;
	float *r = qf_matrix_row(&s->vectors, RESIDUAL), *d = qf_matrix_row(&s->vectors, DIRECTION);
	float *ad = qf_matrix_row(&s->vectors, IMAGE), *x = w->x;

	if (w->n <= s->gathered.rows)
		m->kernels->gather(k, w->other, w->cell, w->n, s->gathered.v);
	apply(m, w, s, 1, x, r);
	for (size_t j = 0; j < k; j++)
		d[j] = r[j] = (w->prior ? w->reg * w->prior[j] : 0) - r[j];
	float rr = cblas_sdot((int)k, r, 1, r, 1);
	for (size_t step = 0; step < m->p.cg_steps && rr > 1e-20F; step++) {
		apply(m, w, s, 0, d, ad);
		float along = rr / cblas_sdot((int)k, d, 1, ad, 1);

		for (size_t j = 0; j < k; j++) {
			x[j] += along * d[j];
			r[j] -= along * ad[j];
		}
		float left = cblas_sdot((int)k, r, 1, r, 1), turn = left / rr;

		for (size_t j = 0; j < k; j++)
			d[j] = r[j] + turn * d[j];
		rr = left;
	}
}

static void solve_cholesky(const struct qf_ials *m, const struct row *w, const struct scratch *s)
{
	size_t k = m->gram.k;
	float *b = qf_matrix_row(&s->vectors, RIGHT);

	for (size_t i = 0; i < w->n; i++)
		s->row[i] = w->other + qf_pair_col(w->cell[i]) * k;
	qf_normal_equations(k, m->gram.v, s->row, s->c, w->n, w->reg, w->prior, s->tile.v, s->a.v, b);
	if (!qf_cholesky(k, s->a.v))
		return;
	qf_cholesky_solve(k, s->a.v, b);
	memcpy(w->x, b, k * sizeof *b);
}

struct half {
	const struct qf_ials *m;
	struct side *side;
	const struct side *other;
	const bool *only; /* rows, NULL: all */
};

static void solve_row(const struct half *h, const struct scratch *s, size_t r)
{
	const struct qf_ials *m = h->m;
	const struct qf_pairs *c = h->side->c;
	const struct row w = {
		.other = h->other->x.v, .cell = c->cell + c->at[r], .n = qf_pairs_count(c, r), .x = qf_matrix_row(&h->side->x, r),
		.reg = (float)qf_ials_reg(m->p.lambda, m->p.nu, m->p.alpha0, qf_pairs_count(c, r), h->other->x.rows),
		.prior = h->side->prior.v ? qf_matrix_row(&h->side->prior, r) : NULL,
	};

	for (size_t i = 0; i < w.n; i++)
		s->c[i] = qf_pairs_confidence(c, c->at[r] + i);
	if (m->p.solver == QF_IALS_CG)
		solve_cg(m, &w, s);
	else
		solve_cholesky(m, &w, s);
}

static void solve_piece(void *arg, size_t worker, size_t piece)
{
	struct half *h = arg;
	size_t from = piece * PIECE, to = from + PIECE < h->side->x.rows ? from + PIECE : h->side->x.rows;

	for (size_t i = from; i < to; i++)
		if (!h->only || h->only[h->side->order[i]])
			solve_row(h, &h->m->scratch[worker], h->side->order[i]);
}

static enum qf_status half_step(struct qf_ials *m, struct side *side, const struct side *other, const bool *only, struct qf_err *e)
{
	struct half h = { m, side, other, only };

	if (qf_gramian(m->gram.v, &other->x, (float)m->p.alpha0, m->jobs, e))
		return e->code;
	qf_workers_run(m->jobs, side->x.rows / PIECE + (side->x.rows % PIECE != 0), solve_piece, &h);
	return QF_OK;
}

/* --- the prior ------------------------------------------------------------- */

static enum qf_status refit_map(struct qf_ials *m, struct qf_err *e)
{
	if (qf_ridge_fit(m->ridge, &m->item.x, &m->map, e))
		return e->code;
	qf_ridge_apply(&m->map, m->prior.g, &m->item.prior);
	return QF_OK;
}

static enum qf_status open_prior(struct qf_ials *m, const struct qf_ials_prior *p, struct qf_err *e)
{
	size_t items = m->item.x.rows;

	m->prior = *p;
	if (qf_matrix_open(&m->map, p->dim, m->item.x.k, e) || qf_matrix_open(&m->item.prior, items, m->item.x.k, e))
		return e->code;
	m->weight = qf_alloc(items, sizeof *m->weight);
	if (!m->weight)
		return qf_fail(e, QF_ENOMEM, "ials: out of memory for %zu items", items);
	for (size_t i = 0; i < items; i++)
		m->weight[i] = qf_ials_reg(m->p.lambda, m->p.nu, m->p.alpha0, qf_pairs_count(m->item.c, i), m->user.x.rows);
	return qf_ridge_open(&m->ridge, p->g, items, p->dim, m->weight, m->p.lambda * p->ridge, e);
}

/* --- life ------------------------------------------------------------------ */

/* Rows by falling length, equal ones by number: a counting sort. */
static enum qf_status open_side(struct side *s, const struct qf_pairs *c, size_t k, struct qf_err *e)
{
	size_t longest = qf_pairs_longest(c);
	size_t *at = qf_zalloc(longest + 2, sizeof *at);

	s->c = c;
	s->order = qf_alloc(c->rows, sizeof *s->order);
	if (!at || !s->order) {
		qf_free(at);
		return qf_fail(e, QF_ENOMEM, "ials: out of memory for %zu rows", c->rows);
	}
	for (size_t r = 0; r < c->rows; r++)
		at[longest - qf_pairs_count(c, r) + 1]++;
	for (size_t i = 0; i <= longest; i++)
		at[i + 1] += at[i];
	for (size_t r = 0; r < c->rows; r++)
		s->order[at[longest - qf_pairs_count(c, r)]++] = (uint32_t)r;
	qf_free(at);
	return qf_matrix_open(&s->x, c->rows, k, e);
}

static enum qf_status open_scratch(struct scratch *s, size_t k, size_t longest, struct qf_err *e)
{
	if (qf_matrix_open(&s->gathered, longest < GATHERED / k ? longest : GATHERED / k, k, e) ||
	    qf_matrix_open(&s->vectors, VECTORS, k, e) || qf_matrix_open(&s->tile, QF_TILE, k, e) ||
	    qf_matrix_open(&s->a, k, k, e))
		return e->code;
	s->row = qf_alloc(longest, sizeof *s->row);
	s->c = qf_alloc(longest, sizeof *s->c);
	return s->row && s->c ? QF_OK : qf_fail(e, QF_ENOMEM, "ials: out of memory for a row of %zu", longest);
}

static enum qf_status check(const struct qf_ials_params *p, const struct qf_ials_prior *prior, struct qf_err *e)
{
	if (p->rank < 1 || p->rank > QF_RANK_MAX)
		return qf_fail(e, QF_EINVAL, "ials: a rank of %zu is not 1 to %d", p->rank, QF_RANK_MAX);
	if (!(p->alpha0 > 0) || !(p->lambda > 0) || !isfinite(p->alpha0) || !isfinite(p->lambda))
		return qf_fail(e, QF_EINVAL, "ials: alpha0 and lambda must be greater than 0");
	if (!(p->nu >= 0 && p->nu <= 1) || !(p->stddev >= 0) || !isfinite(p->stddev))
		return qf_fail(e, QF_EINVAL, "ials: nu must be 0 to 1 and stddev not negative");
	if (prior && (prior->dim == 0 || !(prior->ridge > 0)))
		return qf_fail(e, QF_EINVAL, "ials: a prior needs features and a ridge greater than 0");
	return QF_OK;
}

enum qf_status qf_ials_open(struct qf_ials **out, const struct qf_pairs *x, const int64_t *user_id,
			    const int64_t *item_id, const struct qf_ials_prior *prior, const struct qf_ials_params *p,
			    struct qf_err *e)
{
	size_t k = qf_stride(p->rank), longest;
	struct qf_ials *m;

	*out = NULL;
	if (check(p, prior, e))
		return e->code;
	m = qf_zalloc(1, sizeof *m);
	if (!m)
		return qf_fail(e, QF_ENOMEM, "ials: out of memory");
	m->p = *p;
	m->jobs = qf_workers_clamp(p->jobs);
	m->kernels = p->kernels ? p->kernels : qf_kernels_best();
	if (qf_pairs_transpose(&m->by_item, x, e) || open_side(&m->user, x, k, e) ||
	    open_side(&m->item, &m->by_item, k, e) || qf_matrix_open(&m->gram, k, k, e) || (prior && open_prior(m, prior, e)))
		goto fail;
	longest = qf_pairs_longest(x);
	if (qf_pairs_longest(&m->by_item) > longest)
		longest = qf_pairs_longest(&m->by_item);
	for (size_t j = 0; j < m->jobs; j++)
		if (open_scratch(&m->scratch[j], k, longest, e))
			goto fail;
	first_state(&m->user, user_id, 0, p);
	first_state(&m->item, item_id, 1, p);
	*out = m;
	return QF_OK;
fail:
	qf_ials_close(m);
	return e->code;
}

static void close_side(struct side *s)
{
	qf_matrix_close(&s->x);
	qf_matrix_close(&s->prior);
	qf_free(s->order);
}

void qf_ials_close(struct qf_ials *m)
{
	if (!m)
		return;
	for (size_t j = 0; j < m->jobs; j++) {
		qf_matrix_close(&m->scratch[j].gathered);
		qf_matrix_close(&m->scratch[j].vectors);
		qf_matrix_close(&m->scratch[j].tile);
		qf_matrix_close(&m->scratch[j].a);
		qf_free(m->scratch[j].row);
		qf_free(m->scratch[j].c);
	}
	close_side(&m->user);
	close_side(&m->item);
	qf_pairs_free(&m->by_item);
	qf_matrix_close(&m->gram);
	qf_matrix_close(&m->map);
	qf_ridge_close(m->ridge);
	qf_free(m->weight);
	qf_free(m);
}

enum qf_status qf_ials_epoch(struct qf_ials *m, struct qf_err *e)
{
	if (half_step(m, &m->user, &m->item, NULL, e) || half_step(m, &m->item, &m->user, NULL, e))
		return e->code;
	return m->prior.g ? refit_map(m, e) : QF_OK;
}

void qf_ials_begin_at(struct qf_ials *m, const struct qf_matrix *items, const bool *has, const struct qf_matrix *map)
{
	size_t k = m->gram.k;

	if (map && m->prior.g) {
		memcpy(m->map.v, map->v, m->map.rows * k * sizeof *m->map.v);
		qf_ridge_apply(&m->map, m->prior.g, &m->item.prior);
	}
	for (size_t i = 0; i < m->item.x.rows; i++) {
		float *row = qf_matrix_row(&m->item.x, i);

		if (has[i])
			memcpy(row, qf_matrix_row(items, i), k * sizeof *row);
		else if (m->item.prior.v)
			memcpy(row, qf_matrix_row(&m->item.prior, i), k * sizeof *row);
		else
			memset(row, 0, k * sizeof *row);
	}
}

enum qf_status qf_ials_fold(struct qf_ials *m, const bool *only, struct qf_err *e)
{
	enum qf_ials_solver solver = m->p.solver;
	enum qf_status st = QF_OK;

	m->p.solver = QF_IALS_CHOLESKY; /* a user has no earlier value to step from */
	for (int i = 0; st == QF_OK && i < QF_IALS_FOLDS; i++) {
		if ((st = half_step(m, &m->user, &m->item, NULL, e)) == QF_OK)
			st = half_step(m, &m->item, &m->user, only, e);
		m->p.solver = solver;
	}
	return st;
}

enum qf_status qf_ials_update(struct qf_ials *m, const bool *only, struct qf_err *e)
{
	enum qf_status st = qf_ials_fold(m, only, e);

	return st == QF_OK ? qf_ials_train(m, QF_IALS_SETTLES, NULL, NULL, e) : st;
}

enum qf_status qf_ials_train(struct qf_ials *m, size_t epochs, bool (*progress)(void *arg, size_t done, size_t epochs),
			     void *arg, struct qf_err *e)
{
	for (size_t i = 0; i < epochs; i++) {
		if (m->p.polish && i + 1 == epochs)
			m->p.solver = QF_IALS_CHOLESKY;
		if (qf_ials_epoch(m, e))
			return e->code;
		if (progress && !progress(arg, i + 1, epochs))
			break;
	}
	return QF_OK;
}

const struct qf_matrix *qf_ials_users(const struct qf_ials *m)
{
	return &m->user.x;
}

const struct qf_matrix *qf_ials_items(const struct qf_ials *m)
{
	return &m->item.x;
}

const struct qf_matrix *qf_ials_map(const struct qf_ials *m)
{
	return m->prior.g ? &m->map : NULL;
}

/* --- the loss -------------------------------------------------------------- */

/* sum over all (u,i) of (p_u.q_i)^2 = trace(P'P Q'Q), in double. */
static enum qf_status all_cells(const struct qf_ials *m, double *sum, struct qf_err *e)
{
	size_t k = m->gram.k;
	double *g = qf_zalloc(2 * k * k, sizeof *g);
	const struct qf_matrix *side[2] = { &m->user.x, &m->item.x };

	if (!g)
		return qf_fail(e, QF_ENOMEM, "ials: out of memory for the loss");
	for (size_t s = 0; s < 2; s++)
		for (size_t r = 0; r < side[s]->rows; r++)
			for (size_t i = 0; i < k; i++)
				for (size_t j = 0; j < k; j++)
					g[(s * k + i) * k + j] +=
						(double)qf_matrix_row(side[s], r)[i] * (double)qf_matrix_row(side[s], r)[j];
	*sum = 0;
	for (size_t i = 0; i < k * k; i++)
		*sum += g[i] * g[k * k + i];
	qf_free(g);
	return QF_OK;
}

static double penalty(const struct side *s, size_t others, const struct qf_ials_params *p)
{
	double sum = 0;

	for (size_t r = 0; r < s->x.rows; r++) {
		double far = 0;

		for (size_t j = 0; j < s->x.k; j++) {
			double d = (double)qf_matrix_row(&s->x, r)[j];

			if (s->prior.v)
				d -= (double)qf_matrix_row(&s->prior, r)[j];
			far += d * d;
		}
		sum += qf_ials_reg(p->lambda, p->nu, p->alpha0, qf_pairs_count(s->c, r), others) * far;
	}
	return sum;
}

enum qf_status qf_ials_loss(const struct qf_ials *m, double *loss, struct qf_err *e)
{
	const struct qf_pairs *c = m->user.c;
	double seen = 0, all = 0;

	if (all_cells(m, &all, e))
		return e->code;
	for (size_t u = 0; u < c->rows; u++)
		for (size_t i = c->at[u]; i < c->at[u + 1]; i++) {
			double miss = 1 - qf_linear_dot(qf_matrix_row(&m->user.x, u), qf_matrix_row(&m->item.x, qf_pairs_col(c, i)), m->gram.k);

			seen += (double)qf_pairs_confidence(c, i) * miss * miss;
		}
	*loss = seen + m->p.alpha0 * all + penalty(&m->user, m->item.x.rows, &m->p) + penalty(&m->item, m->user.x.rows, &m->p);
	if (m->prior.g)
		*loss += m->p.lambda * m->prior.ridge * qf_linear_dot(m->map.v, m->map.v, m->map.rows * m->map.k);
	return QF_OK;
}
