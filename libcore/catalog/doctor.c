#define _GNU_SOURCE
#include "catalog/doctor.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "catalog/catalog.h"
#include "catalog/salvage.h"
#include "catalog/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define REPAIR "qfzz doctor --repair"
#define MIB ((int64_t)1 << 20)

enum { WAL_LARGE = 64, SPACE = 64, BROKEN_SHOWN = 20 }; /* MiB, MiB, lines of integrity_check */

/* ---- reporting ---------------------------------------------------------------------------- */

static enum qf_status report(const struct qf_doctor *d, const struct qf_finding *f, struct qf_err *e)
{
	return d->report(d->user, f, e);
}

static enum qf_status found(const struct qf_doctor *d, const char *check, enum qf_severity severity, int64_t count,
			    const char *text, const char *mend, struct qf_err *e)
{
	return report(d, &(struct qf_finding){ check, severity, count, text, mend, false }, e);
}

/* ---- rows that contradict each other --------------------------------------------------------- */

/* What each table holds that it should not: how to count it, how to mend it. ?1 is the version of the
 * features' extractor. In the order of mending: what others point to comes first. */
static const struct rule {
	const char *check;
	enum qf_severity severity;
	const char *text; /* with %lld */
	const char *count, *mend; /* mend NULL: by the command in `how` */
	const char *how;
} rules[] = {
	{ "roots", QF_SEVERITY_WARNING, "%lld tracks lie in a folder that is not known any more",
	  "SELECT count(*) FROM track WHERE root_id NOT IN (SELECT id FROM root)",
	  "INSERT INTO root (id, path) SELECT DISTINCT root_id, CAST('/recovered-' || root_id AS BLOB) FROM track WHERE root_id NOT IN"
	  " (SELECT id FROM root)", REPAIR },
	{ "users", QF_SEVERITY_WARNING, "%lld events belong to a user who is not known any more",
	  "SELECT count(*) FROM event WHERE user_id NOT IN (SELECT id FROM user)",
	  "INSERT INTO user (id, name) SELECT DISTINCT user_id, 'recovered-' || user_id FROM event WHERE user_id NOT IN (SELECT id FROM user)",
	  REPAIR },
	{ "artists", QF_SEVERITY_WARNING, "%lld tracks have an artist who is not known any more",
	  "SELECT count(*) FROM track WHERE artist_id IS NOT NULL AND artist_id NOT IN (SELECT id FROM artist)",
	  "INSERT OR IGNORE INTO artist (id, name, fold) SELECT artist_id, min(artist), qf_fold(min(artist)) FROM track WHERE artist_id IS NOT NULL"
	  " AND artist IS NOT NULL AND artist_id NOT IN (SELECT id FROM artist) GROUP BY artist_id;"
	  "UPDATE track SET artist_id = NULL WHERE artist_id NOT IN (SELECT id FROM artist)", REPAIR },
	{ "albums", QF_SEVERITY_WARNING, "%lld tracks have an album that is not known any more",
	  "SELECT count(*) FROM track WHERE album_id IS NOT NULL AND album_id NOT IN (SELECT id FROM album)",
	  "UPDATE track SET album_id = NULL WHERE album_id NOT IN (SELECT id FROM album)", REPAIR },
	{ "albums", QF_SEVERITY_WARNING, "%lld albums have an artist who is not known any more",
	  "SELECT count(*) FROM album WHERE artist_id <> 0 AND artist_id NOT IN (SELECT id FROM artist)",
	  "UPDATE OR IGNORE album SET artist_id = 0 WHERE artist_id NOT IN (SELECT id FROM artist)", REPAIR },
	{ "events", QF_SEVERITY_WARNING, "%lld events speak of a track that is not there",
	  "SELECT count(*) FROM event WHERE track_id IS NOT NULL AND track_id NOT IN (SELECT id FROM track)",
	  "UPDATE event SET track_id = NULL WHERE track_id NOT IN (SELECT id FROM track)", REPAIR },
	{ "features", QF_SEVERITY_WARNING, "%lld features of tracks that are not there",
	  "SELECT count(*) FROM features WHERE track_id NOT IN (SELECT id FROM track)",
	  "DELETE FROM features WHERE track_id NOT IN (SELECT id FROM track)", REPAIR },
	{ "tags", QF_SEVERITY_WARNING, "%lld tags of tracks that are not there, or without a name",
	  "SELECT (SELECT count(*) FROM tag_own WHERE track_id NOT IN (SELECT id FROM track) OR key_id NOT IN (SELECT id FROM tag_key))"
	  " + (SELECT count(*) FROM tag_shared WHERE set_id NOT IN (SELECT id FROM tag_set) OR key_id NOT IN (SELECT id FROM tag_key))",
	  "DELETE FROM tag_own WHERE track_id NOT IN (SELECT id FROM track) OR key_id NOT IN (SELECT id FROM tag_key);"
	  "DELETE FROM tag_shared WHERE set_id NOT IN (SELECT id FROM tag_set) OR key_id NOT IN (SELECT id FROM tag_key)", REPAIR },
	{ "tags", QF_SEVERITY_WARNING, "%lld tracks have shared tags that are not there",
	  "SELECT count(*) FROM track WHERE tag_set IS NOT NULL AND tag_set NOT IN (SELECT id FROM tag_set)",
	  "UPDATE track SET tag_set = NULL, size = -1 WHERE tag_set NOT IN (SELECT id FROM tag_set)", REPAIR }, /* to be read again */
	{ "datasets", QF_SEVERITY_WARNING, "%lld places in datasets of tracks that are not there",
	  "SELECT count(*) FROM dataset_track WHERE track_id NOT IN (SELECT id FROM track) OR dataset_id NOT IN (SELECT id FROM dataset)",
	  "DELETE FROM dataset_track WHERE track_id NOT IN (SELECT id FROM track) OR dataset_id NOT IN (SELECT id FROM dataset)", REPAIR },
	{ "failures", QF_SEVERITY_WARNING, "%lld failures of tracks or folders that are not there",
	  "SELECT count(*) FROM failure WHERE root_id NOT IN (SELECT id FROM root) OR track_id NOT IN (SELECT id FROM track)",
	  "DELETE FROM failure WHERE root_id NOT IN (SELECT id FROM root) OR track_id NOT IN (SELECT id FROM track)", REPAIR },
	{ "models", QF_SEVERITY_WARNING, "%lld pages of factors without their model",
	  "SELECT count(*) FROM factor WHERE model_id NOT IN (SELECT id FROM model)",
	  "DELETE FROM factor WHERE model_id NOT IN (SELECT id FROM model)", REPAIR },
	{ "words", QF_SEVERITY_WARNING, "%lld tracks are not in the full-text index, or no tracks are there that it has",
	  "SELECT (SELECT count(*) FROM track WHERE id NOT IN (SELECT id FROM track_fts_docsize))"
	  " + (SELECT count(*) FROM track_fts_docsize WHERE id NOT IN (SELECT id FROM track))",
	  "INSERT INTO track_fts (track_fts) VALUES ('rebuild')", REPAIR },
	{ "albums", QF_SEVERITY_NOTE, "%lld albums that no track has any more",
	  "SELECT count(*) FROM album WHERE id NOT IN (SELECT album_id FROM track WHERE album_id IS NOT NULL)",
	  "DELETE FROM album WHERE id NOT IN (SELECT album_id FROM track WHERE album_id IS NOT NULL)", REPAIR },
	{ "artists", QF_SEVERITY_NOTE, "%lld artists that no track and no album has any more",
	  "SELECT count(*) FROM artist WHERE id NOT IN (SELECT artist_id FROM track WHERE artist_id IS NOT NULL)"
	  " AND id NOT IN (SELECT artist_id FROM album)",
	  "DELETE FROM artist WHERE id NOT IN (SELECT artist_id FROM track WHERE artist_id IS NOT NULL)"
	  " AND id NOT IN (SELECT artist_id FROM album)", REPAIR },
	{ "references", QF_SEVERITY_WARNING, "%lld other rows point to rows that are not there",
	  "SELECT count(*) FROM pragma_foreign_key_check WHERE \"table\" NOT IN ('track', 'event', 'features', 'tag_own', 'tag_shared', 'dataset_track',"
	  " 'failure', 'factor')", NULL, "restore a backup, or drop these rows with sqlite3" },
	{ "stale", QF_SEVERITY_NOTE, "%lld tracks have features by an older version",
	  "SELECT count(*) FROM features f JOIN track t ON t.id = f.track_id WHERE f.version < ?1 AND t.missing_since IS NULL", NULL,
	  "qfzz features" },
};

