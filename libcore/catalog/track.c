#include "catalog/track.h"

#include "base/text.h"
#include "catalog/sql.h"
#include "catalog/tags.h"

#include <stdlib.h>
#include <string.h>

#define ISRC "upper(replace(replace(?16, '-', ''), ' ', ''))"

/* ---- files ------------------------------------------------------------------------------ */

enum qf_status qf_catalog_files(struct qf_catalog *c, int64_t root, const char *stage,
				enum qf_status (*fn)(void *user, const struct qf_file_state *s, struct qf_err *e),
				void *user, struct qf_err *e)
{
	/* A file may have a failure, a track, or both (it was damaged, but has tags). */
	static const char text[] =
		"SELECT t.id, t.path, t.size, t.mtime_ns, t.inode, t.missing_since, f.class, t.lyrics_stamp FROM track t"
		" LEFT JOIN failure f ON f.stage = ?2 AND f.root_id = t.root_id AND f.path = t.path WHERE t.root_id = ?1"
		" UNION ALL SELECT 0, f.path, f.size, f.mtime_ns, 0, NULL, f.class, NULL FROM failure f"
		" WHERE f.stage = ?2 AND f.root_id = ?1"
		" AND NOT EXISTS (SELECT 1 FROM track t WHERE t.root_id = f.root_id AND t.path = f.path) ORDER BY 2";
	struct qf_arena a = { 0 };
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, root);
	qf_sql_bind_text(s, 2, stage);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_file_state st = {
			.id = sqlite3_column_int64(s, 0),
			.size = sqlite3_column_int64(s, 2),
			.mtime_ns = sqlite3_column_int64(s, 3),
			.inode = sqlite3_column_int64(s, 4),
			.missing_since = sqlite3_column_int64(s, 5),
			.lyrics = sqlite3_column_int64(s, 7),
		};

		qf_arena_reset(&a);
		st.path = qf_sql_text(s, 1, &a, &rc);
		st.failure = qf_sql_text(s, 6, &a, &rc);
		rc = rc == QF_OK ? fn(user, &st, e) : qf_fail(e, rc, "out of memory");
	}
	qf_sql_done(s);
	qf_arena_free(&a);
	return rc;
}

/* ---- storing a track -------------------------------------------------------------------- */

static const char *first_tag(const struct qf_scanned *s, const char *key)
{
	for (size_t i = 0; i < s->n_tags; i++)
		if (strcmp(s->tags[i].key, key) == 0)
			return s->tags[i].value;
	return NULL;
}

/* All values of a key joined by "; "; NULL if there are none. */
static const char *joined_tag(const struct qf_scanned *s, const char *key, struct qf_buf *b)
{
	bool any = false;

	qf_buf_clear(b);
	for (size_t i = 0; i < s->n_tags; i++) {
		if (strcmp(s->tags[i].key, key) != 0)
			continue;
		qf_buf_puts(b, any ? "; " : "");
		qf_buf_puts(b, s->tags[i].value);
		any = true;
	}
	return any ? b->p : NULL;
}

static int64_t number_tag(const struct qf_scanned *s, const char *key)
{
	const char *v = first_tag(s, key);
	long long n = v ? strtoll(v, NULL, 10) : 0;

	return n > 0 && n < 1000000 ? n : 0;
}

static int64_t year_of(const char *date)
{
	long n = date && strlen(date) >= 4 && strspn(date, "0123456789") >= 4 ? strtol((char[]){ date[0], date[1], date[2], date[3], 0 }, NULL, 10) : 0;

	return n >= 1000 ? n : 0;
}

static enum qf_status artist_id(struct qf_catalog *c, const char *name, int64_t *id, struct qf_err *e)
{
	struct qf_buf fold = { 0 };
	enum qf_status rc;

	*id = 0;
	if (!name)
		return QF_OK;
	rc = qf_text_fold(&fold, name, strlen(name), e);
	if (rc == QF_OK)
		rc = qf_name_id(c, 'a', name, fold.p ? fold.p : "", id, e);
	qf_buf_free(&fold);
	return rc;
}

static enum qf_status album_id(struct qf_catalog *c, const char *title, int64_t artist, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc;

	*id = 0;
	if (!title)
		return QF_OK;
	rc = qf_sql(c, "SELECT id FROM album WHERE title = ?1 AND artist_id = ?2", &s, e);
	for (int attempt = 0; rc == QF_OK && attempt < 2; attempt++) {
		qf_sql_bind_text(s, 1, title);
		sqlite3_bind_int64(s, 2, artist);
		rc = qf_sql_step(c, s, &row, e);
		if (rc != QF_OK)
			break;
		*id = attempt ? qf_sql_last_id(c) : row ? sqlite3_column_int64(s, 0) : 0;
		qf_sql_done(s);
		if (*id)
			break;
		rc = qf_sql(c, "INSERT INTO album (title, artist_id) VALUES (?1, ?2)", &s, e);
	}
	return rc;
}

