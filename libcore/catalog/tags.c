#include "catalog/tags.h"

#include "base/buf.h"
#include "base/hash.h"
#include "catalog/names.h"
#include "catalog/sql.h"

#include <string.h>

/* What differs from song to song of an album; every other key is shared. */
static const char *const own_keys[] = {
	"title", "titlesort", "tracknumber", "date", "originaldate", "comment", "mood", "isrc", "iswc", "bpm", "key", "rating", "playcount",
	"mb_recordingid", "mb_trackid", "mb_workid", "acoustid_id", "acoustid_fingerprint", "rg_track_gain", "rg_track_peak",
	"rg_album_gain", "rg_album_peak", "rg_range", "lyrics", "synced_lyrics",
};

static bool is_own(const char *key)
{
	for (size_t i = 0; i < sizeof own_keys / sizeof *own_keys; i++)
		if (strcmp(own_keys[i], key) == 0)
			return true;
	return false;
}

/* ---- names ---------------------------------------------------------------------------------- */

enum qf_status qf_name_id(struct qf_catalog *c, char kind, const char *name, const char *fold, int64_t *id, struct qf_err *e)
{
	bool artist = kind == 'a';
	sqlite3_stmt *s;
	enum qf_status rc;

	*id = qf_names_get(qf_sql_names(c), kind, name, strlen(name));
	if (*id)
		return QF_OK;
	rc = qf_sql_id_of(c, artist ? "SELECT id FROM artist WHERE name = ?1" : "SELECT id FROM tag_key WHERE name = ?1", name, id, e);
	if (rc != QF_OK)
		return rc;
	if (!*id) {
		rc = qf_sql(c, artist ? "INSERT INTO artist (name, fold) VALUES (?1, ?2)" : "INSERT INTO tag_key (name) VALUES (?1)", &s, e);
		if (rc != QF_OK)
			return rc;
		qf_sql_bind_text(s, 1, name);
		if (artist)
			qf_sql_bind_text(s, 2, fold);
		rc = qf_sql_run(c, s, e);
		*id = qf_sql_last_id(c);
	}
	if (rc == QF_OK)
		qf_names_put(qf_sql_names(c), kind, name, strlen(name), *id);
	return rc;
}

/* The number of what has this hash in tag_set or tag_text; *made when it is new there. */
static enum qf_status id_of_hash(struct qf_catalog *c, const char *select, const char *insert, const uint8_t hash[QF_SHA256],
				 const char *value, int64_t *id, bool *made, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, select, &s, e);

	*made = false;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, hash, QF_SHA256);
	rc = qf_sql_step(c, s, &row, e);
	if (rc != QF_OK)
		return rc;
	*id = row ? sqlite3_column_int64(s, 0) : 0;
	qf_sql_done(s);
	if (*id)
		return QF_OK;
	rc = qf_sql(c, insert, &s, e);
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, hash, QF_SHA256);
	if (value)
		qf_sql_bind_text(s, 2, value);
	rc = qf_sql_run(c, s, e);
	*id = qf_sql_last_id(c);
	*made = true;
	return rc;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static enum qf_status bind_value(struct qf_catalog *c, sqlite3_stmt *s, int i, const char *value, struct qf_err *e)
{
	size_t n = strlen(value);
	uint8_t hash[QF_SHA256];
	int64_t id;
	bool made;
	enum qf_status rc;

	if (n <= QF_TAG_LONG) {
		qf_sql_bind_text(s, i, value);
		return QF_OK;
	}
	qf_sha256(value, n, hash);
	rc = id_of_hash(c, "SELECT id FROM tag_text WHERE hash = ?1", "INSERT INTO tag_text (hash, value) VALUES (?1, ?2)",
				hash, value, &id, &made, e);
	if (rc == QF_OK)
		sqlite3_bind_int64(s, i, id);
	return rc;
}

/* One row of tag_own or tag_shared. */
static enum qf_status put_row(struct qf_catalog *c, const char *insert, int64_t of, const char *key, int64_t idx, const char *value,
			      struct qf_err *e)
{
	sqlite3_stmt *s;
	int64_t key_id;
	enum qf_status rc = qf_name_id(c, 'k', key, NULL, &key_id, e);

	if (rc == QF_OK)
		rc = qf_sql(c, insert, &s, e);
	if (rc == QF_OK)
		rc = bind_value(c, s, 4, value, e);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, of);
	sqlite3_bind_int64(s, 2, key_id);
	sqlite3_bind_int64(s, 3, idx);
	return qf_sql_run(c, s, e);
}

/* Which value of its key the i-th tag is, from 0. */
static int64_t index_of(const struct qf_tag *tags, size_t i)
{
	int64_t idx = 0;

	for (size_t k = 0; k < i; k++)
		idx += strcmp(tags[k].key, tags[i].key) == 0;
	return idx;
}

