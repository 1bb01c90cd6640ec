/* What follows from the order of a user's events: see catalog/event.h.
 *
 * The walk begins a day before what is out of date: nothing hangs on what was begun before
 * that, neither a session nor a replay, since no track lasts so long. */
#include "catalog/event.h"

#include "catalog/sql.h"

#include <string.h>

enum { DAY = 86400 };

enum qf_status qf_catalog_unsettle(struct qf_catalog *c, int64_t user, int64_t from, struct qf_err *e)
{
	return qf_sql_run2(c, "UPDATE user SET unsettled_from = ?2 WHERE id = ?1 AND coalesce(unsettled_from > ?2, 1)", user, from, e);
}

enum qf_status qf_catalog_unsettled(struct qf_catalog *c, int64_t after, int64_t *user, struct qf_err *e)
{
	return qf_sql_number(c, "SELECT id FROM user WHERE unsettled_from IS NOT NULL AND id > ?1 ORDER BY id LIMIT 1", after, 0, user, e);
}

enum qf_status qf_catalog_around(struct qf_catalog *c, int64_t user, int64_t t, int64_t *before, int64_t *behind, struct qf_err *e)
{
	enum qf_status rc = qf_sql_number(c, "SELECT max(at) FROM event WHERE user_id = ?1 AND at < ?2", user, t, before, e);

	if (rc == QF_OK)
		rc = qf_sql_number(c, "SELECT min(at) FROM event WHERE user_id = ?1 AND at > ?2", user, t, behind, e);
	*behind = *behind ? *behind : INT64_MAX;
	return rc;
}

/* ---- the walk -------------------------------------------------------------------------------- */

struct walk {
	int64_t user, from; /* nothing before `from` is changed */
	int64_t start, session; /* begin here, after this session */
};

static enum qf_status find_start(struct qf_catalog *c, struct walk *w, struct qf_err *e)
{
	int64_t session = 0;
	enum qf_status rc = qf_sql_number(c, "SELECT session FROM event WHERE user_id = ?1 AND at BETWEEN ?2 AND ?2 + 43200 ORDER BY at, id LIMIT 1",
				       w->user, w->from - DAY, &session, e);

	w->start = session ? w->from - DAY : 1;
	w->session = session ? session - 1 : 0;
	if (rc != QF_OK || session)
		return rc;
	/* nothing was heard then: where the last session before it ended */
	rc = qf_sql_number(c, "SELECT session FROM event WHERE user_id = ?1 AND at BETWEEN 1 AND ?2 ORDER BY at DESC, id DESC LIMIT 1", w->user,
			w->from - DAY, &session, e);
	if (session) {
		w->start = w->from - DAY;
		w->session = session;
	}
	return rc;
}

/* The track's number, else FNV-1a of what names one that the catalog does not know. */
uint64_t qf_event_track_key(int64_t track, const struct qf_event *ev)
{
	const char *const names[] = { ev->artist, ev->title, ev->mbid, ev->path };
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (track)
		return (uint64_t)track;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const unsigned char *p = (const unsigned char *)(names[i] ? names[i] : "");

		do
			h = (h ^ *p) * UINT64_C(0x100000001b3);
		while (*p++);
	}
	return h | UINT64_C(1) << 63; /* no number of a track */
}

static uint64_t key_of(sqlite3_stmt *s)
{
	const struct qf_event ev = {
		.artist = (const char *)sqlite3_column_text(s, 10), .title = (const char *)sqlite3_column_text(s, 11),
		.mbid = (const char *)sqlite3_column_text(s, 12), .path = (const char *)sqlite3_column_text(s, 13),
	};

	return qf_event_track_key(0, &ev);
}

static enum qf_status read_row(sqlite3_stmt *s, struct qf_settling *r, struct qf_err *e)
{
	const char *action = (const char *)sqlite3_column_text(s, 2);

	*r = (struct qf_settling){
		.t = sqlite3_column_int64(s, 1),
		.ms = sqlite3_column_type(s, 3) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, 3),
		.length_ms = sqlite3_column_int64(s, 4),
		.derived = sqlite3_column_int(s, 5) != 0,
		.session = sqlite3_column_int64(s, 6),
		.hour = sqlite3_column_int(s, 7),
		.weekday = sqlite3_column_int(s, 8),
		.track = (uint64_t)sqlite3_column_int64(s, 9),
	};
	if (!r->track)
		r->track = key_of(s);
	if (!action || !qf_action_parse(action, &r->action))
		return qf_fail(e, QF_ECORRUPT, "event %lld: no action is called '%s'", (long long)sqlite3_column_int64(s, 0),
			       action ? action : "");
	return QF_OK;
}

