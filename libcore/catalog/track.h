/* track.h - files, tracks, tags, datasets, failures, features and runs in the catalog.
 *
 * All writing calls want an open transaction (qf_catalog_begin). Every call can fail
 * with what catalog.h names: QF_EBUSY, QF_EIO, QF_ECORRUPT, QF_ENOMEM; only what is
 * special to a call is said there. */
#ifndef QF_CATALOG_TRACK_H
#define QF_CATALOG_TRACK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/track.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- roots: folders that were ingested; paths are stored relative to them -------------- */

/* The root that holds `path` (absolute, no slash at its end): the longest one that is a
 * prefix of it by whole names. *id is 0 if there is none. rel (may be NULL) is where in
 * `path` the relative part begins. */
enum qf_status qf_catalog_root_of(struct qf_catalog *c, const char *path, int64_t *id, const char **rel, struct qf_err *e);

/* A new one. Roots that lie within it are taken up into it: their tracks keep their numbers. */
enum qf_status qf_catalog_add_root(struct qf_catalog *c, const char *path, int64_t *id, struct qf_err *e);

/* The folder `old` is now called `new` (both absolute, no slash at their ends): every root that is `old` or lies within
 * it goes along, and each file keeps its track. *n counts roots. QF_ENOTFOUND: no root is there; QF_EINVAL: a root would
 * lie within another one. */
enum qf_status qf_catalog_relocate(struct qf_catalog *c, const char *old, const char *new, int64_t *n, struct qf_err *e);

/* Every root, in the order in which they were added; fn as below. *n counts them. */
enum qf_status qf_catalog_roots(struct qf_catalog *c, enum qf_status (*fn)(void *user, const char *path, struct qf_err *e),
				void *user, size_t *n, struct qf_err *e);

/* ---- the state of files, as the last scan saw them -------------------------------------- */

struct qf_file_state {
	int64_t id;       /* of the track, 0: only a failure is known of this file */
	const char *path; /* relative to the root, bytes */
	int64_t size, mtime_ns, inode;
	int64_t missing_since; /* 0: there */
	int64_t lyrics;        /* as in struct qf_scanned */
	const char *failure;   /* class of the failure, NULL: none */
};

/* Every file of one root that is known as a track or as a failure of `stage`, in byte
 * order of path. The state and its path are valid only during the call of fn; anything
 * but QF_OK from fn ends the walk. */
enum qf_status qf_catalog_files(struct qf_catalog *c, int64_t root, const char *stage,
				enum qf_status (*fn)(void *user, const struct qf_file_state *s, struct qf_err *e),
				void *user, struct qf_err *e);

struct qf_tag {
	const char *key, *value; /* canonical key, UTF-8 value */
};

struct qf_scanned { /* one file that was read */
	int64_t id;       /* of the track that it is known to be (it may have had another path); 0: as the path says */
	int64_t root;
	const char *path; /* relative, bytes */
	int64_t size, mtime_ns, inode, now;
	int64_t lyrics;   /* changes with the lyrics beside the file; 0: none */
	const struct qf_tag *tags; /* tags[n_tags], in the order of the file */
	size_t n_tags;
	const struct qf_tag *raw;  /* raw[n_raw]: what the canonical ones lost, keys as in the file; kept as "raw:KEY" */
	size_t n_raw;
	int64_t duration_ms;
	int sample_rate_hz, channels, bitrate_kbps;
	const char *codec;
};

/* Store it as new track, or over the known one of this number or path, tags and full-text entry
 * included. *id is its track; *is_new tells which. */
enum qf_status qf_catalog_put_track(struct qf_catalog *c, const struct qf_scanned *s, int64_t *id, bool *is_new,
				    struct qf_err *e);

/* Forget what no track has any more: sets of tags, long values, albums, artists. Looks once at each of them, at no track. */
enum qf_status qf_catalog_sweep(struct qf_catalog *c, struct qf_err *e);

/* ---- datasets --------------------------------------------------------------------------- */

enum qf_status qf_catalog_dataset(struct qf_catalog *c, const char *name, int64_t now, int64_t *id, struct qf_err *e);

