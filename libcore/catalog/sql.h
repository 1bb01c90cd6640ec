/* sql.h - how the files of this room speak SQL. Not for other rooms. */
#ifndef QF_CATALOG_SQL_H
#define QF_CATALOG_SQL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/track.h"
#include "catalog/catalog.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* A prepared statement from the cache, reset and with nothing bound. For texts of which
 * there are few. Valid until the same text is asked for again or the catalog is closed;
 * call qf_sql_done() when through with it, so that no read lock is left behind. */
enum qf_status qf_sql(struct qf_catalog *c, const char *text, sqlite3_stmt **out, struct qf_err *e);

/* The same for a text that was put together for this once: not cached, to be finalized by
 * the caller (sqlite3_finalize). */
enum qf_status qf_sql_prepare(struct qf_catalog *c, const char *text, sqlite3_stmt **out, struct qf_err *e);

/* One step: *row tells whether there is one. */
enum qf_status qf_sql_step(struct qf_catalog *c, sqlite3_stmt *s, bool *row, struct qf_err *e);

/* Run a statement that gives no rows, and reset it. */
enum qf_status qf_sql_run(struct qf_catalog *c, sqlite3_stmt *s, struct qf_err *e);
void qf_sql_done(sqlite3_stmt *s); /* NULL is fine */

/* The number in the first column of the row that ?1, a name, selects; 0: there is none. */
enum qf_status qf_sql_id_of(struct qf_catalog *c, const char *text, const char *name, int64_t *id, struct qf_err *e);

/* A statement of which ?1 and ?2, as far as it has them, are a and b. *out: the number that it gives; 0 for no row and for NULL. */
enum qf_status qf_sql_run2(struct qf_catalog *c, const char *text, int64_t a, int64_t b, struct qf_err *e);
enum qf_status qf_sql_number(struct qf_catalog *c, const char *text, int64_t a, int64_t b, int64_t *out, struct qf_err *e);

/* Statements without parameters. */
enum qf_status qf_sql_exec(struct qf_catalog *c, const char *text, struct qf_err *e);

/* For a pass over many rows that are wanted once: a cache so small that its pages stay near the processor, where one of 64 MB would take
 * up memory that was never touched. It is a fifth faster than to map the file. *was is for qf_sql_widen(), which gives `rc`, or its own
 * failure when that is QF_OK. */
enum qf_status qf_sql_narrow(struct qf_catalog *c, int64_t *was, struct qf_err *e);
enum qf_status qf_sql_widen(struct qf_catalog *c, int64_t was, enum qf_status rc, struct qf_err *e);

/* For a pass over large blobs: through read() of 4 KB it is a call for each page and a cache full of what is
 * never wanted again; mapped it is a third of that time. Only there: a mapped file that the disk cannot deliver is a signal.
 * qf_sql_unmap gives `rc`, or its own failure when that is QF_OK. */
enum qf_status qf_sql_map(struct qf_catalog *c, struct qf_err *e);
enum qf_status qf_sql_unmap(struct qf_catalog *c, enum qf_status rc, struct qf_err *e);

/* The error of the last call on this catalog, in words. */
enum qf_status qf_sql_fail(struct qf_catalog *c, struct qf_err *e);

/* Numbers of names, as far as this handle met them lately. */
struct qf_names *qf_sql_names(struct qf_catalog *c);

int64_t qf_sql_last_id(struct qf_catalog *c);
int64_t qf_sql_changes(struct qf_catalog *c);

/* Binding: NULL, 0-length or NaN values as told; bound bytes must live until the step. */
void qf_sql_bind_text(sqlite3_stmt *s, int i, const char *text);             /* NULL: NULL */
void qf_sql_bind_blob(sqlite3_stmt *s, int i, const void *p, size_t n);      /* p NULL: empty */
void qf_sql_bind_opt(sqlite3_stmt *s, int i, int64_t v);                     /* 0: NULL */

/* The absolute path of a row of `table` that has a path below root r, as bytes; and a folder with "/" behind it, with which what lies below it
 * begins. text is empty, holds what is bound, and is the caller's to free. QF_ENOMEM. */
#define QF_SQL_ABSOLUTE(table) "CAST((CASE r.path WHEN x'2f' THEN x'2f' ELSE r.path || '/' END) || " table ".path AS BLOB)"
enum qf_status qf_sql_bind_folder(sqlite3_stmt *s, int i, const char *folder, struct qf_buf *text, struct qf_err *e);

/* A text column as a copy in the arena; NULL for NULL. *rc becomes QF_ENOMEM when that fails. */
const char *qf_sql_text(sqlite3_stmt *s, int i, struct qf_arena *a, enum qf_status *rc);

/* The SQL functions of functions.c (qf_has, qf_begins, qf_fold, qf_match, qf_mix, qf_sha256), for every open catalog. False:
 * the connection says why. */
bool qf_sql_add_functions(sqlite3 *db);

/* A fresh catalog as a program of that version made it (0: of the newest; QF_EUNSUPPORTED: newer than this one), and how it becomes one of
 * the newest, without a backup. Errors of qf_catalog_open(). */
enum qf_status qf_sql_create(struct qf_catalog **out, const char *path, int version, int wait_ms, int64_t now, struct qf_err *e);
enum qf_status qf_sql_migrate(struct qf_catalog *c, int64_t now, struct qf_err *e);

void qf_sql_enable_triggers(struct qf_catalog *c, bool on); /* they are until somebody says otherwise */

/* ---- a track from a SELECT ------------------------------------------------------------- */

enum qf_with { QF_WITH_NO_FEATURES, QF_WITH_BRIEF_FEATURES, QF_WITH_ALL_FEATURES, QF_WITH_NUMBER_ALONE /* in select.c */ };

/* "SELECT <the columns of a track> FROM <its tables> ", to which WHERE and ORDER BY are
 * appended. The tables' names in there: t (track), r (root), al (album), aa (album
 * artist), f (features, LEFT JOIN, whatever `with` is). */
void qf_sql_put_track_select(struct qf_buf *b, enum qf_with with);

/* Its tables alone, " FROM … ". */
void qf_sql_put_track_tables(struct qf_buf *b);

/* The row under the statement. Texts go into the arena; with features, *f is filled
 * (initialised here, the caller's to free) and t->features points to it if there are
 * any. QF_ENOMEM; QF_ECORRUPT when a stored vector has a wrong size. */
enum qf_status qf_sql_read_track(sqlite3_stmt *s, enum qf_with with, struct qf_arena *a, struct qf_track *t,
				 struct qf_features *f, struct qf_err *e);

#endif
