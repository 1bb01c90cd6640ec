/* gating.h - from the energies of tenths of a second to loudness and its range. */
#ifndef QF_FEATURES_GATING_H
#define QF_FEATURES_GATING_H

#include "base/err.h"

#include <stddef.h>

/* tenth[n]: K-weighted mean square of each 100 ms, summed over the channels with
 * their weights (ITU-R BS.1770-4). */

/* Integrated loudness in LUFS: the mean over blocks of 400 ms every 100 ms that are
 * not under -70 LUFS nor 10 LU under the mean of those (BS.1770-4, annex 1). NaN
 * when no block is left. Cannot fail. */
double qf_gating_integrated(const double *tenth, size_t n);

/* Loudness range in LU: from the 10th to the 95th percentile of windows of 3 s
 * every 100 ms that are not under -70 LUFS nor 20 LU under the mean of those (EBU
 * Tech 3342, 2023; libebur128 takes a window a second). NaN when no window is left.
 * QF_ENOMEM. */
enum qf_status qf_gating_range(const double *tenth, size_t n, double *out, struct qf_err *e);

#endif
