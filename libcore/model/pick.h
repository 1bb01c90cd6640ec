/* pick.h - the best of many scores, under rules: what is barred, how many of one
 * artist and album, how varied, how true to a mix. Equal scores go by rising number, so
 * that the choice is the same on every run.
 *
 * Without variety and calibration the choice is the plain best n. With either it is made
 * in rounds of QF_PICK_ROUND, each from the best QF_PICK_POOL that are left and allowed;
 * within a round the next pick is always the one that is worth most:
 *
 *     worth = (1 - calibrate) ((1 - variety) score - variety * unlikeness lost)
 *             - calibrate * N KL
 *
 * where what is lost is that of diversity.h, looking at the picks of this round, and N KL
 * is calibrate.h's after this pick. So the time grows with n, not with its square. */
#ifndef QF_MODEL_PICK_H
#define QF_MODEL_PICK_H

#include "base/err.h"
#include "model/calibrate.h"
#include "model/diversity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_NO_ARTIST UINT32_MAX
#define QF_NO_ALBUM UINT32_MAX
#define QF_PICK_ROUND 100
#define QF_PICK_POOL 1100
#define QF_VARIETY_POOL(n) ((n) + QF_PICK_POOL) /* the best so many are looked at for n in rounds, if caps shut none out */

struct qf_pick_rules { /* all zero but n: the plain best n */
	size_t n;               /* how many */
	const bool *barred;     /* [items], or NULL */
	size_t sure;            /* only the best so many are sure to be among the items: a choice that would look at more ends
				   before. 0: all are there */
	const double *lean;     /* [items] added to the score of each, or NULL */
	const uint32_t *artist; /* [items] number of the artist or QF_NO_ARTIST, or NULL */
	size_t max_per_artist;  /* 0: no limit; tracks without an artist have none either */
	const uint32_t *album;  /* the same for albums */
	size_t max_per_album;

	double variety; /* 0 to 1; scores should reach about 1 */
	struct qf_diversity diversity;
	double calibrate; /* 0 to 1 */
	const struct qf_mix *mix; /* NULL: nothing to be true to */
};

/* The numbers of the picked, best first, into out[rules->n]; *found may be less.
 * A score that is not finite is never picked. QF_ENOMEM. */
enum qf_status qf_pick(const double *score, size_t items, const struct qf_pick_rules *rules, uint32_t *out, size_t *found,
		       struct qf_err *e);

#endif
