#define _GNU_SOURCE
#include "catalog/catalog.h"

#include "base/alloc.h"
#include "catalog/backup.h"
#include "catalog/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x71667a7a /* "qfzz" */ };

#include "migrations.gen.h" /* migrations[]: version, name, sql */

#define NEWEST (migrations[sizeof migrations / sizeof *migrations - 1].version)

/* ---- migrations ------------------------------------------------------------------------ */

static enum qf_status apply(struct qf_catalog *c, size_t i, int64_t now, struct qf_err *e)
{
	char text[256];
	enum qf_status rc = qf_sql_exec(c, migrations[i].sql, e);

	snprintf(text, sizeof text, "INSERT INTO migration VALUES (%d, '%s', %lld); PRAGMA user_version = %d; PRAGMA application_id = %d;",
		 migrations[i].version, migrations[i].name, (long long)now, migrations[i].version, APPLICATION_ID);
	if (rc == QF_OK)
		rc = qf_sql_exec(c, text, e);
	if (rc == QF_OK && migrations[i].version == 1) /* a version 4 UUID */
		rc = qf_sql_exec(c, "INSERT INTO meta SELECT 'uuid', substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) ||"
				    " '-' || substr('89ab', 1 + abs(random() % 4), 1) || substr(h, 18, 3) || '-' || substr(h, 21)"
				    " FROM (SELECT lower(hex(randomblob(16))) AS h)", e);
	return rc;
}

/* Before rows that somebody has are rewritten: CATALOG.backup-v4, as it was with version 4. */
static enum qf_status back_up(struct qf_catalog *c, int64_t version, int64_t upto, struct qf_err *e)
{
	struct qf_buf name = { 0 };
	bool rewrites = false;
	enum qf_status rc;

	for (size_t i = 0; version && i < sizeof migrations / sizeof *migrations; i++)
		rewrites |= migrations[i].rewrites && migrations[i].version > version && migrations[i].version <= upto;
	if (!rewrites)
		return QF_OK;
	qf_buf_printf(&name, "%s.backup-v%lld", c->path, (long long)version);
	rc = qf_buf_check(&name, e);
	if (rc == QF_OK)
		rc = qf_backup_write(c->path, name.p, c->wait_ms, e);
	qf_buf_free(&name);
	return rc;
}

/* The backup is written under the lock, so that nothing is missing in it and nobody writes it at the same time. */
static enum qf_status migrate(struct qf_catalog *c, int64_t upto, bool backup, int64_t now, struct qf_err *e)
{
	int64_t version;
	enum qf_status rc = qf_catalog_begin(c, e);

	if (rc != QF_OK)
		return rc;
	rc = qf_sql_number(c, "PRAGMA user_version", 0, 0, &version, e); /* another tool may have been faster */
	if (rc == QF_OK && backup)
		rc = back_up(c, version, upto, e);
	for (size_t i = 0; rc == QF_OK && i < sizeof migrations / sizeof *migrations; i++)
		if (migrations[i].version > version && migrations[i].version <= upto)
			rc = apply(c, i, now, e);
	if (rc == QF_OK)
		return qf_catalog_commit(c, e);
	qf_catalog_rollback(c);
	return rc;
}

enum qf_status qf_sql_migrate(struct qf_catalog *c, int64_t now, struct qf_err *e)
{
	return migrate(c, NEWEST, false, now, e);
}

static enum qf_status newer(const char *path, int64_t version, struct qf_err *e)
{
	return qf_fail(e, QF_EUNSUPPORTED, "%s: the catalog has version %lld, this program knows up to %d: use a newer qfzz", path,
		       (long long)version, NEWEST);
}

/* What stands in the file: ours and of which version, or not ours. */
static enum qf_status check_version(struct qf_catalog *c, enum qf_catalog_mode mode, int64_t *version, struct qf_err *e)
{
	int64_t id, tables;
	enum qf_status rc = qf_sql_number(c, "PRAGMA application_id", 0, 0, &id, e);

	if (rc == QF_OK)
		rc = qf_sql_number(c, "PRAGMA user_version", 0, 0, version, e);
	if (rc == QF_OK)
		rc = qf_sql_number(c, "SELECT count(*) FROM sqlite_schema", 0, 0, &tables, e);
	if (rc != QF_OK)
		return rc;
	if (id != APPLICATION_ID && (tables || mode == QF_CATALOG_READ))
		return qf_fail(e, QF_EUNSUPPORTED, "%s: this is not a qfzz catalog", c->path);
	if (*version > NEWEST)
		return newer(c->path, *version, e);
	if (*version < NEWEST && mode == QF_CATALOG_READ)
		return qf_fail(e, QF_EUNSUPPORTED, "%s: the catalog has version %lld, this program wants %d: any writing verb, such as"
			       " `qfzz ingest`, brings it up to date", c->path, (long long)*version, NEWEST);
	return QF_OK;
}

/* ---- open and close -------------------------------------------------------------------- */

