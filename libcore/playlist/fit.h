/* fit.h - tracks that fill a given time. */
#ifndef QF_PLAYLIST_FIT_H
#define QF_PLAYLIST_FIT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_FIT_TOLERANCE 0.01 /* of the target */

/* Choose tracks whose lengths add up to the target within QF_FIT_TOLERANCE, rather those that come early: of
 * what fits, the choice with the greatest sum of length times rank, the first track ranking n and the last 1.
 * Where nothing fits, the choice nearest to the target.
 *
 *   duration_ms[n]  0: not known, such a track is not chosen
 *   must[n]         chosen whatever comes of it; NULL: none
 *   chosen[n]       filled
 *   *total_ms       of the chosen ones
 *
 * A knapsack filled by dynamic programming (R. Bellman, 1957) in 2,000 steps of the target; each step remembers
 * its exact sum, so that nothing is rounded. Time and memory grow with 2,000 n. QF_ENOMEM. */
enum qf_status qf_fit(const int64_t *duration_ms, const bool *must, size_t n, int64_t target_ms, bool *chosen, int64_t *total_ms,
		      struct qf_err *e);

#endif
