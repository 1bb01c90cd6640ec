#include "catalog/dataset.h"

#include "base/buf.h"
#include "catalog/event.h"
#include "catalog/sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- sets ------------------------------------------------------------------------------------ */

#define DATASET                                                                                                              \
	"SELECT d.id, d.name, d.descriptor, d.folder, d.manifest,"                                                             \
	" (SELECT count(*) FROM dataset_track x WHERE x.dataset_id = d.id), (SELECT count(*) FROM dataset_file x WHERE x.dataset_id = d.id)," \
	" (SELECT count(*) FROM dataset_rating x WHERE x.dataset_id = d.id), (SELECT avg(stars) FROM dataset_rating x WHERE x.dataset_id = d.id)," \
	" q.tier, q.score FROM dataset d LEFT JOIN dataset_quality q ON q.dataset_id = d.id "

static enum qf_status read_dataset(sqlite3_stmt *s, struct qf_arena *a, struct qf_dataset *d, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*d = (struct qf_dataset){
		.id = sqlite3_column_int64(s, 0),
		.name = qf_sql_text(s, 1, a, &rc),
		.descriptor = qf_sql_text(s, 2, a, &rc),
		.folder = qf_sql_text(s, 3, a, &rc),
		.manifest = qf_sql_text(s, 4, a, &rc),
		.tracks = sqlite3_column_int64(s, 5),
		.told = sqlite3_column_int64(s, 6),
		.ratings = sqlite3_column_int64(s, 7),
		.stars = sqlite3_column_double(s, 8),
		.tier = qf_sql_text(s, 9, a, &rc),
		.score = sqlite3_column_double(s, 10),
	};
	return rc == QF_OK ? rc : qf_fail(e, rc, "out of memory");
}

enum qf_status qf_catalog_dataset_get(struct qf_catalog *c, const char *name, struct qf_arena *a, struct qf_dataset *d, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = false;
	enum qf_status rc = qf_sql(c, DATASET "WHERE d.name = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		rc = read_dataset(s, a, d, e);
	qf_sql_done(s);
	return rc == QF_OK && !row ? qf_fail(e, QF_ENOTFOUND, "there is no dataset called '%s' (`qfzz dataset list`)", name) : rc;
}

/* What was gathered in a buffer, in the arena. */
static enum qf_status settle(struct qf_buf *rows, size_t size, struct qf_arena *a, void *out, size_t *n, struct qf_err *e)
{
	void *copy = rows->failed ? NULL : qf_arena_get(a, rows->len / size + 1, size);

	if (!copy)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (rows->len)
		memcpy(copy, rows->p, rows->len);
	*(void **)out = copy;
	*n = rows->len / size;
	return QF_OK;
}

enum qf_status qf_catalog_datasets(struct qf_catalog *c, struct qf_arena *a, struct qf_dataset **out, size_t *n, struct qf_err *e)
{
	struct qf_buf rows = { 0 };
	struct qf_dataset d;
	sqlite3_stmt *s = NULL;
	bool row;
	enum qf_status rc = qf_sql(c, DATASET "ORDER BY d.name", &s, e);

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row && (rc = read_dataset(s, a, &d, e)) == QF_OK)
		qf_buf_put(&rows, &d, sizeof d);
	qf_sql_done(s);
	if (rc == QF_OK)
		rc = settle(&rows, sizeof d, a, out, n, e);
	qf_buf_free(&rows);
	return rc;
}

