/* activity.h - how well a track goes with what somebody is doing, by the table
 * datasets/activities.tsv: for each activity some features, the range that suits it, how
 * far beyond its ends a value is of no use any more, and how much the feature weighs.
 *
 * A feature fits with 1 within its range, falling straight to 0 at the fall-off; a track
 * with the weighted mean over those of its features that are known. A score changes by
 * fit - 1, so that what fits keeps its score; a track of which nothing is known, by -1/2. */
#ifndef QF_MODEL_ACTIVITY_H
#define QF_MODEL_ACTIVITY_H

#include "base/err.h"
#include "base/facets.h"

#include <stddef.h>

struct qf_activity { /* a line of the table */
	const char *name;
	enum qf_facet facet;
	double low, high, falloff, weight;
};

/* The lines of one activity: *n of them. QF_EINVAL when there is none of this name, with a
 * sentence that lists what there is. */
enum qf_status qf_activity_find(const char *name, const struct qf_activity **lines, size_t *n, struct qf_err *e);

/* fit of one track, value[QF_FACETS]; 0.5 if nothing of it is known. */
double qf_activity_fit(const struct qf_activity *lines, size_t n, const float *value);

#endif
