/* curve.h - loudness over time, for drawing.
 *
 * EBU Tech 3341's momentary (0.4 s) and short-term (3 s) loudness, every 100 ms; the track is
 * cut into QF_CURVE_COLUMNS equal stretches, each of which keeps the largest of both that ends within it. */
#ifndef QF_FEATURES_CURVE_H
#define QF_FEATURES_CURVE_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

#define QF_CURVE_COLUMNS 500
#define QF_CURVE_ZERO (-23.0) /* LUFS of the value 0 */
#define QF_CURVE_STEP 0.25    /* LU of one step */
#define QF_CURVE_NONE (-127)  /* -54.75 LUFS or less, or the window is not full yet */

/* tenth[n] as in gating.h. out: momentary, short-term of the first column, then the others'. Empty for n = 0. QF_ENOMEM. */
enum qf_status qf_curve_draw(const double *tenth, size_t n, struct qf_bytes *out, struct qf_err *e);

#endif
