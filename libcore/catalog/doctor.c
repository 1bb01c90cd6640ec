#define _GNU_SOURCE
#include "catalog/doctor.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "catalog/catalog.h"
#include "catalog/doctor_rules.h"
#include "catalog/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
		rc = line ? qf_doctor_not_damage(line, e) : QF_ENOMEM;
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
	bool differs = false;
	enum qf_status rc = qf_doctor_rules(c, d, false, e);

	if (rc == QF_OK && !d->quick)
		rc = qf_doctor_words(qf_catalog_path(c), &differs, e);
	if (rc == QF_OK && differs)
		rc = found(d, "words", QF_SEVERITY_WARNING, 1, "the full-text index says something else than the tracks do", REPAIR, e);
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
