#define _GNU_SOURCE
#include "cli/setfile.h"

#include "base/buf.h"
#include "base/hash.h"
#include "quality/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

static void describe(const struct stat *st, struct setfile *f)
{
	f->size = st->st_size;
	f->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static enum qf_status refuse(const char *rel, struct qf_err *e)
{
	if (errno == ELOOP || errno == ENOTDIR)
		return qf_fail(e, QF_EINVAL, "%s: leads through a symbolic link, or through what is no folder", rel);
	if (errno == ENOENT)
		return qf_fail(e, QF_ENOTFOUND, "%s: not there", rel);
	return qf_fail_errno(e, "%s", rel);
}

/* One step after the other, so that no link is followed anywhere. */
static enum qf_status walk(int dir, const char *rel, int *fd, struct qf_err *e)
{
	int at = dir, next;

	for (const char *p = rel;;) {
		char name[256];
		size_t n = strcspn(p, "/");
		bool last = p[n] == '\0';

		if (n >= sizeof name)
			errno = ENAMETOOLONG;
		memcpy(name, p, n < sizeof name ? n : 0);
		name[n < sizeof name ? n : 0] = '\0';
		next = n < sizeof name ? openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (last ? 0 : O_DIRECTORY)) : -1;
		if (at != dir)
			close(at);
		if (next < 0)
			return refuse(rel, e);
		if (last)
			break;
		at = next;
		p += n + 1;
	}
	*fd = next;
	return QF_OK;
}

enum qf_status setfile_open(int dir, const char *rel, int *fd, struct setfile *f, struct qf_err *e)
{
	struct stat st;
	enum qf_status rc;

	*fd = -1;
	*f = (struct setfile){ .size = 0 };
	if (!qf_path_stays(rel, strlen(rel)))
		return qf_fail(e, QF_EINVAL, "%s: leads out of the set", rel);
	rc = walk(dir, rel, fd, e);
	if (rc != QF_OK)
		return rc;
	if (fstat(*fd, &st) != 0)
		rc = qf_fail_errno(e, "%s", rel);
	else if (!S_ISREG(st.st_mode))
		rc = qf_fail(e, QF_EINVAL, "%s: no regular file", rel);
	if (rc == QF_OK) {
		describe(&st, f);
		return QF_OK;
	}
	close(*fd);
	*fd = -1;
	return rc;
}

static enum qf_status hash_all(int fd, struct qf_sha256 *h, const char *rel, struct qf_err *e)
{
	static char chunk[CHUNK];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return qf_fail_errno(e, "%s", rel);
		qf_sha256_add(h, chunk, (size_t)n);
	}
	return QF_OK;
}

enum qf_status setfile_hash(int dir, const char *rel, struct setfile *f, struct qf_err *e)
{
	struct qf_sha256 *h = NULL;
	struct qf_buf hex = { 0 };
	struct setfile after;
	struct stat st;
	uint8_t digest[QF_SHA256];
	int fd;
	enum qf_status rc = setfile_open(dir, rel, &fd, f, e);

	if (rc != QF_OK)
		return rc;
	rc = qf_sha256_open(&h, e);
	if (rc == QF_OK)
		rc = hash_all(fd, h, rel, e);
	if (rc == QF_OK && fstat(fd, &st) != 0)
		rc = qf_fail_errno(e, "%s", rel);
	if (rc == QF_OK) {
		describe(&st, &after);
		qf_sha256_end(h, digest);
		qf_buf_hex(&hex, digest, sizeof digest);
		if (after.size != f->size || after.mtime_ns != f->mtime_ns)
			rc = qf_fail(e, QF_EIO, "%s: changed while it was hashed", rel);
		else if ((rc = qf_buf_check(&hex, e)) == QF_OK)
			memcpy(f->sha256, hex.p, 65);
	}
	qf_buf_free(&hex);
	qf_sha256_close(h);
	close(fd);
	return rc;
}
