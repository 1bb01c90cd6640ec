/* wide.h - the loops that most of the time goes into, in the widest registers of the machine.
 *
 *     const struct qf_wide *w = qf_wide_best();
 *     w->add(y, h, taps, x, 1);
 *
 * Each stands three times: for any processor of the architecture, for AVX2 and for AVX-512. All
 * three do the same operations on each value in the same order, without fused multiply-add, so
 * that they give the same bits. Cannot fail; nothing is allocated. */
#ifndef QF_DSP_WIDE_H
#define QF_DSP_WIDE_H

#include <stddef.h>

#define QF_WIDE 32 /* values of one call of add */
#define QF_WIDE_ROW 16 /* of one call of waves */

struct qf_wide {
	const char *name; /* "plain", "avx2", "avx512" */

	/* y[i] += h[0] x[i] + h[1] x[step + i] + … + h[n - 1] x[(n - 1) step + i], i < QF_WIDE: with step 1 a filter, with
	 * more a matrix of n rows times a vector. Sums run in the order of h. */
	void (*add)(float y[QF_WIDE], const float *h, size_t n, const float *x, size_t step);

	/* y[i] += cos(2 pi times x[r QF_WIDE_ROW + i]), summed over the rows r < n in their order, i < QF_WIDE_ROW: within
	 * 0.0002 for each row; |times x| under 2^21. */
	void (*waves)(float y[QF_WIDE_ROW], const float *x, size_t n, float times);

	/* The largest |x[i]|, i < n, n >= 16; x is finite. */
	float (*largest)(const float *x, size_t n);

	/* As qf_fastlog() of fastlog.h. */
	void (*log)(const float *x, size_t n, float plus, float times, float *out);
};

const struct qf_wide *qf_wide_best(void); /* of this machine */

/* Each by itself, for the tests: 0 is plain; NULL where the machine has not got it, or there is none. */
const struct qf_wide *qf_wide_of(int i);

#endif
