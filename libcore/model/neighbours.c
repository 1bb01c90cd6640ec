/* Nearest neighbours among tracks and among users, by the cosine of who has what,
 *     s(a, b) = both / (sqrt(n_a n_b) + shrink),
 * the shrinkage for pairs that few speak for. Sarwar et al., "Item-based collaborative
 * filtering recommendation algorithms", WWW 2001. */
#include "base/alloc.h"
#include "model/engine.h"
#include "model/workers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K, SHRINK };

struct near {
	double s;
	uint32_t id;
};

struct work { /* of one worker */
	uint32_t *both; /* [others] */
	struct near *near; /* [others] */
};

struct fitted {
	const struct qf_task *t;
	struct qf_interactions x, by_item, history; /* binary */
	struct qf_interactions neighbour; /* itemknn: row j: the tracks i that have j among their k nearest, and s(i, j) */
	struct work *work; /* [jobs] */
	size_t jobs, k;
	double shrink;
	struct qf_triple *pair; /* while fitting: k for each item that anybody has */
	size_t *place, *pairs;  /* [items] where an item's begin, and how many there are */
};

static int nearest_first(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	if (x->s != y->s)
		return x->s > y->s ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* A heap with the farthest on top. */
static void sink(struct near *heap, size_t n, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		struct near swap = heap[at];

		if (child + 1 < n && nearest_first(&heap[child + 1], &heap[child]) > 0)
			child++;
		if (nearest_first(&heap[at], &heap[child]) >= 0)
			return;
		heap[at] = heap[child];
		heap[child] = swap;
	}
}

/* The k nearest of v[n] come first, in order. */
static size_t keep_nearest(struct near *v, size_t n, size_t k)
{
	size_t kept = n < k ? n : k;

	for (size_t i = kept / 2; i-- > 0;)
		sink(v, kept, i);
	for (size_t i = kept; i < n; i++)
		if (nearest_first(&v[i], &v[0]) < 0) {
			v[0] = v[i];
			sink(v, kept, 0);
		}
	qsort(v, kept, sizeof *v, nearest_first);
	return kept;
}

/* The k nearest rows of `rows` to the set col[n], into w->near; `own` is left out. */
static size_t find_nearest(const struct fitted *f, struct work *w, const struct qf_interactions *rows, const struct qf_interactions *cols,
			   const uint32_t *col, size_t n, size_t own)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t at = cols->at[col[i]]; at < cols->at[col[i] + 1]; at++)
			if (cols->col[at] != own && w->both[cols->col[at]]++ == 0)
				w->near[found++].id = cols->col[at];
	for (size_t i = 0; i < found; i++) {
		uint32_t id = w->near[i].id;

		w->near[i].s = w->both[id] / (sqrt((double)n * (double)qf_interactions_count(rows, id)) + f->shrink);
		w->both[id] = 0;
	}
	return keep_nearest(w->near, found, f->k);
}

static void close_fitted(void *state)
{
	struct fitted *f = state;

	if (!f)
		return;
	qf_interactions_free(&f->x);
	qf_interactions_free(&f->by_item);
	qf_interactions_free(&f->history);
	qf_interactions_free(&f->neighbour);
	for (size_t j = 0; f->work && j < f->jobs; j++) {
		qf_free(f->work[j].both);
		qf_free(f->work[j].near);
	}
	qf_free(f->work);
	qf_free(f->pair);
	qf_free(f->place);
	qf_free(f->pairs);
	qf_free(f);
}

static struct fitted *open_fitted(const struct qf_task *t, const double *value, size_t jobs, size_t others, struct qf_err *e)
{
	const struct qf_weighing binary = { .scale = 0, .eps = 1 };
	struct fitted *f = qf_zalloc(1, sizeof *f);

	if (!f || !(f->work = qf_zalloc(qf_workers_clamp(jobs), sizeof *f->work)))
		goto fail;
	f->t = t;
	f->jobs = qf_workers_clamp(jobs);
	f->k = (size_t)value[K];
	f->shrink = value[SHRINK];
	for (size_t j = 0; j < f->jobs; j++) {
		f->work[j].both = qf_zalloc(others, sizeof *f->work[j].both);
		f->work[j].near = qf_alloc(others, sizeof *f->work[j].near);
		if (!f->work[j].both || !f->work[j].near)
			goto fail;
	}
	if (qf_listens_matrix(&f->x, t->train, t->n_train, t->users, t->items, &binary, e) ||
	    qf_interactions_transpose(&f->by_item, &f->x, e) ||
	    qf_listens_matrix(&f->history, t->history, t->n_history, t->cases, t->items, &binary, e)) {
		close_fitted(f);
		return NULL;
	}
	return f;
fail:
	close_fitted(f);
	qf_fail(e, QF_ENOMEM, "neighbours: out of memory for %zu", others);
	return NULL;
}

