/* calibrate.h - how far a list is from the mix of kinds (genres, say) that it should have:
 * H. Steck, "Calibrated recommendations", RecSys 2018.
 *
 *     p(g)   the share of kind g that is wanted, q(g) that of the list; a track of several
 *            kinds counts for each with an equal part
 *     KL     sum over g of p(g) log(p(g) / q~(g)), q~ = 0.99 q + 0.01 p; 0: as wanted
 *
 * What counts in a choice is N KL for a list of N, so that a kind that is missing pulls
 * as hard at the thousandth place as at the tenth. (Steck weighs KL alone against the sum
 * of all scores, which makes it fade as the list grows.) */
#ifndef QF_MODEL_CALIBRATE_H
#define QF_MODEL_CALIBRATE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define QF_KINDS 3           /* of one item, at most */
#define QF_NO_KIND UINT32_MAX

struct qf_mix { /* borrowed */
	size_t kinds;
	const double *want;   /* [kinds] >= 0, sum 1 */
	const uint32_t *kind; /* [items * QF_KINDS]: numbers below `kinds`, then QF_NO_KIND; each item has at least one */
};

struct qf_calibration { /* a list under way; private but for kl */
	const struct qf_mix *mix;
	double n, kl; /* items of the list; KL of it, log 100 for an empty one */
	double *count; /* [kinds] */
	double *gain;  /* [kinds] what one whole item more of a kind takes from `base` */
	double base;   /* KL after one more of a kind that nobody wants */
};

/* QF_ENOMEM; to be closed whatever comes back. */
enum qf_status qf_calibration_open(struct qf_calibration *c, const struct qf_mix *mix, struct qf_err *e);

/* N KL as it would be with this item. */
double qf_calibration_with(const struct qf_calibration *c, uint32_t item);
void qf_calibration_take(struct qf_calibration *c, uint32_t item);
void qf_calibration_close(struct qf_calibration *c);

#endif
