/* factor.c - the models of learn.h: rows of `model`, pages of `factor`. */
#include "catalog/learn.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "catalog/sql.h"

#include <math.h>
#include <string.h>

enum {
	KEEP = 3,           /* models */
	PAGE_ROWS = 128,    /* at most */
	PAGE_BYTES = 3840,  /* of rows and their numbers, and one row at least: with the other columns a page of the file, 4 KB */
};

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

enum qf_status qf_catalog_put_page(struct qf_catalog *c, int64_t model, const char *name, const int64_t *id, size_t n,
				   const void *bytes, size_t len, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO factor (model_id, side, page, ids, vectors) VALUES (?1, ?2, ?3, ?4, ?5)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, model);
	qf_sql_bind_text(s, 2, name);
	sqlite3_bind_int64(s, 3, id[0]);
	qf_sql_bind_blob(s, 4, id, n * sizeof *id);
	qf_sql_bind_blob(s, 5, bytes, len);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_drop_pages(struct qf_catalog *c, int64_t model, const char *name, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "DELETE FROM factor WHERE model_id = ?1 AND side = ?2", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, model);
	qf_sql_bind_text(s, 2, name);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_put_vectors(struct qf_catalog *c, int64_t model, const char *name, const int64_t *id, const float *v,
				      size_t n, size_t k, size_t stride, struct qf_err *e)
{
	size_t fit = PAGE_BYTES / (sizeof *id + k * sizeof *v), page = fit < 1 ? 1 : fit < PAGE_ROWS ? fit : PAGE_ROWS;
	float *packed = qf_alloc(page, k * sizeof *packed);
	enum qf_status rc = QF_OK;

	if (!packed)
		return qf_fail(e, QF_ENOMEM, "out of memory for a page of factors");
	for (size_t at = 0; rc == QF_OK && at < n; at += page) {
		size_t rows = n - at < page ? n - at : page;

		for (size_t r = 0; r < rows; r++)
			memcpy(packed + r * k, v + (at + r) * stride, k * sizeof *v);
		rc = qf_catalog_put_page(c, model, name, id + at, rows, packed, rows * k * sizeof *packed, e);
	}
	qf_free(packed);
	return rc;
}

static enum qf_status damaged(struct qf_err *e)
{
	return qf_fail(e, QF_ECORRUPT, "catalog: a page of the model is damaged; `qfzz train --force` makes a new one");
}

/* A page as it stands in columns 0 and 1: n numbers, and k floats for each of them. */
static enum qf_status page_shape(sqlite3_stmt *s, size_t *n, size_t *k, struct qf_err *e)
{
	size_t ids = (size_t)sqlite3_column_bytes(s, 0), bytes = (size_t)sqlite3_column_bytes(s, 1);

	*n = ids / sizeof(int64_t);
	*k = *n ? bytes / *n / sizeof(float) : 0;
	return *n == 0 || *k == 0 || ids != *n * sizeof(int64_t) || bytes != *n * *k * sizeof(float) ? damaged(e) : QF_OK;
}

/* Room for n rows of k; all pages have the same k. */
static enum qf_status room_for(struct qf_vectors *out, size_t n, size_t k, struct qf_err *e)
{
	size_t more = n < 2 * out->room ? 2 * out->room : n;
	int64_t *id;
	float *v;

	if (out->room && k != out->k)
		return damaged(e);
	if (n <= out->room)
		return QF_OK;
	id = qf_realloc(out->id, more, sizeof *id);
	if (id)
		out->id = id;
	v = qf_realloc(out->v, more, k * sizeof *v);
	if (v)
		out->v = v;
	if (!id || !v)
		return qf_fail(e, QF_ENOMEM, "out of memory for a model of %zu rows", n);
	out->room = more;
	out->k = k;
	return QF_OK;
}

/* What a column holds may stand on any byte. */
static enum qf_status add_vectors(struct qf_vectors *out, const void *id, const void *v, size_t n, size_t k, struct qf_err *e)
{
	float *to = out->v + out->n * k;

	memcpy(out->id + out->n, id, n * sizeof *out->id);
	memcpy(to, v, n * k * sizeof *to);
	for (size_t i = 0; i < n * k; i++)
		if (!isfinite(to[i]))
			return qf_fail(e, QF_ECORRUPT, "catalog: the model holds a value that is no number; `qfzz train --force` makes a new one");
	out->n += n;
	return QF_OK;
}