static enum qf_status put_set(struct qf_catalog *c, int64_t set, const struct qf_scanned *in, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < in->n_tags; i++)
		if (!is_own(in->tags[i].key))
			rc = put_row(c, "INSERT INTO tag_shared (set_id, key_id, idx, value) VALUES (?1, ?2, ?3, ?4)", set, in->tags[i].key,
				     index_of(in->tags, i), in->tags[i].value, e);
	return rc;
}

/* Keys and values with NULs between them: no two sets look the same. */
static enum qf_status hash_of_set(const struct qf_scanned *in, uint8_t hash[QF_SHA256], bool *empty, struct qf_err *e)
{
	struct qf_buf b = { 0 };
	enum qf_status rc;

	for (size_t i = 0; i < in->n_tags; i++) {
		if (is_own(in->tags[i].key))
			continue;
		qf_buf_put(&b, in->tags[i].key, strlen(in->tags[i].key) + 1);
		qf_buf_put(&b, in->tags[i].value, strlen(in->tags[i].value) + 1);
	}
	*empty = b.len == 0;
	rc = qf_buf_check(&b, e);
	if (rc == QF_OK)
		qf_sha256(b.p ? b.p : "", b.len, hash);
	qf_buf_free(&b);
	return rc;
}

enum qf_status qf_tags_set(struct qf_catalog *c, const struct qf_scanned *in, int64_t *set, struct qf_err *e)
{
	uint8_t hash[QF_SHA256];
	bool empty, made = false;
	enum qf_status rc = hash_of_set(in, hash, &empty, e);

	*set = 0;
	if (rc != QF_OK || empty)
		return rc;
	*set = qf_names_get(qf_sql_names(c), 's', hash, sizeof hash);
	if (*set)
		return QF_OK;
	rc = id_of_hash(c, "SELECT id FROM tag_set WHERE hash = ?1", "INSERT INTO tag_set (hash) VALUES (?1)", hash, NULL, set, &made, e);
	if (rc == QF_OK && made)
		rc = put_set(c, *set, in, e);
	if (rc == QF_OK)
		qf_names_put(qf_sql_names(c), 's', hash, sizeof hash, *set);
	return rc;
}

/* ---- a track's own ---------------------------------------------------------------------------- */

static const char insert_own[] = "INSERT INTO tag_own (track_id, key_id, idx, value) VALUES (?1, ?2, ?3, ?4)";

static enum qf_status put_raw(struct qf_catalog *c, int64_t track, const struct qf_scanned *in, struct qf_err *e)
{
	struct qf_buf key = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < in->n_raw; i++) {
		qf_buf_clear(&key);
		qf_buf_puts(&key, "raw:");
		qf_buf_puts(&key, in->raw[i].key);
		rc = qf_buf_check(&key, e);
		if (rc == QF_OK)
			rc = put_row(c, insert_own, track, key.p, index_of(in->raw, i), in->raw[i].value, e);
	}
	qf_buf_free(&key);
	return rc;
}

enum qf_status qf_tags_own(struct qf_catalog *c, int64_t track, const struct qf_scanned *in, bool is_new, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = QF_OK;

	if (!is_new) {
		rc = qf_sql(c, "DELETE FROM tag_own WHERE track_id = ?1", &s, e);
		if (rc != QF_OK)
			return rc;
		sqlite3_bind_int64(s, 1, track);
		rc = qf_sql_run(c, s, e);
	}
	for (size_t i = 0; rc == QF_OK && i < in->n_tags; i++)
		if (is_own(in->tags[i].key))
			rc = put_row(c, insert_own, track, in->tags[i].key, index_of(in->tags, i), in->tags[i].value, e);
	return rc == QF_OK ? put_raw(c, track, in, e) : rc;
}

enum qf_status qf_catalog_sweep(struct qf_catalog *c, struct qf_err *e)
{
	enum qf_status rc = qf_sql_exec(c,
		"DELETE FROM tag_set AS s WHERE NOT EXISTS (SELECT 1 FROM track t WHERE t.tag_set = s.id);"
		"DELETE FROM tag_text AS x WHERE NOT EXISTS (SELECT 1 FROM tag_own WHERE typeof(value) = 'integer' AND value = x.id)"
		" AND NOT EXISTS (SELECT 1 FROM tag_shared WHERE typeof(value) = 'integer' AND value = x.id);"
		"DELETE FROM album AS a WHERE NOT EXISTS (SELECT 1 FROM track t WHERE t.album_id = a.id);"
		"DELETE FROM artist AS a WHERE NOT EXISTS (SELECT 1 FROM track t WHERE t.artist_id = a.id) AND id NOT IN (SELECT artist_id FROM album)", e);

	qf_names_forget(qf_sql_names(c)); /* some of them are gone */
	return rc;
}
