#define _GNU_SOURCE
#include "catalog/doctor.h"

#include "base/buf.h"
#include "catalog/backup.h"
#include "catalog/catalog.h"
#include "catalog/doctor_rules.h"
#include "catalog/pages.h"
#include "catalog/salvage.h"
#include "catalog/sql.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REBUILD_WORDS "INSERT INTO track_fts (track_fts) VALUES ('rebuild')"

/* "/x/catalog.db.backup-20260321T120000Z" */
static enum qf_status dated(struct qf_buf *out, const char *path, const char *what, int64_t now, struct qf_err *e)
{
	time_t t = (time_t)now;
	struct tm tm;
	char date[32] = "";

	if (gmtime_r(&t, &tm))
		strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &tm);
	qf_buf_printf(out, "%s.%s-%s", path, what, date);
	return qf_buf_check(out, e);
}

static enum qf_status told(const struct qf_doctor *d, const char *check, int64_t n, const char *text, const char *where, struct qf_err *e)
{
	struct qf_buf line = { 0 };
	enum qf_status rc;

	qf_buf_printf(&line, "%s %s", text, where);
	rc = qf_buf_check(&line, e);
	if (rc == QF_OK)
		rc = d->report(d->user, &(struct qf_finding){ check, QF_SEVERITY_NOTE, n, line.p, "", true }, e);
	qf_buf_free(&line);
	return rc;
}

static enum qf_status write_backup(const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	struct qf_buf name = { 0 };
	enum qf_status rc = dated(&name, path, "backup", d->now, e);

	if (rc == QF_OK)
		rc = qf_backup_write(path, name.p, d->wait_ms, e);
	if (rc == QF_OK)
		rc = told(d, "backup", 1, "a backup was written:", name.p, e);
	qf_buf_free(&name);
	return rc;
}

static enum qf_status mend_rows(struct qf_catalog *c, const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	bool differs;
	enum qf_status rc = write_backup(path, d, e);

	if (rc == QF_OK)
		rc = qf_doctor_words(path, &differs, e);
	if (rc == QF_OK)
		rc = qf_catalog_begin(c, e);
	if (rc != QF_OK)
		return rc;
	rc = qf_doctor_rules(c, d, true, e);
	if (rc == QF_OK && differs)
		rc = qf_sql_exec(c, REBUILD_WORDS, e);
	if (rc == QF_OK && differs)
		rc = told(d, "words", 1, "the full-text index was made anew in", path, e);
	if (rc == QF_OK)
		rc = qf_catalog_commit(c, e);
	else
		qf_catalog_rollback(c);
	return rc == QF_OK ? qf_sql_exec(c, "PRAGMA wal_checkpoint(TRUNCATE)", e) : rc;
}

/* The new catalog takes the place of the damaged one, which goes to `aside` with its journal. The
 * journal first: one that is not its own must never lie beside the new file. */
static enum qf_status exchange(const char *path, const char *fresh, const char *aside, struct qf_err *e)
{
	static const char *const ends[] = { "-wal", "-shm" };
	struct qf_buf from = { 0 }, to = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < 2; i++) {
		qf_buf_clear(&from);
		qf_buf_clear(&to);
		qf_buf_printf(&from, "%s%s", path, ends[i]);
		qf_buf_printf(&to, "%s%s", aside, ends[i]);
		rc = from.failed ? qf_buf_check(&from, e) : qf_buf_check(&to, e);
		if (rc == QF_OK && rename(from.p, to.p) != 0 && errno != ENOENT)
			rc = qf_fail_errno(e, "%s", from.p);
	}
	if (rc == QF_OK && link(path, aside) != 0)
		rc = qf_fail_errno(e, "%s", aside);
	if (rc == QF_OK && rename(fresh, path) != 0)
		rc = qf_fail_errno(e, "%s", path);
	qf_buf_free(&from);
	qf_buf_free(&to);
	return rc == QF_OK ? qf_backup_sync_folder(path, e) : rc;
}

static void remove_fresh(const char *fresh)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < 3; i++) {
		struct qf_buf name = { 0 };

		qf_buf_printf(&name, "%s%s", fresh, ends[i]);
		if (!name.failed)
			unlink(name.p);
		qf_buf_free(&name);
	}
}

/* Hold other writers off the damaged file, as far as it lets itself be locked: one that does not, nobody can write to. */
static enum qf_status lock(sqlite3 **out, const char *path, int wait_ms, struct qf_err *e)
{
	int code = sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return qf_fail(e, code == SQLITE_NOMEM ? QF_ENOMEM : QF_EIO, "%s: %s", path, *out ? sqlite3_errmsg(*out) : "out of memory");
	sqlite3_busy_timeout(*out, wait_ms);
	sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); /* nothing of the journal is moved into it */
	if (sqlite3_exec(*out, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_BUSY)
		return qf_fail(e, QF_EBUSY, "%s: another tool is writing; try again later", path);
	return QF_OK;
}

/* What follows from other rows, and could not be taken as it was. */
static enum qf_status complete(struct qf_catalog *to, const struct qf_doctor *d, struct qf_err *e)
{
	enum qf_status rc = qf_sql_migrate(to, d->now, e);