/* ---- tracks ----------------------------------------------------------------------------- */

static void neighbours_of(void *arg, size_t worker, size_t item)
{
	struct fitted *f = arg;
	struct work *w = &f->work[worker];
	size_t n = find_nearest(f, w, &f->by_item, &f->x, f->by_item.col + f->by_item.at[item], qf_interactions_count(&f->by_item, item), item);

	for (size_t i = 0; i < n; i++)
		f->pair[f->place[item] + i] = (struct qf_triple){ w->near[i].id, (uint32_t)item, (float)w->near[i].s };
	f->pairs[item] = n;
}

static enum qf_status fit_items(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs,
				struct qf_err *e)
{
	struct fitted *f = open_fitted(t, value, jobs, t->items, e);
	size_t n = 0, room = 0;

	(void)seed;
	*state = NULL;
	if (!f)
		return e->code;
	f->k = f->k < t->items ? f->k : t->items;
	f->place = qf_alloc(t->items, sizeof *f->place);
	f->pairs = qf_zalloc(t->items, sizeof *f->pairs);
	for (size_t i = 0; f->place && i < t->items; i++) {
		f->place[i] = room;
		room += qf_interactions_count(&f->by_item, i) ? f->k : 0;
	}
	f->pair = qf_alloc(room, sizeof *f->pair);
	if (!f->pair || !f->place || !f->pairs) {
		qf_fail(e, QF_ENOMEM, "itemknn: out of memory for %zu neighbours of %zu tracks", f->k, t->items);
	} else {
		qf_workers_run(jobs, t->items, neighbours_of, f);
		for (size_t i = 0; i < t->items; i++)
			for (size_t j = 0; j < f->pairs[i]; j++)
				f->pair[n++] = f->pair[f->place[i] + j];
		qf_interactions_build(&f->neighbour, f->pair, n, t->items, t->items, e);
	}
	if (!f->neighbour.at) {
		close_fitted(f);
		return e->code;
	}
	qf_free(f->pair);
	f->pair = NULL;
	*state = f;
	return QF_OK;
}

static enum qf_status score_items(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	const struct fitted *f = state;

	(void)worker;
	(void)e;
	memset(score, 0, f->t->items * sizeof *score);
	for (size_t h = f->history.at[c]; h < f->history.at[c + 1]; h++) {
		uint32_t j = f->history.col[h];

		for (size_t at = f->neighbour.at[j]; at < f->neighbour.at[j + 1]; at++)
			score[f->neighbour.col[at]] += (double)f->neighbour.weight[at];
	}
	return QF_OK;
}

const struct qf_engine_kind qf_engine_itemknn = {
	.name = "itemknn", .about = "tracks that the same users have as the user's own",
	.key = { [K] = { "k", 200, 1, 100000, true }, [SHRINK] = { "shrink", 10, 0, 1e6, false } },
	.fit = fit_items, .score = score_items, .close = close_fitted,
};

/* ---- users ------------------------------------------------------------------------------ */

static enum qf_status fit_users(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs,
				struct qf_err *e)
{
	struct fitted *f = open_fitted(t, value, jobs, t->users, e);

	(void)seed;
	*state = f;
	return f ? QF_OK : e->code;
}

static enum qf_status score_users(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	struct fitted *f = state;
	struct work *w = &f->work[worker];
	size_t n = find_nearest(f, w, &f->x, &f->by_item, f->history.col + f->history.at[c], qf_interactions_count(&f->history, c), SIZE_MAX);

	(void)e;
	memset(score, 0, f->t->items * sizeof *score);
	for (size_t i = 0; i < n; i++)
		for (size_t at = f->x.at[w->near[i].id]; at < f->x.at[w->near[i].id + 1]; at++)
			score[f->x.col[at]] += w->near[i].s;
	return QF_OK;
}

const struct qf_engine_kind qf_engine_userknn = {
	.name = "userknn", .about = "what the users with the most in common have",
	.key = { [K] = { "k", 100, 1, 100000, true }, [SHRINK] = { "shrink", 10, 0, 1e6, false } },
	.fit = fit_users, .score = score_users, .close = close_fitted,
};
