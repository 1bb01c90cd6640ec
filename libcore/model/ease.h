/* ease.h - tracks predicted from all other tracks by one closed-form regression.
 *
 *     B = argmin |X - X B|^2 + lambda |B|^2 with a zero diagonal:
 *     P = (X'X + lambda I)^-1,  B_ij = -P_ij / P_jj for i != j, 0 on the diagonal;
 *     the scores of a user with the row x are x B.
 *
 * X is binary: users x items, 1 where there is a cell. H. Steck, "Embarrassingly shallow
 * autoencoders for sparse data", WWW 2019. Single precision, by Cholesky of OpenBLAS with
 * one thread. Costs items^2 floats and about items^3 multiplications: for small
 * catalogues. */
#ifndef QF_MODEL_EASE_H
#define QF_MODEL_EASE_H

#include "base/err.h"
#include "model/interactions.h"

#include <stddef.h>
#include <stdint.h>

#define QF_EASE_ITEMS_MAX 20000 /* 1.6 GB */

struct qf_ease; /* opaque; may be read by many threads */

/* lambda > 0. QF_ELIMIT beyond QF_EASE_ITEMS_MAX items, QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_ease_open(struct qf_ease **out, const struct qf_interactions *x, double lambda, struct qf_err *e);

/* score[items] of somebody with the items item[n], each below items. */
void qf_ease_scores(const struct qf_ease *m, const uint32_t *item, size_t n, double *score);

void qf_ease_close(struct qf_ease *m); /* NULL is fine */

#endif
