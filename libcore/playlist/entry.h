/* entry.h - one track as a playlist sees it, and the list that the writers take.
 *
 * The strings belong to the caller and must outlive the calls they are given to.
 * NULL, NaN and 0 mean "not known"; only the path must be there for the writers. */
#ifndef QF_PLAYLIST_ENTRY_H
#define QF_PLAYLIST_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#define QF_ENTRY_SOUND 64

struct qf_entry {
	int64_t id;          /* in its catalog, 0 = not in a catalog */
	const char *catalog; /* UUID of that catalog */
	const char *path;    /* absolute, bytes as the file system has them; of a list that was read: as it stands
				there, NULL when only an identifier does */
	const char *title, *artist, *album, *albumartist; /* UTF-8 */
	int disc_no, track_no;
	const char *mbid;    /* MusicBrainz recording, a UUID */
	const char *isrc;    /* 12 letters and digits */
	const char *camelot; /* "8A": hour 1 to 12 of the wheel, A minor or B major */
	int64_t duration_ms; /* 0 = not known */
	double tempo_bpm;    /* NaN = not known, as the following */
	double energy;       /* 0 to 1 */
	double score;        /* of whoever recommended it; higher is better */
	int64_t model;       /* number of the model that chose it, 0 = none */
	double trust, quality; /* 0 to 1 */
	const float *sound;  /* [QF_ENTRY_SOUND] embedding; NULL = not known */
	double gain_db;      /* to be played with; 0 = as it is */
	double cue_out_s, cross_s, next_in_s; /* where the crossing into the next one begins, how long it is, from where on that one is
						heard; 0 = at its end, none, from its beginning */
};

struct qf_playlist {
	const char *title;  /* UTF-8, or NULL */
	const char *folder; /* absolute and without symbolic links: where the list will stand and what
	                       relative paths start from; NULL writes absolute paths */
	const char *note;   /* how the list came about, one line and without any time, so that the
	                       same tracks give the same bytes; or NULL */
	const struct qf_profile *profile; /* how m3u and pls spell places; NULL: as the first of qf_profiles (spelling.h) */
	const struct qf_remote *remote;   /* URLs instead of files, in every format; NULL: files (remote.h) */
	const struct qf_entry *entries; /* in the order of play */
	size_t n;
};

#endif
