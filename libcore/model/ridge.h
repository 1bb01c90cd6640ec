/* ridge.h - the linear map from the features of tracks to their factors, by which a
 * track that nobody has heard yet gets a place among those that were.
 *
 * Weighted ridge regression: B[dim][k] makes least
 *     sum_i w_i |q_i - B' g_i|^2 + ridge |B|^2. */
#ifndef QF_MODEL_RIDGE_H
#define QF_MODEL_RIDGE_H

#include "base/err.h"
#include "model/linear.h"

#include <stddef.h>

/* b (dim x k, already open) from q (items x k), g[items * dim] and w[items] >= 0;
 * ridge > 0. Rows of g that are all zero have no say. Sums in double, in order.
 * QF_ENOMEM; QF_EINVAL when the equations cannot be solved (not finite). */
enum qf_status qf_ridge(struct qf_matrix *b, const struct qf_matrix *q, const float *g, const double *w, double ridge,
			struct qf_err *e);

/* out[k] = B' g: the place of a track with features g[dim]. */
void qf_ridge_apply(const struct qf_matrix *b, const float *g, float *out);

#endif
