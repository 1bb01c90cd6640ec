#include "catalog/learn.h"

#include "base/alloc.h"
#include "catalog/sql.h"

#include <math.h>
#include <string.h>

enum { PAGE = 4096 /* rows */, KEEP = 3 /* models */ };

/* ---- the library ---------------------------------------------------------------------- */

static enum qf_status grow_library(struct qf_library *l, size_t *room, struct qf_err *e)
{
	size_t more = *room ? 2 * *room : 1024;
	int64_t *id = qf_realloc(l->id, more, sizeof *id), *artist;
	bool *missing;
	float *sound;

	if (id)
		l->id = id;
	artist = qf_realloc(l->artist, more, sizeof *artist);
	if (artist)
		l->artist = artist;
	missing = qf_realloc(l->missing, more, sizeof *missing);
	if (missing)
		l->missing = missing;
	sound = qf_realloc(l->sound, more, QF_SOUND_DIM * sizeof *sound);
	if (sound)
		l->sound = sound;
	if (!id || !artist || !missing || !sound)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", more);
	*room = more;
	return QF_OK;
}

static enum qf_status read_library_row(sqlite3_stmt *s, struct qf_library *l, struct qf_err *e)
{
	size_t bytes = (size_t)sqlite3_column_bytes(s, 3), want = QF_SOUND_DIM * sizeof *l->sound;
	float *sound = l->sound + l->n * QF_SOUND_DIM;

	l->id[l->n] = sqlite3_column_int64(s, 0);
	l->artist[l->n] = sqlite3_column_int64(s, 1);
	l->missing[l->n] = sqlite3_column_int(s, 2) != 0;
	if (bytes && bytes != want)
		return qf_fail(e, QF_ECORRUPT, "catalog: the embedding of track:%lld has %zu bytes", (long long)l->id[l->n], bytes);
	memset(sound, 0, want);
	if (bytes)
		memcpy(sound, sqlite3_column_blob(s, 3), want);
	for (size_t d = 0; d < QF_SOUND_DIM; d++)
		if (!isfinite(sound[d]))
			return qf_fail(e, QF_ECORRUPT, "catalog: the embedding of track:%lld is no number", (long long)l->id[l->n]);
	l->n_sounds += bytes != 0;
	l->n++;
	return QF_OK;
}

enum qf_status qf_catalog_library(struct qf_catalog *c, struct qf_library *l, struct qf_err *e)
{
	sqlite3_stmt *s;
	size_t room = 0;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT t.id, t.artist_id, t.missing_since IS NOT NULL, f.embedding FROM track t"
				      " LEFT JOIN features f ON f.track_id = t.id ORDER BY t.id", &s, e);

	memset(l, 0, sizeof *l);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		if (l->n == room)
			rc = grow_library(l, &room, e);
		if (rc == QF_OK)
			rc = read_library_row(s, l, e);
	}
	qf_sql_done(s);
	return rc;
}

void qf_library_free(struct qf_library *l)
{
	qf_free(l->id);
	qf_free(l->artist);
	qf_free(l->missing);
	qf_free(l->sound);
	memset(l, 0, sizeof *l);
}

size_t qf_library_find(const struct qf_library *l, int64_t id)
{
	size_t from = 0, to = l->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (l->id[mid] < id)
			from = mid + 1;
		else
			to = mid;
	}
	return from < l->n && l->id[from] == id ? from : SIZE_MAX;
}

/* ---- listening ------------------------------------------------------------------------ */

enum qf_status qf_catalog_user(struct qf_catalog *c, const char *name, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT id FROM user WHERE name = ?1", &s, e);

	*id = 0;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*id = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_acts(struct qf_catalog *c, int64_t user,
			       enum qf_status (*fn)(void *arg, const struct qf_act_row *a, struct qf_err *e), void *arg,
			       struct qf_err *e)
{
	static const char all[] = "SELECT user_id, track_id, at, action FROM event WHERE track_id IS NOT NULL"
				  " ORDER BY user_id, at, id";
	static const char one[] = "SELECT user_id, track_id, at, action FROM event WHERE track_id IS NOT NULL AND user_id = ?1"
				  " ORDER BY user_id, at, id";
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, user ? one : all, &s, e);

	if (rc == QF_OK && user)
		sqlite3_bind_int64(s, 1, user);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_act_row a = {
			.user = sqlite3_column_int64(s, 0),
			.track = sqlite3_column_int64(s, 1),
			.at = sqlite3_column_int64(s, 2),
			.action = (const char *)sqlite3_column_text(s, 3),
		};

		rc = a.action ? fn(arg, &a, e) : qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_sql_done(s);
	return rc;
}

/* ---- models --------------------------------------------------------------------------- */