static enum qf_status put_words(struct qf_catalog *c, int64_t track, struct qf_err *e)
{
	return qf_sql_run2(c, "INSERT INTO track_fts (rowid, title, artist, album, genre) SELECT * FROM track_words WHERE id = ?1", track, 0, e);
}

static enum qf_status take_words(struct qf_catalog *c, int64_t track, struct qf_err *e)
{
	return qf_sql_run2(c, "DELETE FROM track_fts WHERE rowid = ?1", track, 0, e);
}

static enum qf_status match_key(struct qf_buf *b, const char *artist, const char *title, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (!title)
		return QF_OK;
	if (artist)
		rc = qf_text_fold(b, artist, strlen(artist), e);
	qf_buf_putc(b, '\t');
	if (rc == QF_OK)
		rc = qf_text_fold(b, title, strlen(title), e);
	return rc == QF_OK ? qf_buf_check(b, e) : rc;
}

static enum qf_status find_file(struct qf_catalog *c, int64_t root, const char *path, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT id FROM track WHERE root_id = ?1 AND path = ?2", &s, e);

	*id = 0;
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, root);
	qf_sql_bind_blob(s, 2, path, strlen(path));
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*id = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}

struct named { /* what the tags say, prepared for the columns */
	struct qf_buf artist, genre, key;
	const char *title, *artist_text, *album, *genre_text, *date;
	int64_t artist_id, album_id, tag_set;
};

static enum qf_status prepare_names(struct qf_catalog *c, const struct qf_scanned *in, struct named *n, struct qf_err *e)
{
	const char *albumartist = first_tag(in, "albumartist");
	int64_t by;
	enum qf_status rc;

	n->title = first_tag(in, "title");
	n->album = first_tag(in, "album");
	n->date = first_tag(in, "date");
	n->artist_text = joined_tag(in, "artist", &n->artist);
	n->genre_text = joined_tag(in, "genre", &n->genre);
	rc = artist_id(c, first_tag(in, "artist"), &n->artist_id, e);
	by = n->artist_id;
	if (rc == QF_OK && albumartist)
		rc = artist_id(c, albumartist, &by, e);
	if (rc == QF_OK)
		rc = album_id(c, n->album, by, &n->album_id, e);
	if (rc == QF_OK)
		rc = match_key(&n->key, first_tag(in, "artist"), n->title, e);
	if (rc == QF_OK)
		rc = qf_tags_set(c, in, &n->tag_set, e);
	if (rc == QF_OK)
		rc = qf_buf_check(&n->artist, e);
	return rc == QF_OK ? qf_buf_check(&n->genre, e) : rc;
}

static enum qf_status write_track(struct qf_catalog *c, const struct qf_scanned *in, const struct named *n, int64_t id,
				  struct qf_err *e)
{
	static const char insert[] =
		"INSERT INTO track (root_id, path, size, mtime_ns, inode, added_at, updated_at, title, artist, artist_id, album_id,"
		" genre, date, year, track_no, disc_no, isrc, mbid, match_key, duration_ms, sample_rate_hz, channels, bitrate_kbps, codec,"
		" tag_set, lyrics_stamp)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, " ISRC ", lower(?17), ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)";
	static const char update[] =
		"UPDATE track SET root_id = ?1, path = ?2, size = ?3, mtime_ns = ?4, inode = ?5, updated_at = ?6, missing_since = NULL,"
		" title = ?7, artist = ?8, artist_id = ?9, album_id = ?10, genre = ?11, date = ?12, year = ?13, track_no = ?14,"
		" disc_no = ?15, isrc = " ISRC ", mbid = lower(?17), match_key = ?18, duration_ms = ?19, sample_rate_hz = ?20, channels = ?21,"
		" bitrate_kbps = ?22, codec = ?23, tag_set = ?24, lyrics_stamp = ?25 WHERE id = ?26";
	const char *date = n->date ? n->date : first_tag(in, "originaldate");
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, id ? update : insert, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, in->root);
	qf_sql_bind_blob(s, 2, in->path, strlen(in->path));
	sqlite3_bind_int64(s, 3, in->size);
	sqlite3_bind_int64(s, 4, in->mtime_ns);
	sqlite3_bind_int64(s, 5, in->inode);
	sqlite3_bind_int64(s, 6, in->now);
	qf_sql_bind_text(s, 7, n->title);
	qf_sql_bind_text(s, 8, n->artist_text);
	qf_sql_bind_opt(s, 9, n->artist_id);
	qf_sql_bind_opt(s, 10, n->album_id);
	qf_sql_bind_text(s, 11, n->genre_text);
	qf_sql_bind_text(s, 12, n->date);
	qf_sql_bind_opt(s, 13, year_of(date));
	qf_sql_bind_opt(s, 14, number_tag(in, "tracknumber"));
	qf_sql_bind_opt(s, 15, number_tag(in, "discnumber"));
	qf_sql_bind_text(s, 16, first_tag(in, "isrc")); /* both in the one form that histories are brought to */
	qf_sql_bind_text(s, 17, first_tag(in, "mb_recordingid"));
	qf_sql_bind_text(s, 18, n->key.len ? n->key.p : NULL);
	qf_sql_bind_opt(s, 19, in->duration_ms);
	qf_sql_bind_opt(s, 20, in->sample_rate_hz);
	qf_sql_bind_opt(s, 21, in->channels);
	qf_sql_bind_opt(s, 22, in->bitrate_kbps);
	qf_sql_bind_text(s, 23, in->codec);
	qf_sql_bind_opt(s, 24, n->tag_set);
	qf_sql_bind_opt(s, 25, in->lyrics);
	if (id)
		sqlite3_bind_int64(s, 26, id);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_put_track(struct qf_catalog *c, const struct qf_scanned *in, int64_t *id, bool *is_new,
				    struct qf_err *e)
{
	struct named n = { 0 };
	enum qf_status rc = QF_OK;

