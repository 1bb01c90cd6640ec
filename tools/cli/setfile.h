/* setfile.h - files of a dataset, opened without leaving its folder. */
#ifndef QFZZ_CLI_SETFILE_H
#define QFZZ_CLI_SETFILE_H

#include "base/err.h"

#include <stdint.h>

struct setfile {
	int64_t size, mtime_ns;
	char sha256[65]; /* "" until it was hashed */
};

/* Open rel below the folder that is open as `dir`, regular files only: no step of the way may be a symbolic link, "." or "..".
 * *fd is the caller's to close, -1 after failure; *f gets size and time. QF_EINVAL: it leads out of the set or through a link;
 * QF_ENOTFOUND, QF_EIO. */
enum qf_status setfile_open(int dir, const char *rel, int *fd, struct setfile *f, struct qf_err *e);

/* The same, hashed and closed. QF_EIO too when it changed while it was hashed. */
enum qf_status setfile_hash(int dir, const char *rel, struct setfile *f, struct qf_err *e);

#endif
