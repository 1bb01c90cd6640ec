/* diversity.h - what a candidate loses by being like those that were picked already.
 *
 *     qf_spread_open(&s, &diversity, most candidates, most picks, &e)
 *     for each round:
 *         qf_spread_start(&s, item, n)      candidates 0 to n - 1 are these items
 *         qf_spread_loss(&s, i)             what candidate i loses at this point
 *         qf_spread_take(&s, i)             it was picked
 *     qf_spread_close(&s)
 *
 *   QF_MMR  loss = how alike it is to the nearest pick; 0 before the first. With
 *           (1 - v) score - v loss this is maximal marginal relevance (Carbonell,
 *           Goldstein, SIGIR 1998) with lambda = 1 - v
 *   QF_DPP  loss = -log d^2, d being how far its direction stands out of the space that
 *           the picks span: d^2 = 1 - |c|^2 with one more component of c for each pick. With
 *           (1 - v) score - v loss this is greedy MAP inference of a determinantal point
 *           process with the kernel L_ij = r_i S_ij r_j, log r_i^2 = score_i (1 - v) / v
 *           (Chen, Zhang, Zhou, "Fast greedy MAP inference for determinantal point process",
 *           NeurIPS 2018, algorithm 1). Unlike MMR it sees that a track adds nothing to two
 *           others together. A loss goes up to -log 1e-6
 *
 * A take costs one `alike` for each candidate, with QF_DPP one more product of length picks. */
#ifndef QF_MODEL_DIVERSITY_H
#define QF_MODEL_DIVERSITY_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum qf_diversity_kind { QF_MMR, QF_DPP };

struct qf_diversity {
	enum qf_diversity_kind kind;
	double (*alike)(const void *arg, uint32_t a, uint32_t b); /* -1 to 1; for QF_DPP 1 if a = b, and positive semidefinite */
	const void *arg;
};

struct qf_spread { /* private */
	const struct qf_diversity *d;
	const uint32_t *item;
	size_t n, room, taken;
	double *loss; /* [room] */
	double *left; /* [room] d^2 */
	float *c;     /* [room * picks] */
	size_t picks;
};

/* QF_ENOMEM; to be closed whatever comes back. */
enum qf_status qf_spread_open(struct qf_spread *s, const struct qf_diversity *d, size_t room, size_t picks, struct qf_err *e);
void qf_spread_start(struct qf_spread *s, const uint32_t *item, size_t n); /* item[n <= room], borrowed for the round */
void qf_spread_take(struct qf_spread *s, size_t i);
void qf_spread_close(struct qf_spread *s);

static inline double qf_spread_loss(const struct qf_spread *s, size_t i)
{
	return s->loss[i];
}

#endif