	*id = in->id;
	if (!*id)
		rc = find_file(c, in->root, in->path, id, e);
	*is_new = *id == 0;
	if (rc == QF_OK)
		rc = prepare_names(c, in, &n, e);
	if (rc == QF_OK && *id)
		rc = take_words(c, *id, e);
	if (rc == QF_OK)
		rc = write_track(c, in, &n, *id, e);
	if (rc == QF_OK && *is_new)
		*id = qf_sql_last_id(c);
	if (rc == QF_OK)
		rc = qf_tags_own(c, *id, in, *is_new, e);
	if (rc == QF_OK)
		rc = put_words(c, *id, e);
	qf_buf_free(&n.artist);
	qf_buf_free(&n.genre);
	qf_buf_free(&n.key);
	return rc;
}

/* ---- datasets ---------------------------------------------------------------------------- */

enum qf_status qf_catalog_dataset(struct qf_catalog *c, const char *name, int64_t now, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql_id_of(c, "SELECT id FROM dataset WHERE name = ?1", name, id, e);

	if (rc != QF_OK || *id)
		return rc;
	rc = qf_sql(c, "INSERT INTO dataset (name, added_at) VALUES (?1, ?2)", &s, e);
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	sqlite3_bind_int64(s, 2, now);
	rc = qf_sql_run(c, s, e);
	*id = qf_sql_last_id(c);
	return rc;
}

enum qf_status qf_catalog_dataset_has(struct qf_catalog *c, const char *name, int64_t track, bool *has, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT 1 FROM dataset_track dt JOIN dataset d ON d.id = dt.dataset_id"
				      " WHERE d.name = ?1 AND dt.track_id = ?2", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	sqlite3_bind_int64(s, 2, track);
	rc = qf_sql_step(c, s, has, e);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_dataset_add(struct qf_catalog *c, int64_t dataset, int64_t track, bool *added, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT OR IGNORE INTO dataset_track (dataset_id, track_id) VALUES (?1, ?2)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	sqlite3_bind_int64(s, 2, track);
	rc = qf_sql_run(c, s, e);
	*added = rc == QF_OK && qf_sql_changes(c) > 0;
	return rc;
}

/* ---- failures ------------------------------------------------------------------------------ */

static enum qf_status failure_known(struct qf_catalog *c, const struct qf_failure *f, bool *known, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "SELECT 1 FROM failure WHERE stage = ?1 AND root_id = ?2 AND path = ?3 AND class = ?4"
				      " AND size = ?5 AND mtime_ns = ?6 AND version = ?7", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, f->stage);
	sqlite3_bind_int64(s, 2, f->root);
	qf_sql_bind_blob(s, 3, f->path, strlen(f->path));
	qf_sql_bind_text(s, 4, f->class_name);
	sqlite3_bind_int64(s, 5, f->size);
	sqlite3_bind_int64(s, 6, f->mtime_ns);
	sqlite3_bind_int(s, 7, f->version);
	rc = qf_sql_step(c, s, known, e);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_put_failure(struct qf_catalog *c, const struct qf_failure *f, bool *known, struct qf_err *e)
{
	struct qf_buf message = { 0 };
	sqlite3_stmt *s;
	enum qf_status rc = failure_known(c, f, known, e);

	if (rc != QF_OK || *known)
		return rc;
	qf_utf8_clean(&message, f->message, strlen(f->message));
	rc = qf_buf_check(&message, e);
	if (rc == QF_OK)
		rc = qf_sql(c, "INSERT INTO failure (stage, root_id, path, track_id, class, message, size, mtime_ns, version, at)"
			       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (stage, root_id, path) DO UPDATE SET"
			       " track_id = ?4, class = ?5, message = ?6, size = ?7, mtime_ns = ?8, version = ?9, at = ?10", &s, e);
	if (rc == QF_OK) {
		qf_sql_bind_text(s, 1, f->stage);
		sqlite3_bind_int64(s, 2, f->root);
		qf_sql_bind_blob(s, 3, f->path, strlen(f->path));
		qf_sql_bind_opt(s, 4, f->track);
		qf_sql_bind_text(s, 5, f->class_name);
		qf_sql_bind_text(s, 6, message.p ? message.p : "");
		sqlite3_bind_int64(s, 7, f->size);
		sqlite3_bind_int64(s, 8, f->mtime_ns);
		sqlite3_bind_int(s, 9, f->version);
		sqlite3_bind_int64(s, 10, f->at);
		rc = qf_sql_run(c, s, e);
	}
	qf_buf_free(&message);
	return rc;
}

enum qf_status qf_catalog_clear_failure(struct qf_catalog *c, const char *stage, int64_t root, const char *path,
					struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "DELETE FROM failure WHERE stage = ?1 AND root_id = ?2 AND path = ?3", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, stage);
	sqlite3_bind_int64(s, 2, root);
	qf_sql_bind_blob(s, 3, path, strlen(path));
	return qf_sql_run(c, s, e);
}

