/* rendition.h - encoded copies of tracks, and what deciding about them wants to know of all tracks.
 *
 * Writing calls want an open transaction (qf_catalog_begin). Errors of catalog.h. */
#ifndef QF_CATALOG_RENDITION_H
#define QF_CATALOG_RENDITION_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_rendition {
	int64_t id, track;        /* track 0: it was forgotten */
	const char *folder, *file; /* bytes; the file's name is relative to the folder */
	const char *rung, *codec;
	int kbps;                 /* 0: lossless */
	double seconds;           /* of an excerpt, 0: whole */
	const char *recipe;       /* plan/job.h */
	int64_t bytes;
	const char *sha256;       /* hex */
	double gain_db;
	bool vanished;            /* read only: the track was forgotten, or its file is missing */
};

/* Store it, in the place of one of the same folder and file. */
enum qf_status qf_catalog_put_rendition(struct qf_catalog *c, const struct qf_rendition *r, int64_t now, struct qf_err *e);

/* The file is gone. */
enum qf_status qf_catalog_drop_rendition(struct qf_catalog *c, int64_t id, struct qf_err *e);

/* Those of a folder (NULL: any), by track and number; what r points to is valid during the call. Anything but QF_OK from fn ends the walk. */
enum qf_status qf_catalog_renditions(struct qf_catalog *c, const char *folder,
				     enum qf_status (*fn)(void *arg, const struct qf_rendition *r, struct qf_err *e), void *arg,
				     struct qf_err *e);

/* Those of one track, likewise. */
enum qf_status qf_catalog_renditions_of(struct qf_catalog *c, int64_t track,
					enum qf_status (*fn)(void *arg, const struct qf_rendition *r, struct qf_err *e), void *arg,
					struct qf_err *e);

struct qf_played { /* a track, valid during the call */
	int64_t id;
	const char *path, *label; /* absolute bytes; "Artist - Title", NULL: neither is known */
	int64_t size, mtime_ns, duration_ms, added_at;
	int kbps;
	const char *codec;       /* NULL: not known */
	double loudness_lufs, true_peak_dbtp, preview_start_s; /* NaN: not known */
	int64_t plays, recent;   /* play, complete and replay: ever, and from `since` on */
	int64_t cover_bytes;     /* of the picture in its tags, 0: none is known */
};

/* Every track whose file is there, by number, with the plays of one user or (0) of all. */
enum qf_status qf_catalog_played(struct qf_catalog *c, int64_t user, int64_t since,
				 enum qf_status (*fn)(void *arg, const struct qf_played *p, struct qf_err *e), void *arg, struct qf_err *e);

/* How often each genre was played (a track without plays counts nothing): name and plays, the most played first. */
enum qf_status qf_catalog_played_genres(struct qf_catalog *c, int64_t user,
					enum qf_status (*fn)(void *arg, const char *genre, int64_t plays, struct qf_err *e), void *arg,
					struct qf_err *e);

#endif
