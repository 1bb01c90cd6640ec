/* crossings.h - what of a list's tracks transitions are computed from (station/transition.h), and transitions in rows. */
#ifndef QFZZ_CLI_CROSSINGS_H
#define QFZZ_CLI_CROSSINGS_H

#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "cli/tracklist.h"
#include "station/transition.h"

struct heard { /* all zero is an empty one; it must not move while `track` is in use */
	struct qf_features f;
	struct qf_mix_track track;
	bool in_album; /* stands gapless beside a neighbour */
};

/* Of entry i of a list that kept its rows: the features of the row, or, when that has no beats and the catalog knows the track, all of
 * the catalog's. c may be NULL. QF_EFORMAT: the row's features are wrong, and it is taken for one that was never heard; errors of
 * catalog.h. Free with heard_free(), whatever came of it. */
enum qf_status heard_open(struct heard *h, const struct tracklist *l, size_t i, struct qf_catalog *c, struct qf_err *e);
void heard_free(struct heard *h);

/* How `out` goes over into `in`, with what follows from it for both: where `in` is free again, and whether they stand in an album. */
void heard_cross(struct heard *out, struct heard *in, const struct qf_transition_how *how, struct qf_transition *t);

/* The "transition" of a row; t NULL: of the last one, which goes over into nothing. */
void put_transition(struct qf_buf *b, const struct qf_transition *t, double gain_db);

/* Add transitions to all rows of a list that kept them. Returns an exit code; what went wrong was said. */
int crossings_add(struct tracklist *l, struct qf_catalog *c);

#endif
