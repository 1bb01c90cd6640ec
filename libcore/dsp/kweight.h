/* kweight.h - the K-weighting of ITU-R BS.1770-4, annex 1: a shelf that raises
 * what the head reflects, then a high-pass.
 *
 * The standard gives coefficients for 48 kHz only; for other rates both filters
 * are made anew by the bilinear transform from the analogue prototypes that those
 * coefficients come from (shelf 1681.97 Hz, +4.0 dB, Q 0.7072; high-pass 38.14 Hz,
 * Q 0.5003), as libebur128 does, so that the two agree to rounding. Below 3,740
 * Hz the shelf, which would lie at the end of the band or above, is left out. */
#ifndef QF_DSP_KWEIGHT_H
#define QF_DSP_KWEIGHT_H

#include <stddef.h>

struct qf_kweight { /* coefficients for one rate */
	double b0, b1, b2, a1, a2; /* shelf */
	double c1, c2;             /* high-pass: 1 - 2 + 1 over 1 + c1 + c2 */
};

struct qf_kweight_pair { /* the memory of two channels; all zero before the first sample */
	double z[4][2];
};

void qf_kweight_init(struct qf_kweight *k, double rate_hz);

/* Weigh two channels, x[i * stride] and x[i * stride + second], i < frames, and add
 * the squares of the result to energy[0] and energy[1]. second = 0 takes one
 * channel twice. Cannot fail. */
void qf_kweight_run(const struct qf_kweight *k, struct qf_kweight_pair *p, const float *x, size_t stride, size_t second,
		    size_t frames, double energy[2]);

#endif
