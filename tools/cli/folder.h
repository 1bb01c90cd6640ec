/* folder.h - scans one folder: what is new, changed, moved, gone or back. */
#ifndef QFZZ_CLI_FOLDER_H
#define QFZZ_CLI_FOLDER_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/intake.h"

#include <stdint.h>

/* The root that holds an absolute path; a new one is the folder itself, or the folder of the file. *id is 0 in a dry
 * run where there is none. *root_path lives in the arena. QF_ENOTFOUND: there is no such file. */
enum qf_status folder_root(struct intake *in, const char *path, struct qf_arena *a, int64_t *id, const char **root_path,
			   struct qf_err *e);

/* Bytes of `path` in front of the part behind the root. */
size_t folder_rel(const char *root_path, const char *path);

/* Scan a file or folder. When this returns, all of it is stored; in a dry run it prints rows with "planned" instead.
 * QF_ENOTFOUND: it is not there. */
enum qf_status folder_scan(struct intake *in, const char *operand, struct qf_err *e);

#endif
