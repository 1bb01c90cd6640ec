/* playlist.h - playlists that are kept in the catalog, in versions.
 *
 * A version is never changed. It knows the version that it was made from, and, when two people's edits
 * were joined, the other one as well; so versions form a tree with joins, as those of files do.
 * They belong to a user, with whom they go (person.h); a playlist without a version is none.
 *
 * Every call can fail with what catalog.h names; only what is special to a call is said there. */
#ifndef QF_CATALOG_PLAYLIST_H
#define QF_CATALOG_PLAYLIST_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stddef.h>
#include <stdint.h>

struct qf_kept { /* one version; texts belong to whoever filled it, here an arena */
	int64_t id;
	const char *name, *user; /* user NULL: nobody's */
	int64_t number, at, parent, merged; /* 0: no such version */
	const char *how;         /* JSON object */
	int64_t n;               /* entries */
};

struct qf_kept_entry {
	int64_t track;    /* 0: the catalog does not have it */
	const char *path; /* absolute, bytes: where the track is now, else where it was */
};

/* The newest version of every playlist, by name; only those of which this user (0: any) has one. Anything but
 * QF_OK from fn ends the walk; texts are valid during the call. */
enum qf_status qf_catalog_playlists(struct qf_catalog *c, int64_t user, enum qf_status (*fn)(void *arg, const struct qf_kept *k, struct qf_err *e),
				    void *arg, struct qf_err *e);

/* One version: of this number, else (number 0) the newest of this user (0: any). QF_ENOTFOUND. */
enum qf_status qf_catalog_kept(struct qf_catalog *c, const char *name, int64_t number, int64_t user, struct qf_arena *a, struct qf_kept *k,
			       struct qf_err *e);

/* Its entries in their order, (*out)[k->n] in the arena. */
enum qf_status qf_catalog_kept_entries(struct qf_catalog *c, const struct qf_kept *k, struct qf_arena *a, struct qf_kept_entry **out,
				       struct qf_err *e);

/* The newest version from which both of these numbers come, one of them included; 0: there is none. */
enum qf_status qf_catalog_kept_ancestor(struct qf_catalog *c, const char *name, int64_t a, int64_t b, int64_t *number, struct qf_err *e);

/* Store a version behind the others: k->name, at, parent, merged, how and n are given, k->id and number are set.
 * user 0: nobody's. Wants an open transaction, as do the next two. */
enum qf_status qf_catalog_keep(struct qf_catalog *c, struct qf_kept *k, int64_t user, const struct qf_kept_entry *entries, struct qf_err *e);

/* Forget a playlist with all its versions. QF_ENOTFOUND. */
enum qf_status qf_catalog_drop_playlist(struct qf_catalog *c, const char *name, struct qf_err *e);

/* Hand all versions of one user to another. */
enum qf_status qf_catalog_move_playlists(struct qf_catalog *c, int64_t from, int64_t to, struct qf_err *e);

#endif