static enum qf_status write_row(struct qf_catalog *c, int64_t id, const struct qf_settling *r, enum qf_action old, struct qf_err *e)
{
	static const char all[] = "UPDATE event SET session = ?2, local_hour = ?3, local_weekday = ?4, action = ?5 WHERE id = ?1";
	static const char order[] = "UPDATE event SET session = ?2, local_hour = ?3, local_weekday = ?4 WHERE id = ?1"; /* touches no index */
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, r->action == old ? order : all, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, r->session);
	if (r->weekday)
		sqlite3_bind_int(s, 3, r->hour);
	qf_sql_bind_opt(s, 4, r->weekday);
	if (r->action != old)
		qf_sql_bind_text(s, 5, qf_action_name(r->action));
	return qf_sql_run(c, s, e);
}

static bool differ(const struct qf_settling *a, const struct qf_settling *b)
{
	return a->action != b->action || a->session != b->session || a->weekday != b->weekday || a->hour != b->hour;
}

static enum qf_status walk(struct qf_catalog *c, const struct walk *w, const struct qf_settler *to, int64_t *n, struct qf_err *e)
{
	/* the update touches nothing that the index of this order holds */
	static const char text[] =
		"SELECT e.id, e.at, e.action, e.ms, coalesce(e.duration_ms, t.duration_ms, 0), e.derived, e.session, e.local_hour,"
		" e.local_weekday, e.track_id, e.artist, e.title, e.mbid, e.path FROM event e LEFT JOIN track t ON t.id = e.track_id"
		" WHERE e.user_id = ?1 AND e.at >= ?2 ORDER BY e.at, e.id";
	struct qf_settling old, now;
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, w->user);
	sqlite3_bind_int64(s, 2, w->start > 0 ? w->start : 1);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		rc = read_row(s, &old, e);
		if (rc != QF_OK)
			break;
		now = old;
		to->next(to->ctx, &now);
		if (now.t < w->from || !differ(&old, &now))
			continue;
		rc = write_row(c, sqlite3_column_int64(s, 0), &now, old.action, e);
		++*n;
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_resume(struct qf_catalog *c, int64_t user, const struct qf_settler *to, int64_t *last, bool *settled,
				 struct qf_err *e)
{
	struct walk w = { .user = user };
	int64_t ignored = 0, stale;
	enum qf_status rc = qf_sql_number(c, "SELECT max(at) FROM event WHERE user_id = ?1", user, 0, last, e);

	if (rc == QF_OK)
		rc = qf_sql_number(c, "SELECT unsettled_from IS NOT NULL FROM user WHERE id = ?1", user, 0, &stale, e);
	*settled = rc == QF_OK && !stale;
	if (!*settled)
		return rc;
	w.from = *last;
	rc = find_start(c, &w, e);
	w.from = INT64_MAX;
	if (rc != QF_OK)
		return rc;
	to->begin(to->ctx, w.session);
	return walk(c, &w, to, &ignored, e);
}

enum qf_status qf_catalog_track_length(struct qf_catalog *c, int64_t track, int64_t *ms, struct qf_err *e)
{
	return qf_sql_number(c, "SELECT duration_ms FROM track WHERE id = ?1", track, 0, ms, e);
}

enum qf_status qf_catalog_settle(struct qf_catalog *c, int64_t user, const struct qf_settler *to, int64_t *n, struct qf_err *e)
{
	struct walk w = { .user = user };
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql_number(c, "SELECT unsettled_from FROM user WHERE id = ?1", user, 0, &w.from, e);

	*n = 0;
	if (rc == QF_OK)
		rc = find_start(c, &w, e);
	if (rc == QF_OK) {
		to->begin(to->ctx, w.session);
		rc = walk(c, &w, to, n, e);
	}
	if (rc == QF_OK)
		rc = qf_sql(c, "UPDATE user SET unsettled_from = NULL WHERE id = ?1", &s, e);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, user);
	return qf_sql_run(c, s, e);
}