/* Whether a track is in the dataset of that name; false too when there is no such dataset. */
enum qf_status qf_catalog_dataset_has(struct qf_catalog *c, const char *name, int64_t track, bool *has, struct qf_err *e);

/* *added: it was not in there before. */
enum qf_status qf_catalog_dataset_add(struct qf_catalog *c, int64_t dataset, int64_t track, bool *added, struct qf_err *e);

/* ---- failures ---------------------------------------------------------------------------- */

struct qf_failure {
	const char *stage; /* the verb */
	int64_t root;
	const char *path; /* relative, bytes */
	int64_t track;    /* 0: none */
	const char *class_name, *message;
	int64_t size, mtime_ns;
	int version;
	int64_t at;
};

/* Store it. *known: the same class on the unchanged file by the same version was there already. */
enum qf_status qf_catalog_put_failure(struct qf_catalog *c, const struct qf_failure *f, bool *known, struct qf_err *e);
enum qf_status qf_catalog_clear_failure(struct qf_catalog *c, const char *stage, int64_t root, const char *path,
					struct qf_err *e);

/* ---- reading tracks ----------------------------------------------------------------------- */

enum qf_track_features { QF_TRACK_BARE, QF_TRACK_BRIEF, QF_TRACK_FULL, QF_TRACK_NUMBER /* of select.h alone: id, and nothing else */ };

/* One track. Texts live in the arena, features in *f (initialised here, the caller's to
 * free; may be NULL for QF_TRACK_BARE). QF_ENOTFOUND. */
enum qf_status qf_catalog_track(struct qf_catalog *c, int64_t id, enum qf_track_features with, struct qf_arena *a,
				struct qf_track *t, struct qf_features *f, struct qf_err *e);

/* The number of the track with this absolute path; 0 if the catalog does not know it. */
enum qf_status qf_catalog_find_path(struct qf_catalog *c, const char *path, int64_t *id, struct qf_err *e);

/* ---- features ------------------------------------------------------------------------------ */

struct qf_pending {
	int64_t id, root;
	const char *path; /* absolute, bytes */
	const char *rel;  /* its part behind the root */
	int64_t size, mtime_ns, duration_ms;
	const char *audio_id; /* of the sound that this version heard when the file was another, in hex; NULL: none */
};

/* Tracks whose features are missing or older than `version`, and that are neither gone nor
 * known to fail in this version while unchanged; all: every track that is there. In the
 * order of their numbers, after track number `after`, at most `max` of them into out[]; the
 * texts live in the arena. */
enum qf_status qf_catalog_pending(struct qf_catalog *c, int version, bool all, int64_t after, struct qf_pending *out,
				  size_t max, size_t *n, struct qf_arena *a, struct qf_err *e);
enum qf_status qf_catalog_count_pending(struct qf_catalog *c, int version, bool all, int64_t *n, struct qf_err *e);

/* One of them by its number. QF_ENOTFOUND. */
enum qf_status qf_catalog_pending_one(struct qf_catalog *c, int64_t id, struct qf_pending *out, struct qf_arena *a,
				      struct qf_err *e);

/* What was heard in the file that p describes. */
enum qf_status qf_catalog_put_features(struct qf_catalog *c, const struct qf_pending *p, const struct qf_features *f,
				       int version, int64_t now, struct qf_err *e);

/* The file that p describes was read again and holds the sound that was heard before: only its digest is new. */
enum qf_status qf_catalog_keep_features(struct qf_catalog *c, const struct qf_pending *p, const char *file_sha256, struct qf_err *e);

/* ---- runs ------------------------------------------------------------------------------------ */

/* Outside of a transaction both make one of their own. */
enum qf_status qf_catalog_run_begin(struct qf_catalog *c, const char *tool, const char *version, int64_t now, int64_t *id,
				    struct qf_err *e);
/* Whether the last run of a tool that wrote, but for number `own` (0: none), was cut off or is still under way. */
enum qf_status qf_catalog_run_cut_off(struct qf_catalog *c, const char *tool, int64_t own, bool *yes, struct qf_err *e);

enum qf_status qf_catalog_run_end(struct qf_catalog *c, int64_t id, int64_t now, int exit_code, const char *summary,
				  struct qf_err *e);

#endif
