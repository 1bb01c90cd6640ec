/* format.h - inside history/: what a format is, and what its parser works with.
 *
 * A format is a file with two functions and a line in formats.c: `sniff` says of a
 * file's first record whether it is of this format, `parse` turns one record
 * into events. Both get one checked JSON object. */
#ifndef QF_HISTORY_FORMAT_H
#define QF_HISTORY_FORMAT_H

#include "base/arena.h"
#include "base/event.h"
#include "history/history.h"
#include "rows/json.h"

struct qf_record {
	struct qf_span json; /* the object */
	size_t line;         /* where it begins */
	const char *user;    /* for events that name none, or NULL */
	struct qf_arena *arena; /* lives as long as the record */
	const struct qf_history_sink *sink;
	bool stopped; /* the sink refused an event: nothing more may be emitted */
};

struct qf_history_format {
	const char *name, *what;
	bool (*sniff)(struct qf_span object);
	/* QF_EFORMAT: this record is bad, go on. Anything else ends the reading. */
	enum qf_status (*parse)(struct qf_record *r, struct qf_err *e);
};

extern const struct qf_history_format qf_history_formats[];
extern const size_t qf_history_formats_n;

bool qf_ndjson_sniff(struct qf_span object);
enum qf_status qf_ndjson_parse(struct qf_record *r, struct qf_err *e);
bool qf_listenbrainz_sniff(struct qf_span object);
enum qf_status qf_listenbrainz_parse(struct qf_record *r, struct qf_err *e);

/* An event with nothing known: -1 ms, the record's user. */
struct qf_event qf_record_event(const struct qf_record *r, const char *src);

/* Check what every event needs (a user, a sane time, something that names the
 * track) and give it to the sink. QF_EFORMAT, or what the sink returned. */
enum qf_status qf_record_emit(struct qf_record *r, const struct qf_event *ev, struct qf_err *e);

/* Tell the sink of a bad part of a record, when other parts can still be read. */
void qf_record_bad(struct qf_record *r, size_t line, struct qf_err *why);

/* Members of an object. One that is missing, null or "" leaves *out as it was.
 * QF_EFORMAT, with the key in the text, for a value of another kind; QF_ENOMEM. */
#define QF_HISTORY_TEXT_MAX 4096 /* bytes of one text */
enum qf_status qf_member_text(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e);

/* "path_b64", else "path". */
enum qf_status qf_member_path(struct qf_record *r, struct qf_span object, const char **out, struct qf_err *e);

/* Seconds since 1970 (a fraction is dropped), or ISO 8601 with a zone. */
enum qf_status qf_member_time(struct qf_record *r, struct qf_span object, const char *key, int64_t *out, struct qf_err *e);

/* A length of time, in units of `unit_ms` milliseconds, as whole milliseconds: 0 to 10 days. */
enum qf_status qf_member_length(struct qf_span object, const char *key, double unit_ms, int64_t *out, struct qf_err *e);

/* Identifiers are put into their one form; one that is malformed says nothing, so
 * *out stays as it was, also when the value is no text. */
enum qf_status qf_member_mbid(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e);
enum qf_status qf_member_isrc(struct qf_record *r, struct qf_span object, const char *key, const char **out, struct qf_err *e);

#endif
