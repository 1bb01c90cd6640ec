/* nearlist.h - a large library made short: the few tracks among which those nearest to some
 * seeds are (model/alike.h), by the same int8 codes as shortlist.h.
 *
 * What is chosen from the list by nearness is what would be chosen from the whole: the codes
 * bound every nearness, and tracks that came or changed since the training are always on it. */
#ifndef QFZZ_CLI_NEARLIST_H
#define QFZZ_CLI_NEARLIST_H

#include "cli/learned.h"

#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_near {
	const int64_t *seed; /* [seeds] */
	size_t seeds;
	int64_t user, now;   /* whose own tracks are on the list besides; 0: nobody's */
	size_t best;         /* the so many nearest are wanted, not counting the seeds and the user's own */
};

/* Open the model with the list alone, with the whole library where that is small or has changed
 * much since the training, or where many seeds or tracks are wanted. *all: there are no other
 * tracks. Inside of a read transaction; errors and cleaning up as for cli_learned_open(). */
enum qf_status cli_nearlist_open(struct cli_learned *l, struct qf_catalog *c, const struct cli_near *w, bool *all, struct qf_err *e);

#endif
