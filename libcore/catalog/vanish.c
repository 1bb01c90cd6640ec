#include "catalog/vanish.h"

#include "base/alloc.h"
#include "catalog/sql.h"
#include "catalog/track.h"

#include <string.h>

/* ---- one track ------------------------------------------------------------------------------ */

/* A statement with up to three numbers and no rows. */
static enum qf_status run(struct qf_catalog *c, const char *text, const int64_t *v, int n, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(s, i + 1, v[i]);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_set_missing(struct qf_catalog *c, int64_t id, int64_t now, struct qf_err *e)
{
	return run(c, "UPDATE track SET missing_since = ?2 WHERE id = ?1", (int64_t[]){ id, now }, 2, e);
}

enum qf_status qf_catalog_set_found(struct qf_catalog *c, int64_t id, int64_t now, struct qf_err *e)
{
	return run(c, "UPDATE track SET missing_since = NULL, updated_at = ?2 WHERE id = ?1", (int64_t[]){ id, now }, 2, e);
}

/* The first number of the first row, 0 if there is none; *more: there is a second row. */
static enum qf_status first_of(struct qf_catalog *c, const char *text, const int64_t *v, int n, int64_t *out, bool *more,
			       struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, text, &s, e);

	*out = 0;
	*more = false;
	if (rc != QF_OK)
		return rc;
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(s, i + 1, v[i]);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row) {
		*out = sqlite3_column_int64(s, 0);
		rc = qf_sql_step(c, s, more, e);
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_any_missing(struct qf_catalog *c, bool *any, struct qf_err *e)
{
	int64_t one;
	bool more;
	enum qf_status rc = first_of(c, "SELECT 1 FROM track INDEXED BY track_missing WHERE missing_since IS NOT NULL LIMIT 1", NULL, 0,
				     &one, &more, e);

	*any = one != 0;
	return rc;
}

enum qf_status qf_catalog_last_track(struct qf_catalog *c, int64_t *id, struct qf_err *e)
{
	bool more;

	return first_of(c, "SELECT max(track_id) FROM change", NULL, 0, id, &more, e);
}

enum qf_status qf_catalog_find_vanished(struct qf_catalog *c, const struct qf_looks *l, int64_t *id, bool *same, struct qf_err *e)
{
	int64_t one;
	bool several, more;
	enum qf_status rc = first_of(c, "SELECT id FROM track WHERE missing_since IS NOT NULL AND size = ?1 AND mtime_ns = ?2 LIMIT 2",
				     (int64_t[]){ l->size, l->mtime_ns }, 2, id, &several, e);

	*same = false;
	if (rc == QF_OK && *id) {
		rc = first_of(c, "SELECT 1 FROM track WHERE id = ?1 AND coalesce(lyrics_stamp, 0) = ?2", (int64_t[]){ *id, l->lyrics }, 2, &one,
			      &more, e);
		*same = one != 0;
	} else if (rc == QF_OK && l->inode) {
		rc = first_of(c, "SELECT id FROM track WHERE missing_since IS NOT NULL AND inode = ?1 AND size = ?2 LIMIT 2",
			      (int64_t[]){ l->inode, l->size }, 2, id, &several, e);
	}
	if (several)
		*id = 0;
	return rc;
}

static enum qf_status set_place(struct qf_catalog *c, const char *text, int64_t id, int64_t root, const char *path, int64_t inode,
				int64_t now, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, root);
	qf_sql_bind_blob(s, 3, path, strlen(path));
	sqlite3_bind_int64(s, 4, inode);
	sqlite3_bind_int64(s, 5, now);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_move(struct qf_catalog *c, int64_t id, int64_t root, const char *path, int64_t inode, int64_t now,
			       struct qf_err *e)
{
	enum qf_status rc = set_place(c, "UPDATE track SET root_id = ?2, path = ?3, inode = ?4, updated_at = ?5, missing_since = NULL"
					 " WHERE id = ?1", id, root, path, inode, now, e);

	if (rc == QF_OK)
		rc = set_place(c, "UPDATE OR REPLACE failure SET root_id = ?2, path = ?3 WHERE track_id = ?1 AND ?4 IS NOT NULL"
				  " AND ?5 IS NOT NULL", id, root, path, inode, now, e);
	return rc;
}

/* ---- two that are one ------------------------------------------------------------------------- */

struct pair {
	int64_t old, new;
};

/* Each row: a missing track and a newer one that is the same; only those that fit each other alone. ?1: after */
#define ALONE(pairs)                                                                                                       \
	"SELECT v, n FROM (SELECT v, n, count(*) OVER (PARTITION BY v) AS vs, count(*) OVER (PARTITION BY n) AS ns FROM (" \
	pairs ")) WHERE vs = 1 AND ns = 1 ORDER BY v"

static const char *const rules[] = {
	ALONE("SELECT v.id AS v, n.id AS n FROM track n JOIN track v ON v.size = n.size AND v.mtime_ns = n.mtime_ns"
	      " WHERE v.missing_since IS NOT NULL AND n.missing_since IS NULL AND n.id > ?1"),
	ALONE("SELECT v.id AS v, n.id AS n FROM track v INDEXED BY track_missing CROSS JOIN track n ON n.mbid = v.mbid"
	      " WHERE v.missing_since IS NOT NULL AND n.missing_since IS NULL AND n.added_at >= v.missing_since"
	      " AND abs(n.duration_ms - v.duration_ms) <= 1000 AND ?1 IS NOT NULL"),
	ALONE("SELECT v.id AS v, n.id AS n FROM track v INDEXED BY track_missing CROSS JOIN features vf ON vf.track_id = v.id"
	      " CROSS JOIN features nf ON nf.audio_id = vf.audio_id CROSS JOIN track n ON n.id = nf.track_id"
	      " WHERE v.missing_since IS NOT NULL AND n.missing_since IS NULL AND n.added_at >= v.missing_since AND ?1 IS NOT NULL"),
};

/* Into *out, which grows by realloc. */
static enum qf_status find_pairs(struct qf_catalog *c, const char *rule, int64_t after, struct pair **out, size_t *n, struct qf_err *e)
{
	sqlite3_stmt *s;
	size_t cap = 0;
	bool row = true;
	enum qf_status rc = qf_sql(c, rule, &s, e);

	*n = 0;
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, after);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		if (*n == cap) {
			struct pair *p = qf_realloc(*out, cap = cap ? cap * 2 : 64, sizeof *p);

			if (!p) {
				rc = qf_fail(e, QF_ENOMEM, "out of memory");
				break;
			}
			*out = p;
		}
		(*out)[(*n)++] = (struct pair){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1) };
	}
	qf_sql_done(s);
	return rc;
}

