/* file.h - whole files in, whole files out.
 *
 * A file that we write appears complete or not at all: temporary file in the
 * same folder, fsync, rename, fsync of the folder. */
#ifndef QF_BASE_FILE_H
#define QF_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Append the whole of an open file, from its current offset, to out.
 * QF_ELIMIT beyond max bytes, QF_EIO, QF_ENOMEM. The descriptor stays open. */
enum qf_status qf_file_read_fd(int fd, struct qf_buf *out, size_t max, struct qf_err *e);

/* The same by name; the name is put into the error. Regular files only. */
enum qf_status qf_file_read(const char *path, struct qf_buf *out, size_t max, struct qf_err *e);

/* Replace the file `path` by n bytes, atomically, with mode 0666 less the umask.
 * If it already holds exactly these bytes nothing is written, its mtime stays,
 * and *written (may be NULL) is false. The temporary file begins with ".qfzz-"
 * and is removed on failure. QF_EIO, QF_ENOMEM. */
enum qf_status qf_file_replace(const char *path, const void *p, size_t n, bool *written, struct qf_err *e);

/* Write all n bytes to a descriptor, taking up again after short writes and
 * EINTR. QF_EIO. */
enum qf_status qf_write_all(int fd, const void *p, size_t n, struct qf_err *e);

#endif
