#include "catalog/playlist.h"

#include "base/buf.h"
#include "catalog/sql.h"
#include "catalog/track.h"

#include <string.h>

#define VERSION "SELECT v.id, p.name, u.name, v.number, v.at, v.parent, v.merged, v.how, (SELECT count(*) FROM playlist_entry WHERE version_id = v.id)" \
		" FROM playlist_version v JOIN playlist p ON p.id = v.playlist_id LEFT JOIN user u ON u.id = v.user_id "

static enum qf_status read_version(sqlite3_stmt *s, struct qf_arena *a, struct qf_kept *k, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*k = (struct qf_kept){
		.id = sqlite3_column_int64(s, 0), .name = qf_sql_text(s, 1, a, &rc), .user = qf_sql_text(s, 2, a, &rc),
		.number = sqlite3_column_int64(s, 3), .at = sqlite3_column_int64(s, 4), .parent = sqlite3_column_int64(s, 5),
		.merged = sqlite3_column_int64(s, 6), .how = qf_sql_text(s, 7, a, &rc), .n = sqlite3_column_int64(s, 8),
	};
	return rc == QF_OK ? QF_OK : qf_fail(e, rc, "out of memory");
}

enum qf_status qf_catalog_playlists(struct qf_catalog *c, int64_t user, enum qf_status (*fn)(void *arg, const struct qf_kept *k, struct qf_err *e),
				    void *arg, struct qf_err *e)
{
	static const char text[] = VERSION "WHERE v.number = (SELECT max(number) FROM playlist_version WHERE playlist_id = p.id"
				   " AND (?1 = 0 OR user_id = ?1)) ORDER BY p.name";
	struct qf_arena a = { 0 };
	struct qf_kept k;
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, user);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		qf_arena_reset(&a);
		rc = read_version(s, &a, &k, e);
		if (rc == QF_OK)
			rc = fn(arg, &k, e);
	}
	qf_sql_done(s);
	qf_arena_free(&a);
	return rc;
}

enum qf_status qf_catalog_kept(struct qf_catalog *c, const char *name, int64_t number, int64_t user, struct qf_arena *a, struct qf_kept *k,
			       struct qf_err *e)
{
	static const char text[] = VERSION "WHERE p.name = ?1 AND (?2 = 0 OR v.number = ?2) AND (?3 = 0 OR v.user_id = ?3)"
				   " ORDER BY v.number DESC LIMIT 1";
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	sqlite3_bind_int64(s, 2, number);
	sqlite3_bind_int64(s, 3, user);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		rc = read_version(s, a, k, e);
	qf_sql_done(s);
	return rc == QF_OK && !row ? qf_fail(e, QF_ENOTFOUND, "no playlist '%s' of this version or user is kept", name) : rc;
}

enum qf_status qf_catalog_kept_entries(struct qf_catalog *c, const struct qf_kept *k, struct qf_arena *a, struct qf_kept_entry **out,
				       struct qf_err *e)
{
	static const char text[] =
		"SELECT track_id, CASE WHEN r.path IS NULL THEN e.path ELSE CAST((CASE r.path WHEN x'2f' THEN '/' ELSE r.path || '/' END || t.path) AS BLOB) END FROM"
		" playlist_entry e"
		" LEFT JOIN track t ON t.id = e.track_id LEFT JOIN root r ON r.id = t.root_id WHERE version_id = ?1 ORDER BY place";
	sqlite3_stmt *s;
	bool row;
	int64_t i = 0;
	enum qf_status rc;

