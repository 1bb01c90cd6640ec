/* ease.h - tracks predicted from all other tracks by one closed-form regression.
 *
 *     B = argmin |X - X B|^2 + lambda |B|^2 with a zero diagonal:
 *     P = (X'X + lambda I)^-1,  B_ij = -P_ij / P_jj for i != j, 0 on the diagonal;
 *     the scores of a user with the row x are x B.
 *
 * X is binary: users x items, 1 where there is a cell. H. Steck, "Embarrassingly shallow
 * autoencoders for sparse data", WWW 2019. Single precision, by Cholesky of OpenBLAS with
 * one thread. Costs items^2 floats and about items^3 multiplications while it is solved: for
 * small catalogues.
 *
 * Kept is what B is made of, r_ij = -P_ij / (d_i d_j) with d_i = sqrt(P_ii), which is the partial
 * correlation of two items given all others: symmetric, -1 to 1, and B_ij = r_ij d_i / d_j. So
 * one sparse matrix serves both for who likes what and for what is alike. Of each item the `keep`
 * greatest |r| stay, and those in which it is among the greatest of the other one. */
#ifndef QF_MODEL_EASE_H
#define QF_MODEL_EASE_H

#include "base/err.h"
#include "model/interactions.h"

#include <stddef.h>
#include <stdint.h>

#define QF_EASE_ITEMS_MAX 20000 /* 1.6 GB */
#define QF_EASE_LAMBDA 100
#define QF_EASE_KEEP 1000

struct qf_ease { /* all zero is an empty one; may be read by many threads */
	size_t items, n;
	size_t *at;    /* [items + 1]: the neighbours of i are col[at[i]] to col[at[i + 1] - 1], rising, never i */
	uint32_t *col; /* [n] */
	float *r;      /* [n] */
	float *spread; /* [items] d > 0; 0: nothing is known of that item */
};

/* lambda > 0; keep > 0. All zero after an error: QF_ELIMIT beyond QF_EASE_ITEMS_MAX items, QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_ease_fit(struct qf_ease *out, const struct qf_interactions *x, double lambda, size_t keep, struct qf_err *e);

/* Room for `items` items with n neighbours in all, to be filled by the caller. QF_ENOMEM. */
enum qf_status qf_ease_open(struct qf_ease *out, size_t items, size_t n, struct qf_err *e);

/* score[items] of somebody with the items item[n], each below items. */
void qf_ease_scores(const struct qf_ease *m, const uint32_t *item, size_t n, double *score);

/* B_ij: what having i adds to the score of j. */
double qf_ease_share(const struct qf_ease *m, uint32_t i, uint32_t j);

/* r_ij, 0 where it was not kept; 1 for i = j. */
double qf_ease_alike(const struct qf_ease *m, uint32_t i, uint32_t j);

void qf_ease_free(struct qf_ease *m); /* all zero again */

#endif
