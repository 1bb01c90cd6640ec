/* beats.h - the beats of a track whose tempo is known. */
#ifndef QF_FEATURES_BEATS_H
#define QF_FEATURES_BEATS_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

/* The sequence of frames that scores best: each beat earns the curve there over
 * the curve's root mean square, and loses 100 ln(interval / period)^2; intervals
 * from a half to two periods. D. Ellis, "Beat Tracking by Dynamic Programming",
 * Journal of New Music Research 36, 2007.
 *
 *   curve[n]   sharpened onset curve, >= 0; fps values a second
 *   offset_s   time of value 0
 *   out        seconds, rising; empty for an empty curve; the caller's to free
 *
 * QF_ENOMEM (6 bytes a value for the time of the call). */
enum qf_status qf_beats(const float *curve, size_t n, double fps, double bpm, double offset_s, struct qf_floats *out,
			struct qf_err *e);

#endif
