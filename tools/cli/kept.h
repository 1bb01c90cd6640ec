/* kept.h - playlists in the catalog, and lists to compare: the acts of `qfzz playlist`. */
#ifndef QFZZ_CLI_KEPT_H
#define QFZZ_CLI_KEPT_H

#include "catalog/catalog.h"
#include "catalog/playlist.h"
#include "cli/tracklist.h"

#include <stdint.h>

/* A list is NAME (the newest version), NAME@3, NAME@ana (the newest of hers), or a playlist file: what has a "/" or
 * the suffix of a format. */
#define KEPT_LIST "NAME, NAME@VERSION, NAME@USER or a playlist file"

/* Each returns an exit code, and has said what went wrong. */

int kept_list(struct qf_catalog *c);                                       /* a row playlist.v1 each */
int kept_drop(struct qf_catalog *c, const char *name);                     /* with all versions */
int kept_diff(struct qf_catalog *c, const char *from, const char *to, const char *here); /* rows playlist-change.v1 */
int kept_load(struct qf_catalog *c, const char *list, struct tracklist *l);

bool kept_is_file(const char *list);

/* The version that a list names, texts in the arena. QF_ENOTFOUND. */
enum qf_status kept_find(struct qf_catalog *c, const char *list, struct qf_arena *a, struct qf_kept *k, struct qf_err *e);

struct kept_parents {
	int64_t parent, merged; /* versions; 0: none */
};

/* Three-way: lists[3] are base, first and second; of two kept versions of one playlist the base may be NULL. Conflicts are
 * named on stderr, exit 1. Rows of the result into l. */
int kept_merge(struct qf_catalog *c, const char *const lists[3], struct tracklist *l, struct kept_parents *p);

struct kept_new {
	const char *name, *user, *order, *command; /* command NULL: not told */
	uint64_t seed;
	int64_t now;
	struct kept_parents from; /* parent 0: the newest of this user, else the newest */
	bool print;               /* the row of what was kept */
};

/* A new version, unless it would be the same as its parent. */
int kept_store(struct qf_catalog *c, const struct kept_new *k, const struct tracklist *l);

#endif
