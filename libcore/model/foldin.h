/* foldin.h - one listener's row, solved exactly against tracks that stand still:
 * how a user gets scores without training anew, and why each score is what it is.
 *
 * With A = alpha0 Q'Q + sum_j c_j q_j q_j' + reg I over the history j,
 *     p = A^-1 sum_j c_j q_j          the row that the loss of ials.h wants,
 *     p.q_i = sum_j c_j q_j' A^-1 q_i  the share of each track j in the score of i
 * (Hu, Koren, Volinsky 2008, section 5). Give the whole history every time: the row
 * of a part of it is another row. */
#ifndef QF_MODEL_FOLDIN_H
#define QF_MODEL_FOLDIN_H

#include "base/err.h"
#include "model/linear.h"

#include <stddef.h>
#include <stdint.h>

struct qf_foldin_params { /* those of the training */
	double alpha0, lambda, nu;
	size_t items; /* that the gramian counts */
};

struct qf_foldin; /* opaque: one listener at a time */

/* gram[k * k] = Q'Q, whole, of the trained tracks (not yet times alpha0); q holds the
 * factors of every track that a history may name, and may have more rows than the
 * gramian counts. Both are borrowed until close. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_foldin_open(struct qf_foldin **out, const struct qf_matrix *q, const float *gram,
			      const struct qf_foldin_params *p, struct qf_err *e);

/* Take the history item[n] with confidences c[n] > 0; n = 0 gives the row 0.
 * QF_EINVAL for an item out of range or an unsolvable system (factors not finite),
 * QF_ENOMEM. */
enum qf_status qf_foldin_user(struct qf_foldin *f, const uint32_t *item, const float *c, size_t n, struct qf_err *e);

const float *qf_foldin_row(const struct qf_foldin *f); /* p[k] */

/* z[k] = A^-1 q_i: c_j z.q_j is the share of track j in the score of track i. */
void qf_foldin_shares(const struct qf_foldin *f, uint32_t item, float *z);

void qf_foldin_close(struct qf_foldin *f); /* NULL is fine */

#endif
