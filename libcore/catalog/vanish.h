/* vanish.h - files that are gone, and files that turn up again somewhere else.
 *
 * A track whose file is gone keeps its row and all that is known of it, with missing_since, until it is purged. A file
 * that turns up is taken for a vanished one
 *
 *   1. when its size and modification time are the same (a move keeps both), else
 *   2. when its inode and size are (moved within the file system, touched or retagged in place), else
 *   3. when it has the same MusicBrainz recording and a length within a second, else
 *   4. when its audio id is the same, which is known once features were extracted.
 *
 * Where two would fit, nothing is guessed: both stay. All calls that change
 * something want an open transaction; errors of catalog.h. */
#ifndef QF_CATALOG_VANISH_H
#define QF_CATALOG_VANISH_H

#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The file is gone, as a scan of time `now` saw. Nothing else is touched. */
enum qf_status qf_catalog_set_missing(struct qf_catalog *c, int64_t id, int64_t now, struct qf_err *e);

/* It is where it was before. */
enum qf_status qf_catalog_set_found(struct qf_catalog *c, int64_t id, int64_t now, struct qf_err *e);

/* Whether any track is missing: if not, nothing can have moved. */
enum qf_status qf_catalog_any_missing(struct qf_catalog *c, bool *any, struct qf_err *e);

struct qf_looks { /* of a file, as stat tells */
	int64_t size, mtime_ns, inode;
	int64_t lyrics; /* as in struct qf_scanned */
};

/* The one vanished track that fits by rule 1 or 2; *id is 0 when none or several do. *same tells
 * that it was rule 1 and the lyrics are the same, so that the file need not be read. */
enum qf_status qf_catalog_find_vanished(struct qf_catalog *c, const struct qf_looks *l, int64_t *id, bool *same, struct qf_err *e);

/* The track is now the file `path` (bytes, relative) of `root`; its failures go with it. */
enum qf_status qf_catalog_move(struct qf_catalog *c, int64_t id, int64_t root, const char *path, int64_t inode, int64_t now,
			       struct qf_err *e);

/* The greatest number that a track ever had. */
enum qf_status qf_catalog_last_track(struct qf_catalog *c, int64_t *id, struct qf_err *e);

/* Look at all tracks that are missing for newer ones that are the same by rule 1 (only tracks after number `after`), 3 or 4,
 * and make one of them: the older number, with all that refers to it (events, datasets, and every other table with such a
 * reference), gets the newer one's file, tags, failures and, if it has some, features; the newer number is gone. *n counts them. */
enum qf_status qf_catalog_reunite(struct qf_catalog *c, int64_t after, size_t *n, struct qf_err *e);

/* How many that would be, without writing (and without a transaction). */
enum qf_status qf_catalog_count_reunitable(struct qf_catalog *c, int64_t after, size_t *n, struct qf_err *e);

/* Forget the tracks that are missing since `before` or longer, with all that is known of them but what was
 * listened to: those events stay, unmatched. *n counts them. */
enum qf_status qf_catalog_purge(struct qf_catalog *c, int64_t before, int64_t *n, struct qf_err *e);

#endif
