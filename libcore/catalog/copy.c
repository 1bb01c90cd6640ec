/* The same listening, told by two sources: see catalog/event.h. */
#include "catalog/event.h"

#include "base/buf.h"
#include "base/text.h"
#include "catalog/sql.h"

#include <string.h>

enum { MINUTE = 59 }; /* the coarsest precision that is stored */

static bool listening(enum qf_action a)
{
	return a == QF_ACTION_PLAY || a == QF_ACTION_SKIP || a == QF_ACTION_COMPLETE || a == QF_ACTION_REPLAY;
}

/* Two names that fold to the same; *same stays as it was when one is not known. */
static enum qf_status same_name(const char *a, const char *b, bool *same, struct qf_err *e)
{
	struct qf_buf x = { 0 }, y = { 0 };
	enum qf_status rc = QF_OK;

	*same = a && b;
	if (*same && strcmp(a, b) != 0) {
		rc = qf_text_fold(&x, a, strlen(a), e);
		if (rc == QF_OK)
			rc = qf_text_fold(&y, b, strlen(b), e);
		*same = rc == QF_OK && x.len == y.len && (x.len == 0 || memcmp(x.p, y.p, x.len) == 0);
	}
	qf_buf_free(&x);
	qf_buf_free(&y);
	return rc;
}

/* Whether the stored event under the statement is of the same track. */
static enum qf_status same_track(sqlite3_stmt *s, const struct qf_event *ev, int64_t track, bool *same, struct qf_err *e)
{
	int64_t other = sqlite3_column_int64(s, 1);
	const char *artist = (const char *)sqlite3_column_text(s, 2), *title = (const char *)sqlite3_column_text(s, 3);
	const char *mbid = (const char *)sqlite3_column_text(s, 4);
	enum qf_status rc;

	*same = track == other;
	if (track && other)
		return QF_OK;
	*same = mbid && ev->mbid && strcmp(mbid, ev->mbid) == 0;
	if (*same)
		return QF_OK;
	rc = same_name(title, ev->title, same, e);
	return rc == QF_OK && *same ? same_name(artist, ev->artist, same, e) : rc;
}

/* `+` keeps the planner from an index that many timeless events of one user would make long. */
static enum qf_status candidates(struct qf_catalog *c, const struct qf_event *ev, const struct qf_placed *p, sqlite3_stmt **s,
				 struct qf_err *e)
{
	static const char timed[] =
		"SELECT id, track_id, artist, title, mbid FROM event WHERE user_id = ?1 AND at BETWEEN ?2 AND ?3 AND source <> ?4"
		" AND at + precision_s >= ?5 AND (action IN ('play', 'skip', 'complete', 'replay')) = ?6 AND (?6 OR action = ?7)"
		" ORDER BY at, id";
	static const char timeless[] =
		"SELECT id, track_id, artist, title, mbid FROM event WHERE track_id = ?2 AND +user_id = ?1 AND +at = 0 AND source <> ?4"
		" AND action = ?7 ORDER BY id";
	enum qf_status rc = qf_sql(c, ev->t ? timed : timeless, s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(*s, 1, p->user);
	qf_sql_bind_text(*s, 4, ev->src);
	qf_sql_bind_text(*s, 7, qf_action_name(ev->action));
	if (!ev->t) {
		sqlite3_bind_int64(*s, 2, p->track);
		return QF_OK;
	}
	sqlite3_bind_int64(*s, 2, ev->t - QF_EVENT_NEAR_S - MINUTE);
	sqlite3_bind_int64(*s, 3, ev->t + ev->precision_s + QF_EVENT_NEAR_S);
	sqlite3_bind_int64(*s, 5, ev->t - QF_EVENT_NEAR_S);
	sqlite3_bind_int(*s, 6, listening(ev->action));
	return QF_OK;
}

enum qf_status qf_catalog_find_copied(struct qf_catalog *c, const struct qf_event *ev, const struct qf_placed *p, int64_t *of,
				      struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row, same = false;
	enum qf_status rc;

	*of = 0;
	if (!ev->t && !p->track)
		return QF_OK;
	rc = candidates(c, ev, p, &s, e);
	while (rc == QF_OK && !same && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		rc = same_track(s, ev, p->track, &same, e);
		if (rc == QF_OK && same)
			*of = sqlite3_column_int64(s, 0);
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_make_copy(struct qf_catalog *c, int64_t event, int64_t of, struct qf_err *e)
{
	static const char *const steps[] = {
		"UPDATE event_copy SET event_id = ?2 WHERE event_id = ?1",
		"INSERT INTO event_copy (uid, event_id, at, action, ms, source, artist, title, album, mbid, isrc, path, duration_ms, derived,"
		" precision_s) SELECT uid, ?2, at, action, ms, source, artist, title, album, mbid, isrc, path, duration_ms, derived,"
		" precision_s FROM event WHERE id = ?1",
		"DELETE FROM event WHERE id = ?1",
	};
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < sizeof steps / sizeof *steps; i++) {
		sqlite3_stmt *s;

		rc = qf_sql(c, steps[i], &s, e);
		if (rc != QF_OK)
			break;
		sqlite3_bind_int64(s, 1, event);
		if (sqlite3_bind_parameter_count(s) == 2)
			sqlite3_bind_int64(s, 2, of);
		rc = qf_sql_run(c, s, e);
	}
	return rc;
}
