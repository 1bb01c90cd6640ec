#include "catalog/track.h"

#include "catalog/sql.h"

#include <string.h>

enum qf_status qf_catalog_root_of(struct qf_catalog *c, const char *path, int64_t *id, const char **rel, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT id, path FROM root ORDER BY length(path) DESC, id", &s, e);

	*id = 0;
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		size_t n = (size_t)sqlite3_column_bytes(s, 1);
		const char *root = sqlite3_column_blob(s, 1);

		if (n == 1) /* "/" */
			n = 0;
		if (strncmp(path, root ? root : "", n) == 0 && (path[n] == '/' || path[n] == '\0')) {
			*id = sqlite3_column_int64(s, 0);
			if (rel)
				*rel = path + n + (path[n] == '/');
			break;
		}
	}
	if (rc == QF_OK)
		qf_sql_done(s);
	return rc;
}

/* A root below the new one is taken up into it, so that no file ever has two of them. */
static enum qf_status absorb(struct qf_catalog *c, int64_t root, const char *path, struct qf_err *e)
{
	/* ?1 the new root, ?2 its path with a slash behind; r is a root within it */
	static const char *const steps[] = {
		"UPDATE track SET path = CAST(substr(r.path, length(?2) + 1) || X'2F' || track.path AS BLOB), root_id = ?1"
		" FROM root r WHERE r.id = track.root_id AND r.id <> ?1 AND substr(r.path, 1, length(?2)) = ?2",
		"UPDATE failure SET path = CAST(substr(r.path, length(?2) + 1) || X'2F' || failure.path AS BLOB), root_id = ?1"
		" FROM root r WHERE r.id = failure.root_id AND r.id <> ?1 AND substr(r.path, 1, length(?2)) = ?2",
		"DELETE FROM root WHERE id <> ?1 AND substr(path, 1, length(?2)) = ?2",
	};
	struct qf_buf prefix = { 0 };
	sqlite3_stmt *s;
	enum qf_status rc;

	qf_buf_puts(&prefix, path);
	if (strcmp(path, "/") != 0)
		qf_buf_putc(&prefix, '/');
	rc = qf_buf_check(&prefix, e);
	for (size_t i = 0; rc == QF_OK && i < sizeof steps / sizeof *steps; i++) {
		rc = qf_sql(c, steps[i], &s, e);
		if (rc != QF_OK)
			break;
		sqlite3_bind_int64(s, 1, root);
		qf_sql_bind_blob(s, 2, prefix.p, prefix.len);
		rc = qf_sql_run(c, s, e);
	}
	qf_buf_free(&prefix);
	return rc;
}

enum qf_status qf_catalog_add_root(struct qf_catalog *c, const char *path, int64_t *id, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT INTO root (path) VALUES (?1)", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, path, strlen(path));
	rc = qf_sql_run(c, s, e);
	*id = qf_sql_last_id(c);
	return rc == QF_OK ? absorb(c, *id, path, e) : rc;
}

enum qf_status qf_catalog_roots(struct qf_catalog *c, enum qf_status (*fn)(void *user, const char *path, struct qf_err *e),
				void *user, size_t *n, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	sqlite3_stmt *s;
	bool row = true;
	int64_t after = 0;
	enum qf_status rc = QF_OK;

	*n = 0;
	while (rc == QF_OK) { /* one at a time: fn may add roots, and may write */
		const char *path = NULL;

		rc = qf_sql(c, "SELECT id, path FROM root WHERE id > ?1 ORDER BY id LIMIT 1", &s, e);
		if (rc != QF_OK)
			break;
		sqlite3_bind_int64(s, 1, after);
		rc = qf_sql_step(c, s, &row, e);
		if (rc != QF_OK || !row)
			break;
		after = sqlite3_column_int64(s, 0);
		qf_arena_reset(&a);
		path = qf_sql_text(s, 1, &a, &rc);
		qf_sql_done(s);
		++*n;
		rc = rc == QF_OK ? fn(user, path, e) : qf_fail(e, rc, "out of memory");
	}
	qf_arena_free(&a);
	return rc;
}


/* ---- moving them -------------------------------------------------------------------------- */

/* A root within another one, if there is any. */
static enum qf_status check_nesting(struct qf_catalog *c, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT i.path, o.path FROM root i JOIN root o ON o.id <> i.id AND (o.path = x'2f' OR"
				      " substr(i.path, 1, length(o.path) + 1) = CAST(o.path || x'2f' AS BLOB)) LIMIT 1", &s, e);

	if (rc == QF_OK)
		rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		rc = qf_fail(e, QF_EINVAL, "%.*s would lie within %.*s, which the catalog knows as a folder of its own",
			     sqlite3_column_bytes(s, 0), (const char *)sqlite3_column_blob(s, 0), sqlite3_column_bytes(s, 1),
			     (const char *)sqlite3_column_blob(s, 1));
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_relocate(struct qf_catalog *c, const char *old, const char *new, int64_t *n, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT 1 FROM root WHERE path = ?1", &s, e);

	*n = 0;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, new, strlen(new));
	rc = qf_sql_step(c, s, &row, e);
	qf_sql_done(s);
	if (rc == QF_OK && row)
		return qf_fail(e, QF_EINVAL, "%s is known as a folder of its own", new);
	if (rc == QF_OK)
		rc = qf_sql(c, "UPDATE root SET path = CAST(?2 || substr(path, length(?1) + 1) AS BLOB) WHERE path = ?1 OR"
			       " substr(path, 1, length(?1) + 1) = CAST(?1 || x'2f' AS BLOB)", &s, e);
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_blob(s, 1, old, strlen(old));
	qf_sql_bind_blob(s, 2, new, strlen(new));
	rc = qf_sql_run(c, s, e);
	*n = qf_sql_changes(c);
	if (rc == QF_OK && *n == 0)
		return qf_fail(e, QF_ENOTFOUND, "%s: no folder that was ingested is there", old);
	return rc == QF_OK ? check_nesting(c, e) : rc;
}