	*out = qf_arena_get(a, (size_t)k->n + 1, sizeof **out);
	if (!*out)
		return qf_fail(e, QF_ENOMEM, "out of memory for %lld entries", (long long)k->n);
	rc = qf_sql(c, text, &s, e);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, k->id);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row && i < k->n) {
		(*out)[i] = (struct qf_kept_entry){ sqlite3_column_int64(s, 0), qf_sql_text(s, 1, a, &rc) };
		i++;
		if (rc != QF_OK)
			qf_fail(e, rc, "out of memory");
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_kept_ancestor(struct qf_catalog *c, const char *name, int64_t a, int64_t b, int64_t *number, struct qf_err *e)
{
	static const char text[] =
		"WITH RECURSIVE v (number, parent, merged) AS (SELECT number, parent, merged FROM playlist_version"
		" WHERE playlist_id = (SELECT id FROM playlist WHERE name = ?1)),"
		" a (number) AS (VALUES (?2) UNION SELECT p FROM a JOIN (SELECT number, parent AS p FROM v UNION SELECT number, merged FROM v) USING (number)"
		" WHERE p IS NOT NULL),"
		" b (number) AS (VALUES (?3) UNION SELECT p FROM b JOIN (SELECT number, parent AS p FROM v UNION SELECT number, merged FROM v) USING (number)"
		" WHERE p IS NOT NULL)"
		" SELECT max(number) FROM v WHERE number IN (SELECT number FROM a) AND number IN (SELECT number FROM b)";
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	sqlite3_bind_int64(s, 2, a);
	sqlite3_bind_int64(s, 3, b);
	rc = qf_sql_step(c, s, &row, e);
	*number = rc == QF_OK && row ? sqlite3_column_int64(s, 0) : 0;
	qf_sql_done(s);
	return rc;
}

/* ---- writing -------------------------------------------------------------------------------------- */

static enum qf_status put_version(struct qf_catalog *c, struct qf_kept *k, int64_t user, struct qf_err *e)
{
	static const char text[] =
		"INSERT INTO playlist_version (playlist_id, number, user_id, at, parent, merged, how) SELECT id,"
		" 1 + coalesce((SELECT max(number) FROM playlist_version WHERE playlist_id = p.id), 0), ?2, ?3, ?4, ?5, ?6"
		" FROM playlist p WHERE name = ?1 RETURNING id, number";
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, "INSERT OR IGNORE INTO playlist (name) VALUES (?1)", &s, e);

	if (rc == QF_OK) {
		qf_sql_bind_text(s, 1, k->name);
		rc = qf_sql_run(c, s, e);
	}
	if (rc == QF_OK)
		rc = qf_sql(c, text, &s, e);
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, k->name);
	qf_sql_bind_opt(s, 2, user);
	sqlite3_bind_int64(s, 3, k->at);
	qf_sql_bind_opt(s, 4, k->parent);
	qf_sql_bind_opt(s, 5, k->merged);
	qf_sql_bind_text(s, 6, k->how);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK) {
		k->id = sqlite3_column_int64(s, 0);
		k->number = sqlite3_column_int64(s, 1);
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_keep(struct qf_catalog *c, struct qf_kept *k, int64_t user, const struct qf_kept_entry *entries, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = put_version(c, k, user, e);

	for (int64_t i = 0; rc == QF_OK && i < k->n; i++) {
		rc = qf_sql(c, "INSERT INTO playlist_entry VALUES (?1, ?2, ?3, ?4)", &s, e);
		if (rc != QF_OK)
			break;
		sqlite3_bind_int64(s, 1, k->id);
		sqlite3_bind_int64(s, 2, i + 1);
		qf_sql_bind_opt(s, 3, entries[i].track);
		qf_sql_bind_blob(s, 4, entries[i].path, strlen(entries[i].path));
		rc = qf_sql_run(c, s, e);
	}
	return rc;
}

enum qf_status qf_catalog_drop_playlist(struct qf_catalog *c, const char *name, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "DELETE FROM playlist WHERE name = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	rc = qf_sql_run(c, s, e);
	return rc == QF_OK && qf_sql_changes(c) == 0 ? qf_fail(e, QF_ENOTFOUND, "no playlist '%s' is kept", name) : rc;
}

enum qf_status qf_catalog_move_playlists(struct qf_catalog *c, int64_t from, int64_t to, struct qf_err *e)
{
	return qf_sql_run2(c, "UPDATE playlist_version SET user_id = ?2 WHERE user_id = ?1", from, to, e);
}
