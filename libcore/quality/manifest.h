/* manifest.h - the files of a set with their digests, in the form of sha256sum, sorted by the bytes of the paths, so that
 * `sha256sum -c` checks it. The SHA-256 of this text is the id of the set. */
#ifndef QF_QUALITY_MANIFEST_H
#define QF_QUALITY_MANIFEST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define QF_MANIFEST_PATH 4096 /* bytes of one path, at most */

/* Whether a path names something below the folder it is relative to: not empty nor absolute, no "." or ".." between its slashes,
 * no two slashes in a row. (Links are for whoever opens it to refuse.) */
bool qf_path_stays(const char *path, size_t n);

/* Append a line: "DIGEST  PATH", where a path with a backslash, newline or carriage return has these as \\, \n, \r and the line
 * begins with a backslash. */
void qf_manifest_put(struct qf_buf *out, const char *sha256, const char *path);

struct qf_manifest_line {
	char sha256[65];
	char path[QF_MANIFEST_PATH + 1];
};

/* The next line of *rest, which is used up; false: there is none. QF_EFORMAT: not of this form (binary mode's star is taken),
 * without its newline, a path that does not stay or has a NUL or more than QF_MANIFEST_PATH bytes; `number` counts lines from 1 and is in the
 * sentence. */
enum qf_status qf_manifest_next(struct qf_span *rest, size_t *number, struct qf_manifest_line *line, bool *more, struct qf_err *e);

#endif
