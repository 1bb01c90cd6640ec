/* known.h - what the catalog knows of the files of one folder, beside what a walk meets there. */
#ifndef QFZZ_CLI_KNOWN_H
#define QFZZ_CLI_KNOWN_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/track.h"
#include "catalog/vanish.h"
#include "cli/walk.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct known_file {
	struct qf_file_state s;
	bool seen, back; /* by the walk; it was missing and is there, unchanged */
};

/* A file that is new at its path but has the looks of one that we know: whether it moved can only be told once the
 * walk is over. */
struct known_later {
	const char *path; /* absolute */
	struct qf_looks looks;
};

struct known { /* all zero is an empty folder */
	struct known_file *files; /* [n], in byte order of their relative paths */
	size_t n, cap;
	struct known_later *later; /* [n_later], in the order of the walk */
	size_t n_later, cap_later;
	uint32_t *by_time, *by_inode; /* [n] places in files, by (mtime_ns, size) and (inode, size); made when first needed */
	struct qf_arena text;
	const char *class_name; /* of the last failure: a class stands once for all that follow with the same */
};

/* Fill it with the tracks of a root and the failures of `stage`. QF_ENOMEM and errors of the catalog. */
enum qf_status known_load(struct known *k, struct qf_catalog *c, int64_t root, const char *stage, struct qf_err *e);
void known_free(struct known *k); /* all zero again */

struct known_file *known_find(const struct known *k, const char *rel); /* NULL: not known */

/* Whether a known file has the same size and modification time, or the same size and inode. QF_ENOMEM. */
enum qf_status known_resembles(struct known *k, const struct walk_file *f, bool *yes, struct qf_err *e);

/* Put a file aside. QF_ENOMEM. */
enum qf_status known_put_aside(struct known *k, const struct walk_file *f, struct qf_err *e);

#endif