/* ?1 the older number, ?2 the newer one, whose file and tags it gets. First goes what the file says better. */
static const char *const first[] = {
	"DELETE FROM features WHERE track_id = ?1 AND EXISTS (SELECT 1 FROM features WHERE track_id = ?2)",
	"DELETE FROM failure WHERE track_id = ?1 AND ?2",
	"DELETE FROM tag_own WHERE track_id = ?1 AND ?2",
	"DELETE FROM track_fts WHERE rowid IN (?1, ?2)",
	/* what follows from the order of events is to be worked out again: two tracks in it are one now */
	("UPDATE user SET unsettled_from = min(coalesce(unsettled_from, first), first) FROM (SELECT user_id, min(at) AS first FROM event"
	" WHERE track_id = ?2 AND ?1 GROUP BY user_id) WHERE user_id = user.id"),
};

/* Then every table that refers to tracks, whoever made it, turns to the older number, but for what that number has already. */
static const char referring[] =
	"SELECT printf(column2, t.name, k.\"from\", k.\"from\") FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) k"
	" JOIN (VALUES (1, 'UPDATE OR IGNORE \"%w\" SET \"%w\" = ?1 WHERE \"%w\" = ?2'), (2, 'DELETE FROM \"%w\" WHERE \"%w\" = ?2 AND ?1'))"
	" WHERE t.type = 'table' AND k.\"table\" = 'track' ORDER BY t.name, k.id, column1";