	if (rc == QF_OK)
		rc = qf_sql_exec(to, REBUILD_WORDS, e);
	if (rc == QF_OK)
		rc = qf_catalog_begin(to, e);
	if (rc == QF_OK) {
		rc = qf_doctor_rules(to, d, true, e);
		if (rc == QF_OK)
			rc = qf_catalog_commit(to, e);
		else
			qf_catalog_rollback(to);
	}
	if (rc == QF_OK)
		rc = qf_catalog_check(to, e);
	return rc == QF_OK ? qf_sql_exec(to, "PRAGMA wal_checkpoint(TRUNCATE)", e) : rc;
}

static enum qf_status fill_fresh(const char *path, const char *fresh, const struct qf_doctor *d, int64_t *rows, int64_t *gaps,
				 struct qf_err *e)
{
	enum { USUAL = 4096 };
	struct qf_catalog *to = NULL;
	struct qf_pages *from = NULL;
	sqlite3 *held = NULL;
	enum qf_status rc = lock(&held, path, d->wait_ms, e);

	if (rc == QF_OK)
		rc = qf_pages_open(&from, path, USUAL, e);
	if (rc == QF_OK)
		rc = qf_sql_create(&to, fresh, qf_pages_user_version(from), d->wait_ms, d->now, e);
	if (rc == QF_OK) {
		rc = qf_salvage(to, from, rows, gaps, e);
		if (rc == QF_ECORRUPT)
			qf_err_at(e, path);
	}
	sqlite3_close(held);
	qf_pages_close(from);
	if (rc == QF_OK)
		rc = complete(to, d, e);
	qf_catalog_close(to);
	return rc;
}

static enum qf_status recover(const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	struct qf_buf fresh = { 0 }, aside = { 0 };
	int64_t rows = 0, gaps = 0;
	char text[160];
	enum qf_status rc = dated(&aside, path, "damaged", d->now, e);

	if (rc == QF_OK)
		rc = dated(&fresh, path, "recovered", d->now, e);
	if (rc == QF_OK) {
		remove_fresh(fresh.p);
		rc = fill_fresh(path, fresh.p, d, &rows, &gaps, e);
		if (rc == QF_OK)
			rc = exchange(path, fresh.p, aside.p, e);
		if (rc != QF_OK)
			remove_fresh(fresh.p);
	}
	if (rc == QF_OK) {
		snprintf(text, sizeof text, "%lld rows were recovered (of %lld tables not every page could be read); the damaged file is kept as", (long long)rows,
			 (long long)gaps);
		rc = told(d, "recovery", rows, text, aside.p, e);
	}
	qf_buf_free(&fresh);
	qf_buf_free(&aside);
	return rc;
}

/* Whether SQLite finds nothing wrong with the file, of whatever version it is. */
static enum qf_status is_whole(const char *path, int wait_ms, bool *whole, struct qf_err *e)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	const char *line = NULL;
	int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	enum qf_status rc = QF_OK;

	if (code == SQLITE_OK) {
		sqlite3_busy_timeout(db, wait_ms);
		sqlite3_exec(db, "PRAGMA cell_size_check = 1; PRAGMA query_only = 1", NULL, NULL, NULL);
		code = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &s, NULL);
	}
	if (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		line = (const char *)sqlite3_column_text(s, 0);
	*whole = line && strcmp(line, "ok") == 0;
	if (line)
		rc = qf_doctor_not_damage(line, e);
	else if (code == SQLITE_ROW || code == SQLITE_NOMEM)
		rc = qf_fail(e, QF_ENOMEM, "out of memory while the catalog was checked");
	else if (code == SQLITE_BUSY)
		rc = qf_fail(e, QF_EBUSY, "%s: another tool keeps it busy; try again later", path);
	else if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB)
		rc = qf_fail(e, QF_EIO, "%s: %s (%d)", path, sqlite3_errmsg(db), code);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return rc;
}

enum qf_status qf_doctor_repair(const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	struct qf_catalog *c = NULL;
	struct stat st;
	bool sound = false;
	enum qf_status rc;

	if (stat(path, &st) != 0)
		return errno == ENOENT ? qf_fail(e, QF_ENOTFOUND, "%s: no catalog there", path) : qf_fail_errno(e, "%s", path);
	rc = is_whole(path, d->wait_ms, &sound, e);
	if (rc != QF_OK)
		return rc;
	if (!sound)
		rc = recover(path, d, e);
	if (rc == QF_OK && sound) {
		rc = qf_catalog_open(&c, path, QF_CATALOG_WRITE, d->wait_ms, d->now, e);
		if (rc == QF_OK)
			rc = mend_rows(c, path, d, e);
		qf_catalog_close(c);
	}
	if (rc == QF_OK && stat(path, &st) == 0 && (st.st_mode & 077)) {
		if (chmod(path, 0600) != 0)
			return qf_fail_errno(e, "%s", path);
		rc = told(d, "mode", 1, "nobody else may read the file any more:", path, e);
	}
	return rc;
}
