/* station.h - what a radio station plays next: tracks near its seeds, each also near to the
 * one before, no artist too often.
 *
 * The nearness s of a track to the seeds is the mean of alike.h over them. Candidates are
 * the `reach` nearest ones that are not barred, whose nearness is above `least` of the
 * nearest one's: so far a station drifts and no further. From these the next one is always that
 * with the greatest
 *     score = (1 - drift) s + drift t + chance
 * where t is how alike it is to the track played before (for the first, s), and chance a
 * number from 0 to 0.05 that `seed` gives it, 0 for seed 0: another seed is another
 * station near the same tracks. A track is played once; an artist not within `spacing` places
 * of itself, unless nobody else is left; then the one whose artist was heard longest ago. */
#ifndef QF_MODEL_STATION_H
#define QF_MODEL_STATION_H

#include "base/err.h"
#include "model/recommend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_station {
	size_t n;               /* how many tracks */
	size_t reach;           /* >= n: how many candidates */
	double least;           /* 0 to 1 */
	double drift;           /* 0 to 1 */
	size_t spacing;         /* places between two tracks of one artist */
	uint64_t seed;
	const int64_t *id;      /* [items] by which chance is drawn; NULL: by their numbers */
	const uint32_t *artist; /* [items], QF_NO_ARTIST for none */
	const bool *barred;     /* [items], or NULL; the seeds are barred besides */
};

struct qf_aired {
	uint32_t item;
	double score;        /* seeds + flow + chance */
	double seeds, flow, chance;
	double listening, sound;  /* the parts of s */
	struct qf_reason nearest; /* the seed with the greatest share in s, and its parts of it */
};

/* seed[seeds > 0] into out[s->n]; *found may be less. QF_EINVAL (a seed out of range), QF_ENOMEM. */
enum qf_status qf_station_play(const struct qf_station *s, const struct qf_model *m, const uint32_t *seed, size_t seeds,
			       struct qf_aired *out, size_t *found, struct qf_err *e);

#endif
