/* names.h - numbers of names that were asked for lately, so that a scan does not look the same artist up for
 * every song. Not for other rooms.
 *
 * A fixed number of slots, in which a newer name takes the place of an older one. A number is only true while the
 * transaction that made it is not rolled back: qf_names_forget() then. */
#ifndef QF_CATALOG_NAMES_H
#define QF_CATALOG_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum { QF_NAMES = 2048, QF_NAME_MAX = 256 }; /* slots; bytes of a name that is remembered at all */

struct qf_names { /* all zero is empty */
	struct { char *name; size_t n; int64_t id; char kind; } slot[QF_NAMES];
};

/* The number of a name of some kind ('a' artist, 'k' tag key, 's' tag set, ...), which is any n bytes; 0: not remembered. */
int64_t qf_names_get(const struct qf_names *t, char kind, const void *name, size_t n);
void qf_names_put(struct qf_names *t, char kind, const void *name, size_t n, int64_t id); /* a copy; without memory it is not remembered */
void qf_names_forget(struct qf_names *t); /* all of them, and their memory */

#endif