static enum qf_status one_number(struct qf_catalog *c, const char *sql, int version, int64_t *out, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql_prepare(c, sql, &s, e);

	*out = 0;
	if (rc == QF_OK && sqlite3_bind_parameter_count(s))
		sqlite3_bind_int(s, 1, version);
	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*out = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return rc;
}

/* Report each rule that is broken; with `mend`, mend what can be mended instead. */
static enum qf_status apply_rules(struct qf_catalog *c, const struct qf_doctor *d, bool mend, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < sizeof rules / sizeof *rules; i++) {
		const struct rule *r = &rules[i];
		struct qf_finding f = { r->check, r->severity, 0, NULL, r->how, false };
		char text[200];

		if (mend && !r->mend)
			continue;
		rc = one_number(c, r->count, d->features_version, &f.count, e);
		if (rc != QF_OK || f.count == 0)
			continue;
		if (mend)
			rc = qf_sql_exec(c, r->mend, e);
		snprintf(text, sizeof text, r->text, (long long)f.count);
		f.text = text;
		f.mended = mend;
		if (rc == QF_OK)
			rc = report(d, &f, e);
	}
	return rc;
}

/* ---- the file and its place ------------------------------------------------------------------- */

static int64_t size_of(const char *path, const char *end)
{
	struct qf_buf name = { 0 };
	struct stat st;
	int64_t size = -1;

	qf_buf_printf(&name, "%s%s", path, end);
	if (!name.failed && stat(name.p, &st) == 0)
		size = st.st_size;
	qf_buf_free(&name);
	return size;
}

