/* cache.h - what a cache of a device holds after a history, and how often it would have had what was played.
 *
 * Policies evict, once the cache is full, the tracks of lowest priority until `low` bytes are left:
 *
 *   GDSF          L + plays since it came * mean bytes / bytes    (L. Cherkasova, HPL-98-69R1, 1998)
 *   LFU-DA        L + plays since it came                         (M. Arlitt et al., 1999; L: priority of the last one evicted)
 *   LRU           when it was played last
 *   least-played  plays of all the history so far, the longest unplayed first among equals
 *   Belady        when it will be played next; what never is, or later than all that is there, does not come in. It knows the future.
 *                 For tracks of one size nothing has more hits (L. Belady, IBM Systems Journal 5, 1966); with sizes that differ it
 *                 is a good figure to compare with, not a proven bound.
 *
 * Pins: of the tracks that are there the most played ones so far are not evicted, as far as they take at most pin_share of the
 * capacity. Belady has neither pins nor `low`. */
#ifndef QF_PLAN_CACHE_H
#define QF_PLAN_CACHE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qf_cache_policy { QF_CACHE_GDSF, QF_CACHE_LFU_DA, QF_CACHE_LRU, QF_CACHE_LEAST_PLAYED, QF_CACHE_BELADY, QF_CACHE_POLICIES };
extern const char *const qf_cache_names[QF_CACHE_POLICIES];

struct qf_cache_trace { /* borrowed */
	const uint32_t *item; /* [n] what was played, in order, below `items` */
	size_t n, items;
	const int64_t *bytes; /* [items] > 0 */
	size_t warm;          /* the first so many plays are not counted */
};

struct qf_cache_rules {
	int64_t capacity, low; /* bytes */
	size_t pins;
	double pin_share;
};

struct qf_cache_result {
	size_t plays, hits;    /* counted ones */
	int64_t bytes, hit_bytes, written; /* of them; written: into the cache, for misses */
};

enum qf_cache_state { QF_CACHE_OUT, QF_CACHE_IN, QF_CACHE_PINNED };

/* state, if not NULL: [items] at the end; next, if not NULL: [items] numbers of those that are in and not pinned, the first to be
 * evicted first, *n_next of them. QF_ENOMEM. */
enum qf_status qf_cache_run(enum qf_cache_policy policy, const struct qf_cache_rules *rules, const struct qf_cache_trace *t,
			    struct qf_cache_result *out, uint8_t *state, uint32_t *next, size_t *n_next, struct qf_err *e);

/* Hits of a cache without end: all that was played before. No policy that fetches on demand has more. */
void qf_cache_endless(const struct qf_cache_trace *t, bool *seen, struct qf_cache_result *out); /* seen[items] all false */

#endif
