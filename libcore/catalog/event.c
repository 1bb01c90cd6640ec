#include "catalog/event.h"

#include "base/buf.h"
#include "catalog/sql.h"

#include <string.h>

enum qf_status qf_catalog_has_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], bool *has, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT 1 FROM event WHERE uid = ?1 UNION ALL SELECT 1 FROM event_copy WHERE uid = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, uid, QF_EVENT_UID);
	rc = qf_sql_step(c, s, has, e);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_add_user(struct qf_catalog *c, const char *name, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql_id_of(c, "SELECT id FROM user WHERE name = ?1", name, id, e);

	if (rc != QF_OK || *id)
		return rc;
	rc = qf_sql(c, "INSERT INTO user (name) VALUES (?1)", &s, e);
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	rc = qf_sql_run(c, s, e);
	*id = qf_sql_last_id(c);
	return rc;
}

/* What events and copies have in common, as ?1 and ?4 on. */
static void bind_event(sqlite3_stmt *s, const uint8_t *uid, const struct qf_event *ev)
{
	qf_sql_bind_blob(s, 1, uid, QF_EVENT_UID);
	sqlite3_bind_int64(s, 4, ev->t);
	qf_sql_bind_text(s, 5, qf_action_name(ev->action));
	if (ev->ms >= 0)
		sqlite3_bind_int64(s, 6, ev->ms);
	qf_sql_bind_text(s, 7, ev->src);
	qf_sql_bind_text(s, 8, ev->artist);
	qf_sql_bind_text(s, 9, ev->title);
	qf_sql_bind_text(s, 10, ev->album);
	qf_sql_bind_text(s, 11, ev->mbid);
	qf_sql_bind_text(s, 12, ev->isrc);
	if (ev->path)
		qf_sql_bind_blob(s, 13, ev->path, strlen(ev->path));
	qf_sql_bind_opt(s, 14, ev->dur_ms);
	sqlite3_bind_int(s, 15, ev->derived);
	sqlite3_bind_int(s, 16, ev->precision_s);
}

#define COMMON "at, action, ms, source, artist, title, album, mbid, isrc, path, duration_ms, derived, precision_s"
#define COMMON_VALUES "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16"

enum qf_status qf_catalog_put_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], const struct qf_event *ev,
				    const struct qf_placed *p, bool *is_new, struct qf_err *e)
{
	static const char event[] =
		"INSERT INTO event (uid, user_id, track_id, " COMMON ", local_hour, local_weekday, session)"
		" VALUES (?1, ?2, ?3, " COMMON_VALUES ", ?17, ?18, ?19) ON CONFLICT (uid) DO NOTHING";
	static const char copy[] =
		"INSERT INTO event_copy (uid, event_id, " COMMON ") VALUES (?1, ?2, " COMMON_VALUES ") ON CONFLICT (uid) DO NOTHING";
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, p->copy_of ? copy : event, &s, e);

	if (rc != QF_OK)
		return rc;
	bind_event(s, uid, ev);
	sqlite3_bind_int64(s, 2, p->copy_of ? p->copy_of : p->user);
	if (!p->copy_of) {
		qf_sql_bind_opt(s, 3, p->track);
		if (p->weekday)
			sqlite3_bind_int(s, 17, p->hour);
		qf_sql_bind_opt(s, 18, p->weekday);
		qf_sql_bind_opt(s, 19, p->session);
	}
	rc = qf_sql_run(c, s, e);
	*is_new = rc == QF_OK && qf_sql_changes(c) == 1;
	return rc;
}

/* ---- events that have no track ----------------------------------------------------------- */

static enum qf_status read_unmatched(sqlite3_stmt *s, struct qf_unmatched *u, struct qf_arena *a, struct qf_err *e)
{
	const char *action;
	enum qf_status rc = QF_OK;

