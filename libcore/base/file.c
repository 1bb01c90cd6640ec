#define _GNU_SOURCE
#include "base/file.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum qf_status qf_write_all(int fd, const void *p, size_t n, struct qf_err *e)
{
	const char *at = p;

	while (n) {
		ssize_t k = write(fd, at, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return qf_fail_errno(e, "cannot write");
		at += k;
		n -= (size_t)k;
	}
	return QF_OK;
}

enum qf_status qf_file_read_fd(int fd, struct qf_buf *out, size_t max, struct qf_err *e)
{
	size_t got = 0;

	for (;;) {
		char *to = qf_buf_reserve(out, 65536);
		ssize_t k;

		if (!to)
			return qf_buf_check(out, e);
		k = read(fd, to, 65536);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return qf_fail_errno(e, "cannot read");
		if (k == 0)
			break;
		got += (size_t)k;
		if (got > max)
			return qf_fail(e, QF_ELIMIT, "larger than the limit of %zu bytes", max);
		out->len += (size_t)k;
		out->p[out->len] = '\0';
	}
	return QF_OK;
}

enum qf_status qf_file_read(const char *path, struct qf_buf *out, size_t max, struct qf_err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	enum qf_status rc;

	if (fd < 0)
		return qf_fail_errno(e, "%s: cannot open", path);
	if (fstat(fd, &st) != 0)
		rc = qf_fail_errno(e, "cannot stat");
	else if (!S_ISREG(st.st_mode))
		rc = qf_fail(e, QF_EFORMAT, "not a regular file");
	else
		rc = qf_file_read_fd(fd, out, max, e);
	close(fd);
	return rc == QF_OK ? QF_OK : qf_err_at(e, path);
}

/* True when the file holds exactly these bytes. Any trouble reads as "no". */
static bool holds(const char *path, const void *p, size_t n)
{
	struct qf_buf old = { 0 };
	struct stat st;
	bool same = stat(path, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == n &&
		    qf_file_read(path, &old, n, NULL) == QF_OK && old.len == n && (!n || memcmp(old.p, p, n) == 0);

	qf_buf_free(&old);
	return same;
}

/* A rename is only durable once the folder that holds the name is on disk. */
static enum qf_status sync_folder(const char *path, struct qf_err *e)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? qf_memdup0(path, slash == path ? 1 : (size_t)(slash - path)) : qf_strdup(".");
	enum qf_status rc = QF_OK;
	int fd;

	if (!dir)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		rc = qf_fail_errno(e, "cannot sync the folder");
	if (fd >= 0)
		close(fd);
	qf_free(dir);
	return rc;
}

static mode_t new_file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static enum qf_status write_temp(int fd, const void *p, size_t n, struct qf_err *e)
{
	enum qf_status rc = qf_write_all(fd, p, n, e);

	if (rc != QF_OK)
		return rc;
	if (fchmod(fd, new_file_mode()) != 0 || fsync(fd) != 0)
		return qf_fail_errno(e, "cannot write");
	return QF_OK;
}

enum qf_status qf_file_replace(const char *path, const void *p, size_t n, bool *written, struct qf_err *e)
{
	const char *slash = strrchr(path, '/');
	struct qf_buf temp = { 0 };
	enum qf_status rc;
	int fd;

	if (written)
		*written = false;
	if (holds(path, p, n))
		return QF_OK;
	if (slash)
		qf_buf_put(&temp, path, (size_t)(slash - path) + 1);
	qf_buf_puts(&temp, ".qfzz-XXXXXX");
	if (qf_buf_check(&temp, e))
		return QF_ENOMEM;
	fd = mkostemp(temp.p, O_CLOEXEC);
	if (fd < 0) {
		rc = qf_fail_errno(e, "cannot create a file beside it");
	} else {
		rc = write_temp(fd, p, n, e);
		if (close(fd) != 0 && rc == QF_OK)
			rc = qf_fail_errno(e, "cannot write");
		if (rc == QF_OK && rename(temp.p, path) != 0)
			rc = qf_fail_errno(e, "cannot rename into place");
		if (rc != QF_OK)
			unlink(temp.p);
		else
			rc = sync_folder(path, e);
	}
	qf_buf_free(&temp);
	if (rc != QF_OK) {
		qf_err_at(e, path);
		return rc;
	}
	if (written)
		*written = true;
	return QF_OK;
}
