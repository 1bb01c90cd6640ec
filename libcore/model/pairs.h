/* pairs.h - who listened to what and how sure we are of it, packed for training: one
 * 32-bit word a pair, so that ten million pairs take 40 MB each way.
 *
 * A confidence is one of 256 levels. Where there are no more different confidences than
 * that, the levels are these; else they stand in equal ratios from the least to the
 * greatest, and a pair has the nearest one: for 1 to 12 that is at most 0.5 % off. The
 * same pairs give the same bytes, in whatever order they came. */
#ifndef QF_MODEL_PAIRS_H
#define QF_MODEL_PAIRS_H

#include "base/err.h"
#include "model/interactions.h"

#include <stddef.h>
#include <stdint.h>

#define QF_PAIR_BITS 24 /* of a column */
#define QF_PAIR_LEVELS 256

struct qf_pairs { /* all zero is an empty one */
	size_t rows, cols; /* at most 2^24 each */
	size_t n;
	size_t *at;        /* [rows + 1]: row r is cell[at[r]] to cell[at[r + 1] - 1] */
	uint32_t *cell;    /* [n] columns, rising in a row; the level stands above them */
	float level[QF_PAIR_LEVELS]; /* confidences, rising */
};

/* users x items from t[n], which came from qf_alloc() and is taken over: it becomes the
 * cells, or is freed. The weights of a pair that stands more than once are added, and make
 * the confidence 1 + scale * log(1 + weight / eps); scale >= 0, eps > 0. All zero after an
 * error: QF_EINVAL (an id out of range, a weight that is not finite and positive), QF_ELIMIT
 * for more than 2^24 users or items, QF_ENOMEM. */
enum qf_status qf_pairs_build(struct qf_pairs *out, struct qf_triple *t, size_t n, size_t users, size_t items, double scale,
			      double eps, struct qf_err *e);

/* The same pairs with rows and columns changed over. QF_ENOMEM. */
enum qf_status qf_pairs_transpose(struct qf_pairs *out, const struct qf_pairs *in, struct qf_err *e);

static inline uint32_t qf_pair_col(uint32_t cell)
{
	return cell & ((1U << QF_PAIR_BITS) - 1);
}

static inline uint32_t qf_pairs_col(const struct qf_pairs *p, size_t at)
{
	return qf_pair_col(p->cell[at]);
}

static inline float qf_pairs_confidence(const struct qf_pairs *p, size_t at)
{
	return p->level[p->cell[at] >> QF_PAIR_BITS];
}

static inline size_t qf_pairs_count(const struct qf_pairs *p, size_t row)
{
	return p->at[row + 1] - p->at[row];
}

size_t qf_pairs_longest(const struct qf_pairs *p); /* row's number of pairs */

/* A row as two arrays of qf_pairs_count() each. */
void qf_pairs_row(const struct qf_pairs *p, size_t row, uint32_t *col, float *confidence);

void qf_pairs_free(struct qf_pairs *p); /* all zero again */

#endif
