#define _GNU_SOURCE
#include "cli/workshop.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".qfzz-work-"

static enum qf_status make_folders(const char *path, struct qf_err *e)
{
	char *copy = qf_strdup(path);
	enum qf_status rc = QF_OK;

	if (!copy)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	for (char *p = copy + 1; rc == QF_OK; p++) {
		char was = *p;

		if (was && was != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST)
			rc = qf_fail_errno(e, "%s: cannot make this folder", copy);
		*p = was;
		if (!was)
			break;
	}
	qf_free(copy);
	return rc;
}

/* Files, then the folder; there are no folders in it. Whatever cannot be removed stays for the next sweep. */
static void empty_out(const char *path, int fd)
{
	DIR *d = fdopendir(dup(fd));
	struct dirent *x;

	while (d && (x = readdir(d)) != NULL)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			unlinkat(fd, x->d_name, 0);
	if (d)
		closedir(d);
	rmdir(path);
}

/* A workshop whose lock can be had is nobody's. */
static void sweep(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *x;

	while (d && (x = readdir(d)) != NULL) {
		struct qf_buf path = { 0 };
		int fd;

		if (strncmp(x->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		qf_buf_printf(&path, "%s/%s", folder, x->d_name);
		fd = path.failed ? -1 : open(path.p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			empty_out(path.p, fd);
		if (fd >= 0)
			close(fd);
		qf_buf_free(&path);
	}
	if (d)
		closedir(d);
}

/* Between making it and locking it somebody may have swept it away: then it has no name any more. */
static bool take_hold(struct workshop *w)
{
	struct stat st;

	w->fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->fd >= 0 && flock(w->fd, LOCK_EX) == 0 && fstat(w->fd, &st) == 0 && st.st_nlink > 0)
		return true;
	if (w->fd >= 0)
		close(w->fd);
	return false;
}

enum qf_status workshop_open(struct workshop *w, const char *folder, struct qf_err *e)
{
	struct qf_buf name = { 0 };
	enum qf_status rc = make_folders(folder, e);

	*w = (struct workshop){ .fd = -1 };
	if (rc != QF_OK)
		return rc;
	sweep(folder);
	for (int tries = 0; rc == QF_OK && tries < 100; tries++) {
		qf_buf_clear(&name);
		qf_buf_printf(&name, "%s/" PREFIX "XXXXXX", folder);
		if ((rc = qf_buf_check(&name, e)) != QF_OK)
			break;
		if (!mkdtemp(name.p)) {
			rc = qf_fail_errno(e, "%s: cannot make a folder in it", folder);
			break;
		}
		w->path = name.p;
		if (take_hold(w))
			return QF_OK;
		w->path = NULL;
	}
	qf_buf_free(&name);
	return rc != QF_OK ? rc : qf_fail(e, QF_EIO, "%s: others sweep every new folder away", folder);
}

void workshop_close(struct workshop *w)
{
	if (!w->path)
		return;
	empty_out(w->path, w->fd);
	close(w->fd);
	qf_free(w->path);
	w->path = NULL;
}

static enum qf_status join(struct qf_buf *path, const char *folder, const char *file, struct qf_err *e)
{
	qf_buf_printf(path, "%s/%s", folder, file);
	return qf_buf_check(path, e);
}

static enum qf_status sync_files(const struct workshop *w, struct qf_err *e)
{
	DIR *d = opendir(w->path);
	enum qf_status rc = d ? QF_OK : qf_fail_errno(e, "%s: cannot look into it", w->path);
	struct dirent *x;

	while (rc == QF_OK && (x = readdir(d)) != NULL) {
		int fd = strcmp(x->d_name, ".") && strcmp(x->d_name, "..") ? openat(w->fd, x->d_name, O_RDONLY | O_CLOEXEC) : -1;

		if (fd >= 0 && fsync(fd) != 0)
			rc = qf_fail_errno(e, "%s/%s: cannot write", w->path, x->d_name);
		if (fd >= 0)
			close(fd);
	}
	if (d)
		closedir(d);
	return rc;
}

/* What stood there takes the workshop's name, for workshop_close() to remove. */
static enum qf_status trade_places(struct workshop *w, const char *folder, struct qf_err *e)
{
	if (renameat2(AT_FDCWD, w->path, AT_FDCWD, folder, RENAME_EXCHANGE) != 0)
		return qf_fail_errno(e, "%s: cannot be replaced", folder);
	close(w->fd);
	w->fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0 || flock(w->fd, LOCK_EX) != 0)
		return qf_fail_errno(e, "%s: what was replaced cannot be removed", w->path);
	return QF_OK;
}

static enum qf_status take_place(struct workshop *w, const char *path, struct qf_err *e)
{
	if (rename(w->path, path) != 0)
		return errno == ENOTEMPTY || errno == EEXIST ? trade_places(w, path, e) : qf_fail_errno(e, "%s: cannot rename into place", path);
	close(w->fd);
	qf_free(w->path);
	w->path = NULL;
	return QF_OK;
}

enum qf_status workshop_become(struct workshop *w, const char *folder, const char *name, struct qf_err *e)
{
	mode_t mask = umask(0);
	struct qf_buf path = { 0 };
	enum qf_status rc = join(&path, folder, name, e);

	umask(mask);
	if (rc == QF_OK)
		rc = sync_files(w, e);
	if (rc == QF_OK && (fchmod(w->fd, 0777 & ~mask) != 0 || fsync(w->fd) != 0))
		rc = qf_fail_errno(e, "%s: cannot write", w->path);
	if (rc == QF_OK)
		rc = take_place(w, path.p, e);
	workshop_close(w);
	qf_buf_free(&path);
	return rc == QF_OK ? workshop_settle(folder, name, e) : rc;
}

int workshop_file(const struct workshop *w, const char *name, struct qf_err *e)
{
	int fd = openat(w->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		qf_fail_errno(e, "%s/%s: cannot make this file", w->path, name);
	return fd;
}

enum qf_status workshop_deliver(const struct workshop *w, const char *name, int fd, const char *folder, const char *file, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	enum qf_status rc = join(&path, folder, file, e);
	char *slash = rc == QF_OK ? strrchr(path.p, '/') : NULL;

	if (rc == QF_OK && fsync(fd) != 0)
		rc = qf_fail_errno(e, "%s: cannot write", path.p);
	if (rc == QF_OK) {
		*slash = '\0';
		rc = make_folders(path.p, e);
		*slash = '/';
	}
	if (rc == QF_OK && renameat(w->fd, name, AT_FDCWD, path.p) != 0)
		rc = qf_fail_errno(e, "%s: cannot rename into place", path.p);
	qf_buf_free(&path);
	return rc;
}

enum qf_status workshop_settle(const char *folder, const char *file, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	enum qf_status rc = join(&path, folder, file, e);
	int fd;

	if (rc != QF_OK)
		return rc;
	*strrchr(path.p, '/') = '\0';
	fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		rc = qf_fail_errno(e, "%s: cannot sync this folder", path.p);
	if (fd >= 0)
		close(fd);
	qf_buf_free(&path);
	return rc;
}
