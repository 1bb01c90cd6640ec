/* listens.h - who listened to what, how much and when: the rows that splits cut and that
 * engines make matrices of.
 *
 * Users and items are dense numbers from 0; whoever builds the rows keeps the tables from
 * its own ids to them. */
#ifndef QF_MODEL_LISTENS_H
#define QF_MODEL_LISTENS_H

#include "base/err.h"
#include "model/interactions.h"
#include "model/pairs.h"

#include <stddef.h>
#include <stdint.h>

struct qf_listen {
	uint32_t user, item;
	float weight; /* > 0, finite: plays, say */
	int64_t at;   /* seconds since the epoch; 0: not known */
};

/* Into the one order by user, item, time and weight, so that nothing hangs on the order
 * in which they came. */
void qf_listens_sort(struct qf_listen *l, size_t n);

struct qf_weighing {
	double half_life_days; /* 0: nothing fades */
	int64_t now;           /* ages count from here */
	double scale, eps;     /* confidence 1 + scale log(1 + w / eps); scale 0: all are 1 */
};

/* users x items of confidences; the weights of a pair are faded, then added. The caller's
 * to free. QF_EINVAL for a number out of range, QF_ENOMEM. */
enum qf_status qf_listens_matrix(struct qf_interactions *out, const struct qf_listen *l, size_t n, size_t users, size_t items,
				 const struct qf_weighing *w, struct qf_err *e);

/* The same packed, for training. */
enum qf_status qf_listens_pairs(struct qf_pairs *out, const struct qf_listen *l, size_t n, size_t users, size_t items,
				const struct qf_weighing *w, struct qf_err *e);

/* What is left of a weight, never quite nothing. */
float qf_listens_faded(float weight, int64_t at, const struct qf_weighing *w);

#endif
