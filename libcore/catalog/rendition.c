#include "catalog/rendition.h"

#include "catalog/sql.h"

#include <math.h>
#include <string.h>

enum qf_status qf_catalog_put_rendition(struct qf_catalog *c, const struct qf_rendition *r, int64_t now, struct qf_err *e)
{
	static const char text[] =
		"INSERT INTO rendition (track_id, folder, file, rung, codec, kbps, seconds, recipe, bytes, sha256, gain_db, made_at)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (folder, file) DO UPDATE SET"
		" track_id = ?1, rung = ?4, codec = ?5, kbps = ?6, seconds = ?7, recipe = ?8, bytes = ?9, sha256 = ?10, gain_db = ?11, made_at = ?12";
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_opt(s, 1, r->track);
	qf_sql_bind_blob(s, 2, r->folder, strlen(r->folder));
	qf_sql_bind_text(s, 3, r->file);
	qf_sql_bind_text(s, 4, r->rung);
	qf_sql_bind_text(s, 5, r->codec);
	sqlite3_bind_int(s, 6, r->kbps);
	sqlite3_bind_double(s, 7, r->seconds);
	qf_sql_bind_text(s, 8, r->recipe);
	sqlite3_bind_int64(s, 9, r->bytes);
	qf_sql_bind_text(s, 10, r->sha256);
	sqlite3_bind_double(s, 11, r->gain_db);
	sqlite3_bind_int64(s, 12, now);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_drop_rendition(struct qf_catalog *c, int64_t id, struct qf_err *e)
{
	return qf_sql_run2(c, "DELETE FROM rendition WHERE id = ?1", id, 0, e);
}

/* ---- reading ---------------------------------------------------------------------------------- */

typedef enum qf_status take_rendition(void *arg, const struct qf_rendition *r, struct qf_err *e);

static enum qf_status read_rendition(sqlite3_stmt *s, struct qf_arena *a, struct qf_rendition *r, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	qf_arena_reset(a);
	*r = (struct qf_rendition){
		.id = sqlite3_column_int64(s, 0), .track = sqlite3_column_int64(s, 1),
		.folder = qf_sql_text(s, 2, a, &rc), .file = qf_sql_text(s, 3, a, &rc),
		.rung = qf_sql_text(s, 4, a, &rc), .codec = qf_sql_text(s, 5, a, &rc), .kbps = sqlite3_column_int(s, 6),
		.seconds = sqlite3_column_double(s, 7), .recipe = qf_sql_text(s, 8, a, &rc), .bytes = sqlite3_column_int64(s, 9),
		.sha256 = qf_sql_text(s, 10, a, &rc), .gain_db = sqlite3_column_double(s, 11), .vanished = sqlite3_column_int(s, 12) != 0,
	};
	return rc == QF_OK ? QF_OK : qf_fail(e, rc, "out of memory");
}

#define SELECT "SELECT r.id, r.track_id, r.folder, r.file, r.rung, r.codec, r.kbps, r.seconds, r.recipe, r.bytes, r.sha256, r.gain_db," \
	" t.id IS NULL OR t.missing_since IS NOT NULL FROM rendition r LEFT JOIN track t ON t.id = r.track_id"

static enum qf_status each_rendition(struct qf_catalog *c, sqlite3_stmt *s, take_rendition *fn, void *arg, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_rendition r;
	bool row = true;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		if ((rc = read_rendition(s, &a, &r, e)) == QF_OK)
			rc = fn(arg, &r, e);
	qf_sql_done(s);
	qf_arena_free(&a);
	return rc;
}

enum qf_status qf_catalog_renditions(struct qf_catalog *c, const char *folder, take_rendition *fn, void *arg, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, SELECT " WHERE ?1 IS NULL OR r.folder = ?1 ORDER BY r.track_id, r.id", &s, e);

	if (rc != QF_OK)
		return rc;
	if (folder)
		qf_sql_bind_blob(s, 1, folder, strlen(folder));
	return each_rendition(c, s, fn, arg, e);
}

enum qf_status qf_catalog_renditions_of(struct qf_catalog *c, int64_t track, take_rendition *fn, void *arg, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, SELECT " WHERE r.track_id = ?1 ORDER BY r.id", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, track);
	return each_rendition(c, s, fn, arg, e);
}

