/* track.h - one track as rows and the catalog speak of it. */
#ifndef QF_BASE_TRACK_H
#define QF_BASE_TRACK_H

#include "base/features.h"

#include <stddef.h>
#include <stdint.h>

/* The strings belong to whoever filled the record (mostly an arena). NULL, 0 or
 * NaN is "not known". */
struct qf_track {
	int64_t id;         /* in its catalog; 0: not in a catalog */
	const char *path;   /* absolute, bytes as the file system has them, NUL behind */
	const char *title, *artist, *album, *albumartist, *genre, *date, *isrc, *mbid; /* first or joined value, UTF-8 */
	int year;           /* of date, 0 = none */
	int track_no, disc_no;
	int64_t duration_ms;
	int sample_rate_hz, channels, bitrate_kbps;
	const char *codec;  /* "flac", "mp3", "vorbis", "opus", "wav", "aac", "alac", … */
	const char *dataset; /* the one it was ingested with, or NULL */
	const struct qf_features *features; /* NULL: not extracted (or not asked for) */
	int features_version;
	int features_brief; /* 1: only the brief ones were read, and only they are written */
};

#endif
