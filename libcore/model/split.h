/* split.h - listening cut in two: what an engine may learn from, and what it must find.
 *
 *     qf_split(&task, listens, n, users, items, &rules, &e);
 *     ... engines learn from task.train, get task.history of each case, and are asked
 *         for task.truth ...
 *     qf_task_free(&task);
 *
 * A case is one user with something held out. What chance decides hangs on the seed and
 * on the keys of user and item, never on their numbers or on the order of rows. */
#ifndef QF_MODEL_SPLIT_H
#define QF_MODEL_SPLIT_H

#include "base/err.h"
#include "model/interactions.h"
#include "model/listens.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qf_split_kind {
	QF_SPLIT_TEMPORAL, /* held out: the newest `share` of all listens, less the pairs heard before */
	QF_SPLIT_LOO,      /* the one track that each user met last; without times, any one */
	QF_SPLIT_WEAK,     /* `share` of each user's tracks: rounded down, but at least one of two */
	QF_SPLIT_STRONG,   /* `share` of the users whole, folded in from all but `share` of their tracks */
	QF_SPLIT_COLD,     /* `share` of the tracks, which are then the only candidates */
	QF_SPLITS
};

/* "temporal", "loo", "weak", "strong", "cold"; NULL for none. */
const char *qf_split_name(enum qf_split_kind kind);

struct qf_split_rules {
	enum qf_split_kind kind;
	double share;                      /* 0 to 1; not for LOO */
	uint64_t seed;
	const uint64_t *user_key, *item_key; /* [users], [items]: what chance goes by, e.g. hashes of their names */
};

struct qf_scores { /* somebody else's, to be measured like our own; all zero: none */
	size_t users;  /* numbered as before the split */
	size_t *at;    /* [users + 1] */
	uint32_t *col; /* [at[users]] items, rising within a user */
	double *v;     /* finite */
};

struct qf_task { /* all zero is an empty one */
	size_t users, items;      /* `users` of train, numbered anew from 0; items keep their numbers */
	struct qf_listen *train;  /* [n_train] in the order of listens.h */
	size_t n_train;
	uint64_t *user_key;       /* [users] */
	size_t cases;
	uint32_t *user;           /* [cases] rising: the number that the user had before the split */
	struct qf_listen *history; /* [n_history], user = case: what is known of them, never a candidate */
	size_t n_history;
	struct qf_interactions truth;      /* cases x items, each weight 1 */
	struct qf_interactions candidates; /* cases x items: only these and the truth are ranked; rows 0: no such lists */
	bool *closed;             /* [items] never a candidate, or NULL */
	float *listeners;         /* [items] users of train who have it; of a cold split, of all the data: what a track's
				     popularity turned out to be */
	int64_t now;              /* the latest time in train: ages count from here */
	const uint64_t *item_key; /* [items] borrowed */
	const float *features;    /* [items * dim] of length 1, or zeros where not known; borrowed; NULL: none */
	size_t dim;
	const struct qf_scores *scores; /* borrowed; NULL: none */
};

/* listens[n] in the order of listens.h. QF_ENOTFOUND with a sentence when nothing is left to
 * learn from or to find; QF_ENOMEM. To be freed only after QF_OK. */
enum qf_status qf_split(struct qf_task *out, const struct qf_listen *listens, size_t n, size_t users, size_t items,
			const struct qf_split_rules *rules, struct qf_err *e);

/* A split that somebody else made. fold_in NULL: the history of a case is what train has
 * of the user. candidates NULL: all items. Each in the order of listens.h, with the same
 * numbers throughout; weights of truth and candidates do not count. */
struct qf_given {
	const struct qf_listen *train, *fold_in, *truth, *candidates;
	size_t n_train, n_fold_in, n_truth, n_candidates;
};
enum qf_status qf_split_given(struct qf_task *out, const struct qf_given *g, size_t users, size_t items,
			      const uint64_t *user_key, const uint64_t *item_key, struct qf_err *e);

void qf_task_free(struct qf_task *t); /* all zero again */

#endif
