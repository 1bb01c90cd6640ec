/* shortlist.h - a large library made short: the few tracks among which the best for a user
 * are, found by the int8 codes that train left in the catalog (model/scan.h), so that
 * neither a million tracks nor a million sounds are read for a list of fifty.
 *
 * Whatever is chosen from the shortlist is what would be chosen from the whole: the codes
 * bound every score, and tracks that came or changed since the training are always on it. */
#ifndef QFZZ_CLI_SHORTLIST_H
#define QFZZ_CLI_SHORTLIST_H

#include "cli/idlist.h"
#include "cli/learned.h"

#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_wish {
	int64_t user, now;
	bool known_too; /* tracks that the user has played are candidates */
	const char *not_since;      /* but none of those within this time: "7d"; NULL: any */
	const struct cli_ids *only; /* sorted: no others are candidates; NULL: all are */
	double discovery;           /* model/discovery.h: all tracks of artists that the user met are on the list; at 0 nothing
				       else is a candidate, at 1 none of these; below 0: not asked for */
	size_t best;    /* the tracks with the so many best scores are wanted */
};

/* Open the model with the shortlist alone; with the whole library where that is small, has
 * changed much since the training, or does not know the user. *all: there are no other
 * candidates. Inside of a read transaction; errors and cleaning up as for cli_learned_open(). */
enum qf_status cli_shortlist_open(struct cli_learned *l, struct qf_catalog *c, const struct cli_wish *w, bool *all, struct qf_err *e);

#endif
