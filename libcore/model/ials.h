/* ials.h - implicit-feedback matrix factorization by alternating least squares,
 * with frequency-scaled regularization and a prior from the sound.
 *
 *     qf_ials_open(&m, &x, user_ids, item_ids, NULL, &p, &e);
 *     for (i = 0; i < epochs; i++) qf_ials_epoch(m, &e);
 *     ... qf_ials_users(m), qf_ials_items(m) ...
 *     qf_ials_close(m);
 *
 * It finds the rows p_u and q_i that make least
 *
 *     sum over seen (u,i) of c_ui (1 - p_u.q_i)^2  +  alpha0 * sum over all (u,i) of (p_u.q_i)^2
 *       + lambda * [ sum_u (n_u + alpha0 I)^nu |p_u|^2  +  sum_i (n_i + alpha0 U)^nu |q_i - B g_i|^2 ]
 *       + lambda * ridge * |B|^2
 *
 * with U users, I items, n_u and n_i seen cells of a row; g_i are the item's features
 * and B the map from them (struct qf_ials_prior; without it B g_i = 0, and the last
 * line is not there). Each epoch solves all users, all items, then B; each solve
 * only lowers the loss.
 *
 * Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM
 * 2008; loss and scaling as Rendle, Krichene, Zhang, Koren, "Revisiting the
 * performance of iALS on item recommendation benchmarks", RecSys 2022
 * (arXiv 2110.14037); conjugate gradient as Takacs, Pilaszy, Tikk, RecSys 2011.
 *
 * The same input, seed and processor give the same bits, whatever `jobs` is. The
 * first state of a row hangs on the seed, its side and its own outer id, not on its
 * number: a new track does not disturb how the others start. */
#ifndef QF_MODEL_IALS_H
#define QF_MODEL_IALS_H

#include "base/err.h"
#include "model/linear.h"
#include "model/pairs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qf_ials_solver {
	QF_IALS_CG,      /* cg_steps of conjugate gradient from the row's last value */
	QF_IALS_CHOLESKY /* exact; pays off up to rank 64 */
};

struct qf_ials_params {
	size_t rank;   /* 1 to QF_RANK_MAX */
	enum qf_ials_solver solver;
	size_t cg_steps;
	double alpha0; /* weight of every cell, seen or not; > 0 */
	double lambda; /* > 0 */
	double nu;     /* 0 to 1: how far the regularization grows with the row */
	double stddev; /* of the first state, times 1 / sqrt(rank) */
	bool polish;   /* solve the last epoch of qf_ials_train() exactly, whatever the solver is */
	uint64_t seed;
	size_t jobs;   /* threads */
	const struct qf_kernels *kernels; /* NULL: the best for this processor; the bits are the same */
};

/* rank 64, cg with 3 steps, alpha0 0.1, lambda 0.003, nu 1, stddev 0.1, not polished, seed 1, 1 job. */
extern const struct qf_ials_params qf_ials_defaults;

/* Features g_i of the items; a row of zeros has none and gets the prior 0. */
struct qf_ials_prior {
	const float *g; /* [items * dim], borrowed until close */
	size_t dim;
	double ridge;   /* > 0: how reluctant B is, in units of an item's own regularization */
};

struct qf_ials; /* opaque */

/* x is borrowed until close, as is the prior (may be
 * NULL). user_id[x->rows] and item_id[x->cols] are read here only.
 * QF_EINVAL for a parameter out of range, QF_ENOMEM. */
enum qf_status qf_ials_open(struct qf_ials **out, const struct qf_pairs *x, const int64_t *user_id,
			    const int64_t *item_id, const struct qf_ials_prior *prior, const struct qf_ials_params *p,
			    struct qf_err *e);

/* Begin from an earlier model in place of chance: the items that has[] marks from items (of the
 * same k), the others from where map (may be NULL without a prior, else of the prior's dim)
 * puts them, or 0. */
void qf_ials_begin_at(struct qf_ials *m, const struct qf_matrix *items, const bool *has, const struct qf_matrix *map);

/* Fold in what is new: all users are solved exactly, then the items that only[] marks, and both
 * QF_IALS_FOLDS times, the later ones as an epoch solves them, for a user moves the tracks that few
 * others play, and these the user; the other items and B stand still. QF_ENOMEM. */
#define QF_IALS_FOLDS 3
enum qf_status qf_ials_fold(struct qf_ials *m, const bool *only, struct qf_err *e);

/* That, and QF_IALS_SETTLES epochs of everything, for the tracks that moved push their neighbours, too.
 * With a new user's items marked, the user's best 10 are then to 97 % those of four epochs more of
 * everything, and to 95 without the epochs (docs/MODEL.md has what is compared, and figures). QF_ENOMEM. */
#define QF_IALS_SETTLES 2
enum qf_status qf_ials_update(struct qf_ials *m, const bool *only, struct qf_err *e);

/* One round: users, items, B. With solver CHOLESKY a row whose equations cannot be
 * solved (they are positive definite on paper) keeps its value. QF_ENOMEM. */
enum qf_status qf_ials_epoch(struct qf_ials *m, struct qf_err *e);

/* All epochs with a word after each: done counts from 1; false from `progress` stops
 * early and cleanly. progress may be NULL. */
enum qf_status qf_ials_train(struct qf_ials *m, size_t epochs, bool (*progress)(void *arg, size_t done, size_t epochs),
			     void *arg, struct qf_err *e);

/* The loss above, in double, at the present state. One thread. */
enum qf_status qf_ials_loss(const struct qf_ials *m, double *loss, struct qf_err *e);

/* The factors: [rows][qf_stride(rank)], the rank first and then zeros. The handle's. */
const struct qf_matrix *qf_ials_users(const struct qf_ials *m);
const struct qf_matrix *qf_ials_items(const struct qf_ials *m);

/* B as [dim][k], or NULL without a prior. */
const struct qf_matrix *qf_ials_map(const struct qf_ials *m);

void qf_ials_close(struct qf_ials *m); /* NULL is fine */

/* Row weight of the regularization: lambda (n + alpha0 others)^nu. */
double qf_ials_reg(double lambda, double nu, double alpha0, size_t n, size_t others);

#endif