	u->id = sqlite3_column_int64(s, 0);
	u->user = sqlite3_column_int64(s, 13);
	u->event = (struct qf_event){
		.user = qf_sql_text(s, 1, a, &rc),
		.src = qf_sql_text(s, 2, a, &rc),
		.t = sqlite3_column_int64(s, 3),
		.ms = sqlite3_column_type(s, 5) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, 5),
		.dur_ms = sqlite3_column_int64(s, 6),
		.artist = qf_sql_text(s, 7, a, &rc),
		.title = qf_sql_text(s, 8, a, &rc),
		.album = qf_sql_text(s, 9, a, &rc),
		.mbid = qf_sql_text(s, 10, a, &rc),
		.isrc = qf_sql_text(s, 11, a, &rc),
		.path = qf_sql_text(s, 12, a, &rc),
		.derived = sqlite3_column_int(s, 14) != 0,
		.precision_s = sqlite3_column_int(s, 15),
	};
	action = qf_sql_text(s, 4, a, &rc);
	if (rc != QF_OK)
		return qf_fail(e, rc, "out of memory");
	if (!qf_action_parse(action, &u->event.action))
		return qf_fail(e, QF_ECORRUPT, "event %lld: no action is called '%s'", (long long)u->id, action);
	return QF_OK;
}

enum qf_status qf_catalog_unmatched(struct qf_catalog *c, int64_t after, struct qf_unmatched *out, size_t max, size_t *n,
				    struct qf_arena *a, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT e.id, u.name, e.source, e.at, e.action, e.ms, e.duration_ms, e.artist, e.title, e.album,"
				      " e.mbid, e.isrc, e.path, e.user_id, e.derived, e.precision_s FROM event e INDEXED BY event_unmatched"
				      " JOIN user u ON u.id = e.user_id WHERE e.track_id IS NULL AND e.id > ?1 ORDER BY e.id LIMIT ?2", &s, e);

	*n = 0;
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, after);
	sqlite3_bind_int64(s, 2, (int64_t)max);
	while ((rc = qf_sql_step(c, s, &row, e)) == QF_OK && row && *n < max) {
		rc = read_unmatched(s, &out[*n], a, e);
		if (rc != QF_OK)
			break;
		++*n;
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_set_event_track(struct qf_catalog *c, int64_t event, int64_t track, struct qf_err *e)
{
	return qf_sql_run2(c, "UPDATE event SET track_id = ?2 WHERE id = ?1", event, track, e);
}

/* ---- tracks that carry a value ----------------------------------------------------------- */

/* Put a track behind those that go before it, if there is room. */
static void place(struct qf_candidate track, bool missing, struct qf_candidate *out, size_t max, size_t *there, size_t *n)
{
	size_t at = missing ? *n : *there;

	if (at == max)
		return;
	*n -= *n == max; /* the last of the missing ones gives way */
	memmove(&out[at + 1], &out[at], (*n - at) * sizeof *out);
	out[at] = track;
	*there += !missing;
	++*n;
}

/* (An ORDER BY that tells the missing ones apart would make SQLite build a tree for every answer.) */
static enum qf_status candidates(struct qf_catalog *c, const char *literal, const char *value, struct qf_candidate *out,
				 size_t max, size_t *n, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	size_t there = 0;
	enum qf_status rc = qf_sql(c, literal, &s, e);

	*n = 0;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, value);
	while (there < max && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		place((struct qf_candidate){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1) }, sqlite3_column_int(s, 2) != 0, out, max,
		      &there, n);
	qf_sql_done(s);
	return rc;
}

#define CANDIDATES(column) \
	"SELECT id, duration_ms, missing_since IS NOT NULL FROM track WHERE " column " = ?1 ORDER BY id"

enum qf_status qf_catalog_tracks_by_mbid(struct qf_catalog *c, const char *mbid, struct qf_candidate *out, size_t max,
					 size_t *n, struct qf_err *e)
{
	return candidates(c, CANDIDATES("mbid"), mbid, out, max, n, e);
}

enum qf_status qf_catalog_tracks_by_isrc(struct qf_catalog *c, const char *isrc, struct qf_candidate *out, size_t max,
					 size_t *n, struct qf_err *e)
{
	return candidates(c, CANDIDATES("isrc"), isrc, out, max, n, e);
}

enum qf_status qf_catalog_tracks_by_names(struct qf_catalog *c, const char *artist, const char *title,
					  struct qf_candidate *out, size_t max, size_t *n, struct qf_err *e)
{
	struct qf_buf key = { 0 };
	enum qf_status rc;

	qf_buf_printf(&key, "%s\t%s", artist, title);
	rc = qf_buf_check(&key, e);
	if (rc == QF_OK)
		rc = candidates(c, CANDIDATES("match_key"), key.p, out, max, n, e);
	qf_buf_free(&key);
	return rc;
}
