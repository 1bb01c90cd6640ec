/* bootstrap.h - how sure a mean over users is, and whether two models differ on them.
 *
 * All take value[n * columns], a row a user, NaN where a column does not apply to a user,
 * and treat each column by itself, with the same draws for all. They hang on the seed
 * alone. */
#ifndef QF_MODEL_BOOTSTRAP_H
#define QF_MODEL_BOOTSTRAP_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* mean[columns] over the users to whom it applies, in their order; NaN if there is none. */
void qf_means(const double *value, size_t n, size_t columns, double *mean);

/* The middle 95 % of the means of `resamples` samples of n users drawn with replacement
 * (percentile bootstrap: Efron, Tibshirani 1993, chapter 13): low[columns], high[columns],
 * NaN where there is no mean. n, resamples > 0. QF_ENOMEM. */
enum qf_status qf_bootstrap(const double *value, size_t n, size_t columns, size_t resamples, uint64_t seed, double *low,
			    double *high, struct qf_err *e);

/* For the differences of two models, user by user: the chance p[columns] of a mean at least as
 * far from 0 if for each user it were a toss which model is which (paired permutation test,
 * two-sided: Good 2005, chapter 3). Exact where 2^n <= resamples; else of that many tosses, the
 * one that was observed counting as one more, so that p is never 0. NaN without a user. */
enum qf_status qf_permutation(const double *difference, size_t n, size_t columns, size_t resamples, uint64_t seed, double *p,
			      struct qf_err *e);

#endif
