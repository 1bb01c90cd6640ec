/* discovery.h - between the familiar and the new.
 *
 * How familiar a track is to a user, 0 to 1:
 *     artist   log(1 + a) / log(1 + most), a the weighted plays of its artist by this user
 *     track    log(1 + w) / log(1 + most), w those of the track itself
 *     f        the mean of the two; of a track without an artist, the second
 * (each `most` is the user's own greatest; a sum below 0 counts as 0).
 * With d between 0 (familiar) and 1 (new), a score changes by (1 - 2 d) f: at 0.5 by
 * nothing. At 0 only artists that the user has met are candidates, at 1 only those that
 * the user has never met, however the meeting went. */
#ifndef QF_MODEL_DISCOVERY_H
#define QF_MODEL_DISCOVERY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_met { /* one track that the user met */
	uint32_t item;
	float weight; /* weighted plays, of any sign */
};

/* met[n], each item once; artist[items], QF_NO_NUMBER (base/facets.h) for none. Into
 * part[items] the change of each score; barred[items] becomes true for what is no
 * candidate, and is left alone else. QF_ENOMEM. */
enum qf_status qf_discovery(const struct qf_met *met, size_t n, const uint32_t *artist, size_t items, double d, double *part,
			    bool *barred, struct qf_err *e);

#endif
