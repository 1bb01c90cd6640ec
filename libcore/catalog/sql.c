#include "catalog/handle.h"

#include <stdio.h>
#include <string.h>

enum qf_status qf_sql_fail(struct qf_catalog *c, struct qf_err *e)
{
	const char *why = c->db ? sqlite3_errmsg(c->db) : "out of memory";
	int code = c->db ? sqlite3_extended_errcode(c->db) : SQLITE_NOMEM;

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return qf_writer_busy(c->path, c->wait_ms, e);
	case SQLITE_NOMEM:
		return qf_fail(e, QF_ENOMEM, "%s: out of memory", c->path);
	case SQLITE_FULL:
		return qf_fail(e, QF_EIO, "%s: the disk is full; nothing of this step was kept", c->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return qf_fail(e, QF_ECORRUPT, "%s: the catalog is damaged (%.160s); `qfzz doctor --repair` recovers what it can", c->path, why);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		return qf_fail(e, QF_EIO, "%s: %s (%d)", c->path, why, code);
	case SQLITE_TOOBIG:
		return qf_fail(e, QF_ELIMIT, "%s: %s", c->path, why);
	default:
		return qf_fail(e, QF_ECORRUPT, "%s: %s (%d)", c->path, why, code);
	}
}

enum qf_status qf_sql_prepare(struct qf_catalog *c, const char *text, sqlite3_stmt **out, struct qf_err *e)
{
	*out = NULL;
	return sqlite3_prepare_v2(c->db, text, -1, out, NULL) == SQLITE_OK ? QF_OK : qf_sql_fail(c, e);
}

enum qf_status qf_sql(struct qf_catalog *c, const char *text, sqlite3_stmt **out, struct qf_err *e)
{
	*out = NULL;
	for (size_t i = 0; i < c->cached; i++)
		if (strcmp(sqlite3_sql(c->cache[i]), text) == 0) {
			*out = c->cache[i];
			sqlite3_reset(*out);
			sqlite3_clear_bindings(*out);
			return QF_OK;
		}
	if (c->cached == QF_CATALOG_STATEMENTS)
		return qf_fail(e, QF_EINVAL, "catalog: more than %d statements", QF_CATALOG_STATEMENTS);
	if (sqlite3_prepare_v3(c->db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
		return qf_sql_fail(c, e);
	c->cache[c->cached++] = *out;
	return QF_OK;
}

enum qf_status qf_sql_step(struct qf_catalog *c, sqlite3_stmt *s, bool *row, struct qf_err *e)
{
	int rc = sqlite3_step(s);
	enum qf_status code;

	*row = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return QF_OK;
	code = qf_sql_fail(c, e);
	sqlite3_reset(s);
	return code;
}

enum qf_status qf_sql_run(struct qf_catalog *c, sqlite3_stmt *s, struct qf_err *e)
{
	bool row;
	enum qf_status rc;

	do
		rc = qf_sql_step(c, s, &row, e);
	while (rc == QF_OK && row);
	sqlite3_reset(s);
	return rc;
}

void qf_sql_done(sqlite3_stmt *s)
{
	if (s)
		sqlite3_reset(s);
}

enum qf_status qf_sql_exec(struct qf_catalog *c, const char *text, struct qf_err *e)
{
	return sqlite3_exec(c->db, text, NULL, NULL, NULL) == SQLITE_OK ? QF_OK : qf_sql_fail(c, e);
}

/* What ends a pass that came to rc. */
static enum qf_status end_pass(struct qf_catalog *c, const char *text, enum qf_status rc, struct qf_err *e)
{
	struct qf_err ignored;

	return qf_sql_exec(c, text, rc == QF_OK ? e : &ignored) == QF_OK || rc != QF_OK ? rc : e->code;
}

enum qf_status qf_sql_narrow(struct qf_catalog *c, int64_t *was, struct qf_err *e)
{
	return qf_sql_number(c, "PRAGMA cache_size", 0, 0, was, e) == QF_OK ? qf_sql_exec(c, "PRAGMA cache_size = -1024", e) : e->code;
}

enum qf_status qf_sql_widen(struct qf_catalog *c, int64_t was, enum qf_status rc, struct qf_err *e)
{
	char text[64];

	snprintf(text, sizeof text, "PRAGMA cache_size = %lld", (long long)was);
	return end_pass(c, text, rc, e);
}

enum qf_status qf_sql_map(struct qf_catalog *c, struct qf_err *e)
{
	return qf_sql_exec(c, "PRAGMA mmap_size = 1099511627776", e); /* SQLite takes 2 GB of it */
}

enum qf_status qf_sql_unmap(struct qf_catalog *c, enum qf_status rc, struct qf_err *e)
{
	return end_pass(c, "PRAGMA mmap_size = 0", rc, e);
}

struct qf_names *qf_sql_names(struct qf_catalog *c)
{
	return &c->names;
}

void qf_sql_enable_triggers(struct qf_catalog *c, bool on)
{
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, on, NULL);
}

int64_t qf_sql_last_id(struct qf_catalog *c)
{
	return sqlite3_last_insert_rowid(c->db);
}

enum qf_status qf_sql_id_of(struct qf_catalog *c, const char *text, const char *name, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, text, &s, e);

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

int64_t qf_sql_changes(struct qf_catalog *c)
{
	return sqlite3_changes(c->db);
}

void qf_sql_bind_text(sqlite3_stmt *s, int i, const char *text)
{
	if (text)
		sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, i);
}

void qf_sql_bind_blob(sqlite3_stmt *s, int i, const void *p, size_t n)
{
	sqlite3_bind_blob64(s, i, p && n ? p : "", n, SQLITE_STATIC);
}

void qf_sql_bind_opt(sqlite3_stmt *s, int i, int64_t v)
{
	if (v)
		sqlite3_bind_int64(s, i, v);
	else
		sqlite3_bind_null(s, i);
}

enum qf_status qf_sql_bind_folder(sqlite3_stmt *s, int i, const char *folder, struct qf_buf *text, struct qf_err *e)
{
	qf_buf_puts(text, folder);
	if (!text->len || text->p[text->len - 1] != '/')
		qf_buf_putc(text, '/');
	if (qf_buf_check(text, e) != QF_OK)
		return e->code;
	qf_sql_bind_blob(s, i, text->p, text->len);
	return QF_OK;
}

const char *qf_sql_text(sqlite3_stmt *s, int i, struct qf_arena *a, enum qf_status *rc)
{
	const void *p;
	char *copy;

	if (sqlite3_column_type(s, i) == SQLITE_NULL)
		return NULL;
	p = sqlite3_column_blob(s, i);
	copy = qf_arena_dup(a, p ? p : "", p ? (size_t)sqlite3_column_bytes(s, i) : 0);
	if (!copy)
		*rc = QF_ENOMEM;
	return copy;
}

/* ---- numbers in, a number out -------------------------------------------------------------- */

static void bind_two(sqlite3_stmt *s, int64_t a, int64_t b)
{
	int n = sqlite3_bind_parameter_count(s);

	if (n > 0)
		sqlite3_bind_int64(s, 1, a);
	if (n > 1)
		sqlite3_bind_int64(s, 2, b);
}

enum qf_status qf_sql_run2(struct qf_catalog *c, const char *text, int64_t a, int64_t b, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, text, &s, e);

	if (rc != QF_OK)
		return rc;
	bind_two(s, a, b);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_sql_number(struct qf_catalog *c, const char *text, int64_t a, int64_t b, int64_t *out, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, text, &s, e);

	*out = 0;
	if (rc != QF_OK)
		return rc;
	bind_two(s, a, b);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*out = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}
