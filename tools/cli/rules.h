/* rules.h - which tracks of a list are played, and in what order: the options of `qfzz playlist`.
 *
 * What a rule asks for and cannot have is said in a sentence; the rest is done. */
#ifndef QFZZ_CLI_RULES_H
#define QFZZ_CLI_RULES_H

#include "catalog/catalog.h"
#include "cli/tracklist.h"
#include "playlist/order.h"

#include <stdbool.h>
#include <stdint.h>

struct rules {
	const struct qf_order *order;
	struct qf_order_how how;
	int64_t artist_gap;    /* others between two tracks of one artist; below 0: not asked */
	int64_t length_ms;     /* 0: all */
	const char *include;   /* "17,track:42": numbers of tracks that must be in; or NULL */
	const char *at;        /* "1=17,-1=42": places and tracks; -1 is the last; or NULL */
	const char *user;      /* who has played what */
	const char *not_since; /* "7d", or NULL */
	bool clean;            /* nothing that its tags call explicit */
	int64_t now;
};

/* "warmup", or "0.2,1,0.4": into how->arc, whose points stand in room[]. False: neither. */
#define RULES_ARC_MAX 32
bool rules_arc(const char *text, double room[RULES_ARC_MAX], struct qf_order_how *how);

/* Whether the rules need to look into a catalog. */
bool rules_want_catalog(const struct rules *r);

/* Make the list what the rules say. c may be NULL when none is wanted. Returns an exit code; what went wrong was said. */
int rules_apply(const struct rules *r, struct tracklist *l, struct qf_catalog *c);

#endif
