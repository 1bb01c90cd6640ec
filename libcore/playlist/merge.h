/* merge.h - what two people changed in one playlist, and both changes together.
 *
 * Tracks are keys, each at most once in a list (a caller who has one twice gives the second another key). A track that
 * stands in both lists was moved when it is not in their longest common order: the fewest tracks
 * that could have been moved (a longest increasing subsequence, M. Fredman, "On Computing the Length of Longest
 * Increasing Subsequences", Discrete Mathematics 11, 1975). */
#ifndef QF_PLAYLIST_MERGE_H
#define QF_PLAYLIST_MERGE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_keys {
	const uint32_t *key; /* [n], each below `keys` of the call */
	size_t n;
};

enum qf_change { QF_CHANGE_ADDED, QF_CHANGE_REMOVED, QF_CHANGE_MOVED, QF_CHANGES };
extern const char *const qf_change_name[QF_CHANGES]; /* "added", "removed", "moved" */

struct qf_list_change {
	enum qf_change change;
	uint32_t key;
	size_t from, to; /* places, from 0; SIZE_MAX where it is not */
};

/* What turns `from` into `to`: what was removed, in the order of `from`, then what was added or moved, in that of `to`.
 * out[from.n + to.n]; *n of it are filled. QF_ENOMEM. */
enum qf_status qf_list_diff(struct qf_keys from, struct qf_keys to, size_t keys, struct qf_list_change *out, size_t *n, struct qf_err *e);

enum qf_conflict { QF_CONFLICT_BOTH_MOVED, QF_CONFLICT_A_REMOVED, QF_CONFLICT_B_REMOVED, QF_CONFLICTS };
extern const char *const qf_conflict_text[QF_CONFLICTS]; /* what was done, as a sentence that follows the track's name */

struct qf_list_conflict {
	enum qf_conflict what;
	uint32_t key;
};

/* Both people's changes to `base`: what either removed is out, what either added is in, once. The order is that of a;
 * what only b added or moved comes behind the track that it follows in b. Where they contradict:
 *   both moved it, behind different tracks   it stays where a has it
 *   one removed it, the other moved it       it stays
 *
 *   out[a.n + b.n]          *n of it are filled
 *   conflicts[keys]         *n_conflicts of it, by rising key
 *
 * Given the same base, merging a list with itself or with base gives that list. QF_ENOMEM. */
enum qf_status qf_list_merge(struct qf_keys base, struct qf_keys a, struct qf_keys b, size_t keys, uint32_t *out, size_t *n,
			     struct qf_list_conflict *conflicts, size_t *n_conflicts, struct qf_err *e);

#endif