static enum qf_status check_place(const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	struct stat st;
	struct statvfs fs;
	char text[200];
	int64_t wal = size_of(path, "-wal"), left;
	enum qf_status rc = QF_OK;

	if (stat(path, &st) != 0)
		return errno == ENOENT ? qf_fail(e, QF_ENOTFOUND, "%s: no catalog there", path) : qf_fail_errno(e, "%s", path);
	if (st.st_mode & 077) {
		snprintf(text, sizeof text, "others may read or write the file (mode %03o); it holds what people listened to", (unsigned)(st.st_mode & 0777));
		rc = found(d, "mode", QF_SEVERITY_WARNING, st.st_mode & 0777, text, REPAIR, e);
	}
	if (rc == QF_OK && wal > WAL_LARGE * MIB) {
		snprintf(text, sizeof text, "the journal (-wal) has %lld MiB: a reader or a killed tool kept it from being emptied", (long long)(wal / MIB));
		rc = found(d, "journal", QF_SEVERITY_WARNING, wal, text, REPAIR, e);
	}
	if (rc == QF_OK && statvfs(path, &fs) == 0) {
		left = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
		if (left < st.st_size + SPACE * MIB) {
			snprintf(text, sizeof text, "%lld MiB are free on its disk; a backup needs %lld", (long long)(left / MIB),
				 (long long)(st.st_size / MIB + SPACE));
			rc = found(d, "space", QF_SEVERITY_WARNING, left, text, "make room on this disk", e);
		}
	}
	return rc;
}

/* ---- structure ---------------------------------------------------------------------------------- */

static enum qf_status damaged(const struct qf_doctor *d, int64_t n, const char *text, struct qf_err *e)
{
	return found(d, "integrity", QF_SEVERITY_DAMAGE, n, text, REPAIR, e);
}

/* *sound turns false with the first thing that is broken. */
/* A line of integrity_check that tells of our own trouble and not of the file's: "… unable to get the
 * page. error code=7". QF_OK if it is the file's. */
static enum qf_status not_damage(const char *line, struct qf_err *e)
{
	const char *at = strstr(line, "error code=");
	int code = at ? (int)strtol(at + strlen("error code="), NULL, 10) & 0xff : 0;

	if (code == SQLITE_NOMEM || strstr(line, "out of memory"))
		return qf_fail(e, QF_ENOMEM, "out of memory while the catalog was checked");
	return code == SQLITE_IOERR ? qf_fail(e, QF_EIO, "the disk failed while the catalog was checked: %s", line) : QF_OK;
}

static enum qf_status check_structure(struct qf_catalog *c, const struct qf_doctor *d, bool *sound, struct qf_err *e)
{
	char text[64];
	sqlite3_stmt *s = NULL;
	bool row = true;
	enum qf_status rc;

