/* pick.h - the best of many scores, under rules: what is barred, how many of one
 * artist, how varied. Equal scores go by rising number, so that the choice is the
 * same on every run. */
#ifndef QF_MODEL_PICK_H
#define QF_MODEL_PICK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_NO_ARTIST UINT32_MAX
#define QF_VARIETY_POOL(n) (10 * (n) + 100) /* the best so many are looked at for n varied ones */

struct qf_pick_rules { /* all zero but n: the plain best n */
	size_t n;               /* how many */
	const bool *barred;     /* [items], or NULL */
	const uint32_t *artist; /* [items] number of the artist or QF_NO_ARTIST, or NULL */
	size_t max_per_artist;  /* 0: no limit; tracks without an artist have none either */

	/* 0 to 1: each next pick is the one with the highest
	 *     (1 - variety) score - variety * (how alike it is to the nearest one picked)
	 * among the best QF_VARIETY_POOL(n) (maximal marginal relevance: Carbonell, Goldstein,
	 * SIGIR 1998, with lambda = 1 - variety). Scores should reach about 1. */
	double variety;
	double (*alike)(const void *arg, uint32_t a, uint32_t b); /* -1 to 1; needed for a variety above 0 */
	const void *alike_arg;
};

/* The numbers of the picked, best first, into out[rules->n]; *found may be less.
 * A score that is not finite is never picked. QF_ENOMEM. */
enum qf_status qf_pick(const double *score, size_t items, const struct qf_pick_rules *rules, uint32_t *out, size_t *found,
		       struct qf_err *e);

#endif
