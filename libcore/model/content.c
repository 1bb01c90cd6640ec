/* Pure content: a track scores the mean of its k highest cosines with the tracks of the
 * history, by their features; who else listened does not count. */
#include "base/alloc.h"
#include "model/engine.h"
#include "model/workers.h"

#include <cblas.h>
#include <string.h>

#define TILE 512 /* tracks scored at once */

enum { K };

struct work {
	float *own;    /* [longest * dim] features of the history */
	float *cosine; /* [TILE * longest] */
	float *best;   /* [k] falling */
};

struct fitted {
	const struct qf_task *t;
	struct qf_interactions history;
	struct work *work; /* [jobs] */
	size_t jobs, k;
};

static void close_fitted(void *state)
{
	struct fitted *f = state;

	if (!f)
		return;
	qf_interactions_free(&f->history);
	for (size_t j = 0; f->work && j < f->jobs; j++) {
		qf_free(f->work[j].own);
		qf_free(f->work[j].cosine);
		qf_free(f->work[j].best);
	}
	qf_free(f->work);
	qf_free(f);
}

static bool open_workers(struct fitted *f)
{
	size_t longest = qf_interactions_longest(&f->history);

	f->work = qf_zalloc(f->jobs, sizeof *f->work);
	for (size_t j = 0; f->work && j < f->jobs; j++) {
		struct work *w = &f->work[j];

		w->own = qf_alloc(longest, f->t->dim * sizeof *w->own);
		w->cosine = qf_alloc(longest, TILE * sizeof *w->cosine);
		w->best = qf_alloc(f->k, sizeof *w->best);
		if (!w->own || !w->cosine || !w->best)
			return false;
	}
	return f->work != NULL;
}

static enum qf_status fit(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs, struct qf_err *e)
{
	struct fitted *f = qf_zalloc(1, sizeof *f);

	(void)seed;
	*state = NULL;
	if (!f)
		return qf_fail(e, QF_ENOMEM, "content: out of memory");
	f->t = t;
	f->jobs = qf_workers_clamp(jobs);
	f->k = (size_t)value[K];
	if (qf_listens_matrix(&f->history, t->history, t->n_history, t->cases, t->items, &(struct qf_weighing){ .eps = 1 }, e)) {
		close_fitted(f);
		return e->code;
	}
	if (!open_workers(f)) {
		close_fitted(f);
		return qf_fail(e, QF_ENOMEM, "content: out of memory for %zu tracks of history", t->n_history);
	}
	openblas_set_num_threads(1);
	*state = f;
	return QF_OK;
}

/* The mean of the k highest of v[n]. */
static double mean_of_best(const float *v, size_t n, size_t k, float *best)
{
	size_t kept = 0;
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = kept < k ? kept++ : k - 1;

		if (i >= k && v[i] <= best[at])
			continue;
		for (; at && best[at - 1] < v[i]; at--)
			best[at] = best[at - 1];
		best[at] = v[i];
	}
	for (size_t i = 0; i < kept; i++)
		sum += (double)best[i];
	return kept ? sum / (double)kept : 0;
}

static enum qf_status score_case(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	struct fitted *f = state;
	const struct qf_task *t = f->t;
	struct work *w = &f->work[worker];
	size_t n = qf_interactions_count(&f->history, c), dim = t->dim;

	(void)e;
	for (size_t j = 0; j < n; j++)
		memcpy(w->own + j * dim, t->features + f->history.col[f->history.at[c] + j] * dim, dim * sizeof *w->own);
	for (size_t first = 0; first < t->items; first += TILE) {
		size_t rows = t->items - first < TILE ? t->items - first : TILE;

		if (n)
			cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)n, (int)dim, 1, t->features + first * dim, (int)dim,
				    w->own, (int)dim, 0, w->cosine, (int)n);
		for (size_t i = 0; i < rows; i++)
			score[first + i] = mean_of_best(w->cosine + i * n, n, f->k, w->best);
	}
	return QF_OK;
}

const struct qf_engine_kind qf_engine_content = {
	.name = "content", .about = "tracks that sound like the user's own, whoever listens to them",
	.key = { [K] = { "k", 10, 1, 10000, true } }, .wants_features = true,
	.fit = fit, .score = score_case, .close = close_fitted,
};
