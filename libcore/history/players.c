/* Two formats of scrobbling programs in JSON.
 *
 *   maloja         {"scrobbles": [{"time", "track": {"artists": [], "title", "album": {"albumtitle"},
 *                  "length"}, "duration", "origin"}, …]}, which the frame takes apart: time in
 *                  seconds since 1970, length and duration (what was heard) in seconds
 *   panoscrobbler  an object a line: {"timeMs", "artist", "track", "album", "albumArtist",
 *                  "durationMs", "mediaPlayerName"}, with "event" where it may be another act */
#include "history/format.h"

#include <string.h>

bool qf_maloja_sniff(struct qf_span object)
{
	struct qf_span time, track;

	return qf_json_get(object, "time", &time) && qf_json_get(object, "track", &track) && qf_json_type(track) == QF_JSON_OBJECT;
}

/* The artists, joined as rows join them. */
static enum qf_status join_artists(struct qf_record *r, struct qf_span list, const char **out, struct qf_err *e)
{
	struct qf_span key, name, rest = list;
	struct qf_buf all = { 0 };
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && qf_json_next(&rest, &key, &name)) {
		if (all.len)
			qf_buf_puts(&all, "; ");
		if (!qf_json_to_text(name, &all))
			rc = qf_fail(e, QF_EFORMAT, "an artist that is not a text");
	}
	if (rc == QF_OK && (all.len > QF_HISTORY_TEXT_MAX || (all.len && memchr(all.p, '\0', all.len))))
		rc = qf_fail(e, QF_EFORMAT, "artists that are too long or hold a NUL");
	if (rc == QF_OK && (all.failed || (all.len && (*out = qf_arena_dup(r->arena, all.p, all.len)) == NULL)))
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&all);
	return rc;
}

enum qf_status qf_maloja_parse(struct qf_record *r, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "maloja");
	struct qf_span track = qf_member(r, r->body, "track");
	enum qf_status rc;

	ev.derived = true;
	if ((rc = qf_member_time(r, r->body, "time", &ev.t, e)) != QF_OK ||
	    (rc = qf_member_length(r, r->body, "duration", 1000, &ev.ms, e)) != QF_OK ||
	    (rc = qf_member_length(r, track, "length", 1000, &ev.dur_ms, e)) != QF_OK ||
	    (rc = qf_member_text(r, track, "title", &ev.title, e)) != QF_OK ||
	    (rc = qf_member_text(r, qf_member(r, track, "album"), "albumtitle", &ev.album, e)) != QF_OK ||
	    (rc = join_artists(r, qf_member(r, track, "artists"), &ev.artist, e)) != QF_OK)
		return rc;
	return qf_record_emit(r, &ev, e);
}

bool qf_panoscrobbler_sniff(struct qf_span object)
{
	struct qf_span v;

	return qf_json_get(object, "timeMs", &v) && qf_json_get(object, "track", &v);
}

enum qf_status qf_panoscrobbler_parse(struct qf_record *r, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "panoscrobbler");
	const char *act = "scrobble";
	int64_t ms = 0;
	enum qf_status rc;

	ev.derived = true;
	if ((rc = qf_member_text(r, r->body, "event", &act, e)) != QF_OK ||
	    (rc = qf_member_text(r, r->body, "artist", &ev.artist, e)) != QF_OK ||
	    (rc = qf_member_text(r, r->body, "track", &ev.title, e)) != QF_OK ||
	    (rc = qf_member_text(r, r->body, "album", &ev.album, e)) != QF_OK ||
	    (rc = qf_member_length(r, r->body, "durationMs", 1, &ev.dur_ms, e)) != QF_OK)
		return rc;
	if (strcmp(act, "scrobble") != 0)
		return QF_OK; /* what is playing now, and the like */
	if (!qf_json_to_int(qf_member(r, r->body, "timeMs"), &ms) || ms < 0)
		return qf_fail(e, QF_EFORMAT, "\"timeMs\" is not a whole number of milliseconds");
	ev.t = ms / 1000;
	return qf_record_emit(r, &ev, e);
}