/* A statement of one dataset, with a text or blob as ?2 and ?3. */
static enum qf_status run(struct qf_catalog *c, const char *sql, int64_t dataset, const char *text, const char *blob, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, sql, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	if (sqlite3_bind_parameter_count(s) > 1)
		qf_sql_bind_text(s, 2, text);
	if (sqlite3_bind_parameter_count(s) > 2 && blob)
		qf_sql_bind_blob(s, 3, blob, strlen(blob));
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_dataset_describe(struct qf_catalog *c, int64_t dataset, const char *descriptor, const char *folder, struct qf_err *e)
{
	enum qf_status rc = run(c, "UPDATE dataset SET descriptor = ?2, folder = ?3, manifest = NULL WHERE id = ?1", dataset, descriptor, folder, e);

	return rc == QF_OK ? run(c, "DELETE FROM dataset_file WHERE dataset_id = ?1", dataset, NULL, NULL, e) : rc;
}


enum qf_status qf_catalog_dataset_redescribe(struct qf_catalog *c, int64_t dataset, const char *descriptor, struct qf_err *e)
{
	return run(c, "UPDATE dataset SET descriptor = ?2 WHERE id = ?1", dataset, descriptor, NULL, e);
}

/* The absolute path as bytes: what lies below a folder begins with it. */
#define ABSOLUTE(table) "CAST((CASE r.path WHEN x'2f' THEN x'2f' ELSE r.path || '/' END) || " table ".path AS BLOB)"

static enum qf_status bind_folder(sqlite3_stmt *s, int i, const char *folder, struct qf_buf *text, struct qf_err *e)
{
	qf_buf_puts(text, folder);
	if (!text->len || text->p[text->len - 1] != '/')
		qf_buf_putc(text, '/');
	if (qf_buf_check(text, e) != QF_OK)
		return e->code;
	qf_sql_bind_blob(s, i, text->p, text->len);
	return QF_OK;
}

enum qf_status qf_catalog_dataset_fill(struct qf_catalog *c, int64_t dataset, const char *folder, int64_t *n, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	sqlite3_stmt *s;
	enum qf_status rc = run(c, "DELETE FROM dataset_track WHERE dataset_id = ?1", dataset, NULL, NULL, e);

	*n = 0;
	if (rc == QF_OK)
		rc = qf_sql(c, "INSERT INTO dataset_track (dataset_id, track_id) SELECT ?1, t.id FROM track t JOIN root r ON r.id = t.root_id"
			       " WHERE t.missing_since IS NULL AND substr(" ABSOLUTE("t") ", 1, length(?2)) = ?2 ORDER BY t.id", &s, e);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	rc = bind_folder(s, 2, folder, &text, e);
	if (rc == QF_OK)
		rc = qf_sql_run(c, s, e);
	if (rc == QF_OK)
		*n = qf_sql_changes(c);
	qf_buf_free(&text);
	return rc;
}

enum qf_status qf_catalog_dataset_settle(struct qf_catalog *c, int64_t dataset, const char *folder, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "UPDATE dataset SET folder = CASE WHEN EXISTS (SELECT 1 FROM dataset_track dt JOIN track t ON t.id = dt.track_id"
				      " JOIN root r ON r.id = t.root_id WHERE dt.dataset_id = ?1 AND substr(" ABSOLUTE("t") ", 1, length(?2)) <> ?2)"
				      " THEN NULL ELSE ?3 END WHERE id = ?1 AND descriptor IS NULL", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	qf_sql_bind_blob(s, 3, folder, strlen(folder));
	rc = bind_folder(s, 2, folder, &text, e);
	if (rc == QF_OK)
		rc = qf_sql_run(c, s, e);
	qf_buf_free(&text);
	return rc;
}

enum qf_status qf_catalog_dataset_remove(struct qf_catalog *c, int64_t dataset, struct qf_err *e)
{
	return run(c, "DELETE FROM dataset WHERE id = ?1", dataset, NULL, NULL, e);
}

enum qf_status qf_catalog_dataset_manifest(struct qf_catalog *c, int64_t dataset, const char *sha256, struct qf_err *e)
{
	return run(c, "UPDATE dataset SET manifest = ?2 WHERE id = ?1", dataset, sha256, NULL, e);
}

/* ---- told files -------------------------------------------------------------------------------- */

static void bind_real(sqlite3_stmt *s, int i, double v)
{
	if (isfinite(v))
		sqlite3_bind_double(s, i, v);
}

enum qf_status qf_catalog_dataset_tell(struct qf_catalog *c, int64_t dataset, const struct qf_told *t, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO dataset_file AS o (dataset_id, path, track_id, licence, sha256, size, mtime_ns, title, artist,"
				      " album, genre, year, duration_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
				      " ON CONFLICT (dataset_id, path) DO UPDATE SET track_id = coalesce(?3, o.track_id), licence = coalesce(?4, o.licence),"
				      " sha256 = coalesce(?5, o.sha256), size = CASE WHEN ?5 IS NULL THEN o.size ELSE ?6 END,"
				      " mtime_ns = CASE WHEN ?5 IS NULL THEN o.mtime_ns ELSE ?7 END, title = coalesce(?8, o.title), artist = coalesce(?9, o.artist),"
				      " album = coalesce(?10, o.album), genre = coalesce(?11, o.genre), year = coalesce(?12, o.year),"
				      " duration_s = coalesce(?13, o.duration_s)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	qf_sql_bind_blob(s, 2, t->path, strlen(t->path));
	qf_sql_bind_opt(s, 3, t->track);
	qf_sql_bind_text(s, 4, t->licence);
	qf_sql_bind_text(s, 5, t->sha256);
	qf_sql_bind_opt(s, 6, t->size);
	qf_sql_bind_opt(s, 7, t->mtime_ns);
	qf_sql_bind_text(s, 8, t->title);
	qf_sql_bind_text(s, 9, t->artist);
	qf_sql_bind_text(s, 10, t->album);
	qf_sql_bind_text(s, 11, t->genre);
	qf_sql_bind_opt(s, 12, t->year);
	bind_real(s, 13, t->duration_s);
	return qf_sql_run(c, s, e);
}

/* ---- what users and we think --------------------------------------------------------------------- */

enum qf_status qf_catalog_dataset_rate(struct qf_catalog *c, int64_t dataset, const char *user, int stars, const char *note, int64_t now,
				       struct qf_err *e)
{
	sqlite3_stmt *s;
	int64_t id;
	enum qf_status rc = qf_catalog_add_user(c, user, &id, e);

	if (rc == QF_OK)
		rc = qf_sql(c, "INSERT OR REPLACE INTO dataset_rating (dataset_id, user_id, stars, note, at) VALUES (?1, ?2, ?3, ?4, ?5)", &s, e);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	sqlite3_bind_int64(s, 2, id);
	sqlite3_bind_int(s, 3, stars);
	qf_sql_bind_text(s, 4, note);
	sqlite3_bind_int64(s, 5, now);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_dataset_ratings(struct qf_catalog *c, int64_t user,
					  enum qf_status (*fn)(void *ctx, const struct qf_rating *r, struct qf_err *e), void *ctx, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT d.name, x.note, x.stars, x.at FROM dataset_rating x JOIN dataset d ON d.id = x.dataset_id"
				      " WHERE x.user_id = ?1 ORDER BY d.name", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, user);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_rating r;

		qf_arena_reset(&a);
		r = (struct qf_rating){ .dataset = qf_sql_text(s, 0, &a, &rc), .note = qf_sql_text(s, 1, &a, &rc), .stars = sqlite3_column_int(s, 2),
					.at = sqlite3_column_int64(s, 3) };
		rc = rc == QF_OK ? fn(ctx, &r, e) : qf_fail(e, rc, "out of memory");
	}
	qf_sql_done(s);
	qf_arena_free(&a);
	return rc;
}

enum qf_status qf_catalog_dataset_move_ratings(struct qf_catalog *c, int64_t from, int64_t to, struct qf_err *e)
{
	return qf_sql_run2(c, "UPDATE OR IGNORE dataset_rating SET user_id = ?2 WHERE user_id = ?1", from, to, e);
}

enum qf_status qf_catalog_put_quality(struct qf_catalog *c, int64_t dataset, double score, const char *tier, const char *report, int64_t now,
				      struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT OR REPLACE INTO dataset_quality (dataset_id, at, score, tier, report) VALUES (?1, ?2, ?3, ?4, ?5)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	sqlite3_bind_int64(s, 2, now);
	sqlite3_bind_double(s, 3, score);
	qf_sql_bind_text(s, 4, tier);
	qf_sql_bind_text(s, 5, report);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_put_track_quality(struct qf_catalog *c, int64_t track, double score, const char *defects, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT OR REPLACE INTO track_quality (track_id, score, defects) VALUES (?1, ?2, ?3)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, track);
	sqlite3_bind_double(s, 2, score);
	qf_sql_bind_text(s, 3, defects);
	return qf_sql_run(c, s, e);
}

/* ---- members ---------------------------------------------------------------------------------------- */

enum { TOLD = 0, TRACK = 11, FAILED = 29, HEARD = 31 }; /* first columns */

/* ?1 the dataset. The columns of what is told, of the track, of the failure, of what was heard. */
#define COLUMNS                                                                                                             \
	"SELECT df.path, df.licence, df.sha256, df.title, df.artist, df.album, df.genre, df.year, df.duration_s, df.size, df.mtime_ns," \
	" t.id, " ABSOLUTE("t") ", t.title, t.artist, al.title, t.genre, t.year, t.track_no, t.disc_no, t.duration_ms, t.sample_rate_hz,"  \
	" t.channels, t.bitrate_kbps, t.codec, t.size, t.mtime_ns, t.missing_since, t.tag_set, x.class, x.message,"                  \
	" f.track_id, f.duration_s, f.loudness_lufs, f.peak_dbfs, f.clipped_runs, f.lossy_suspicion, f.stereo_width, f.file_sha256,"   \
	" f.audio_id, f.pcm_sha256, f.embedding, %s "

/* The tracks of ?1, and those of the whole catalog, which is the set of number 0. */
#define OF_SET "dataset_track"
#define OF_ALL "(SELECT 0 AS dataset_id, id AS track_id FROM track WHERE missing_since IS NULL)"
#define TRACKS                                                                                                              \
	"FROM %s dt JOIN track t ON t.id = dt.track_id JOIN root r ON r.id = t.root_id LEFT JOIN album al ON al.id = t.album_id" \
	" LEFT JOIN features f ON f.track_id = t.id AND f.size = t.size AND f.mtime_ns = t.mtime_ns"                         \
	" LEFT JOIN failure x ON x.stage = 'features' AND x.root_id = t.root_id AND x.path = t.path AND x.size = t.size AND x.mtime_ns = t.mtime_ns" \
	" LEFT JOIN dataset_file df ON df.dataset_id = dt.dataset_id AND df.track_id = t.id WHERE dt.dataset_id = ?1"

static double real_at(sqlite3_stmt *s, int i)
{
	return sqlite3_column_type(s, i) == SQLITE_NULL ? NAN : sqlite3_column_double(s, i);
}

static void read_told(sqlite3_stmt *s, struct qf_arena *a, struct qf_told *t, enum qf_status *rc)
{
	*t = (struct qf_told){
		.path = qf_sql_text(s, TOLD, a, rc),
		.licence = qf_sql_text(s, TOLD + 1, a, rc),
		.sha256 = qf_sql_text(s, TOLD + 2, a, rc),
		.title = qf_sql_text(s, TOLD + 3, a, rc),
		.artist = qf_sql_text(s, TOLD + 4, a, rc),
		.album = qf_sql_text(s, TOLD + 5, a, rc),
		.genre = qf_sql_text(s, TOLD + 6, a, rc),
		.year = sqlite3_column_int(s, TOLD + 7),
		.duration_s = real_at(s, TOLD + 8),
		.size = sqlite3_column_int64(s, TOLD + 9),
		.mtime_ns = sqlite3_column_int64(s, TOLD + 10),
	};
}

static void read_track(sqlite3_stmt *s, struct qf_arena *a, struct qf_track *t, enum qf_status *rc)
{
	*t = (struct qf_track){
		.id = sqlite3_column_int64(s, TRACK),
		.path = qf_sql_text(s, TRACK + 1, a, rc),
		.title = qf_sql_text(s, TRACK + 2, a, rc),
		.artist = qf_sql_text(s, TRACK + 3, a, rc),
		.album = qf_sql_text(s, TRACK + 4, a, rc),
		.genre = qf_sql_text(s, TRACK + 5, a, rc),
		.year = sqlite3_column_int(s, TRACK + 6),
		.track_no = sqlite3_column_int(s, TRACK + 7),
		.disc_no = sqlite3_column_int(s, TRACK + 8),
		.duration_ms = sqlite3_column_int64(s, TRACK + 9),
		.sample_rate_hz = sqlite3_column_int(s, TRACK + 10),
		.channels = sqlite3_column_int(s, TRACK + 11),
		.bitrate_kbps = sqlite3_column_int(s, TRACK + 12),
		.codec = qf_sql_text(s, TRACK + 13, a, rc),
	};
}

static struct qf_features *read_heard(sqlite3_stmt *s, struct qf_arena *a, bool fingerprints, enum qf_status *rc)
{
	struct qf_features *f = qf_arena_get(a, 1, sizeof *f);
	const void *embedding = sqlite3_column_blob(s, HEARD + 10);

	if (!f) {
		*rc = QF_ENOMEM;
		return NULL;
	}
	qf_features_init(f);
	f->duration_s = real_at(s, HEARD + 1);
	f->loudness_lufs = real_at(s, HEARD + 2);
	f->peak_dbfs = real_at(s, HEARD + 3);
	f->clipped_runs = real_at(s, HEARD + 4);
	f->lossy_suspicion = real_at(s, HEARD + 5);
	f->stereo_width = real_at(s, HEARD + 6);
	f->file_sha256 = (char *)(uintptr_t)qf_sql_text(s, HEARD + 7, a, rc);
	f->audio_id = (char *)(uintptr_t)qf_sql_text(s, HEARD + 8, a, rc);
	f->pcm_sha256 = (char *)(uintptr_t)qf_sql_text(s, HEARD + 9, a, rc);
	if (embedding && (size_t)sqlite3_column_bytes(s, HEARD + 10) == sizeof f->embedding)
		memcpy(f->embedding, embedding, sizeof f->embedding);
	if (fingerprints)
		f->fingerprint = (char *)(uintptr_t)qf_sql_text(s, HEARD + 11, a, rc);
	return f;
}

/* First values of the tags that matter here. */
static enum qf_status read_tags(struct qf_catalog *c, struct qf_arena *a, struct qf_dataset_member *m, struct qf_err *e)
{
	const struct { const char *name; const char **text; int *number; } tags[] = {
		{ "license", &m->license, NULL }, { "licenseurl", &m->licenseurl, NULL }, { "copyright", &m->copyright, NULL },
		{ "tracktotal", NULL, &m->track_total }, { "disctotal", NULL, &m->disc_total },
	};
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT k.name, g.value FROM tag g JOIN tag_key k ON k.id = g.key_id WHERE g.track_id = ?1 AND g.idx = 0"
				      " AND g.key_id IN (SELECT id FROM tag_key WHERE name IN ('license', 'licenseurl', 'copyright', 'tracktotal', 'disctotal'))",
				   &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, m->track.id);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
			if (strcmp((const char *)sqlite3_column_text(s, 0), tags[i].name) != 0)
				continue;
			if (tags[i].text)
				*tags[i].text = qf_sql_text(s, 1, a, &rc);
			else
				*tags[i].number = sqlite3_column_int(s, 1);
		}
	qf_sql_done(s);
	return rc;
}