static enum qf_status add_page(sqlite3_stmt *s, struct qf_vectors *out, struct qf_err *e)
{
	size_t n, k;

	if (page_shape(s, &n, &k, e) || room_for(out, out->n + n, k, e))
		return e->code;
	return add_vectors(out, sqlite3_column_blob(s, 0), sqlite3_column_blob(s, 1), n, k, e);
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

static int64_t id_at(const char *ids, size_t i)
{
	int64_t id;

	memcpy(&id, ids + i * sizeof id, sizeof id);
	return id;
}

/* Of id[n] those that stand in the page under `s`; the first that is beyond it. */
static enum qf_status add_rows(sqlite3_stmt *s, struct qf_vectors *out, const int64_t *id, size_t n, size_t *done, struct qf_err *e)
{
	const char *own = sqlite3_column_blob(s, 0), *v = sqlite3_column_blob(s, 1);
	size_t rows, k, at = 0;

	if (page_shape(s, &rows, &k, e) || room_for(out, n, k, e))
		return e->code;
	for (; *done < n && id[*done] <= id_at(own, rows - 1); (*done)++) {
		while (at < rows && id_at(own, at) < id[*done])
			at++;
		if (at < rows && id_at(own, at) == id[*done] && add_vectors(out, &id[*done], v + at * k * sizeof(float), 1, k, e))
			return e->code;
	}
	return QF_OK;
}

enum qf_status qf_catalog_vectors_of(struct qf_catalog *c, int64_t model, const char *name, const int64_t *id, size_t n,
				     struct qf_vectors *out, struct qf_err *e)
{
	sqlite3_stmt *s;
	size_t done = 0, before;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT ids, vectors FROM factor WHERE model_id = ?1 AND side = ?2 AND page <= ?3"
				      " ORDER BY page DESC LIMIT 1", &s, e);

	memset(out, 0, sizeof *out);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, model);
	qf_sql_bind_text(s, 2, name);
	while (rc == QF_OK && (before = done) < n) {
		sqlite3_bind_int64(s, 3, id[done]);
		rc = qf_sql_step(c, s, &row, e);
		if (rc == QF_OK && row)
			rc = add_rows(s, out, id, n, &done, e);
		done += done == before; /* before the first page, or between two */
		sqlite3_reset(s);
	}
	qf_sql_done(s);
	return rc;
}

/* Hand over the page under `s`, on 8 bytes: a short one may stand anywhere. */
static enum qf_status give_page(sqlite3_stmt *s, struct qf_buf *room,
				enum qf_status (*fn)(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len,
						     struct qf_err *e),
				void *arg, struct qf_err *e)
{
	size_t ids = (size_t)sqlite3_column_bytes(s, 0), len = (size_t)sqlite3_column_bytes(s, 1);
	const void *id = sqlite3_column_blob(s, 0), *bytes = sqlite3_column_blob(s, 1);

	if (!id || !bytes || ids % sizeof(int64_t) != 0)
		return damaged(e);
	if (((uintptr_t)id | (uintptr_t)bytes) % sizeof(int64_t) != 0) {
		qf_buf_clear(room);
		qf_buf_put(room, id, ids);
		qf_buf_put(room, bytes, len);
		if (qf_buf_check(room, e))
			return e->code;
		id = room->p;
		bytes = room->p + ids;
	}
	return fn(arg, id, ids / sizeof(int64_t), bytes, len, e);
}

enum qf_status qf_catalog_pages(struct qf_catalog *c, int64_t model, const char *name,
				enum qf_status (*fn)(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len,
						     struct qf_err *e),
				void *arg, struct qf_err *e)
{
	struct qf_buf room = { 0 };
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql_map(c, e);

	if (rc != QF_OK ||
	    (rc = qf_sql(c, "SELECT ids, vectors FROM factor WHERE model_id = ?1 AND side = ?2 ORDER BY page", &s, e)) != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, model);
	qf_sql_bind_text(s, 2, name);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = give_page(s, &room, fn, arg, e);
	qf_sql_done(s);
	qf_buf_free(&room);
	return qf_sql_unmap(c, rc, e);
}

void qf_vectors_free(struct qf_vectors *v)
{
	qf_free(v->id);
	qf_free(v->v);
	memset(v, 0, sizeof *v);
}
