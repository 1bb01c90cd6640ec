/* What was found out about the chain, and whose listening is told to it: see catalog/trust.h. */
#include "catalog/trust.h"

#include "catalog/sql.h"

#include <string.h>

static bool is_hash(sqlite3_stmt *s, int i)
{
	return sqlite3_column_blob(s, i) && sqlite3_column_bytes(s, i) == QF_TRUST_HASH;
}

/* ---- verified, checkpoints -------------------------------------------------------------------------- */

enum qf_status qf_catalog_verified(struct qf_catalog *c, int level, int64_t *height, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT max(v.height) FROM trust_verified v JOIN trust_block b ON b.best = 1 AND b.height = v.height AND b.hash = v.hash"
				      " WHERE v.level >= ?1", &s, e);

	*height = -1;
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int(s, 1, level);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row && sqlite3_column_type(s, 0) == SQLITE_INTEGER)
		*height = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_set_verified(struct qf_catalog *c, int level, int64_t height, const uint8_t hash[QF_TRUST_HASH], int64_t now,
				       struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT OR REPLACE INTO trust_verified VALUES (?1, ?2, ?3, ?4)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int(s, 1, level);
	sqlite3_bind_int64(s, 2, height);
	qf_sql_bind_blob(s, 3, hash, QF_TRUST_HASH);
	sqlite3_bind_int64(s, 4, now);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_put_checkpoint(struct qf_catalog *c, int64_t height, const uint8_t hash[QF_TRUST_HASH], const char *note, int64_t now,
					 struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO trust_checkpoint (height, hash, note, at) VALUES (?1, ?2, ?3, ?4)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, height);
	qf_sql_bind_blob(s, 2, hash, QF_TRUST_HASH);
	qf_sql_bind_text(s, 3, note);
	sqlite3_bind_int64(s, 4, now);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_checkpoint(struct qf_catalog *c, int64_t *height, uint8_t hash[QF_TRUST_HASH], struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, "SELECT height, hash FROM trust_checkpoint ORDER BY height DESC, id DESC LIMIT 1", &s, e);

	*height = -1;
	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row && is_hash(s, 1)) {
		*height = sqlite3_column_int64(s, 0);
		memcpy(hash, sqlite3_column_blob(s, 1), QF_TRUST_HASH);
	}
	qf_sql_done(s);
	return rc;
}

/* ---- peers, agreements ------------------------------------------------------------------------------- */

enum qf_status qf_catalog_set_peer(struct qf_catalog *c, const uint8_t key[QF_TRUST_HASH], double weight, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT OR REPLACE INTO trust_peer VALUES (?1, ?2)", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, key, QF_TRUST_HASH);
	sqlite3_bind_double(s, 2, weight);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_each_peer(struct qf_catalog *c, enum qf_status (*fn)(void *ctx, const uint8_t *key, double weight, struct qf_err *e),
				    void *ctx, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT key, weight FROM trust_peer ORDER BY key", &s, e);

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = is_hash(s, 0) ? fn(ctx, sqlite3_column_blob(s, 0), sqlite3_column_double(s, 1), e)
				   : qf_fail(e, QF_ECORRUPT, "the key of a peer has not %d bytes", QF_TRUST_HASH);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_set_agreed(struct qf_catalog *c, const char *target, int64_t now, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT OR REPLACE INTO trust_agreed VALUES (?1, ?2)", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, target);
	sqlite3_bind_int64(s, 2, now);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_agrees(struct qf_catalog *c, const char *target, bool *yes, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT 1 FROM trust_agreed WHERE target = ?1 UNION ALL"
				      " SELECT 1 FROM features WHERE ?1 LIKE 'track:%' AND audio_id = substr(?1, 7)", &s, e);

	*yes = false;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, target);
	rc = qf_sql_step(c, s, yes, e);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_audio_id(struct qf_catalog *c, int64_t track, char id[65], struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, "SELECT audio_id FROM features WHERE track_id = ?1 AND length(audio_id) = 64", &s, e);

	id[0] = '\0';
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, track);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row && sqlite3_column_bytes(s, 0) == 64)
		memcpy(id, sqlite3_column_text(s, 0), 65);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_each_work(struct qf_catalog *c, enum qf_status (*fn)(void *ctx, const char *artist, const char *audio_id, struct qf_err *e),
				    void *ctx, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT DISTINCT r.fold, f.audio_id FROM track t JOIN artist r ON r.id = t.artist_id JOIN features f ON f.track_id = t.id"
				      " WHERE f.audio_id IS NOT NULL ORDER BY 1, 2", &s, e);

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		const char *artist = (const char *)sqlite3_column_text(s, 0), *id = (const char *)sqlite3_column_text(s, 1);

		rc = artist && id ? fn(ctx, artist, id, e) : qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_sql_done(s);
	return rc;
}