static const char *below(const char *folder, const char *path)
{
	size_t n = folder ? strlen(folder) : 0;

	if (!n || !path || strncmp(folder, path, n) != 0)
		return NULL;
	return folder[n - 1] == '/' ? path + n : path[n] == '/' ? path + n + 1 : NULL;
}

static enum qf_status read_member(struct qf_catalog *c, sqlite3_stmt *s, const struct qf_dataset *d, bool fingerprints, struct qf_arena *a,
				  struct qf_dataset_member *m, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*m = (struct qf_dataset_member){ .gone = sqlite3_column_type(s, TRACK + 16) != SQLITE_NULL };
	read_told(s, a, &m->told, &rc);
	read_track(s, a, &m->track, &rc);
	m->size = sqlite3_column_int64(s, TRACK + 14);
	m->mtime_ns = sqlite3_column_int64(s, TRACK + 15);
	m->failure = qf_sql_text(s, FAILED, a, &rc);
	m->failure_text = qf_sql_text(s, FAILED + 1, a, &rc);
	if (sqlite3_column_type(s, HEARD) != SQLITE_NULL)
		m->track.features = read_heard(s, a, fingerprints, &rc);
	m->path = m->track.path;
	m->rel = below(d->folder, m->path);
	if (rc != QF_OK)
		return qf_fail(e, rc, "out of memory");
	return m->track.id ? read_tags(c, a, m, e) : QF_OK;
}