/* Locks and shared memory of WAL do not work across machines. */
static enum qf_status refuse_network(const char *path, struct qf_err *e)
{
	struct statfs fs;

	if (statfs(path, &fs) != 0)
		return qf_fail_errno(e, "%s", path);
	switch ((unsigned long)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CODA_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
		return qf_fail(e, QF_EUNSUPPORTED, "%s: is on a network file system, where a catalog would not be safe;"
			       " put it on a local disk (--catalog)", path);
	default:
		return QF_OK;
	}
}

static enum qf_status ensure_file(const char *path, enum qf_catalog_mode mode, struct qf_err *e)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0)
		return S_ISREG(st.st_mode) ? refuse_network(path, e) : qf_fail(e, QF_EUNSUPPORTED, "%s: not a regular file", path);
	if (errno != ENOENT)
		return qf_fail_errno(e, "%s", path);
	if (mode == QF_CATALOG_READ)
		return qf_fail(e, QF_ENOTFOUND, "%s: no catalog there; `qfzz ingest FOLDER` makes one", path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* SQLite gives WAL and backups the same mode */
	if (fd < 0)
		return qf_fail_errno(e, "%s: cannot create the catalog", path);
	close(fd);
	return refuse_network(path, e);
}

static enum qf_status set_up(struct qf_catalog *c, enum qf_catalog_mode mode, struct qf_err *e)
{
	int64_t is_wal = 0;
	enum qf_status rc;

	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_busy_timeout(c->db, c->wait_ms);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (!qf_sql_add_functions(c->db))
		return qf_sql_fail(c, e);
	rc = qf_sql_exec(c, "PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1; PRAGMA foreign_keys = 1;"
			    "PRAGMA synchronous = FULL;"
			    "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;", e);
	if (rc != QF_OK || mode == QF_CATALOG_READ)
		return rc == QF_OK ? qf_sql_exec(c, "PRAGMA query_only = 1", e) : rc;
	/* SQLite builds a tree of the seven actions for every event that it checks; ours come from qf_action_name() */
	rc = qf_sql_exec(c, "PRAGMA ignore_check_constraints = 1", e);
	if (rc == QF_OK)
		rc = qf_sql_number(c, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 0, 0, &is_wal, e);
	if (rc == QF_OK && !is_wal)
		rc = qf_sql_exec(c, "PRAGMA journal_mode = WAL", e);
	return rc;
}

static enum qf_status read_uuid(struct qf_catalog *c, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT value FROM meta WHERE key = 'uuid'", &s, e);

	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	if (rc != QF_OK)
		return rc;
	if (!row || sqlite3_column_bytes(s, 0) != 36)
		rc = qf_fail(e, QF_ECORRUPT, "%s: the catalog has no UUID", c->path);
	else
		snprintf(c->uuid, sizeof c->uuid, "%s", (const char *)sqlite3_column_text(s, 0));
	qf_sql_done(s);
	return rc;
}

/* Whether readers can make the shared memory that WAL wants beside the file. */
static bool can_write_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? qf_memdup0(path, slash == path ? 1 : (size_t)(slash - path)) : qf_strdup(".");
	bool can = folder && access(folder, W_OK) == 0 && access(path, W_OK) == 0;

	qf_free(folder);
	return can;
}

/* A catalog that we can only look at. Nobody's journal may be open then: "immutable" reads the
 * file alone. */
static enum qf_status open_still(struct qf_catalog *c, struct qf_err *e)
{
	struct qf_buf name = { 0 };
	struct stat st;
	int code;

	qf_buf_printf(&name, "%s-wal", c->path);
	if (name.p && stat(name.p, &st) == 0 && st.st_size > 0) {
		qf_buf_free(&name);
		return qf_fail(e, QF_EIO, "%s: the file or its folder cannot be written, and a writer is at work or was cut off (-wal is there):"
				      " ask its owner to run `qfzz stats` once", c->path);
	}
	qf_buf_clear(&name);
	qf_buf_puts(&name, "file:");
	for (const char *p = c->path; *p; p++)
		qf_buf_printf(&name, strchr("%?#", *p) ? "%%%02X" : "%c", (unsigned char)*p);
	qf_buf_puts(&name, "?immutable=1");
	if (qf_buf_check(&name, e) != QF_OK)
		return QF_ENOMEM;
	code = sqlite3_open_v2(name.p, &c->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	qf_buf_free(&name);
	return code == SQLITE_OK ? QF_OK : qf_sql_fail(c, e);
}

static enum qf_status open_file(struct qf_catalog *c, enum qf_catalog_mode mode, int64_t upto, int64_t now, struct qf_err *e)
{
	int64_t version = 0;
	enum qf_status rc = QF_OK;

