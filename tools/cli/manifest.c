#define _GNU_SOURCE
#include "cli/manifest.h"

#include "base/buf.h"
#include "base/file.h"
#include "cli/setfile.h"
#include "quality/manifest.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 28 };

static int open_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* What cannot be hashed is not what the manifest says. */
static enum qf_status check_file(int dir, const struct qf_manifest_line *line, struct qf_err *e)
{
	struct setfile f;
	enum qf_status rc = setfile_hash(dir, line->path, &f, e);

	if (rc == QF_OK && strcmp(f.sha256, line->sha256) != 0)
		return qf_fail(e, QF_EFORMAT, "%s: is another file than the manifest says", line->path);
	return rc == QF_OK || rc == QF_ENOMEM ? rc : (e->code = QF_EFORMAT);
}

static enum qf_status check_lines(int dir, struct qf_span rest, struct qf_err *e)
{
	struct qf_manifest_line line;
	char last[QF_MANIFEST_PATH + 1] = "", place[32];
	size_t number = 0;
	bool more = true;
	enum qf_status rc;

	while ((rc = qf_manifest_next(&rest, &number, &line, &more, e)) == QF_OK && more) {
		rc = strcmp(last, line.path) < 0 ? check_file(dir, &line, e) : qf_fail(e, QF_EFORMAT, "%s: not behind the path before it", line.path);
		if (rc != QF_OK) {
			snprintf(place, sizeof place, "line %zu", number);
			return qf_err_at(e, place);
		}
		memcpy(last, line.path, sizeof last);
	}
	return rc == QF_OK && number == 0 ? qf_fail(e, QF_EFORMAT, "an empty manifest") : rc;
}

enum qf_status manifest_check(const char *path, const char *folder, uint8_t id[QF_SHA256], struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc = qf_file_read(path, &text, MANIFEST_MAX, e);
	int dir;

	if (rc != QF_OK)
		return rc;
	dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : open_folder_of(path);
	qf_sha256(text.p ? text.p : "", text.len, id);
	rc = dir < 0 ? qf_fail_errno(e, "%s", folder ? folder : "its folder") : check_lines(dir, (struct qf_span){ text.p ? text.p : "", text.len }, e);
	if (rc != QF_OK)
		qf_err_at(e, path);
	if (dir >= 0)
		close(dir);
	qf_buf_free(&text);
	return rc;
}
