/* engine.h - everything that can rank tracks for a user, behind one table of functions, so
 * that whatever is measured is measured in the same way.
 *
 *     value[] from key[].otherwise and what the user wants else
 *     kind->fit(&state, &task, value, seed, jobs, &e);
 *     kind->score(state, worker, c, score, &e);    for any case c, by several threads
 *     kind->close(state);
 *
 * An engine sees of the task only train, history, listeners features and scores, never truth or
 * candidates. */
#ifndef QF_MODEL_ENGINE_H
#define QF_MODEL_ENGINE_H

#include "base/err.h"
#include "model/split.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_ENGINE_KEYS 12

struct qf_engine_key { /* a number that changes what the engine does */
	const char *name; /* NULL: no more */
	double otherwise, lo, hi;
	bool whole;
};

struct qf_engine_kind {
	const char *name, *about;
	struct qf_engine_key key[QF_ENGINE_KEYS];
	bool by_chance;      /* another seed gives another result */
	bool wants_features; /* nothing without task.features */
	bool wants_times;    /* nothing without times in train */
	bool speaks_for_all; /* also for a case without a history; else such a case gets popularity */

	/* value[QF_ENGINE_KEYS] within lo..hi. The task is borrowed until close. *state is NULL after
	 * an error: QF_ENOMEM, QF_EINVAL, QF_ELIMIT with a sentence where the task is too large. */
	enum qf_status (*fit)(void **state, const struct qf_task *t, const double *value, uint64_t seed, size_t jobs,
			      struct qf_err *e);

	/* score[items] for case c, higher is better, NaN = not to be shown; only one call a worker at a time. QF_ENOMEM,
	 * QF_EINVAL. */
	enum qf_status (*score)(void *state, size_t worker, size_t c, double *score, struct qf_err *e);
	void (*close)(void *state); /* NULL is fine */
};

/* The one of that name, or NULL; and all, in the order in which they are shown. */
const struct qf_engine_kind *qf_engine_named(const char *name, size_t n);
const struct qf_engine_kind *const *qf_engine_all(size_t *n);

extern const struct qf_engine_kind qf_engine_ials, qf_engine_hybrid;         /* engine_ials.c */
extern const struct qf_engine_kind qf_engine_ease;                           /* ease.c */
extern const struct qf_engine_kind qf_engine_itemknn, qf_engine_userknn;     /* neighbours.c */
extern const struct qf_engine_kind qf_engine_content;                        /* content.c */
extern const struct qf_engine_kind qf_engine_popularity, qf_engine_trending; /* baseline.c */
extern const struct qf_engine_kind qf_engine_given;                          /* given.c */

#endif
