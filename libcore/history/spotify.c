/* Spotify's extended streaming history: lists of streams, one object each.
 *
 *   ts (the END of the stream, UTC), ms_played, master_metadata_track_name,
 *   master_metadata_album_artist_name, master_metadata_album_album_name,
 *   reason_end, skipped, incognito_mode, …
 *
 * The start is ts less ms_played. Of the rest nothing is kept: neither the account's
 * name nor addresses, devices and countries. Podcasts are no tracks, and a private
 * session was not to be remembered: both are passed over. A stream of less than
 * 30 s is a skip if it was marked or ended so by the listener, as ListenBrainz
 * takes it; else what it was follows from its length, as for others. */
#include "history/format.h"

#define SHORT_MS 30000

bool qf_spotify_sniff(struct qf_span object)
{
	struct qf_span v;

	return qf_json_get(object, "ms_played", &v) && qf_json_get(object, "ts", &v);
}

static bool is_true(struct qf_record *r, const char *key)
{
	bool b;

	return qf_json_to_bool(qf_member(r, r->body, key), &b) && b;
}

/* Whether the listener's hand ended it. */
static bool ended_by_hand(struct qf_record *r)
{
	static const char *const reasons[] = {
		"fwdbtn", "backbtn", "clickrow", "clickside", "endplay", "remote", "playbtn",
	};
	struct qf_span v = qf_member(r, r->body, "reason_end");

	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (qf_json_is(v, reasons[i]))
			return true;
	return false;
}

enum qf_status qf_spotify_parse(struct qf_record *r, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "spotify");
	int64_t end = 0;
	enum qf_status rc;

	if ((rc = qf_member_text(r, r->body, "master_metadata_track_name", &ev.title, e)) != QF_OK ||
	    (rc = qf_member_text(r, r->body, "master_metadata_album_artist_name", &ev.artist, e)) != QF_OK ||
	    (rc = qf_member_text(r, r->body, "master_metadata_album_album_name", &ev.album, e)) != QF_OK ||
	    (rc = qf_member_time(r, r->body, "ts", &end, e)) != QF_OK ||
	    (rc = qf_member_length(r, r->body, "ms_played", 1, &ev.ms, e)) != QF_OK)
		return rc;
	if (!ev.title || is_true(r, "incognito_mode"))
		return QF_OK;
	if (end < 0 || end > INT64_MAX / 2000 || ev.ms < 0)
		return qf_fail(e, QF_EFORMAT, "no \"ms_played\", or a time that cannot be");
	ev.t = (end * 1000 - ev.ms) / 1000;
	if (ev.ms < SHORT_MS && (is_true(r, "skipped") || ended_by_hand(r)))
		ev.action = QF_ACTION_SKIP;
	else
		ev.derived = true;
	return qf_record_emit(r, &ev, e);
}
