/* interactions.h - who listened to what, and how sure we are of it: a sparse
 * matrix in compressed rows.
 *
 * Built from triples in any order; the same set of triples in the same order gives
 * the same bytes. Rows and columns are dense numbers from 0: whoever builds the
 * matrix keeps the tables from its own ids to them. */
#ifndef QF_MODEL_INTERACTIONS_H
#define QF_MODEL_INTERACTIONS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct qf_triple {
	uint32_t user, item;
	float weight; /* > 0, finite: weighted plays, say */
};

struct qf_interactions {
	size_t rows, cols;
	size_t n;      /* stored cells */
	size_t *at;    /* [rows + 1]: row r is col[at[r]] to col[at[r + 1] - 1], rising */
	uint32_t *col; /* [n] */
	float *weight; /* [n]; confidences once qf_interactions_confidence() was called */
};

/* users x items from t[n]. The weights of a pair that stands more than once are
 * added, in the order of the triples. The result is the caller's to free; all zero
 * after an error: QF_EINVAL (an id out of range, a weight that is not finite and
 * positive; more than 2^32 - 1 rows or columns), QF_ENOMEM. */
enum qf_status qf_interactions_build(struct qf_interactions *out, const struct qf_triple *t, size_t n,
				     size_t users, size_t items, struct qf_err *e);

/* The same cells with rows and columns changed over. QF_ENOMEM. */
enum qf_status qf_interactions_transpose(struct qf_interactions *out, const struct qf_interactions *in,
					 struct qf_err *e);

/* Weights to confidences, in place: c = 1 + scale * log(1 + w / eps). scale >= 0,
 * eps > 0. From 1 (heard) upwards, slowly. */
void qf_interactions_confidence(struct qf_interactions *m, double scale, double eps);

/* The number of cells of one row. */
static inline size_t qf_interactions_count(const struct qf_interactions *m, size_t row)
{
	return m->at[row + 1] - m->at[row];
}

/* The longest row's number of cells. */
size_t qf_interactions_longest(const struct qf_interactions *m);

void qf_interactions_free(struct qf_interactions *m); /* all zero again */

#endif
