/* catalog.h - the one SQLite file that all tools share: open, migrate, transactions.
 *
 * Only this room speaks SQL. What the rows mean stands in schemas/catalog/; what can
 * be asked and stored, in the headers beside this one: track.h (tracks, tags,
 * datasets, failures, runs, features), select.h (queries), event.h (listening),
 * learn.h (models), stats.h.
 *
 * The file is in WAL mode with synchronous FULL: what was committed survives a
 * power cut. Writers take their turn by BEGIN IMMEDIATE and wait for each other up
 * to the given time; readers never wait. A handle belongs to one process and one
 * thread, and must not be carried across fork(). */
#ifndef QF_CATALOG_CATALOG_H
#define QF_CATALOG_CATALOG_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct qf_catalog; /* opaque */

enum qf_catalog_mode {
	QF_CATALOG_READ, /* must exist and be of this version; nothing is written; the file and its folder may be read-only */
	QF_CATALOG_WRITE /* created (mode 0600) or migrated if need be; before rows are rewritten a backup is made (FILE.backup-v4: of version 4) */
};

/* Open the catalog at `path`; `now` (seconds since the epoch) dates a migration,
 * wait_ms is how long to wait for another writer. *out is the caller's to close,
 * NULL after failure.
 *   QF_ENOTFOUND     no such catalog (READ)
 *   QF_EUNSUPPORTED  newer than this program, or (READ) older; not a qfzz catalog;
 *                    on a network file system, where WAL does not hold
 *   QF_EBUSY         another tool kept it locked for wait_ms
 *   QF_ECORRUPT      damaged;  QF_EIO, QF_ENOMEM */
enum qf_status qf_catalog_open(struct qf_catalog **out, const char *path, enum qf_catalog_mode mode, int wait_ms,
			       int64_t now, struct qf_err *e);
void qf_catalog_close(struct qf_catalog *c); /* NULL is fine; an open transaction is rolled back */

/* The catalog's own UUID, in every row that speaks of its tracks. Lives as long as c. */
const char *qf_catalog_uuid(const struct qf_catalog *c);

const char *qf_catalog_path(const struct qf_catalog *c); /* as it was opened */

/* Let others know who writes: while a transaction is open, the file PATH.writer names the verb and the process, for the
 * sentence of those who wait in vain (QF_EBUSY). Advice only: the locks are SQLite's. `pid` 0: nobody. */
void qf_catalog_sign(struct qf_catalog *c, const char *verb, long pid);

/* How much memory pages of the file may take, instead of 64 MiB. */
void qf_catalog_set_cache(struct qf_catalog *c, int mib);

/* A write transaction. Commit is the acknowledgement: what it returned QF_OK for is
 * on disk. After a failed commit the transaction is rolled back. QF_EBUSY, QF_EIO
 * ("disk is full"), QF_ECORRUPT, QF_ENOMEM. */
enum qf_status qf_catalog_begin(struct qf_catalog *c, struct qf_err *e);
enum qf_status qf_catalog_commit(struct qf_catalog *c, struct qf_err *e);
void qf_catalog_rollback(struct qf_catalog *c); /* fine without one */

/* A read transaction: one unchanging view of the catalog until it is closed by
 * qf_catalog_rollback(). */
enum qf_status qf_catalog_begin_read(struct qf_catalog *c, struct qf_err *e);

/* A number that changes when another handle has written, for who keeps something in memory from one
 * transaction to the next. Inside of a transaction. */
enum qf_status qf_catalog_data_version(struct qf_catalog *c, int64_t *version, struct qf_err *e);

/* SQLite's integrity_check and foreign_key_check: QF_ECORRUPT with the first finding. */
enum qf_status qf_catalog_check(struct qf_catalog *c, struct qf_err *e);

#endif
