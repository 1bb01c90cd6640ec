/* What everything else must beat: the same list for everybody. */
#include "base/alloc.h"
#include "model/engine.h"
#include "model/taste.h"

#include <string.h>

struct same { /* the same scores for every case */
	size_t items;
	double score[];
};

static struct same *open_same(size_t items)
{
	struct same *s = items < (SIZE_MAX - sizeof *s) / sizeof *s->score ? qf_zalloc(1, sizeof *s + items * sizeof *s->score) : NULL;

	if (s)
		s->items = items;
	return s;
}

static enum qf_status score_same(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	const struct same *s = state;

	(void)worker;
	(void)c;
	(void)e;
	memcpy(score, s->score, s->items * sizeof *score);
	return QF_OK;
}

/* ---- popularity: by how many users have it ---------------------------------------------- */

static enum qf_status fit_popularity(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs,
				     struct qf_err *e)
{
	struct same *s = open_same(t->items);

	(void)value;
	(void)seed;
	(void)jobs;
	*state = s;
	if (!s)
		return qf_fail(e, QF_ENOMEM, "popularity: out of memory for %zu tracks", t->items);
	for (size_t i = 0; i < t->items; i++)
		s->score[i] = (double)t->listeners[i];
	return QF_OK;
}

const struct qf_engine_kind qf_engine_popularity = {
	.name = "popularity", .about = "the same list for everybody: by the number of listeners",
	.speaks_for_all = true, .fit = fit_popularity, .score = score_same, .close = qf_free,
};

/* ---- trending: by how much it is played now, and how that grows ----------------------------- *
 * With d(h) = sum of plays, each halved every h days, d(h) ln 2 / h is the plays a day over about
 * the last h days. The score is the rate now (h) plus its growth against the rate over 4 h:
 *     2 d(h) / h  -  d(4 h) / (4 h), but at least a hundredth of the rate now. */

enum { HALF_LIFE };

static enum qf_status fit_trending(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs,
				   struct qf_err *e)
{
	double h = value[HALF_LIFE];
	struct same *now = open_same(t->items), *longer = open_same(t->items);

	(void)seed;
	(void)jobs;
	*state = NULL;
	if (!now || !longer) {
		qf_free(now);
		qf_free(longer);
		return qf_fail(e, QF_ENOMEM, "trending: out of memory for %zu tracks", t->items);
	}
	for (size_t i = 0; i < t->n_train; i++) {
		const struct qf_listen *l = &t->train[i];

		if (l->at == 0)
			continue;
		now->score[l->item] += (double)l->weight * qf_decay(l->at, t->now, h) / h;
		longer->score[l->item] += (double)l->weight * qf_decay(l->at, t->now, 4 * h) / (4 * h);
	}
	for (size_t i = 0; i < t->items; i++) {
		double rate = now->score[i], trend = 2 * rate - longer->score[i];

		now->score[i] = trend > 0.01 * rate ? trend : 0.01 * rate;
	}
	qf_free(longer);
	*state = now;
	return QF_OK;
}

const struct qf_engine_kind qf_engine_trending = {
	.name = "trending", .about = "the same list for everybody: by plays of late and how they grow",
	.key = { [HALF_LIFE] = { "half_life", 14, 0.01, 36500, false } }, .wants_times = true,
	.speaks_for_all = true, .fit = fit_trending, .score = score_same, .close = qf_free,
};
