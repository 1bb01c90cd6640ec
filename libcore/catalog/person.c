#include "catalog/person.h"

#include "base/buf.h"
#include "catalog/sql.h"

#include <string.h>

enum qf_status qf_catalog_person(struct qf_catalog *c, const char *name, struct qf_person *p, struct qf_err *e)
{
	static const char text[] =
		"SELECT u.id, count(e.id), (SELECT count(*) FROM event_copy k JOIN event o ON o.id = k.event_id WHERE o.user_id = u.id),"
		" min(CASE WHEN e.at > 0 THEN e.at END), max(e.at), max(e.session), (SELECT count(*) FROM model)"
		" FROM user u LEFT JOIN event e ON e.user_id = u.id WHERE u.name = ?1 GROUP BY u.id";
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*p = (struct qf_person){
			.id = sqlite3_column_int64(s, 0),
			.events = sqlite3_column_int64(s, 1),
			.copies = sqlite3_column_int64(s, 2),
			.first = sqlite3_column_int64(s, 3),
			.last = sqlite3_column_int64(s, 4),
			.sessions = sqlite3_column_int64(s, 5),
			.models = sqlite3_column_int64(s, 1) ? sqlite3_column_int64(s, 6) : 0,
		};
	qf_sql_done(s);
	return rc == QF_OK && !row ? qf_fail(e, QF_ENOTFOUND, "the catalog knows nobody called '%s'", name) : rc;
}

enum qf_status qf_catalog_people(struct qf_catalog *c, const char *const **names, size_t *n, struct qf_arena *a, struct qf_err *e)
{
	struct qf_buf list = { 0 };
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT name FROM user ORDER BY id", &s, e);
	const char **copy;

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		const char *name = qf_sql_text(s, 0, a, &rc);

		qf_buf_put(&list, &name, sizeof name);
	}
	if (rc == QF_OK)
		qf_sql_done(s);
	*n = list.len / sizeof *copy;
	copy = rc == QF_OK && !list.failed ? qf_arena_get(a, *n + 1, sizeof *copy) : NULL;
	if (copy && *n)
		memcpy(copy, list.p, list.len);
	*names = copy;
	if ((rc == QF_OK || rc == QF_ENOMEM) && !copy)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	qf_buf_free(&list);
	return rc;
}

/* ---- what is held ---------------------------------------------------------------------------- */

static void get_uid(sqlite3_stmt *s, int i, uint8_t *out)
{
	const void *p = sqlite3_column_blob(s, i);

	memset(out, 0, QF_EVENT_UID);
	if (p && sqlite3_column_bytes(s, i) == QF_EVENT_UID)
		memcpy(out, p, QF_EVENT_UID);
}

static enum qf_status read_held(sqlite3_stmt *s, struct qf_arena *a, struct qf_held *h, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	const char *action = qf_sql_text(s, 3, a, &rc);

	*h = (struct qf_held){
		.event = {
			.t = sqlite3_column_int64(s, 2),
			.ms = sqlite3_column_type(s, 4) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, 4),
			.src = qf_sql_text(s, 5, a, &rc),
			.artist = qf_sql_text(s, 6, a, &rc),
			.title = qf_sql_text(s, 7, a, &rc),
			.album = qf_sql_text(s, 8, a, &rc),
			.mbid = qf_sql_text(s, 9, a, &rc),
			.isrc = qf_sql_text(s, 10, a, &rc),
			.path = qf_sql_text(s, 11, a, &rc),
			.dur_ms = sqlite3_column_int64(s, 12),
			.derived = sqlite3_column_int(s, 13) != 0,
			.precision_s = sqlite3_column_int(s, 14),
		},
		.is_copy = sqlite3_column_type(s, 1) != SQLITE_NULL,
		.track = sqlite3_column_int64(s, 15),
		.session = sqlite3_column_int64(s, 16),
		.hour = sqlite3_column_int(s, 17),
		.weekday = sqlite3_column_int(s, 18),
	};
	get_uid(s, 0, h->uid);
	get_uid(s, 1, h->copy_of);
	if (rc != QF_OK)
		return qf_fail(e, rc, "out of memory");
	if (!action || !qf_action_parse(action, &h->event.action))
		return qf_fail(e, QF_ECORRUPT, "an event has no action that we know");
	return QF_OK;
}

