#include "catalog/dataset.h"

#include "base/buf.h"
#include "catalog/event.h"
#include "catalog/sql.h"

#include <math.h>
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
		rc = qf_buf_check(&rows, e);
	*out = rc == QF_OK ? (void *)qf_arena_dup(a, rows.p, rows.len) : NULL;
	*n = rows.len / sizeof d;
	if (rc == QF_OK && !*out)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
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

enum qf_status qf_catalog_dataset_fill(struct qf_catalog *c, int64_t dataset, const char *folder, int64_t *n, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	sqlite3_stmt *s;
	enum qf_status rc = run(c, "DELETE FROM dataset_track WHERE dataset_id = ?1", dataset, NULL, NULL, e);

	*n = 0;
	if (rc == QF_OK)
		rc = qf_sql(c, "INSERT INTO dataset_track (dataset_id, track_id) SELECT ?1, t.id FROM track t JOIN root r ON r.id = t.root_id"
			       " WHERE t.missing_since IS NULL AND substr(" QF_SQL_ABSOLUTE("t") ", 1, length(?2)) = ?2 ORDER BY t.id", &s, e);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	rc = qf_sql_bind_folder(s, 2, folder, &text, e);
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
				      " JOIN root r ON r.id = t.root_id WHERE dt.dataset_id = ?1 AND substr(" QF_SQL_ABSOLUTE("t") ", 1, length(?2)) <> ?2)"
				      " THEN NULL ELSE ?3 END WHERE id = ?1 AND descriptor IS NULL", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, dataset);
	qf_sql_bind_blob(s, 3, folder, strlen(folder));
	rc = qf_sql_bind_folder(s, 2, folder, &text, e);
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
