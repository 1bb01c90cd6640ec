/* repeats.h - how strongly a curve repeats after each lag.
 *
 *     qf_repeats_open(&r, 1024, &e);
 *     heard = qf_repeats_mean(r, curve, n, mean);
 *     qf_repeats_close(r);
 *
 * The autocorrelation of windows, one every quarter of a window, by FFT with the magnitudes
 * raised to 0.7 (T. Tolonen, M. Karjalainen, "A computationally efficient multipitch analysis
 * model", IEEE Trans. SAP 8, 2000), each over its value at lag 0. A curve is an onset curve: values
 * >= 0. */
#ifndef QF_FEATURES_REPEATS_H
#define QF_FEATURES_REPEATS_H

#include "base/err.h"

#include <stddef.h>

struct qf_repeats; /* opaque */

/* window: values, even, 64 to 2^23. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_repeats_open(struct qf_repeats **out, size_t window, struct qf_err *e);
void qf_repeats_close(struct qf_repeats *r); /* NULL is fine */

/* Windows that n values have: the first, and every other that is at least half full. */
size_t qf_repeats_windows(const struct qf_repeats *r, size_t n);

/* Window i of curve[n], 1 at lag 0: one value for each lag under the window's length, r's until the next
 * call. NULL where next to nothing happens (a mean under 0.05; songs have 0.5 to 5) or that is too short (64 values). */
const double *qf_repeats_window(struct qf_repeats *r, const float *curve, size_t n, size_t i);

/* mean[window]: over all windows; where nothing happens nothing repeats. Returns how many were heard. */
size_t qf_repeats_mean(struct qf_repeats *r, const float *curve, size_t n, double *mean);

#endif
