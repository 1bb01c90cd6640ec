/* halve.h - half the sample rate: a half-band low-pass and every second sample.
 *
 *     struct qf_halve h;
 *     qf_halve_init(&h, 31);
 *     n_out = qf_halve_run(&h, x, n, y);      block after block
 *
 * The filter is a sinc of a quarter of the rate under a Blackman window; every
 * second coefficient of it is 0 and the middle one is 1/2. With 31 taps the pass
 * band ends (-0.1 dB) at 0.37 of the new rate and what folds back below 0.32 is 70
 * dB down; with 63 taps that is 0.43 and 0.40. The output lags by (taps - 1) / 2 input
 * samples; before the first sample lies silence. Cannot fail. */
#ifndef QF_DSP_HALVE_H
#define QF_DSP_HALVE_H

#include "dsp/wide.h"

#include <stddef.h>

#define QF_HALVE_SIDE 32   /* most coefficients beside the middle one: (63 + 1) / 2 */
#define QF_HALVE_MAX 4096  /* most input samples in one run */
#define QF_HALVE_TILE QF_WIDE /* outputs of one inner loop */

struct qf_halve { /* state; the caller looks at nothing */
	size_t side;              /* coefficients beside the middle one */
	float h[QF_HALVE_SIDE];
	float even[QF_HALVE_MAX / 2 + QF_HALVE_SIDE + QF_HALVE_TILE];
	float odd[QF_HALVE_MAX / 2 + QF_HALVE_SIDE + QF_HALVE_TILE];
	float left_over;          /* a sample whose partner has not come yet */
	int has_left_over;
};

void qf_halve_init(struct qf_halve *h, int taps); /* 31 or 63 */

/* x[n], n <= QF_HALVE_MAX; y takes up to (n + 1) / 2 samples rounded up to a
 * multiple of QF_HALVE_TILE (the surplus is rubbish). Returns how many are good. */
size_t qf_halve_run(struct qf_halve *h, const float *x, size_t n, float *y);

#endif
