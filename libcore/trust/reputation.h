/* reputation.h - scores from what was said, who said it, and who vouches for whom.
 *
 * Everything here is a pure function of the set of records, the anchors, what this node found
 * true itself, and an as-of time: neither the order in which records came nor the clock
 * matters, so nodes that hold the same records agree to the last bit.
 *
 * The ledger: 0.5 + the sum of all deltas, kept within 0 and 1. It is what the records
 * literally say, counts everybody alike, and can be driven anywhere by whoever makes keys.
 *
 * Trust: (1 + r) / (2 + r + s), the expected value of a Beta distribution (Josang & Ismail, "The
 * Beta Reputation System", 2002) over the evidence for and against a target,
 *
 *     r, s = sum of w * e * 2^(-age / half-life)
 *
 * with e: interaction 2/49 for (so that the first one by somebody of full weight makes 0.50 into
 * exactly 0.51), a rating of v stars (v - 1) / 4 for and the rest of 1 against, verification 3
 * for, report 3 against. Of one actor, target and kind the last counts; interactions count once
 * a UTC day. A retraction takes back what its actor said of the target before. A verification
 * counts only where this node found the same.
 *
 * The weight w of an actor is min(1, N t) with t from EigenTrust (Kamvar, Schlosser & Garcia-Molina,
 * WWW 2003): t = 0.85 C' t + 0.15 p, where C spreads an actor's trust evenly over those it
 * vouches for (or, by a verification that this node agrees with, knows to be who they are) and p
 * are the anchors. N is 1 / sum of t^2, the effective number of trusted actors, not their count,
 * which anybody can raise. So a new key weighs nothing, however many there are, and an
 * average trusted actor about 1. Two records of one actor with the same number are a lie
 * to somebody: that actor weighs 0 and its vouches do not count. Without anchors every w is 1. */
#ifndef QF_TRUST_REPUTATION_H
#define QF_TRUST_REPUTATION_H

#include "base/err.h"
#include "trust/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_NOBODY UINT32_MAX
#define QF_HALF_LIFE_S (730 * INT64_C(86400)) /* unless somebody says otherwise */

struct qf_opinion { /* a record, as far as scores go */
	uint32_t actor, target;
	enum qf_deed deed;
	int64_t delta, seq, ts;
};

struct qf_society {
	const struct qf_opinion *said; /* [n] by actor, then seq */
	size_t n, actors, targets;     /* actors and targets are numbered in an order that depends on the set alone */
	const double *anchor;          /* [actors] 0 to 1: how far this node trusts the key from the start */
	const bool *agreed;            /* [targets] this node found it true */
	const uint32_t *person;        /* [targets] the actor whose key the target is, or QF_NOBODY */
	int64_t as_of;                 /* what is later is not there; seconds since the epoch */
	int64_t half_life_s;           /* 0: nothing is forgotten */
};

struct qf_evidence {
	double r, s;      /* for and against */
	int64_t deltas;   /* their sum, in millionths */
	int64_t records;
};

/* The weight of every actor into w[actors]. *anchored is false when there is no anchor. QF_ENOMEM. */
enum qf_status qf_reputation_weigh(const struct qf_society *s, double *w, bool *anchored, struct qf_err *e);

/* Told of each record that counts: its weight with age, and what it adds for or against. */
typedef void qf_reputation_why(void *ctx, const struct qf_opinion *o, double weight, double r, double s);

/* The evidence on every target into out[targets]; why may be NULL. QF_ENOMEM. */
enum qf_status qf_reputation_judge(const struct qf_society *s, const double *w, struct qf_evidence *out, qf_reputation_why *why, void *ctx,
				   struct qf_err *e);

double qf_reputation_trust(const struct qf_evidence *v);  /* 0 to 1 */
double qf_reputation_ledger(const struct qf_evidence *v); /* 0 to 1 */

/* For creators, over the evidence on all that is theirs: the value above which the truth lies with
 * 95 %, the 5 % quantile of Beta(1 + r, 1 + s). Little evidence gives little. */
double qf_reputation_creator(const struct qf_evidence *v);

/* The x for which a Beta(a, b) variable is below x with probability p; a, b > 0. To 1e-12. */
double qf_beta_quantile(double p, double a, double b);

#endif
