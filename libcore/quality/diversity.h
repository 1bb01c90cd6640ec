/* diversity.h - effective numbers: how many different things a set really holds. */
#ifndef QF_QUALITY_DIVERSITY_H
#define QF_QUALITY_DIVERSITY_H

#include "base/err.h"

#include <stddef.h>

#define QF_VENDI_SAMPLE 1000

/* exp(Shannon entropy) of weight[n], of which those that belong together were summed before: the Hill number of order 1 (M. O. Hill,
 * Ecology 54, 1973). Weights <= 0 do not count; 0 without any. */
double qf_hill(const double *weight, size_t n);

/* The Vendi score of rows[n], each a vector of dim numbers of length 1 (others are brought to it; those without a length do
 * not count), and how many of them were drawn into *drawn (at most QF_VENDI_SAMPLE, always the same ones). 1 for
 * one row, 0 for none. QF_ENOMEM; QF_EINVAL when LAPACK finds no eigenvalues. */
enum qf_status qf_vendi(const float *const *rows, size_t n, size_t dim, double *score, size_t *drawn, struct qf_err *e);

#endif
