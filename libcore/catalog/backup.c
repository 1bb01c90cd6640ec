#define _GNU_SOURCE
#include "catalog/backup.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An empty file that only we may read; VACUUM INTO takes it. What a killed run left there is gone. */
static enum qf_status make_private(const char *path, struct qf_err *e)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
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

enum qf_status qf_backup_sync_folder(const char *path, struct qf_err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? qf_memdup0(path, slash == path ? 1 : (size_t)(slash - path)) : qf_strdup(".");
	enum qf_status rc = folder ? sync_path(folder, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	qf_free(folder);
	return rc;
}

static enum qf_status vacuum_into(sqlite3 *db, const char *part, struct qf_err *e)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &s, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_bind_text(s, 1, part, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	sqlite3_finalize(s);
	switch (code & 0xff) {
	case SQLITE_DONE: return QF_OK;
	case SQLITE_NOMEM: return qf_fail(e, QF_ENOMEM, "out of memory for the backup %s", part);
	case SQLITE_BUSY: return qf_fail(e, QF_EBUSY, "%s: another tool keeps the catalog busy", part);
	case SQLITE_CORRUPT: return qf_fail(e, QF_ECORRUPT, "the catalog is damaged (%.160s); `qfzz doctor --repair` recovers what it can", sqlite3_errmsg(db));
	case SQLITE_FULL: return qf_fail(e, QF_EIO, "%s: the disk is full; there is no room for a backup", part);
	default: return qf_fail(e, QF_EIO, "%s: %s (%d)", part, sqlite3_errmsg(db), code);
	}
}

static enum qf_status copy(const char *path, const char *part, int wait_ms, struct qf_err *e)
{
	sqlite3 *db = NULL;
	int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	enum qf_status rc;

	if (code != SQLITE_OK) {
		rc = qf_fail(e, code == SQLITE_NOMEM ? QF_ENOMEM : QF_EIO, "%s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
	} else {
		sqlite3_extended_result_codes(db, 1);
		sqlite3_busy_timeout(db, wait_ms);
		rc = vacuum_into(db, part, e);
	}
	sqlite3_close(db);
	return rc;
}

enum qf_status qf_backup_write(const char *path, const char *name, int wait_ms, struct qf_err *e)
{
	struct qf_buf part = { 0 };
	bool made = false;
	enum qf_status rc;

	qf_buf_printf(&part, "%s.part", name);
	rc = qf_buf_check(&part, e);
	if (rc == QF_OK)
		rc = make_private(part.p, e);
	made = rc == QF_OK;
	if (rc == QF_OK)
		rc = copy(path, part.p, wait_ms, e);
	if (rc == QF_OK)
		rc = sync_path(part.p, e);
	if (rc == QF_OK && rename(part.p, name) != 0)
		rc = qf_fail_errno(e, "%s", name);
	if (rc == QF_OK)
		rc = qf_backup_sync_folder(name, e);
	else if (made)
		unlink(part.p);
	qf_buf_free(&part);
	return rc;
}