static enum qf_status gather_tracks(struct qf_catalog *c, const struct qf_dataset *d, bool fingerprints, struct qf_arena *a, struct qf_buf *rows,
				    struct qf_err *e)
{
	struct qf_buf text = { 0 };
	struct qf_dataset_member m;
	sqlite3_stmt *s = NULL;
	bool row;
	enum qf_status rc;

	qf_buf_printf(&text, COLUMNS TRACKS, fingerprints ? "f.fingerprint" : "NULL", d->id ? OF_SET : OF_ALL);
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK)
		rc = qf_sql_prepare(c, text.p, &s, e);
	if (rc == QF_OK)
		sqlite3_bind_int64(s, 1, d->id);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row && (rc = read_member(c, s, d, fingerprints, a, &m, e)) == QF_OK)
		qf_buf_put(rows, &m, sizeof m);
	sqlite3_finalize(s);
	qf_buf_free(&text);
	return rc;
}

static char *join(const char *folder, const char *rel, struct qf_arena *a)
{
	size_t n = folder ? strlen(folder) : 0, m = strlen(rel);
	char *out = qf_arena_get(a, n + m + 2, 1);

	if (!out)
		return NULL;
	if (n) {
		memcpy(out, folder, n);
		out[n++] = '/';
	}
	memcpy(out + n, rel, m + 1);
	return out;
}

