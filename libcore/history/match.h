/* match.h - which track of a library an event speaks of.
 *
 * By MusicBrainz recording id, else by ISRC, else by path, else by artist and
 * title, folded (base/text.h); of several artists joined by "; ", as rows write them,
 * the first counts, as in the catalog. The first of these that finds tracks decides; an
 * event that none finds, or whose names fit several different recordings, stays
 * without a track: nothing is guessed.
 *
 * The library is the caller's: a lookup that answers which tracks carry a value.
 * So the order and the choice can be tested without one. */
#ifndef QF_HISTORY_MATCH_H
#define QF_HISTORY_MATCH_H

#include "base/err.h"
#include "base/event.h"

#include <stddef.h>
#include <stdint.h>

#define QF_MATCH_TOLERANCE_MS 3000 /* two lengths of one recording differ by no more */
#define QF_MATCH_MANY 64           /* candidates that are looked at */

enum qf_match_key { QF_MATCH_MBID, QF_MATCH_ISRC, QF_MATCH_PATH, QF_MATCH_NAMES, QF_MATCH_NONE };

const char *qf_match_key_name(enum qf_match_key key); /* "mbid", …, "none" */

struct qf_match_lookup {
	/* Write up to `cap` tracks that carry the value, those first that are to be
	 * taken where several will do, and their number to *n; none is no error. `b` is NULL but for QF_MATCH_NAMES,
	 * where a is the folded artist and b the folded title. */
	enum qf_status (*find)(void *ctx, enum qf_match_key key, const char *a, const char *b,
			       struct qf_candidate *out, size_t cap, size_t *n, struct qf_err *e);
	void *ctx;
};

/* The choice among n tracks that carry an event's names. dur_ms is the event's length, 0 if not known.
 *   With a length: the track nearest to it, at most QF_MATCH_TOLERANCE_MS away; a
 *   track of unknown length only where it is the only candidate.
 *   Without: the first, if all are of one length within the tolerance (the same
 *   recording on several albums); several different lengths are several recordings.
 * Returns the track's id, 0 for none. Equal distance: the first. */
int64_t qf_match_choose(const struct qf_candidate *v, size_t n, int64_t dur_ms);

/* The track of an event, *track = 0 if there is none; *how says what found it.
 * An id or a path that several tracks carry takes the one nearest in length, else
 * the first: they are the same recording. Errors: the lookup's, QF_ENOMEM. */
enum qf_status qf_match_event(const struct qf_match_lookup *l, const struct qf_event *ev, int64_t *track,
			      enum qf_match_key *how, struct qf_err *e);

#endif
