/* mel.h - a mel filter bank and the cosine transform that makes cepstra of it.
 *
 * Triangles of height 1 whose corners lie evenly on the mel scale of
 * m = 2595 log10(1 + f / 700) (HTK's), each at least one bin to either side.
 * S. Davis, P. Mermelstein, "Comparison of parametric representations for
 * monosyllabic word recognition", IEEE Trans. ASSP 28, 1980. */
#ifndef QF_DSP_MEL_H
#define QF_DSP_MEL_H

#include "base/err.h"

#include "dsp/wide.h"

#include <stddef.h>

struct qf_mel; /* opaque */

/* A bank over spectra of bins = n / 2 + 1 values of a transform of length n at
 * rate_hz, from lo_hz to hi_hz. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_mel_open(struct qf_mel **out, size_t bands, size_t bins, double rate_hz, double lo_hz, double hi_hz,
			   struct qf_err *e);
void qf_mel_close(struct qf_mel *m); /* NULL is fine */

/* power[bins] -> out[bands], weighted sums of power. */
void qf_mel_run(const struct qf_mel *m, const float *power, float *out);

/* c[n * QF_WIDE]: the first `rows` <= QF_WIDE rows of the orthonormal DCT-II of n values, column after column and filled
 * up with 0, so that add(out, x, n, c, QF_WIDE) of wide.h adds the coefficients of x[n] to out. */
void qf_mel_dct(float *c, size_t rows, size_t n);

#endif
