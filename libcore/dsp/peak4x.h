/* peak4x.h - true peak: the highest value of a signal between its samples too.
 *
 * ITU-R BS.1770-4, annex 2: four times oversampling by a polyphase interpolator
 * and the largest magnitude of what comes out. The annex's own 48 coefficients
 * are an example; here each of the three phases between samples has 16 taps of a
 * sinc under a Hann window, each phase summing to 1.
 *
 * The interpolator runs only where it could find a new maximum: a stretch of
 * QF_PEAK4X_TILE samples whose largest magnitude times the largest L1 norm of
 * a phase stays below the maximum so far cannot hold a higher one. The result is
 * exactly that of interpolating everything. */
#ifndef QF_DSP_PEAK4X_H
#define QF_DSP_PEAK4X_H

#include "dsp/wide.h"

#include <stddef.h>

#define QF_PEAK4X_TAPS 16
#define QF_PEAK4X_TILE QF_WIDE

struct qf_peak4x { /* the interpolator, shared by all channels */
	float h[3][QF_PEAK4X_TAPS]; /* at 1/4, 1/2 and 3/4 between two samples */
	float bound;                /* largest L1 norm, with room for rounding */
};

void qf_peak4x_init(struct qf_peak4x *p);

/* x[tiles * QF_PEAK4X_TILE + QF_PEAK4X_TAPS - 1] samples of one channel, of which
 * the first QF_PEAK4X_TAPS - 1 were the last ones of the run before (or silence).
 * Returns the larger of `peak` and the true peak (linear). */
float qf_peak4x_run(const struct qf_peak4x *p, const float *x, size_t tiles, float peak);

#endif
