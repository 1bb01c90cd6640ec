#include "model/everyone.h"

#include "base/alloc.h"
#include "model/workers.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

enum {
	USERS = 256,  /* of one product */
	ITEMS = 512,
	SPAN = 128,  /* scores that are compared together, and where one of them is above, */
	LOOK = 16    /* so many */
};

/* Whether one of score[SPAN] is above: on every x86-64, and where processors compare more at once. */
#define ABOVE(name, target)                                                                     \
	target static bool name(const float *score, float floor)                                \
	{                                                                                       \
		int any = 0;                                                                    \
												\
		for (size_t i = 0; i < SPAN; i++)                                               \
			any |= score[i] > floor;                                                \
		return any;                                                                     \
	}
ABOVE(above_plain, )
ABOVE(above_avx2, __attribute__((target("avx2"))))
ABOVE(above_avx512, __attribute__((target("avx512f"))))

typedef bool above(const float *score, float floor);

static above *best_above(void)
{
	if (__builtin_cpu_supports("avx512f"))
		return above_avx512;
	return __builtin_cpu_supports("avx2") ? above_avx2 : above_plain;
}

struct run {
	const struct qf_matrix *users, *items;
	const struct qf_interactions *seen;
	const bool *barred;
	size_t n;
	struct qf_best *best;
	size_t *found;
	float *score; /* [jobs][USERS * ITEMS] */
	above *above;
};

static bool worse(const struct qf_best *a, const struct qf_best *b)
{
	return a->score < b->score || (a->score == b->score && a->item > b->item);
}

/* best[] is a heap with the worst on top. */
static void sink(struct qf_best *best, size_t n, struct qf_best x)
{
	size_t at = 0, child;

	for (; (child = 2 * at + 1) < n; at = child) {
		child += child + 1 < n && worse(&best[child + 1], &best[child]);
		if (!worse(&best[child], &x))
			break;
		best[at] = best[child];
	}
	best[at] = x;
}

static void rise(struct qf_best *best, size_t at, struct qf_best x)
{
	for (; at && worse(&x, &best[(at - 1) / 2]); at = (at - 1) / 2)
		best[at] = best[(at - 1) / 2];
	best[at] = x;
}

static bool has_seen(const struct qf_interactions *seen, size_t user, uint32_t item)
{
	size_t from = seen->at[user], to = seen->at[user + 1];

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (seen->col[mid] < item)
			from = mid + 1;
		else
			to = mid;
	}
	return from < seen->at[user + 1] && seen->col[from] == item;
}

static void take(const struct run *r, size_t user, struct qf_best x)
{
	struct qf_best *best = r->best + user * r->n;

	if ((r->barred && r->barred[x.item]) || (r->seen && has_seen(r->seen, user, x.item)))
		return;
	if (r->found[user] < r->n)
		rise(best, r->found[user]++, x);
	else if (worse(&best[0], &x))
		sink(best, r->n, x);
}

static float floor_of(const struct run *r, size_t user)
{
	return r->found[user] < r->n ? -INFINITY : r->best[user * r->n].score;
}

/* Items come by rising number, so that an equal score never displaces. */
static void look_closely(const struct run *r, size_t user, const float *score, size_t first, size_t n)
{
	for (size_t at = 0; at < n; at += LOOK) {
		float floor = floor_of(r, user);
		size_t end = at + LOOK < n ? at + LOOK : n;
		int any = 0;

		for (size_t i = at; i < end; i++)
			any |= score[i] > floor;
		for (size_t i = at; any && i < end; i++)
			if (score[i] > floor)
				take(r, user, (struct qf_best){ score[i], (uint32_t)(first + i) });
	}
}

static void look(const struct run *r, size_t user, const float *score, size_t first, size_t n)
{
	for (size_t at = 0; at < n; at += SPAN) {
		size_t m = n - at < SPAN ? n - at : SPAN;

		if (m < SPAN || r->above(score + at, floor_of(r, user)))
			look_closely(r, user, score + at, first + at, m);
	}
}

static int best_first(const void *a, const void *b)
{
	const struct qf_best *x = a, *y = b;

	return worse(y, x) ? -1 : worse(x, y);
}

static void work(void *arg, size_t worker, size_t piece)
{
	const struct run *r = arg;
	size_t k = r->users->k, first = piece * USERS, n = r->users->rows - first < USERS ? r->users->rows - first : USERS;
	float *score = r->score + worker * USERS * ITEMS;

	for (size_t at = 0; at < r->items->rows; at += ITEMS) {
		size_t m = r->items->rows - at < ITEMS ? r->items->rows - at : ITEMS;

		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)m, (int)k, 1, qf_matrix_row(r->users, first), (int)k,
			    qf_matrix_row(r->items, at), (int)k, 0, score, ITEMS);
		for (size_t u = 0; u < n; u++)
			look(r, first + u, score + u * ITEMS, at, m);
	}
	for (size_t u = first; u < first + n; u++)
		qsort(r->best + u * r->n, r->found[u], sizeof *r->best, best_first);
}

enum qf_status qf_everyone(const struct qf_matrix *users, const struct qf_matrix *items, const struct qf_interactions *seen,
			   const bool *barred, size_t n, size_t jobs, struct qf_best *best, size_t *found, struct qf_err *e)
{
	struct run r = { .users = users, .items = items, .seen = seen, .barred = barred, .n = n, .best = best, .found = found,
			 .above = best_above() };

	if (users->k != items->k || (seen && seen->rows != users->rows) || n == 0)
		return qf_fail(e, QF_EINVAL, "recommend: the factors of users and tracks do not fit each other");
	jobs = qf_workers_clamp(jobs);
	r.score = qf_alloc(jobs, USERS * ITEMS * sizeof *r.score);
	if (!r.score)
		return qf_fail(e, QF_ENOMEM, "out of memory for the scores of %d users", USERS);
	for (size_t u = 0; u < users->rows; u++)
		found[u] = 0;
	openblas_set_num_threads(1);
	qf_workers_run(jobs, users->rows / USERS + (users->rows % USERS != 0), work, &r);
	qf_free(r.score);
	return QF_OK;
}

void qf_everyone_one(const float *score, size_t items, const struct qf_interactions *seen, const bool *barred, size_t n, size_t user,
		     struct qf_best *best, size_t *found)
{
	const struct run r = { .seen = seen, .barred = barred, .n = n, .best = best, .found = found, .above = best_above() };

	found[user] = 0;
	look(&r, user, score, 0, items);
	qsort(best + user * n, found[user], sizeof *best, best_first);
}
