/* stats.h - what a catalog holds, counted. */
#ifndef QF_CATALOG_STATS_H
#define QF_CATALOG_STATS_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stddef.h>
#include <stdint.h>

struct qf_count {
	const char *name, *detail; /* detail: NULL where not said */
	int64_t n, also;
};

struct qf_counts { /* v[n], most first, then by name */
	struct qf_count *v;
	size_t n;
};

#define QF_STATS_USERS 20 /* how many users are listed by name */

struct qf_stats { /* of tracks whose file is there, except where said */
	int64_t tracks, missing; /* missing: tracks whose file is gone */
	int64_t duration_ms;     /* of all together */
	int64_t artists, albums;
	int64_t features, features_stale; /* tracks with features; of them those by an older version */
	int64_t failures;                 /* files, each counted per stage */
	int64_t users, events, events_matched;
	struct qf_counts codecs;   /* n tracks, also: milliseconds; a track without codec is "unknown" */
	struct qf_counts datasets; /* n tracks, missing ones too, as the dataset has them */
	struct qf_counts failed;   /* name: stage, detail: class, n files */
	struct qf_counts actions;  /* n events, also: those with a track */
	struct qf_counts by_user;  /* the same, of the QF_STATS_USERS busiest users */
	struct qf_counts models;   /* name: kind, n: number of the model, also: when made; newest first */
};

/* Count; `version` is the extractor's of today. All texts and lists live in the arena.
 * For figures that agree with each other call it in a read transaction. Errors as in
 * catalog.h. */
enum qf_status qf_catalog_stats(struct qf_catalog *c, int version, struct qf_arena *a, struct qf_stats *out, struct qf_err *e);

#endif
