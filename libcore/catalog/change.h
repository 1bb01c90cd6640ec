/* change.h - what came, changed and went, for whoever keeps a copy.
 *
 * The catalog keeps the last change of every track that ever was, numbered in the order in which the
 * changes were committed (triggers of schemas/catalog/ write it, whoever the writer is). A copy that remembers the
 * greatest number that it saw misses nothing and gets nothing twice; times are as coarse as a run. */
#ifndef QF_CATALOG_CHANGE_H
#define QF_CATALOG_CHANGE_H

#include "base/err.h"
#include "catalog/catalog.h"

#include <stdint.h>

enum qf_change_kind {
	QF_CHANGE_ADDED,   /* it was not there at that point; or it was missing and is back */
	QF_CHANGE_UPDATED, /* its tags, its place, or what was heard in it */
	QF_CHANGE_REMOVED  /* its file is missing, or it was purged */
};

struct qf_change {
	int64_t track, seq;
	int64_t at; /* seconds since the epoch */
	enum qf_change_kind kind;
};

/* The number of the last change before the time `at`; 0: there was none. */
enum qf_status qf_catalog_change_before(struct qf_catalog *c, int64_t at, int64_t *seq, struct qf_err *e);

/* Every track that changed after number `seq`, once, in the order of the changes. Anything but QF_OK from fn ends it. */
enum qf_status qf_catalog_changes(struct qf_catalog *c, int64_t seq,
				  enum qf_status (*fn)(void *user, const struct qf_change *ch, struct qf_err *e), void *user,
				  struct qf_err *e);

#endif