/* ---- one track ------------------------------------------------------------------------------ */

enum qf_status qf_catalog_track(struct qf_catalog *c, int64_t id, enum qf_track_features with, struct qf_arena *a,
				struct qf_track *t, struct qf_features *f, struct qf_err *e)
{
	static const enum qf_with withs[] = {
		[QF_TRACK_BARE] = QF_WITH_NO_FEATURES,
		[QF_TRACK_BRIEF] = QF_WITH_BRIEF_FEATURES,
		[QF_TRACK_FULL] = QF_WITH_ALL_FEATURES,
	};
	struct qf_buf text = { 0 };
	sqlite3_stmt *s = NULL;
	bool row = false;
	enum qf_status rc;

	if (f)
		qf_features_init(f);
	qf_sql_put_track_select(&text, withs[with]);
	qf_buf_puts(&text, "WHERE t.id = ?1");
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK)
		rc = qf_sql(c, text.p, &s, e);
	if (rc == QF_OK) {
		sqlite3_bind_int64(s, 1, id);
		rc = qf_sql_step(c, s, &row, e);
	}
	if (rc == QF_OK)
		rc = row ? qf_sql_read_track(s, withs[with], a, t, f, e)
			 : qf_fail(e, QF_ENOTFOUND, "track:%lld is not in the catalog", (long long)id);
	qf_sql_done(s);
	qf_buf_free(&text);
	return rc;
}

enum qf_status qf_catalog_find_path(struct qf_catalog *c, const char *path, int64_t *id, struct qf_err *e)
{
	const char *rel = "";
	int64_t root;
	enum qf_status rc = qf_catalog_root_of(c, path, &root, &rel, e);

	*id = 0;
	return rc == QF_OK && root ? find_file(c, root, rel, id, e) : rc;
}

/* ---- runs ------------------------------------------------------------------------------------- */

enum qf_status qf_catalog_run_begin(struct qf_catalog *c, const char *tool, const char *version, int64_t now, int64_t *id,
				    struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO run (tool, version, started_at) VALUES (?1, ?2, ?3)", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, tool);
	qf_sql_bind_text(s, 2, version);
	sqlite3_bind_int64(s, 3, now);
	rc = qf_sql_run(c, s, e);
	*id = qf_sql_last_id(c);
	return rc;
}

enum qf_status qf_catalog_run_end(struct qf_catalog *c, int64_t id, int64_t now, int exit_code, const char *summary,
				  struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "UPDATE run SET ended_at = ?2, exit_code = ?3, summary = ?4 WHERE id = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, id);
	sqlite3_bind_int64(s, 2, now);
	sqlite3_bind_int(s, 3, exit_code);
	qf_sql_bind_text(s, 4, summary);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_run_cut_off(struct qf_catalog *c, const char *tool, int64_t own, bool *yes, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT ended_at IS NULL FROM run WHERE tool = ?1 AND id <> ?2 ORDER BY id DESC LIMIT 1", &s, e);

	*yes = false;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, tool);
	sqlite3_bind_int64(s, 2, own);
	rc = qf_sql_step(c, s, &row, e);
	*yes = rc == QF_OK && row && sqlite3_column_int(s, 0);
	qf_sql_done(s);
	return rc;
}