enum qf_status qf_catalog_held(struct qf_catalog *c, int64_t user,
			       enum qf_status (*fn)(void *ctx, const struct qf_held *h, struct qf_err *e), void *ctx, struct qf_err *e)
{
	static const char text[] =
		"SELECT uid, NULL, at, action, ms, source, artist, title, album, mbid, isrc, path, duration_ms, derived, precision_s,"
		" track_id, session, local_hour, local_weekday, at AS first, id AS number, 0 AS second FROM event WHERE user_id = ?1"
		" UNION ALL SELECT k.uid, o.uid, k.at, k.action, k.ms, k.source, k.artist, k.title, k.album, k.mbid, k.isrc, k.path,"
		" k.duration_ms, k.derived, k.precision_s, o.track_id, NULL, NULL, NULL, o.at, o.id, 1"
		" FROM event_copy k JOIN event o ON o.id = k.event_id WHERE o.user_id = ?1"
		" ORDER BY first, number, second, source, uid";
	struct qf_arena a = { 0 };
	struct qf_held h;
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, user);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		qf_arena_reset(&a);
		rc = read_held(s, &a, &h, e);
		if (rc == QF_OK)
			rc = fn(ctx, &h, e);
	}
	qf_sql_done(s);
	qf_arena_free(&a);
	return rc;
}

/* ---- moving and wiping out --------------------------------------------------------------------- */

enum qf_status qf_catalog_move_event(struct qf_catalog *c, const uint8_t uid[QF_EVENT_UID], const uint8_t new_uid[QF_EVENT_UID],
				     int64_t to, struct qf_err *e)
{
	static const char *const steps[] = {
		"UPDATE OR IGNORE event SET uid = ?2, user_id = ?3 WHERE uid = ?1",
		"UPDATE OR IGNORE event_copy SET uid = ?2 WHERE uid = ?1",
		"DELETE FROM event_copy WHERE uid = ?1",
	};
	enum qf_status rc = qf_sql_exec(c, "PRAGMA secure_delete = 1", e);

	for (size_t i = 0; rc == QF_OK && i < sizeof steps / sizeof *steps; i++) {
		sqlite3_stmt *s;

		rc = qf_sql(c, steps[i], &s, e);
		if (rc != QF_OK)
			break;
		qf_sql_bind_blob(s, 1, uid, QF_EVENT_UID);
		if (i < 2)
			qf_sql_bind_blob(s, 2, new_uid, QF_EVENT_UID);
		if (i < 1)
			sqlite3_bind_int64(s, 3, to);
		rc = qf_sql_run(c, s, e);
	}
	return rc;
}

enum qf_status qf_catalog_forget(struct qf_catalog *c, int64_t user, bool models, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql_exec(c, "PRAGMA secure_delete = 1", e);

	if (rc == QF_OK && models)
		rc = qf_sql_exec(c, "DELETE FROM model", e);
	if (rc == QF_OK)
		rc = qf_sql(c, "DELETE FROM user WHERE id = ?1", &s, e); /* events and copies go with it */
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, user);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_wipe(struct qf_catalog *c, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false, busy = false;
	enum qf_status rc = qf_sql_exec(c, "PRAGMA secure_delete = 1; VACUUM", e);

	if (rc == QF_OK)
		rc = qf_sql_prepare(c, "PRAGMA wal_checkpoint(TRUNCATE)", &s, e);
	if (rc != QF_OK)
		return rc;
	rc = qf_sql_step(c, s, &row, e);
	busy = rc == QF_OK && row && sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	if (busy)
		return qf_fail(e, QF_EBUSY, "%s: another tool is reading; the old bytes are still in the log beside it", qf_catalog_path(c));
	return rc;
}