	if (mode == QF_CATALOG_READ && !can_write_beside(c->path))
		rc = open_still(c, e);
	else if (sqlite3_open_v2(c->path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return qf_sql_fail(c, e);
	if (rc != QF_OK)
		return rc;
	rc = set_up(c, mode, e);
	if (rc == QF_OK)
		rc = check_version(c, mode, &version, e);
	if (rc == QF_OK && version < upto)
		rc = migrate(c, upto, true, now, e);
	return rc == QF_OK ? read_uuid(c, e) : rc;
}

static enum qf_status open_upto(struct qf_catalog **out, const char *path, enum qf_catalog_mode mode, int64_t upto, int wait_ms,
				int64_t now, struct qf_err *e)
{
	struct qf_catalog *c;
	enum qf_status rc;

	*out = NULL;
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody reads them, and every allocation would wait for a lock; before the first open of a process */
	rc = ensure_file(path, mode, e);
	if (rc != QF_OK)
		return rc;
	c = qf_zalloc(1, sizeof *c);
	if (!c || (c->path = qf_strdup(path)) == NULL) {
		qf_free(c);
		return qf_fail(e, QF_ENOMEM, "%s: out of memory", path);
	}
	c->wait_ms = wait_ms;
	rc = open_file(c, mode, upto, now, e);
	if (rc != QF_OK) {
		qf_catalog_close(c);
		return rc;
	}
	*out = c;
	return QF_OK;
}

enum qf_status qf_catalog_open(struct qf_catalog **out, const char *path, enum qf_catalog_mode mode, int wait_ms,
			       int64_t now, struct qf_err *e)
{
	return open_upto(out, path, mode, NEWEST, wait_ms, now, e);
}

enum qf_status qf_sql_create(struct qf_catalog **out, const char *path, int version, int wait_ms, int64_t now, struct qf_err *e)
{
	*out = NULL;
	if (version > NEWEST)
		return newer(path, version, e);
	return open_upto(out, path, QF_CATALOG_WRITE, version > 0 ? version : NEWEST, wait_ms, now, e);
}

void qf_catalog_close(struct qf_catalog *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->cached; i++)
		sqlite3_finalize(c->cache[i]);
	sqlite3_close(c->db);
	if (c->trust.end)
		c->trust.end(c->trust.ctx);
	qf_names_forget(&c->names);
	if (c->path)
		qf_writer_hide(&c->writer, c->path);
	qf_free(c->path);
	qf_free(c);
}

const char *qf_catalog_uuid(const struct qf_catalog *c)
{
	return c->uuid;
}

const char *qf_catalog_path(const struct qf_catalog *c)
{
	return c->path;
}

void qf_catalog_sign(struct qf_catalog *c, const char *verb, long pid)
{
	c->writer.pid = pid;
	snprintf(c->writer.verb, sizeof c->writer.verb, "%s", verb);
}

void qf_catalog_set_cache(struct qf_catalog *c, int mib)
{
	char text[64];

	snprintf(text, sizeof text, "PRAGMA cache_size = -%d", mib * 1024);
	sqlite3_exec(c->db, text, NULL, NULL, NULL);
}

/* ---- transactions ---------------------------------------------------------------------- */

enum qf_status qf_catalog_begin(struct qf_catalog *c, struct qf_err *e)
{
	enum qf_status rc = qf_sql_exec(c, "BEGIN IMMEDIATE", e);

	if (rc == QF_OK)
		qf_writer_show(&c->writer, c->path);
	return rc;
}

enum qf_status qf_catalog_begin_read(struct qf_catalog *c, struct qf_err *e)
{
	return qf_sql_exec(c, "BEGIN", e);
}

enum qf_status qf_catalog_commit(struct qf_catalog *c, struct qf_err *e)
{
	enum qf_status rc = qf_sql_exec(c, "COMMIT", e);

	if (rc != QF_OK)
		qf_catalog_rollback(c);
	return rc;
}

void qf_catalog_rollback(struct qf_catalog *c)
{
	for (size_t i = 0; i < c->cached; i++)
		sqlite3_reset(c->cache[i]);
	qf_names_forget(&c->names);
	if (!sqlite3_get_autocommit(c->db))
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

enum qf_status qf_catalog_data_version(struct qf_catalog *c, int64_t *version, struct qf_err *e)
{
	return qf_sql_number(c, "PRAGMA data_version", 0, 0, version, e);
}

enum qf_status qf_catalog_check(struct qf_catalog *c, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	int64_t strays = 0;
	enum qf_status rc = qf_sql_exec(c, "PRAGMA ignore_check_constraints = 0", e);

	if (rc == QF_OK)
		rc = qf_sql(c, "PRAGMA integrity_check(1)", &s, e);
	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	if (rc != QF_OK)
		return rc;
	if (!row || strcmp((const char *)sqlite3_column_text(s, 0), "ok") != 0)
		rc = qf_fail(e, QF_ECORRUPT, "%s: %s", c->path, row ? (const char *)sqlite3_column_text(s, 0) : "no answer");
	qf_sql_done(s);
	if (rc == QF_OK)
		rc = qf_sql_number(c, "SELECT count(*) FROM pragma_foreign_key_check", 0, 0, &strays, e);
	if (rc == QF_OK && strays)
		rc = qf_fail(e, QF_ECORRUPT, "%s: %lld rows point to rows that are not there", c->path, (long long)strays);
	return rc;
}
