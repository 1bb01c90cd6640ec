/* history.h - listening histories, in the formats that other programs export, to events.
 *
 *     struct qf_history *h;
 *     qf_history_open(&h, &(struct qf_history_opts){ .user = "me" }, &sink, e);
 *     while (there are bytes) qf_history_feed(h, p, n, e);
 *     qf_history_end(h, e);
 *     qf_history_close(h);
 *
 * Bytes may come in pieces of any size. Events come out through the sink in the
 * order of the file; a record that is damaged or says too little goes to `bad`
 * with a sentence that names its line, and the rest is read. Nothing is made up:
 * a play count gives no events, and what a format does not tell stays "not known".
 *
 * Formats (qf_history_format_at() lists them):
 *   ndjson        one object a line: user, t (seconds since 1970, or ISO 8601 with
 *                 a zone), action (play skip complete replay like dislike add),
 *                 ms (played), dur (length, ms), src, and what names the track:
 *                 artist, title, album, path or path_b64, isrc, mbid. "type", if
 *                 there, is "event.v1". Without t: like, dislike and add only.
 *                 "derived": true says that the action follows from the rest: it is worked out anew.
 *   listenbrainz  listens of an export (JSONL), feedback.jsonl (score 1: like,
 *                 -1: dislike, 0: nothing), a submission ({"listen_type", "payload":
 *                 […]}; playing_now is no listen) or a list of listens. A listen
 *                 is a play of unknown length. The recording id that the player
 *                 sent goes before the one that ListenBrainz found.
 *                 https://listenbrainz.readthedocs.io/en/latest/users/json.html
 *   spotify       extended streaming history (spotify.c says what is passed over)
 *   maloja, panoscrobbler   exports of these (players.c)
 *   lastfm, librefm         tables of scrobbles (csv.c)
 *   rockbox       .scrobbler.log (rockbox.c); where it says #TZ/UNKNOWN, times are local
 *   m3u           a playlist of what is liked (m3u.c)
 * Those of JSON may also come as one array, or spread over lines (history/frame.h).
 *
 * Where a source does not say what became of a play, the event is `derived`: see
 * history/derive.h.
 *
 * A format is one entry in the table in formats.c: see history/format.h. */
#ifndef QF_HISTORY_HISTORY_H
#define QF_HISTORY_HISTORY_H

#include "base/err.h"
#include "base/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_history;

struct qf_history_sink {
	/* An event; it and its strings last for the call only. Anything but QF_OK
	 * ends the reading, and feed or end returns it. */
	enum qf_status (*event)(void *ctx, const struct qf_event *ev, size_t line, struct qf_err *e);
	/* A record that gave none: why->text begins with "line N: ". */
	void (*bad)(void *ctx, size_t line, const struct qf_err *why);
	void *ctx;
};

struct qf_zone { /* where somebody listened: seconds east of UTC at an instant, within a day */
	int (*offset_s)(void *ctx, int64_t t);
	void *ctx;
};

struct qf_history_opts {
	const char *format; /* NULL: told by the first record */
	const char *user;   /* of records that name none; NULL: such records are bad */
	const struct qf_zone *zone; /* of local times; NULL: records that have only such are bad */
	bool stream;        /* from a pipe: a last line without newline was cut, and is bad */
};

/* The strings and the zone of opts and the sink's ctx are borrowed until close. QF_EINVAL for a format
 * of no such name (the text lists the names), QF_ENOMEM. */
enum qf_status qf_history_open(struct qf_history **out, const struct qf_history_opts *opts,
			       const struct qf_history_sink *sink, struct qf_err *e);

/* QF_EUNSUPPORTED when the first record is of no format known here; QF_ENOMEM;
 * what the sink returned. After an error only close is of use. */
enum qf_status qf_history_feed(struct qf_history *h, const void *p, size_t n, struct qf_err *e);
enum qf_status qf_history_end(struct qf_history *h, struct qf_err *e);
void qf_history_close(struct qf_history *h); /* NULL is fine */

/* The name of the format in use, NULL while it is not known. */
const char *qf_history_format(const struct qf_history *h);

/* The ith format, NULL behind the last; *what (may be NULL) is a phrase for people. */
const char *qf_history_format_at(size_t i, const char **what);

#endif