static const char *const last[] = {
	/* no two may have one path: the newer one's is set aside with a slash, which no relative path begins with */
	"UPDATE track SET path = CAST(X'2F' || path AS BLOB) WHERE id = ?2 AND ?1",
	"UPDATE track SET (root_id, path, size, mtime_ns, inode, updated_at, missing_since, title, artist, artist_id, album_id, genre,"
	" date, year, track_no, disc_no, isrc, mbid, match_key, duration_ms, sample_rate_hz, channels, bitrate_kbps, codec, tag_set, lyrics_stamp)"
	" = (SELECT root_id, substr(path, 2), size, mtime_ns, inode, updated_at, NULL, title, artist, artist_id, album_id, genre,"
	" date, year, track_no, disc_no, isrc, mbid, match_key, duration_ms, sample_rate_hz, channels, bitrate_kbps, codec, tag_set, lyrics_stamp"
	" FROM track WHERE id = ?2) WHERE id = ?1",
	"DELETE FROM track WHERE id = ?2 AND ?1",
	"INSERT INTO track_fts (rowid, title, artist, album, genre) SELECT * FROM track_words WHERE id = ?1 AND ?2",
};

static enum qf_status run_all(struct qf_catalog *c, const char *const *steps, size_t n, const struct pair *p, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < n; i++)
		rc = run(c, steps[i], (int64_t[]){ p->old, p->new }, 2, e);
	return rc;
}

static enum qf_status turn_references(struct qf_catalog *c, const struct pair *p, struct qf_err *e)
{
	sqlite3_stmt *list, *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, referring, &list, e);

	if (rc != QF_OK)
		return rc;
	while (rc == QF_OK && (rc = qf_sql_step(c, list, &row, e)) == QF_OK && row) {
		rc = qf_sql_prepare(c, (const char *)sqlite3_column_text(list, 0), &s, e);
		if (rc == QF_OK) {
			sqlite3_bind_int64(s, 1, p->old);
			sqlite3_bind_int64(s, 2, p->new);
			rc = qf_sql_run(c, s, e);
		}
		sqlite3_finalize(s);
	}
	qf_sql_done(list);
	return rc;
}

static enum qf_status unite(struct qf_catalog *c, const struct pair *p, struct qf_err *e)
{
	enum qf_status rc = run_all(c, first, sizeof first / sizeof *first, p, e);

	if (rc == QF_OK)
		rc = turn_references(c, p, e);
	return rc == QF_OK ? run_all(c, last, sizeof last / sizeof *last, p, e) : rc;
}

enum qf_status qf_catalog_count_reunitable(struct qf_catalog *c, int64_t after, size_t *n, struct qf_err *e)
{
	struct pair *pairs = NULL;
	size_t found;
	enum qf_status rc = QF_OK;

	*n = 0;
	for (size_t r = 0; rc == QF_OK && r < sizeof rules / sizeof *rules; r++) {
		rc = find_pairs(c, rules[r], after, &pairs, &found, e);
		*n += found;
	}
	qf_free(pairs);
	return rc;
}

enum qf_status qf_catalog_reunite(struct qf_catalog *c, int64_t after, size_t *n, struct qf_err *e)
{
	struct pair *pairs = NULL;
	size_t found;
	enum qf_status rc = QF_OK;

	*n = 0;
	for (size_t r = 0; rc == QF_OK && r < sizeof rules / sizeof *rules; r++) {
		rc = find_pairs(c, rules[r], after, &pairs, &found, e);
		for (size_t i = 0; rc == QF_OK && i < found; i++, ++*n)
			rc = unite(c, &pairs[i], e);
	}
	qf_free(pairs);
	return rc;
}

/* ---- for good ----------------------------------------------------------------------------------- */

enum qf_status qf_catalog_purge(struct qf_catalog *c, int64_t before, int64_t *n, struct qf_err *e)
{
	static const char *const steps[] = {
		"DELETE FROM track_fts WHERE rowid IN (SELECT id FROM track WHERE missing_since <= ?1)",
		"DELETE FROM failure WHERE track_id IN (SELECT id FROM track WHERE missing_since <= ?1)",
		"DELETE FROM track WHERE missing_since <= ?1",
	};
	enum qf_status rc = QF_OK;

	*n = 0;
	for (size_t i = 0; rc == QF_OK && i < sizeof steps / sizeof *steps; i++) {
		rc = run(c, steps[i], &before, 1, e);
		*n = qf_sql_changes(c);
	}
	return rc == QF_OK && *n ? qf_catalog_sweep(c, e) : rc;
}