/* ---- listening --------------------------------------------------------------------------------------- */

enum qf_status qf_catalog_pseudonym(struct qf_catalog *c, const char *user, uint8_t key[QF_TRUST_HASH], bool *known, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, "SELECT p.actor FROM user u LEFT JOIN trust_pseudonym p ON p.user_id = u.id WHERE u.name = ?1", &s, e);

	*known = false;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, user);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && !row)
		rc = qf_fail(e, QF_ENOTFOUND, "the catalog knows nobody called '%s'", user);
	if (rc == QF_OK && is_hash(s, 0)) {
		memcpy(key, sqlite3_column_blob(s, 0), QF_TRUST_HASH);
		*known = true;
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_set_pseudonym(struct qf_catalog *c, const char *user, const uint8_t key[QF_TRUST_HASH], struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO trust_pseudonym SELECT id, ?2 FROM user WHERE name = ?1 ON CONFLICT (user_id) DO UPDATE SET actor = excluded.actor", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, user);
	qf_sql_bind_blob(s, 2, key, QF_TRUST_HASH);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_move_pseudonym(struct qf_catalog *c, int64_t user, int64_t to, struct qf_err *e)
{
	return qf_sql_run2(c, "UPDATE OR IGNORE trust_pseudonym SET user_id = ?2 WHERE user_id = ?1", user, to, e);
}

enum qf_status qf_catalog_each_untold(struct qf_catalog *c, const char *user,
				      enum qf_status (*fn)(void *ctx, const char *audio_id, const char *action, int64_t day, struct qf_err *e),
				      void *ctx, struct qf_err *e)
{
	static const char text[] =
		"WITH told AS (SELECT r.target, r.action, r.ts - r.ts % 86400 AS day FROM trust_record r JOIN trust_pseudonym p ON p.actor = r.actor"
		" JOIN user u ON u.id = p.user_id WHERE u.name = ?1),"
		" act AS (SELECT f.audio_id AS id, CASE e.action WHEN 'like' THEN 'verification' WHEN 'dislike' THEN 'report' ELSE 'interaction' END AS action,"
		" e.at - e.at % 86400 AS day FROM event e JOIN user u ON u.id = e.user_id JOIN features f ON f.track_id = e.track_id"
		" WHERE u.name = ?1 AND length(f.audio_id) = 64 AND e.action IN ('play', 'complete', 'replay', 'like', 'dislike')"
		" AND (e.at > 0 OR e.action IN ('like', 'dislike')))"
		" SELECT id, action, max(day) FROM act WHERE action <> 'interaction' AND NOT EXISTS (SELECT 1 FROM told WHERE told.target = 'track:' || act.id"
		" AND told.action = act.action) GROUP BY id, action"
		" UNION SELECT id, action, day FROM act WHERE action = 'interaction' AND NOT EXISTS (SELECT 1 FROM told WHERE told.target = 'track:' || act.id"
		" AND told.action = act.action AND told.day = act.day) ORDER BY 3, 1, 2";
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, user);
	while ((rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		const char *id = (const char *)sqlite3_column_text(s, 0), *action = (const char *)sqlite3_column_text(s, 1);

		rc = id && action ? fn(ctx, id, action, sqlite3_column_int64(s, 2), e) : qf_fail(e, QF_ENOMEM, "out of memory");
		if (rc != QF_OK)
			break;
	}
	qf_sql_done(s);
	return rc;
}