/* ---- tracks and their plays ------------------------------------------------------------------------ */

#define PLAYS "action IN ('play', 'complete', 'replay')"

static double number(sqlite3_stmt *s, int i)
{
	return sqlite3_column_type(s, i) == SQLITE_NULL ? NAN : sqlite3_column_double(s, i);
}

static enum qf_status read_played(sqlite3_stmt *s, struct qf_arena *a, struct qf_played *p, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	qf_arena_reset(a);
	*p = (struct qf_played){
		.id = sqlite3_column_int64(s, 0), .path = qf_sql_text(s, 1, a, &rc), .label = qf_sql_text(s, 2, a, &rc),
		.size = sqlite3_column_int64(s, 3), .mtime_ns = sqlite3_column_int64(s, 4), .duration_ms = sqlite3_column_int64(s, 5),
		.added_at = sqlite3_column_int64(s, 6), .kbps = sqlite3_column_int(s, 7), .codec = qf_sql_text(s, 8, a, &rc),
		.loudness_lufs = number(s, 9), .true_peak_dbtp = number(s, 10), .preview_start_s = number(s, 11),
		.plays = sqlite3_column_int64(s, 12), .recent = sqlite3_column_int64(s, 13), .cover_bytes = sqlite3_column_int64(s, 14),
	};
	return rc == QF_OK ? QF_OK : qf_fail(e, rc, "out of memory");
}

enum qf_status qf_catalog_played(struct qf_catalog *c, int64_t user, int64_t since,
				 enum qf_status (*fn)(void *arg, const struct qf_played *p, struct qf_err *e), void *arg, struct qf_err *e)
{
	static const char text[] =
		"SELECT t.id, " QF_SQL_ABSOLUTE("t") ","
		" coalesce(t.artist || ' - ' || t.title, t.title), t.size, t.mtime_ns, t.duration_ms, t.added_at, t.bitrate_kbps, t.codec,"
		" f.loudness_lufs, f.true_peak_dbtp, f.preview_start_s, coalesce(p.n, 0), coalesce(p.recent, 0),"
		" (SELECT CAST(value AS INTEGER) FROM tag WHERE track_id = t.id AND idx = 0"
		" AND key_id = (SELECT id FROM tag_key WHERE name = 'picture_bytes'))"
		" FROM track t JOIN root r ON r.id = t.root_id LEFT JOIN features f ON f.track_id = t.id"
		" LEFT JOIN (SELECT track_id, count(*) AS n, count(*) FILTER (WHERE at >= ?2) AS recent FROM event"
		" WHERE track_id IS NOT NULL AND " PLAYS " AND (?1 = 0 OR user_id = ?1) GROUP BY track_id) p ON p.track_id = t.id"
		" WHERE t.missing_since IS NULL ORDER BY t.id";
	struct qf_arena a = { 0 };
	struct qf_played p;
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, user);
	sqlite3_bind_int64(s, 2, since);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		if ((rc = read_played(s, &a, &p, e)) == QF_OK)
			rc = fn(arg, &p, e);
	qf_sql_done(s);
	qf_arena_free(&a);
	return rc;
}

enum qf_status qf_catalog_played_genres(struct qf_catalog *c, int64_t user,
					enum qf_status (*fn)(void *arg, const char *genre, int64_t plays, struct qf_err *e), void *arg,
					struct qf_err *e)
{
	static const char text[] =
		"SELECT t.genre, count(*) AS n FROM event e JOIN track t ON t.id = e.track_id"
		" WHERE e." PLAYS " AND (?1 = 0 OR e.user_id = ?1) AND t.genre IS NOT NULL GROUP BY t.genre ORDER BY n DESC, t.genre";
	struct qf_arena a = { 0 };
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, user);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		const char *genre;

		qf_arena_reset(&a);
		genre = qf_sql_text(s, 0, &a, &rc);
		rc = rc == QF_OK ? fn(arg, genre, sqlite3_column_int64(s, 1), e) : qf_fail(e, rc, "out of memory");
	}
	qf_sql_done(s);
	qf_arena_free(&a);
	return rc;
}
