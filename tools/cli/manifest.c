#define _GNU_SOURCE
#include "cli/manifest.h"

#include "base/buf.h"
#include "base/file.h"
#include "trust/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 28 };

/* Open a relative path below `dir`, name by name, following no link. -1 and errno. */
static int open_below(int dir, char *path)
{
	int at = dup(dir);

	for (char *name = strtok(path, "/"), *next; name && at >= 0; name = next) {
		int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, fd;

		next = strtok(NULL, "/");
		fd = openat(at, name, next ? flags | O_DIRECTORY : flags);
		close(at);
		at = fd;
	}
	return at;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum qf_status hash_fd(int fd, uint8_t hash[QF_SHA256], struct qf_err *e)
{
	static char block[1 << 16];
	struct stat before, after;
	struct qf_sha256 *h;
	ssize_t n;

	if (fstat(fd, &before) != 0)
		return qf_fail_errno(e, "cannot be read");
	if (!S_ISREG(before.st_mode))
		return qf_fail(e, QF_EFORMAT, "is no plain file");
	if (qf_sha256_open(&h, e))
		return e->code;
	while ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			qf_sha256_add(h, block, (size_t)n);
	qf_sha256_end(h, hash);
	qf_sha256_close(h);
	if (n < 0 || fstat(fd, &after) != 0)
		return qf_fail_errno(e, "cannot be read");
	return same_file(&before, &after) ? QF_OK : qf_fail(e, QF_EFORMAT, "changed while it was read");
}

static bool climbs(const char *path)
{
	if (*path == '/' || !*path)
		return true;
	for (const char *p = path; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
		if (strncmp(p, "../", 3) == 0 || strcmp(p, "..") == 0)
			return true;
	return false;
}

static enum qf_status check_file(int dir, const char *path, const uint8_t want[QF_SHA256], struct qf_err *e)
{
	char copy[PATH_MAX];
	uint8_t got[QF_SHA256];
	enum qf_status rc;
	int fd;

	snprintf(copy, sizeof copy, "%s", path);
	fd = open_below(dir, copy);
	if (fd < 0)
		return qf_fail(e, QF_EFORMAT, "%s", errno == ELOOP || errno == ENOTDIR ? "goes through a link" : strerror(errno));
	rc = hash_fd(fd, got, e);
	close(fd);
	return rc == QF_OK && memcmp(got, want, sizeof got) != 0 ? qf_fail(e, QF_EFORMAT, "is another file than the manifest says") : rc;
}

/* "<64 digits>  path", as sha256sum writes it (two blanks, or one and '*'). */
static enum qf_status check_line(int dir, char *line, const char *last, struct qf_err *e)
{
	uint8_t want[QF_SHA256];
	const char *path = line + 2 * QF_SHA256 + 2;

	if (strlen(line) < 2 * QF_SHA256 + 3 || strlen(line) >= PATH_MAX || !qf_hex_decode(line, QF_SHA256, want) || line[2 * QF_SHA256] != ' ' ||
	    (line[2 * QF_SHA256 + 1] != ' ' && line[2 * QF_SHA256 + 1] != '*'))
		return qf_fail(e, QF_EFORMAT, "not a line of sha256sum");
	if (climbs(path))
		return qf_fail(e, QF_EFORMAT, "'%s' leads out of the folder of the manifest", path);
	if (last && strcmp(last, path) >= 0)
		return qf_fail(e, QF_EFORMAT, "'%s' is not behind the path before it", path);
	return check_file(dir, path, want, e) == QF_OK ? QF_OK : qf_err_at(e, path);
}

static int open_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum qf_status manifest_check(const char *path, uint8_t id[QF_SHA256], struct qf_err *e)
{
	struct qf_buf text = { 0 };
	const char *last = NULL;
	size_t number = 0;
	int dir = -1;
	enum qf_status rc = qf_file_read(path, &text, MANIFEST_MAX, e);

	if (rc == QF_OK && (dir = open_folder_of(path)) < 0)
		rc = qf_fail_errno(e, "%s", path);
	if (rc == QF_OK && (text.len == 0 || text.p[text.len - 1] != '\n' || memchr(text.p, '\0', text.len)))
		rc = qf_fail(e, QF_EFORMAT, "%s: no manifest, or one that was cut", path);
	if (rc == QF_OK)
		qf_sha256(text.p, text.len, id);
	for (char *p = text.p, *nl; rc == QF_OK && p < text.p + text.len; p = nl + 1) {
		char place[PATH_MAX + 32];

		nl = strchr(p, '\n');
		*nl = '\0';
		number++;
		rc = check_line(dir, p, last, e);
		last = p + 2 * QF_SHA256 + 2;
		if (rc != QF_OK) {
			snprintf(place, sizeof place, "%s: line %zu", path, number);
			qf_err_at(e, place);
		}
	}
	if (dir >= 0)
		close(dir);
	qf_buf_free(&text);
	return rc;
}