	snprintf(text, sizeof text, "PRAGMA %s(%d)", d->quick ? "quick_check" : "integrity_check", BROKEN_SHOWN);
	*sound = true;
	rc = qf_sql_exec(c, "PRAGMA ignore_check_constraints = 0", e);
	if (rc == QF_OK)
		rc = qf_sql_prepare(c, text, &s, e);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		const char *line = (const char *)sqlite3_column_text(s, 0);

		if (line && strcmp(line, "ok") == 0)
			break;
		rc = line ? not_damage(line, e) : QF_ENOMEM;
		if (rc != QF_OK)
			break;
		*sound = false;
		rc = damaged(d, 1, line, e);
	}
	sqlite3_finalize(s);
	if (rc == QF_ECORRUPT) {
		*sound = false;
		rc = damaged(d, 1, e->text, e);
	}
	return rc;
}

/* ---- files that are not there ------------------------------------------------------------------- */

static enum qf_status check_files(struct qf_catalog *c, const struct qf_doctor *d, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	sqlite3_stmt *s;
	bool row = true;
	int64_t gone = 0;
	char text[120];
	struct stat st;
	enum qf_status rc = qf_sql_prepare(c, "SELECT r.path, t.path FROM track t JOIN root r ON r.id = t.root_id WHERE t.missing_since IS NULL",
					   &s, e);

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		qf_buf_clear(&path);
		for (int i = 0; i < 2; i++) {
			const void *p = sqlite3_column_blob(s, i);

			if (p)
				qf_buf_put(&path, p, (size_t)sqlite3_column_bytes(s, i));
			if (i == 0)
				qf_buf_putc(&path, '/');
		}
		rc = qf_buf_check(&path, e);
		gone += rc == QF_OK && lstat(path.p, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
	}
	sqlite3_finalize(s);
	qf_buf_free(&path);
	if (rc != QF_OK || gone == 0)
		return rc;
	snprintf(text, sizeof text, "the files of %lld tracks are not there, and no scan has noticed it yet", (long long)gone);
	return found(d, "files", QF_SEVERITY_NOTE, gone, text, "qfzz ingest", e);
}

/* ---- the check ------------------------------------------------------------------------------------ */

static enum qf_status check_rows(struct qf_catalog *c, const struct qf_doctor *d, struct qf_err *e)
{
	enum qf_status rc = apply_rules(c, d, false, e);

	return rc == QF_OK && !d->quick ? check_files(c, d, e) : rc;
}

enum qf_status qf_doctor_check(const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	struct qf_catalog *c = NULL;
	bool sound = false;
	enum qf_status rc = check_place(path, d, e);

	if (rc != QF_OK)
		return rc;
	rc = qf_catalog_open(&c, path, QF_CATALOG_READ, d->wait_ms, d->now, e);
	if (rc == QF_ECORRUPT)
		return damaged(d, 1, e->text, e);
	if (rc == QF_OK)
		rc = qf_catalog_begin_read(c, e);
	if (rc == QF_OK)
		rc = check_structure(c, d, &sound, e);
	if (rc == QF_OK && sound)
		rc = check_rows(c, d, e);
	if (rc == QF_ECORRUPT)
		rc = damaged(d, 1, e->text, e);
	qf_catalog_close(c);
	return rc;
}

/* ---- repair ----------------------------------------------------------------------------------------- */

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

/* An empty file that only we may read; VACUUM INTO takes it. */
static enum qf_status make_private(const char *path, struct qf_err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return qf_fail_errno(e, "%s", path);
	close(fd);
	return QF_OK;
}

static enum qf_status sync_path(const char *path, struct qf_err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int bad = fd < 0 || fsync(fd) != 0;
	enum qf_status rc = bad ? qf_fail_errno(e, "%s", path) : QF_OK;

	if (fd >= 0)
		close(fd);
	return rc;
}

