/* Scores that come from elsewhere: what is not scored is not shown. */
#include "model/engine.h"

#include <math.h>

static enum qf_status fit(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs, struct qf_err *e)
{
	(void)value;
	(void)seed;
	(void)jobs;
	if (!t->scores) {
		*state = NULL;
		return qf_fail(e, QF_ENOTFOUND, "given: there are no scores");
	}
	*state = (void *)(uintptr_t)t; /* read only */
	return QF_OK;
}

static enum qf_status score_case(void *state, size_t worker, size_t c, double *score, struct qf_err *e)
{
	const struct qf_task *t = state;
	const struct qf_scores *s = t->scores;
	size_t user = t->user[c];

	(void)worker;
	(void)e;
	for (size_t i = 0; i < t->items; i++)
		score[i] = (double)NAN;
	for (size_t at = user < s->users ? s->at[user] : 0; user < s->users && at < s->at[user + 1]; at++)
		score[s->col[at]] = s->v[at];
	return QF_OK;
}

static void close_given(void *state)
{
	(void)state;
}

const struct qf_engine_kind qf_engine_given = {
	.name = "given", .about = "the scores of --scores, from whatever made them",
	.speaks_for_all = true, .fit = fit, .score = score_case, .close = close_given,
};
