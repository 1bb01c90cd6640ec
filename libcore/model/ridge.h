/* ridge.h - the linear map from the features of tracks to their factors, by which a
 * track that nobody has heard yet gets a place among those that were.
 *
 * Weighted ridge regression: B[dim][k] makes least
 *     sum_i w_i |q_i - B' g_i|^2 + ridge |B|^2.
 * Features and weights stay the same while the factors move, so the equations are
 * factored once and solved as often as wanted. Sums run over chunks of 4,096 tracks
 * in order. */
#ifndef QF_MODEL_RIDGE_H
#define QF_MODEL_RIDGE_H

#include "base/err.h"
#include "model/linear.h"

#include <stddef.h>

struct qf_ridge; /* opaque */

/* g[items * dim] and w[items] >= 0 are borrowed until close; ridge > 0. Rows of g that
 * are all zero have no say. QF_ENOMEM; QF_EINVAL when the features are not finite. */
enum qf_status qf_ridge_open(struct qf_ridge **out, const float *g, size_t items, size_t dim, const double *w, double ridge,
			     struct qf_err *e);

/* b (dim x k, already open) from q (items x k). QF_ENOMEM. */
enum qf_status qf_ridge_fit(const struct qf_ridge *r, const struct qf_matrix *q, struct qf_matrix *b, struct qf_err *e);
void qf_ridge_close(struct qf_ridge *r); /* NULL is fine */

/* out = g b: the places of the tracks with the features g[out->rows * dim]; zeros for a
 * row of zeros. */
void qf_ridge_apply(const struct qf_matrix *b, const float *g, struct qf_matrix *out);

#endif
