/* format.h - inside history/: what a format is, and what its parser works with.
 *
 * A format is a file with two functions and a line in formats.c: `sniff` says of a
 * file's first record whether it is of this format, `parse` turns one record
 * into events. Formats of JSON get one checked object at a time, formats of text one
 * line, as it is, without its end. */
#ifndef QF_HISTORY_FORMAT_H
#define QF_HISTORY_FORMAT_H

#include "base/arena.h"
#include "base/event.h"
#include "history/history.h"
#include "rows/json.h"

enum qf_column { /* of tables */
	QF_COL_TIME, QF_COL_TIME_UTC, QF_COL_ARTIST, QF_COL_TITLE, QF_COL_ALBUM, QF_COL_MBID, QF_COL_SECONDS, QF_COLS
};

struct qf_format_state { /* of one file, where lines lean on earlier ones; all zero at first */
	bool begun;           /* the first line is behind us */
	char separator;
	int column[QF_COLS];  /* where each one stands, from 1; 0: not there */
	bool local;           /* times are local */
	int64_t seconds;      /* of the list entry that comes next, 0: not known */
	struct qf_buf words;  /* its "Artist - Title" */
};

enum { QF_MEMBERS = 48 };

struct qf_members { /* of the object that was looked into last: one walk finds them all */
	const char *of;     /* where it stands, NULL: none */
	bool whole;         /* all of them are here, under keys without escapes */
	size_t n;
	struct { struct qf_span key, value; } at[QF_MEMBERS];
};

struct qf_record {
	struct qf_span body; /* the object, or the line */
	struct qf_members *members;
	size_t line;         /* where it begins */
	const char *user;    /* for events that name none, or NULL */
	const struct qf_zone *zone; /* what the caller knows of local time, or NULL */
	struct qf_format_state *state;
	struct qf_arena *arena; /* lives as long as the record */
	const struct qf_history_sink *sink;
	bool stopped; /* the sink refused an event: nothing more may be emitted */
};

struct qf_history_format {
	const char *name, *what;
	bool text;
	bool (*sniff)(struct qf_span record);
	/* QF_EFORMAT: this record is bad, go on. Anything else ends the reading. */
	enum qf_status (*parse)(struct qf_record *r, struct qf_err *e);
};

extern const struct qf_history_format qf_history_formats[];
extern const size_t qf_history_formats_n;

bool qf_ndjson_sniff(struct qf_span record);
enum qf_status qf_ndjson_parse(struct qf_record *r, struct qf_err *e);
bool qf_listenbrainz_sniff(struct qf_span record);
enum qf_status qf_listenbrainz_parse(struct qf_record *r, struct qf_err *e);
bool qf_spotify_sniff(struct qf_span record);
enum qf_status qf_spotify_parse(struct qf_record *r, struct qf_err *e);
bool qf_maloja_sniff(struct qf_span record);
enum qf_status qf_maloja_parse(struct qf_record *r, struct qf_err *e);
bool qf_panoscrobbler_sniff(struct qf_span record);
enum qf_status qf_panoscrobbler_parse(struct qf_record *r, struct qf_err *e);
bool qf_lastfm_sniff(struct qf_span record);
enum qf_status qf_lastfm_parse(struct qf_record *r, struct qf_err *e);
bool qf_librefm_sniff(struct qf_span record);
enum qf_status qf_librefm_parse(struct qf_record *r, struct qf_err *e);
bool qf_rockbox_sniff(struct qf_span record);
enum qf_status qf_rockbox_parse(struct qf_record *r, struct qf_err *e);
bool qf_m3u_sniff(struct qf_span record);
enum qf_status qf_m3u_parse(struct qf_record *r, struct qf_err *e);

/* An event with nothing known: a play, -1 ms, the record's user. */
struct qf_event qf_record_event(const struct qf_record *r, const char *src);

/* Check what every event needs (a user, a sane time, something that names the
 * track) and give it to the sink. QF_EFORMAT, or what the sink returned. */
enum qf_status qf_record_emit(struct qf_record *r, const struct qf_event *ev, struct qf_err *e);

/* Tell the sink of a bad part of a record, when other parts can still be read. */
void qf_record_bad(struct qf_record *r, size_t line, struct qf_err *why);

/* A member's value; "null" if there is none, or if it is no object. The last one of a key counts. */
struct qf_span qf_member(struct qf_record *r, struct qf_span object, const char *key);

/* Members of an object. One that is missing, null or "" leaves *out as it was.
 * QF_EFORMAT, with the key in the text, for a value of another kind; QF_ENOMEM. */
#define QF_HISTORY_TEXT_MAX 4096 /* bytes of one text */
enum qf_status qf_member_text(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e);

/* "path_b64", else "path". */
enum qf_status qf_member_path(struct qf_record *r, struct qf_span object, const char **out, struct qf_err *e);

/* Seconds since 1970 (a fraction is dropped), or ISO 8601 with a zone. */
enum qf_status qf_member_time(struct qf_record *r, struct qf_span object, const char *key, int64_t *out, struct qf_err *e);

/* A length of time, in units of `unit_ms` milliseconds, as whole milliseconds: 0 to 10 days. */
enum qf_status qf_member_length(struct qf_record *r, struct qf_span object, const char *key, double unit_ms, int64_t *out, struct qf_err *e);

/* ---- cells of tables ---------------------------------------------------------------------- */

/* Divide a line at its separator into at most `cap` cells, in the arena, as valid UTF-8 without
 * NUL. Quoted cells as in RFC 4180, section 2, except that none goes on in the next line. A tab as
 * separator knows no quotes. *n: how many; what is past cap is dropped. QF_EFORMAT, QF_ENOMEM. */
enum qf_status qf_cells(struct qf_record *r, char separator, const char **cell, size_t cap, size_t *n, struct qf_err *e);

/* A cell as a text of bounded length; an empty one leaves *out as it was. QF_EFORMAT. */
enum qf_status qf_cell_text(const char *cell, const char **out, struct qf_err *e);
enum qf_status qf_cell_mbid(struct qf_record *r, const char *cell, const char **out, struct qf_err *e); /* QF_ENOMEM */

/* Seconds since 1970, ISO 8601 (without a zone: of `utc`, else as the caller's zone says), or
 * "01 Jan 2024, 20:15" (UTC). Fills t, precision_s and the zone. QF_EFORMAT. */
enum qf_status qf_cell_time(struct qf_record *r, const char *cell, bool utc, struct qf_event *ev, struct qf_err *e);

/* Local time to UTC. QF_EFORMAT if the caller told no zone. */
enum qf_status qf_record_to_utc(struct qf_record *r, int64_t *t, struct qf_err *e);

/* ---- members of objects ------------------------------------------------------------------- */

/* Seconds since 1970 in UTC with their zone, or without. */
enum qf_status qf_member_moment(struct qf_record *r, struct qf_span object, const char *key, struct qf_event *ev, struct qf_err *e);

/* Identifiers are put into their one form; one that is malformed says nothing, so
 * *out stays as it was, also when the value is no text. */
enum qf_status qf_member_mbid(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e);
enum qf_status qf_member_isrc(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e);

#endif