/* Told files that are no track of the set. */
static enum qf_status gather_told(struct qf_catalog *c, const struct qf_dataset *d, struct qf_arena *a, struct qf_buf *rows, struct qf_err *e)
{
	struct qf_dataset_member m;
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT path, licence, sha256, title, artist, album, genre, year, duration_s, size, mtime_ns FROM dataset_file"
				      " WHERE dataset_id = ?1 AND (track_id IS NULL OR track_id NOT IN (SELECT track_id FROM dataset_track WHERE dataset_id = ?1))",
				   &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, d->id);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		m = (struct qf_dataset_member){ .size = 0 };
		read_told(s, a, &m.told, &rc);
		m.rel = m.told.path;
		m.path = m.rel ? join(d->folder, m.rel, a) : NULL;
		if (!m.path)
			rc = qf_fail(e, QF_ENOMEM, "out of memory");
		qf_buf_put(rows, &m, sizeof m);
	}
	qf_sql_done(s);
	return rc;
}

/* Files below the folder that could not be scanned. One that is told too is that member. */
static enum qf_status gather_failed(struct qf_catalog *c, const struct qf_dataset *d, size_t told, struct qf_arena *a, struct qf_buf *rows,
				    struct qf_err *e)
{
	struct qf_buf folder = { 0 };
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT " ABSOLUTE("x") " AS whole, x.class, x.message, x.size, x.mtime_ns FROM failure x JOIN root r ON r.id = x.root_id"
				      " WHERE x.track_id IS NULL AND substr(" ABSOLUTE("x") ", 1, length(?2)) = ?2"
				      " AND NOT EXISTS (SELECT 1 FROM track t WHERE t.root_id = x.root_id AND t.path = x.path) GROUP BY whole", &s, e);

	if (rc != QF_OK)
		return rc;
	rc = bind_folder(s, 2, d->folder, &folder, e);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_dataset_member m = { .path = qf_sql_text(s, 0, a, &rc), .failure = qf_sql_text(s, 1, a, &rc),
					       .failure_text = qf_sql_text(s, 2, a, &rc), .size = sqlite3_column_int64(s, 3),
					       .mtime_ns = sqlite3_column_int64(s, 4) };
		struct qf_dataset_member *all = (void *)rows->p;
		size_t n = rows->len / sizeof m, i = told;

		m.rel = below(d->folder, m.path);
		while (i < n && strcmp(all[i].path, m.path ? m.path : "") != 0)
			i++;
		if (i < n) {
			all[i].failure = m.failure;
			all[i].failure_text = m.failure_text;
		} else {
			qf_buf_put(rows, &m, sizeof m);
		}
	}
	qf_sql_done(s);
	qf_buf_free(&folder);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct qf_dataset_member *x = a, *y = b;
	int c = strcmp(x->rel ? x->rel : x->path, y->rel ? y->rel : y->path);

	return c ? c : (x->track.id > y->track.id) - (x->track.id < y->track.id);
}

enum qf_status qf_catalog_dataset_members(struct qf_catalog *c, const struct qf_dataset *d, bool fingerprints, struct qf_arena *a,
					  struct qf_dataset_member **out, size_t *n, struct qf_err *e)
{
	struct qf_buf rows = { 0 };
	size_t told;
	enum qf_status rc = gather_tracks(c, d, fingerprints, a, &rows, e);

	told = rows.len / sizeof **out;
	if (rc == QF_OK)
		rc = gather_told(c, d, a, &rows, e);
	if (rc == QF_OK && d->folder)
		rc = gather_failed(c, d, told, a, &rows, e);
	if (rc == QF_OK)
		rc = settle(&rows, sizeof **out, a, out, n, e);
	if (rc == QF_OK && *n)
		qsort(*out, *n, sizeof **out, by_path);
	qf_buf_free(&rows);
	return rc;
}
