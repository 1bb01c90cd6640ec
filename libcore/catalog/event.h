/* event.h - listening in the catalog: users, events, and the tracks they speak of.
 *
 * An event is stored once, under the hash of its content that the caller gives
 * (history/id.h), and keeps its names, so that one without a track can be matched
 * again when the library has grown. A time that is not known is stored as 0.
 *
 * The same listening, told by a second source, is a copy: it stands in a table of its
 * own and points to the first. So `event` holds each listening once, and whoever
 * counts or learns from it need not know of copies.
 *
 * Writing calls want an open transaction (qf_catalog_begin). Every call can fail with
 * what catalog.h names: QF_EBUSY, QF_EIO, QF_ECORRUPT, QF_ENOMEM. */
#ifndef QF_CATALOG_EVENT_H
#define QF_CATALOG_EVENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/event.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_EVENT_UID 16 /* bytes of the hash */

/* As event or as copy. */
enum qf_status qf_catalog_has_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], bool *has, struct qf_err *e);

/* The number of a user, who is added if need be. */
enum qf_status qf_catalog_add_user(struct qf_catalog *c, const char *name, int64_t *id, struct qf_err *e);

struct qf_placed { /* what an event means here */
	int64_t user;
	int64_t track;     /* 0: none that matches */
	int64_t copy_of;   /* the event that tells of the same listening, 0: none */
	int hour, weekday; /* on the listener's clock, as in history/time.h; weekday 0: not known */
	int64_t session;   /* 0: not worked out yet */
};

#define QF_EVENT_NEAR_S 5 /* two sources may differ by this */

/* The event of another source by which this one is told already: of the same user and track (or,
 * where one of them has none, the same mbid or folded names), both listening or both of the same
 * action, at most QF_EVENT_NEAR_S apart (where only the minute is known, from that minute). Without
 * a time only a known track tells. *of is 0 if there is none. */
enum qf_status qf_catalog_find_copied(struct qf_catalog *c, const struct qf_event *ev, const struct qf_placed *p, int64_t *of,
				      struct qf_err *e);

/* The times of the user's events next to t: *before is the latest one before it, 0 if there is none, *behind the
 * first one behind it, INT64_MAX if there is none. */
enum qf_status qf_catalog_around(struct qf_catalog *c, int64_t user, int64_t t, int64_t *before, int64_t *behind, struct qf_err *e);

/* Farther than this from each of its user's events, an event is neither stored nor told by another source. */
#define QF_EVENT_APART_S (QF_EVENT_NEAR_S + 59)

/* Store an event, or a copy of one. What is there already stays as it is, and *is_new is false. */
enum qf_status qf_catalog_put_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], const struct qf_event *ev,
				    const struct qf_placed *p, bool *is_new, struct qf_err *e);

/* Make an event and its copies copies of another. */
enum qf_status qf_catalog_make_copy(struct qf_catalog *c, int64_t event, int64_t of, struct qf_err *e);

/* ---- events that have no track ------------------------------------------------------------ */

struct qf_unmatched {
	int64_t id, user;
	struct qf_event event; /* texts in the arena; not its zone */
};

/* Up to `max` of them with a number above `after`, by number. */
enum qf_status qf_catalog_unmatched(struct qf_catalog *c, int64_t after, struct qf_unmatched *out, size_t max, size_t *n,
				    struct qf_arena *a, struct qf_err *e);
enum qf_status qf_catalog_set_event_track(struct qf_catalog *c, int64_t event, int64_t track, struct qf_err *e);

/* ---- sessions and actions: what follows from the order of events ---------------------------------- */

/* From this time on what follows from the user's events is out of date. */
enum qf_status qf_catalog_unsettle(struct qf_catalog *c, int64_t user, int64_t from, struct qf_err *e);

/* The first user with a number above `after` of whom something is out of date; 0: none. */
enum qf_status qf_catalog_unsettled(struct qf_catalog *c, int64_t after, int64_t *user, struct qf_err *e);

struct qf_settling {
	int64_t t, ms, length_ms; /* ms -1, length 0: not known; the length is the event's, else its track's */
	uint64_t track;           /* tells tracks apart, also those that the catalog does not know */
	bool derived;
	enum qf_action action;    /* in and out */
	int64_t session;          /* in (0: none yet) and out */
	int hour, weekday;        /* weekday 0 in: not known, to be filled */
};

struct qf_settler {
	void (*begin)(void *ctx, int64_t session);           /* the number of the last session before what follows, 0: none */
	void (*next)(void *ctx, struct qf_settling *row);    /* the events with a time, in its order */
	void *ctx;
};

/* Go over the last of a user's events without changing any, so that the settler stands where the next
 * one would come: *last is the latest time, 0 if there is none. *settled is false, and nothing was gone
 * over, when something is out of date. */
enum qf_status qf_catalog_resume(struct qf_catalog *c, int64_t user, const struct qf_settler *s, int64_t *last, bool *settled,
				 struct qf_err *e);

/* What struct qf_settling calls track. */
uint64_t qf_event_track_key(int64_t track, const struct qf_event *ev);

/* The length of a track in ms, 0: not known. */
enum qf_status qf_catalog_track_length(struct qf_catalog *c, int64_t track, int64_t *ms, struct qf_err *e);

/* Walk a user's events from the first session that may be out of date and store what `next` makes
 * of them. *n: how many were changed. */
enum qf_status qf_catalog_settle(struct qf_catalog *c, int64_t user, const struct qf_settler *s, int64_t *n, struct qf_err *e);

/* ---- tracks that carry a value ------------------------------------------------------------- */

/* Up to `max` of them: those whose file is there before those that are missing, then by number. */
enum qf_status qf_catalog_tracks_by_mbid(struct qf_catalog *c, const char *mbid, struct qf_candidate *out, size_t max,
					 size_t *n, struct qf_err *e);
enum qf_status qf_catalog_tracks_by_isrc(struct qf_catalog *c, const char *isrc, struct qf_candidate *out, size_t max,
					 size_t *n, struct qf_err *e);

/* Artist and title as base/text.h folds them. */
enum qf_status qf_catalog_tracks_by_names(struct qf_catalog *c, const char *artist, const char *title,
					  struct qf_candidate *out, size_t max, size_t *n, struct qf_err *e);

#endif
