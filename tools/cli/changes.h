/* changes.h - what came, changed and went, as rows: for whoever keeps a copy of the catalog. */
#ifndef QFZZ_CLI_CHANGES_H
#define QFZZ_CLI_CHANGES_H

#include "base/err.h"
#include "catalog/catalog.h"
#include "catalog/track.h"

#include <stdint.h>

/* Print every track that changed since `since`, in the order of the changes, at most `most` (0: all): track.v1 with
 * "change" (added, updated) and "seq", or removed.v1 with the track's number. `since` is a date, an instant with its zone,
 * or seq:N, the number of a change that was seen: QF_EINVAL when it is none of them. Errors of the catalog. */
enum qf_status changes_print(struct qf_catalog *c, const char *since, enum qf_track_features with, int64_t most, struct qf_err *e);

#endif
