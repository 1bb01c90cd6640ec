/* event.h - one act of listening, as histories and the catalog speak of it. */
#ifndef QF_BASE_EVENT_H
#define QF_BASE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qf_action {
	QF_ACTION_PLAY,     /* heard, how much is in ms if known */
	QF_ACTION_SKIP,     /* begun and left */
	QF_ACTION_COMPLETE, /* heard to its end */
	QF_ACTION_REPLAY,   /* begun again at once */
	QF_ACTION_LIKE,
	QF_ACTION_DISLIKE,
	QF_ACTION_ADD       /* taken into a playlist or a collection */
};
#define QF_ACTIONS 7

const char *qf_action_name(enum qf_action a);             /* "play", "skip", … */
bool qf_action_parse(const char *name, enum qf_action *a); /* false: no such action */

/* A track that an event may speak of. */
struct qf_candidate {
	int64_t id;
	int64_t duration_ms; /* 0: not known */
};

/* The strings belong to whoever filled the record (mostly an arena); all but
 * path are UTF-8. NULL or 0 is "not known", except where said. */
struct qf_event {
	const char *user; /* never NULL */
	const char *src;  /* the program or format it comes from, never NULL */
	int64_t t;        /* start, seconds since 1970 UTC; 0: not known (a like without a time) */
	enum qf_action action;
	int64_t ms;       /* played, in milliseconds; -1: not known */
	int64_t dur_ms;   /* length of the track by its own account */
	const char *artist, *title, *album;
	bool derived;     /* the source tells no action: `action` is PLAY until history/derive.h says what follows */
	int precision_s;  /* t is the first of 1 + this many seconds: 59 where only the minute is known */
	bool zoned;       /* the source told its time zone: */
	int offset_s;     /* seconds east of UTC there and then */
	const char *mbid; /* MusicBrainz recording id, lower case */
	const char *isrc; /* 12 letters and digits, upper case */
	const char *path; /* bytes as the file system has them */
};

#endif