static enum qf_status sync_folder(const char *path, struct qf_err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? qf_memdup0(path, slash == path ? 1 : (size_t)(slash - path)) : qf_strdup(".");
	enum qf_status rc = folder ? sync_path(folder, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	qf_free(folder);
	return rc;
}

static enum qf_status told(const struct qf_doctor *d, const char *check, int64_t n, const char *text, const char *where, struct qf_err *e)
{
	struct qf_buf line = { 0 };
	enum qf_status rc;

	qf_buf_printf(&line, "%s %s", text, where);
	rc = qf_buf_check(&line, e);
	if (rc == QF_OK)
		rc = report(d, &(struct qf_finding){ check, QF_SEVERITY_NOTE, n, line.p, "", true }, e);
	qf_buf_free(&line);
	return rc;
}

static enum qf_status write_backup(struct qf_catalog *c, const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	struct qf_buf name = { 0 };
	sqlite3_stmt *s = NULL;
	bool made = false;
	enum qf_status rc = dated(&name, path, "backup", d->now, e);

	if (rc == QF_OK)
		rc = make_private(name.p, e);
	made = rc == QF_OK;
	if (rc == QF_OK)
		rc = qf_sql_prepare(c, "VACUUM INTO ?1", &s, e);
	if (rc == QF_OK) {
		sqlite3_bind_text(s, 1, name.p, -1, SQLITE_STATIC);
		rc = qf_sql_run(c, s, e);
	}
	sqlite3_finalize(s);
	if (rc == QF_OK)
		rc = sync_path(name.p, e);
	if (rc == QF_OK)
		rc = sync_folder(name.p, e);
	if (rc == QF_OK)
		rc = told(d, "backup", 1, "a backup was written:", name.p, e);
	else if (made)
		unlink(name.p);
	qf_buf_free(&name);
	return rc;
}

static enum qf_status mend_rows(struct qf_catalog *c, const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	enum qf_status rc = write_backup(c, path, d, e);

	if (rc == QF_OK)
		rc = qf_catalog_begin(c, e);
	if (rc != QF_OK)
		return rc;
	rc = apply_rules(c, d, true, e);
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
	return rc == QF_OK ? sync_folder(path, e) : rc;
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

static enum qf_status fill_fresh(const char *path, const char *fresh, const struct qf_doctor *d, int64_t *rows, int64_t *gaps,
				 struct qf_err *e)
{
	struct qf_catalog *to = NULL;
	enum qf_status rc = qf_catalog_open(&to, fresh, QF_CATALOG_WRITE, d->wait_ms, d->now, e);

	if (rc == QF_OK)
		rc = qf_salvage(to, path, d->wait_ms, rows, gaps, e);
	if (rc == QF_OK)
		rc = qf_catalog_begin(to, e);
	if (rc == QF_OK) {
		rc = apply_rules(to, d, true, e);
		if (rc == QF_OK)
			rc = qf_catalog_commit(to, e);
		else
			qf_catalog_rollback(to);
	}
	if (rc == QF_OK)
		rc = qf_catalog_check(to, e);
	if (rc == QF_OK)
		rc = qf_sql_exec(to, "PRAGMA wal_checkpoint(TRUNCATE)", e);
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
		snprintf(text, sizeof text, "%lld rows were recovered (%lld places could not be read); the damaged file is kept as", (long long)rows,
			 (long long)gaps);
		rc = told(d, "recovery", rows, text, aside.p, e);
	}
	qf_buf_free(&fresh);
	qf_buf_free(&aside);
	return rc;
}

static enum qf_status is_whole(struct qf_catalog *c, bool *whole, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql_prepare(c, "PRAGMA integrity_check(1)", &s, e);

	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	*whole = rc == QF_OK && row && strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;
	sqlite3_finalize(s);
	return rc;
}

/* Whether the file is whole enough to be written to. One of another version is for
 * qf_catalog_open() to migrate or to refuse. */
static enum qf_status look(const char *path, const struct qf_doctor *d, bool *sound, struct qf_err *e)
{
	struct qf_catalog *c = NULL;
	enum qf_status rc = qf_catalog_open(&c, path, QF_CATALOG_READ, d->wait_ms, d->now, e);

	*sound = rc == QF_EUNSUPPORTED;
	if (rc == QF_OK)
		rc = is_whole(c, sound, e);
	qf_catalog_close(c);
	return rc == QF_ECORRUPT || rc == QF_EUNSUPPORTED ? QF_OK : rc;
}

enum qf_status qf_doctor_repair(const char *path, const struct qf_doctor *d, struct qf_err *e)
{
	struct qf_catalog *c = NULL;
	struct stat st;
	bool sound;
	enum qf_status rc;

	if (stat(path, &st) != 0)
		return errno == ENOENT ? qf_fail(e, QF_ENOTFOUND, "%s: no catalog there", path) : qf_fail_errno(e, "%s", path);
	rc = look(path, d, &sound, e);
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
