/* dataset.h - sets of music: what is told of them, their files, what users and we think of them.
 *
 * A dataset is a name (track.h makes it and puts tracks into it) to which a descriptor, a folder and told files may be added;
 * dataset_members.h reads what is in it. Writing calls want an open transaction. Errors of catalog.h, besides those named. */
#ifndef QF_CATALOG_DATASET_H
#define QF_CATALOG_DATASET_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_dataset { /* texts in the arena of the call; NULL: not known */
	int64_t id;
	const char *name, *descriptor, *folder, *manifest;
	int64_t tracks, told; /* tracks; files of which something is told */
	int64_t ratings;
	double stars;         /* mean, 0 without ratings */
	const char *tier;     /* of the last judgement, NULL: never judged */
	double score;
};

/* QF_ENOTFOUND, with a sentence. */
enum qf_status qf_catalog_dataset_get(struct qf_catalog *c, const char *name, struct qf_arena *a, struct qf_dataset *d, struct qf_err *e);

/* All of them, by name, in the arena. */
enum qf_status qf_catalog_datasets(struct qf_catalog *c, struct qf_arena *a, struct qf_dataset **out, size_t *n, struct qf_err *e);

/* Set descriptor and folder (absolute; NULL: none), and forget the files that were told. */
enum qf_status qf_catalog_dataset_describe(struct qf_catalog *c, int64_t dataset, const char *descriptor, const char *folder, struct qf_err *e);

/* The descriptor alone. */
enum qf_status qf_catalog_dataset_redescribe(struct qf_catalog *c, int64_t dataset, const char *descriptor, struct qf_err *e);

/* The tracks of the set become those that are there below the folder, which is absolute: *n. */
enum qf_status qf_catalog_dataset_fill(struct qf_catalog *c, int64_t dataset, const char *folder, int64_t *n, struct qf_err *e);

/* A folder was scanned into a set that has no descriptor: it becomes the set's, if all tracks of the set lie below it; else the set has
 * none. */
enum qf_status qf_catalog_dataset_settle(struct qf_catalog *c, int64_t dataset, const char *folder, struct qf_err *e);

/* The set with all that is told of it; its tracks stay in the catalog. */
enum qf_status qf_catalog_dataset_remove(struct qf_catalog *c, int64_t dataset, struct qf_err *e);

struct qf_told { /* NULL, 0, NaN: not told */
	const char *path; /* relative, bytes */
	const char *licence, *sha256, *title, *artist, *album, *genre;
	int year;
	double duration_s;
	int64_t size, mtime_ns; /* of the file whose sha256 was made here */
	int64_t track;
};

/* Store it; what is not told leaves what was told of this path before. */
enum qf_status qf_catalog_dataset_tell(struct qf_catalog *c, int64_t dataset, const struct qf_told *t, struct qf_err *e);

enum qf_status qf_catalog_dataset_manifest(struct qf_catalog *c, int64_t dataset, const char *sha256, struct qf_err *e);

/* stars 1 to 5, over what this user gave before; note may be NULL. The user is made if need be. */
enum qf_status qf_catalog_dataset_rate(struct qf_catalog *c, int64_t dataset, const char *user, int stars, const char *note, int64_t now,
				       struct qf_err *e);

struct qf_rating { /* valid during the call */
	const char *dataset, *note; /* note NULL: none */
	int stars;
	int64_t at;
};

/* What this user gave, by the names of the sets. Anything but QF_OK from fn ends the walk; fn must not write. */
enum qf_status qf_catalog_dataset_ratings(struct qf_catalog *c, int64_t user,
					  enum qf_status (*fn)(void *ctx, const struct qf_rating *r, struct qf_err *e), void *ctx, struct qf_err *e);

/* What a user rated, to another one; of a set that both did, the other's stays. */
enum qf_status qf_catalog_dataset_move_ratings(struct qf_catalog *c, int64_t from, int64_t to, struct qf_err *e);

/* ---- judgements ----------------------------------------------------------------------------- */

enum qf_status qf_catalog_put_quality(struct qf_catalog *c, int64_t dataset, double score, const char *tier, const char *report, int64_t now,
				      struct qf_err *e);
/* defects: words with commas between, NULL: none. */
enum qf_status qf_catalog_put_track_quality(struct qf_catalog *c, int64_t track, double score, const char *defects, struct qf_err *e);

#endif
