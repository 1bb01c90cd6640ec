/* listening.h - the acts of each user, drawn together: what train learns from, and what
 * recommend goes by. */
#ifndef QFZZ_CLI_LISTENING_H
#define QFZZ_CLI_LISTENING_H

#include "base/err.h"
#include "catalog/learn.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_heard { /* one track of one user */
	uint32_t item;   /* its place in the library */
	float weight;    /* weighted plays, faded by age (model/taste.h); 0 or less: no sign of liking */
	bool barred;     /* disliked, and not liked since */
	int64_t first;   /* when the user first met it */
};

/* What a liking counts in a history, for a model with these settings. */
static inline float cli_confidence(const struct cli_heard *h, double scale, double eps)
{
	return (float)(1 + scale * log1p((double)h->weight / eps));
}

struct cli_taste {
	int64_t user;
	const struct cli_heard *heard; /* [n], by item */
	size_t n;
};

/* Call fn for each user with at least one event of a track, by rising number; user > 0:
 * only for that one. What happened after `now` is left out; half_life in days, 0 = nothing
 * fades. Anything but QF_OK from fn ends the walk. Errors of qf_catalog_acts(). */
enum qf_status cli_listening(struct qf_catalog *c, const struct qf_library *lib, int64_t user, int64_t now, double half_life,
			     enum qf_status (*fn)(void *arg, const struct cli_taste *t, struct qf_err *e), void *arg,
			     struct qf_err *e);

#endif
