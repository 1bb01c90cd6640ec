#include "catalog/search.h"

#include "base/text.h"
#include "catalog/sql.h"

#include <string.h>

/* ---- queries kept under a name ----------------------------------------------------------- */

enum qf_status qf_catalog_save_query(struct qf_catalog *c, const char *name, const char *text, int64_t now, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "INSERT OR REPLACE INTO saved_query (name, query, saved_at) VALUES (?1, ?2, ?3)", &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	qf_sql_bind_text(s, 2, text);
	sqlite3_bind_int64(s, 3, now);
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_forget_query(struct qf_catalog *c, const char *name, bool *had, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "DELETE FROM saved_query WHERE name = ?1", &s, e);

	*had = false;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	rc = qf_sql_run(c, s, e);
	*had = rc == QF_OK && qf_sql_changes(c) > 0;
	return rc;
}

enum qf_status qf_catalog_saved_query(struct qf_catalog *c, const char *name, struct qf_arena *a, const char **text,
				      struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT query FROM saved_query WHERE name = ?1", &s, e);

	*text = NULL;
	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, name);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*text = qf_sql_text(s, 0, a, &rc);
	qf_sql_done(s);
	if (rc == QF_ENOMEM)
		return qf_fail(e, rc, "out of memory");
	return rc == QF_OK && !*text ? qf_fail(e, QF_ENOTFOUND, "no query was saved as %s", name) : rc;
}

enum qf_status qf_catalog_saved_queries(struct qf_catalog *c,
					enum qf_status (*fn)(void *user, const char *name, const char *text, int64_t saved_at,
							     struct qf_err *e),
					void *user, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT name, query, saved_at FROM saved_query ORDER BY name", &s, e);

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = fn(user, (const char *)sqlite3_column_text(s, 0), (const char *)sqlite3_column_text(s, 1), sqlite3_column_int64(s, 2), e);
	if (rc == QF_OK)
		qf_sql_done(s);
	return rc;
}

/* ---- values to complete a word ------------------------------------------------------------- */

/* ?1 the folded beginning, ?2 one that is behind all that begin so, ?3 how many, ?4 the beginning as FTS5 wants it.
 * Titles and albums begin with the words of ?4 in their columns of the full-text index; qf_begins() then looks closer. */
static const struct { const char *field, *sql; } lists[] = {
	{ "artist", "SELECT min(a.name), count(*) AS n FROM artist a JOIN track t ON t.artist_id = a.id"
		    " WHERE a.fold >= ?1 AND a.fold < ?2 AND t.missing_since IS NULL GROUP BY a.fold ORDER BY n DESC, 1 LIMIT ?3" },
	{ "album", "SELECT min(a.title), sum(n) AS n FROM (SELECT t.album_id AS id, count(*) AS n FROM track t"
		   " WHERE t.album_id IN (SELECT id FROM album WHERE qf_begins(title, ?1)) AND t.missing_since IS NULL GROUP BY 1) x"
		   " JOIN album a ON a.id = x.id GROUP BY a.title ORDER BY 2 DESC, 1 LIMIT ?3" },
	{ "title", "SELECT t.title, count(*) AS n FROM track t WHERE t.id IN (SELECT rowid FROM track_fts WHERE track_fts MATCH ?4)"
		   " AND t.missing_since IS NULL AND qf_begins(t.title, ?1) GROUP BY t.title ORDER BY n DESC, 1 LIMIT ?3" },
	{ "genre", "WITH RECURSIVE g (v) AS (SELECT min(genre) FROM track UNION ALL SELECT (SELECT min(genre) FROM track"
		   " WHERE genre > g.v) FROM g WHERE g.v IS NOT NULL) SELECT v, (SELECT count(*) FROM track WHERE genre = v) AS n"
		   " FROM g WHERE qf_begins(v, ?1) ORDER BY n DESC, 1 LIMIT ?3" },
};

struct beginning {
	struct qf_buf fold, behind, words;
};

static enum qf_status fold_beginning(struct beginning *b, const char *prefix, struct qf_err *e)
{
	enum qf_status rc = qf_text_fold(&b->fold, prefix, strlen(prefix), e);

	qf_buf_put(&b->fold, "", 0);
	qf_buf_put(&b->behind, b->fold.p ? b->fold.p : "", b->fold.len);
	qf_buf_puts(&b->behind, "\xf4\x8f\xbf\xbf"); /* U+10FFFF */
	qf_buf_puts(&b->words, "title : ^ \"");
	for (const char *p = b->fold.p ? b->fold.p : ""; *p; p++)
		if (*p != '"')
			qf_buf_putc(&b->words, *p);
	qf_buf_puts(&b->words, "\" *");
	if (rc == QF_OK)
		rc = qf_buf_check(&b->behind, e);
	return rc == QF_OK ? qf_buf_check(&b->words, e) : rc;
}

static enum qf_status run_list(struct qf_catalog *c, size_t i, const struct beginning *b, int64_t max,
			       enum qf_status (*fn)(void *, const char *, const char *, int64_t, struct qf_err *), void *user,
			       struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, lists[i].sql, &s, e);

	if (rc != QF_OK)
		return rc;
	qf_sql_bind_text(s, 1, b->fold.p ? b->fold.p : "");
	qf_sql_bind_text(s, 2, b->behind.p);
	sqlite3_bind_int64(s, 3, max);
	qf_sql_bind_text(s, 4, b->words.p);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = fn(user, lists[i].field, (const char *)sqlite3_column_text(s, 0), sqlite3_column_int64(s, 1), e);
	sqlite3_reset(s);
	return rc;
}

enum qf_status qf_catalog_complete(struct qf_catalog *c, const char *field, const char *prefix, int64_t max,
				   enum qf_status (*fn)(void *user, const char *field, const char *value, int64_t tracks,
							struct qf_err *e),
				   void *user, struct qf_err *e)
{
	struct beginning b = { 0 };
	bool any = false;
	enum qf_status rc = fold_beginning(&b, prefix, e);

	for (size_t i = 0; rc == QF_OK && i < sizeof lists / sizeof *lists; i++)
		if (!field || strcmp(field, lists[i].field) == 0) {
			any = true;
			rc = run_list(c, i, &b, max, fn, user, e);
		}
	if (rc == QF_OK && !any)
		rc = qf_fail(e, QF_EUNSUPPORTED, "values of %s cannot be completed; those of artist, album, title and genre can", field);
	qf_buf_free(&b.fold);
	qf_buf_free(&b.behind);
	qf_buf_free(&b.words);
	return rc;
}
