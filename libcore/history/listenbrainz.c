/* ListenBrainz: listens and feedback, as exported, as submitted, and as its API answers.
 *
 *   listen      {"listened_at": 1700000000, "track_metadata": {"artist_name", "track_name", "release_name",
 *                "additional_info": {"recording_mbid", "isrc", "duration_ms" or "duration", …},
 *                "mbid_mapping": {"recording_mbid", …} or null}}
 *   feedback    {"recording_mbid", "score": 1 or -1, "created"}
 *   submission  {"listen_type": "single", "import" or "playing_now", "payload": [listen, …]}
 *   API         {"payload": {"listens": [listen, …], …}}
 *
 * additional_info is whatever a player sent: a member of the wrong type there is
 * passed over, since the names still tell the track. */
#include "history/format.h"

#include <string.h>

bool qf_listenbrainz_sniff(struct qf_span object)
{
	struct qf_span v;

	if (qf_json_get(object, "track_metadata", &v) || qf_json_get(object, "payload", &v))
		return true;
	return qf_json_get(object, "score", &v) &&
	       (qf_json_get(object, "recording_mbid", &v) || qf_json_get(object, "recording_msid", &v));
}

/* The length that the player gave, or none. */
static int64_t length_of(struct qf_record *r, struct qf_span info)
{
	int64_t ms = 0;

	if (qf_member_length(r, info, "duration_ms", 1, &ms, NULL) || !ms)
		qf_member_length(r, info, "duration", 1000, &ms, NULL);
	return ms;
}

static enum qf_status get_track(struct qf_record *r, struct qf_span meta, struct qf_event *ev, struct qf_err *e)
{
	struct qf_span info = qf_member(r, meta, "additional_info"), mapping = qf_member(r, meta, "mbid_mapping");
	enum qf_status rc;

	if ((rc = qf_member_text(r, meta, "artist_name", &ev->artist, e)) != QF_OK ||
	    (rc = qf_member_text(r, meta, "track_name", &ev->title, e)) != QF_OK ||
	    (rc = qf_member_text(r, meta, "release_name", &ev->album, e)) != QF_OK ||
	    (rc = qf_member_mbid(r, mapping, "recording_mbid", &ev->mbid, e)) != QF_OK ||
	    (rc = qf_member_mbid(r, info, "recording_mbid", &ev->mbid, e)) != QF_OK ||
	    (rc = qf_member_isrc(r, info, "isrc", &ev->isrc, e)) != QF_OK)
		return rc;
	ev->dur_ms = length_of(r, info);
	return QF_OK;
}

static enum qf_status listen(struct qf_record *r, struct qf_span object, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "listenbrainz");
	enum qf_status rc;

	ev.derived = true;
	if ((rc = qf_member_text(r, object, "user_name", &ev.user, e)) != QF_OK ||
	    (rc = qf_member_time(r, object, "listened_at", &ev.t, e)) != QF_OK ||
	    (rc = get_track(r, qf_member(r, object, "track_metadata"), &ev, e)) != QF_OK)
		return rc;
	return qf_record_emit(r, &ev, e);
}

static enum qf_status feedback(struct qf_record *r, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "listenbrainz");
	enum qf_status rc;
	int64_t score;

	if (!qf_json_to_int(qf_member(r, r->body, "score"), &score) || score < -1 || score > 1)
		return qf_fail(e, QF_EFORMAT, "\"score\" is not 1, 0 or -1");
	if (score == 0)
		return QF_OK; /* taken back */
	ev.action = score > 0 ? QF_ACTION_LIKE : QF_ACTION_DISLIKE;
	if ((rc = qf_member_text(r, r->body, "user_id", &ev.user, e)) != QF_OK ||
	    (rc = qf_member_time(r, r->body, "created", &ev.t, e)) != QF_OK ||
	    (rc = get_track(r, qf_member(r, r->body, "track_metadata"), &ev, e)) != QF_OK ||
	    (rc = qf_member_mbid(r, r->body, "recording_mbid", &ev.mbid, e)) != QF_OK)
		return rc;
	if (!ev.mbid && !ev.title)
		return qf_fail(e, QF_EFORMAT, "feedback without a \"recording_mbid\": nothing tells the track");
	return qf_record_emit(r, &ev, e);
}

/* Each listen of a list stands for itself: a bad one costs only itself. */
static enum qf_status listens(struct qf_record *r, struct qf_span list, struct qf_err *e)
{
	struct qf_span key, item, rest = list;
	const char *from = r->body.p;
	size_t line = r->line;

	while (qf_json_next(&rest, &key, &item)) {
		enum qf_status rc = listen(r, item, e);

		for (; from < item.p; from++)
			line += *from == '\n';
		if (rc == QF_EFORMAT && !r->stopped)
			qf_record_bad(r, line, e);
		else if (rc != QF_OK)
			return rc;
	}
	return QF_OK;
}

enum qf_status qf_listenbrainz_parse(struct qf_record *r, struct qf_err *e)
{
	struct qf_span v;

	if (qf_json_get(r->body, "payload", &v)) {
		if (qf_json_is(qf_member(r, r->body, "listen_type"), "playing_now"))
			return QF_OK;
		return listens(r, qf_json_type(v) == QF_JSON_OBJECT ? qf_member(r, v, "listens") : v, e);
	}
	if (qf_json_get(r->body, "listened_at", &v))
		return listen(r, r->body, e);
	if (qf_json_get(r->body, "score", &v))
		return feedback(r, e);
	return qf_fail(e, QF_EFORMAT, "neither a listen nor feedback of ListenBrainz");
}
