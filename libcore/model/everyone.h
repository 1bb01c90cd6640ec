/* everyone.h - the best n items of every user in one run, as one large product.
 *
 * Users are taken 256 at a time against tiles of 512 items (sgemm of OpenBLAS, one
 * thread to a worker); a score is looked at only if it beats the user's n-th best so
 * far. So the run costs little more than the product, whatever the number of items. */
#ifndef QF_MODEL_EVERYONE_H
#define QF_MODEL_EVERYONE_H

#include "base/err.h"
#include "model/interactions.h"
#include "model/linear.h"

#include <stddef.h>
#include <stdint.h>

struct qf_best {
	float score; /* p.q as sgemm sums it */
	uint32_t item;
};

/* For each row of `users` the n best of `items` (of the same k), best first, equal
 * scores by number, into best[users->rows * n]; found[users->rows] says how many. What
 * `seen` (NULL: nothing) has in a user's row is left out, and so is what barred[items],
 * if not NULL, marks. The same bytes for any number of jobs. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_everyone(const struct qf_matrix *users, const struct qf_matrix *items, const struct qf_interactions *seen,
			   const bool *barred, size_t n, size_t jobs, struct qf_best *best, size_t *found, struct qf_err *e);

/* The same for one user whose scores are there, score[items]: `user` is the row of seen (NULL: nothing), of best and
 * of found. */
void qf_everyone_one(const float *score, size_t items, const struct qf_interactions *seen, const bool *barred, size_t n, size_t user,
		     struct qf_best *best, size_t *found);

#endif
