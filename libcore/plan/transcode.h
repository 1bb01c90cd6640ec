/* transcode.h - which renditions to make, keep and drop, so that play-weighted quality is highest within a budget of bytes.
 *
 *     qf_menu_init(&menu, rungs, n_rungs, &e);
 *     qf_transcode_plan(&menu, QF_STORE_KNAPSACK, sources, n, budget, &plan, &e);
 *     plan.mask[i]: the rungs of sources[i] to have, bit j: rungs[j]
 *     qf_transcode_free(&plan);
 *
 * What a set of renditions of a track is worth: its weight times the sum, over the networks of datasets/networks.tsv, of
 * the share of plays there times the worth of the best rendition that the network carries. A lossless rendition is for
 * networks without a ceiling.
 *
 * Promises: a lossy source is never encoded to more kbit/s than it has, or to a lossless codec; of a track that has
 * renditions at least one stays; originals are not spoken of. */
#ifndef QF_PLAN_TRANSCODE_H
#define QF_PLAN_TRANSCODE_H

#include "base/err.h"
#include "plan/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_LADDER_MAX 8 /* rungs of a ladder */
#define QF_LADDER_SETS (1 << QF_LADDER_MAX)

struct qf_menu { /* the sets of rungs in which each is of use */
	const struct qf_rung *rung;
	size_t rungs;
	uint8_t set[QF_LADDER_SETS];
	size_t sets;
	double worth[QF_LADDER_SETS]; /* by set, of one play */
};

/* Rungs are borrowed. QF_EINVAL: more than QF_LADDER_MAX. */
enum qf_status qf_menu_init(struct qf_menu *m, const struct qf_rung *rung, size_t n, struct qf_err *e);

struct qf_source { /* a track */
	int64_t duration_ms;
	int kbps;       /* of the file, 0: not known */
	bool lossless;
	bool packed;    /* losslessly compressed: kbps says how well it packs */
	double weight;  /* plays, with whatever prior; 0 or more */
	double plays;   /* in 30 days, for the rules */
	unsigned have;  /* bit i: rung i is there already */
	int64_t have_bytes[QF_LADDER_MAX];
	int64_t other_bytes; /* of renditions that are none of the ladder's; 0: there are none */
	int64_t cover_bytes; /* of the cover that goes along into every rendition; 0: none */
};

/* What a rung is made with: kbit/s of an excerpt are cut to those of a lossy source. False: it is not made, for the source
 * is lossy and has not more than that, or its kbit/s are not known. */
bool qf_rung_recipe(const struct qf_rung *r, const struct qf_source *s, struct qf_recipe *out);

/* Bytes that a rendition will take: kbit/s times time and 1 % and 8 KiB for container and tags; of FLAC what the source takes, or
 * 0.65 of plain samples; and the cover, which in Ogg is text, of 1.35 times its bytes. */
int64_t qf_recipe_bytes(const struct qf_recipe *r, const struct qf_source *s);

enum qf_store {
	QF_STORE_KNAPSACK,
	QF_STORE_PLAYS, /* by plays in 30 days, datasets/storage.tsv; the most played first, while there is room */
	QF_STORE_TIERS  /* each tier has its share of the budget, the most played first */
};

struct qf_transcode {
	uint8_t *mask;   /* [n] rungs to have */
	int64_t bytes;   /* of them, estimated or as they are, and of other renditions that stay */
	double value, bound;
	bool optimal;    /* proven (knapsack only) */
	int64_t wanted;  /* what the rule would take without a budget; knapsack: everything */
};

/* budget in bytes. mask is to be freed by qf_transcode_free(), also after an error. QF_ELIMIT: what must stay is
 * more than the budget. QF_ENOMEM. */
enum qf_status qf_transcode_plan(const struct qf_menu *m, enum qf_store how, const struct qf_source *s, size_t n, int64_t budget,
				 struct qf_transcode *out, struct qf_err *e);
void qf_transcode_free(struct qf_transcode *t);

/* Value lost against the bound, 0 to 1. */
double qf_transcode_regret(const struct qf_transcode *t);

/* The gain in dB that brings a track of this integrated loudness to the target without its true peak (dBTP) going over the
 * ceiling, and *shortfall, how much it stays below (0: it reaches it): min(target - loudness, ceiling - peak). NaN loudness
 * (silence): 0. */
double qf_transcode_gain(double loudness_lufs, double true_peak_dbtp, double target_lufs, double ceiling_dbtp, double *shortfall);

#endif