enum qf_status qf_catalog_model(struct qf_catalog *c, struct qf_model_row *m, struct qf_arena *a, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT id, created_at, seed, kind, params, data_hash, metrics FROM model"
				      " ORDER BY id DESC LIMIT 1", &s, e);

	memset(m, 0, sizeof *m);
	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row) {
		*m = (struct qf_model_row){
			.id = sqlite3_column_int64(s, 0),
			.created_at = sqlite3_column_int64(s, 1),
			.seed = sqlite3_column_int64(s, 2),
			.kind = qf_sql_text(s, 3, a, &rc),
			.params = qf_sql_text(s, 4, a, &rc),
			.data_hash = qf_sql_text(s, 5, a, &rc),
			.metrics = qf_sql_text(s, 6, a, &rc),
		};
		if (rc != QF_OK)
			qf_fail(e, rc, "out of memory");
	}
	qf_sql_done(s);
	return rc;
}

static enum qf_status forget_old(struct qf_catalog *c, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "DELETE FROM model WHERE id NOT IN (SELECT id FROM model ORDER BY id DESC LIMIT ?1)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int(s, 1, KEEP);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_put_model(struct qf_catalog *c, struct qf_model_row *m, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO model (created_at, seed, kind, params, data_hash, metrics)"
				      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, m->created_at);
	sqlite3_bind_int64(s, 2, m->seed);
	qf_sql_bind_text(s, 3, m->kind);
	qf_sql_bind_text(s, 4, m->params);
	qf_sql_bind_text(s, 5, m->data_hash);
	qf_sql_bind_text(s, 6, m->metrics);
	rc = qf_sql_run(c, s, e);
	m->id = qf_sql_last_id(c);
	return rc == QF_OK ? forget_old(c, e) : rc;
}

static enum qf_status put_page(struct qf_catalog *c, int64_t model, const char *name, int64_t page, const int64_t *id,
			       const float *v, size_t n, size_t k, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO factor (model_id, side, page, ids, vectors) VALUES (?1, ?2, ?3, ?4, ?5)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, model);
	qf_sql_bind_text(s, 2, name);
	sqlite3_bind_int64(s, 3, page);
	qf_sql_bind_blob(s, 4, id, n * sizeof *id);
	qf_sql_bind_blob(s, 5, v, n * k * sizeof *v);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_put_vectors(struct qf_catalog *c, int64_t model, const char *name, const int64_t *id, const float *v,
				      size_t n, size_t k, size_t stride, struct qf_err *e)
{
	float *packed = qf_alloc(PAGE, k * sizeof *packed);
	enum qf_status rc = QF_OK;

	if (!packed)
		return qf_fail(e, QF_ENOMEM, "out of memory for a page of factors");
	for (size_t at = 0; rc == QF_OK && at < n; at += PAGE) {
		size_t rows = n - at < PAGE ? n - at : PAGE;

		for (size_t r = 0; r < rows; r++)
			memcpy(packed + r * k, v + (at + r) * stride, k * sizeof *v);
		rc = put_page(c, model, name, (int64_t)(at / PAGE), id + at, packed, rows, k, e);
	}
	qf_free(packed);
	return rc;
}

static enum qf_status add_page(sqlite3_stmt *s, struct qf_vectors *out, struct qf_err *e)
{
	size_t ids = (size_t)sqlite3_column_bytes(s, 0), bytes = (size_t)sqlite3_column_bytes(s, 1);
	size_t n = ids / sizeof *out->id, k = n ? bytes / n / sizeof *out->v : 0;
	int64_t *id;
	float *v;

	if (n == 0 || k == 0 || ids != n * sizeof *out->id || bytes != n * k * sizeof *out->v || (out->n && k != out->k))
		return qf_fail(e, QF_ECORRUPT, "catalog: a page of the model is damaged; `qfzz train --force` makes a new one");
	id = qf_realloc(out->id, out->n + n, sizeof *id);
	if (id)
		out->id = id;
	v = qf_realloc(out->v, out->n + n, k * sizeof *v);
	if (v)
		out->v = v;
	if (!id || !v)
		return qf_fail(e, QF_ENOMEM, "out of memory for a model of %zu rows", out->n + n);
	memcpy(out->id + out->n, sqlite3_column_blob(s, 0), ids);
	memcpy(out->v + out->n * k, sqlite3_column_blob(s, 1), bytes);
	for (size_t i = 0; i < n * k; i++)
		if (!isfinite(out->v[out->n * k + i]))
			return qf_fail(e, QF_ECORRUPT, "catalog: the model holds a value that is no number; `qfzz train --force` makes a new one");
	out->n += n;
	out->k = k;
	return QF_OK;
}

enum qf_status qf_catalog_vectors(struct qf_catalog *c, int64_t model, const char *name, struct qf_vectors *out,
				  struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT ids, vectors FROM factor WHERE model_id = ?1 AND side = ?2 ORDER BY page", &s, e);

	memset(out, 0, sizeof *out);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, model);
	qf_sql_bind_text(s, 2, name);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = add_page(s, out, e);
	qf_sql_done(s);
	return rc;
}

void qf_vectors_free(struct qf_vectors *v)
{
	qf_free(v->id);
	qf_free(v->v);
	memset(v, 0, sizeof *v);
}
