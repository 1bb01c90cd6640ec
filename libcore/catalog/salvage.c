/* How a table is read whose pages are partly destroyed: by rising keys until SQLite says that the
 * file is malformed, by falling keys until the same, and between the two ends by jumping into the
 * middle, again and again, until no part of the gap answers. What is lost is what stood on the broken page,
 * or below it in the tree. The keys are row ids, or the first column of a primary key. */
#include "catalog/salvage.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "catalog/sql.h"

#include <stdio.h>
#include <string.h>

enum { PROBES = 4000 }; /* jumps into the gaps of one table */

struct salvage {
	struct qf_catalog *to;
	sqlite3 *from;
	int64_t rows, gaps, tables;
	struct qf_err *e;
};

struct table {
	const char *name, *key; /* key: "rowid", or the first column of the primary key */
	bool rowid, number;     /* number: keys are integers */
	struct qf_buf columns;  /* those that both files have, with commas */
	int n;
	sqlite3_stmt *insert;
	int probes;
};

/* ---- one run over rows -------------------------------------------------------------------- */

static enum qf_status keep_row(struct salvage *x, const struct table *t, sqlite3_stmt *row)
{
	int code;

	for (int i = 0; i < t->n; i++)
		if (sqlite3_bind_value(t->insert, i + 1, sqlite3_column_value(row, i + 1)) != SQLITE_OK)
			return qf_sql_fail(x->to, x->e);
	code = sqlite3_step(t->insert);
	x->rows += code == SQLITE_DONE && qf_sql_changes(x->to) > 0;
	sqlite3_reset(t->insert);
	if (code == SQLITE_DONE || (code & 0xff) == SQLITE_CONSTRAINT || (code & 0xff) == SQLITE_MISMATCH)
		return QF_OK; /* a row that its table refuses was not a whole row any more */
	return qf_sql_fail(x->to, x->e);
}

/* Rows with keys from `lo` to `hi`, rising or falling, until the end or until it breaks. *last is the
 * last key that was read; it stays where there was none. *whole: the end was reached. */
static enum qf_status run(struct salvage *x, const struct table *t, int64_t lo, int64_t hi, bool falling, int64_t *last, bool *whole)
{
	struct qf_buf text = { 0 };
	sqlite3_stmt *s = NULL;
	enum qf_status rc;
	int code;

	qf_buf_printf(&text, "SELECT %s, %s FROM \"%s\"", t->key, t->columns.p, t->name);
	if (t->number)
		qf_buf_printf(&text, " WHERE %s BETWEEN ?1 AND ?2", t->key);
	qf_buf_printf(&text, " ORDER BY %s%s", t->key, falling ? " DESC" : "");
	rc = qf_buf_check(&text, x->e);
	*whole = false;
	if (rc == QF_OK && sqlite3_prepare_v2(x->from, text.p, -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, lo);
		sqlite3_bind_int64(s, 2, hi);
		while ((code = sqlite3_step(s)) == SQLITE_ROW && rc == QF_OK) {
			*last = sqlite3_column_int64(s, 0);
			rc = keep_row(x, t, s);
		}
		*whole = code == SQLITE_DONE;
		if (code == SQLITE_NOMEM)
			rc = qf_fail(x->e, QF_ENOMEM, "out of memory");
	}
	sqlite3_finalize(s);
	qf_buf_free(&text);
	return rc;
}

/* ---- tables ------------------------------------------------------------------------------- */

/* What lies between two ends that were read. */
static enum qf_status search_gap(struct salvage *x, struct table *t, int64_t lo, int64_t hi)
{
	int64_t middle, up, down;
	bool whole;
	enum qf_status rc;

	if (hi < lo || ++t->probes > PROBES)
		return QF_OK;
	middle = lo + (int64_t)(((uint64_t)hi - (uint64_t)lo) / 2);
	up = middle - 1;
	down = middle;
	rc = run(x, t, middle, hi, false, &up, &whole);
	if (rc == QF_OK && !whole)
		rc = search_gap(x, t, (up < middle ? middle : up) + 1, hi);
	if (rc == QF_OK)
		rc = run(x, t, lo, middle - 1, true, &down, &whole);
	if (rc == QF_OK && !whole && middle > INT64_MIN)
		rc = search_gap(x, t, lo, (down >= middle ? middle - 1 : down) - 1);
	return rc;
}

static enum qf_status copy_rows(struct salvage *x, struct table *t)
{
	int64_t first = INT64_MIN, last = INT64_MAX;
	bool whole;
	enum qf_status rc = run(x, t, INT64_MIN, INT64_MAX, false, &first, &whole);

	if (rc != QF_OK || whole)
		return rc;
	x->gaps++;
	if (!t->number) /* once from each end */
		return run(x, t, 0, 0, true, &last, &whole);
	rc = run(x, t, first == INT64_MIN ? first : first + t->rowid, INT64_MAX, true, &last, &whole);
	if (rc != QF_OK || whole)
		return rc;
	if (first == INT64_MIN || last == INT64_MAX) { /* an end could not be reached: keys are rarely far from 0 */
		first = first == INT64_MIN ? 0 : first;
		last = last == INT64_MAX ? (first < INT64_MAX / 4 ? 2 * first + 1000000 : INT64_MAX) : last;
	}
	return search_gap(x, t, first + t->rowid, last - t->rowid);
}

/* Columns of the table in the new file that the damaged one has too. */
static enum qf_status read_columns(struct salvage *x, struct table *t)
{
	sqlite3_stmt *theirs = NULL, *ours = NULL;
	bool row = true;
	enum qf_status rc = qf_sql_prepare(x->to, "SELECT name, pk, type = 'INTEGER' FROM pragma_table_info(?1) ORDER BY cid", &ours, x->e);

	if (rc == QF_OK)
		sqlite3_bind_text(ours, 1, t->name, -1, SQLITE_STATIC);
	if (sqlite3_prepare_v2(x->from, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2", -1, &theirs, NULL) != SQLITE_OK)
		theirs = NULL;
	while (rc == QF_OK && theirs && (rc = qf_sql_step(x->to, ours, &row, x->e)) == QF_OK && row) {
		const char *name = (const char *)sqlite3_column_text(ours, 0);

		sqlite3_reset(theirs);
		sqlite3_bind_text(theirs, 1, t->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(theirs, 2, name, -1, SQLITE_TRANSIENT);
		if (sqlite3_step(theirs) != SQLITE_ROW)
			continue;
		qf_buf_printf(&t->columns, "%s\"%s\"", t->n++ ? ", " : "", name);
		if (!t->rowid && sqlite3_column_int(ours, 1) == 1) {
			t->number = sqlite3_column_int(ours, 2);
			t->key = sqlite3_mprintf("\"%w\"", name);
		}
	}
	sqlite3_finalize(theirs);
	sqlite3_finalize(ours);
	return rc == QF_OK ? qf_buf_check(&t->columns, x->e) : rc;
}

static enum qf_status copy_table(struct salvage *x, const char *name, bool rowid)
{
	struct table t = { .name = name, .key = rowid ? "rowid" : NULL, .rowid = rowid, .number = rowid };
	struct qf_buf text = { 0 };
	bool replace = strcmp(name, "meta") == 0 || strcmp(name, "migration") == 0; /* the new file has its own */
	enum qf_status rc = read_columns(x, &t);

	if (rc == QF_OK && t.n && t.key) {
		qf_buf_printf(&text, "INSERT OR %s INTO \"%s\" (%s) VALUES (?", replace ? "REPLACE" : "IGNORE", name, t.columns.p);
		for (int i = 1; i < t.n; i++)
			qf_buf_puts(&text, ", ?");
		qf_buf_putc(&text, ')');
		rc = qf_buf_check(&text, x->e);
		if (rc == QF_OK)
			rc = qf_sql_prepare(x->to, text.p, &t.insert, x->e);
		if (rc == QF_OK)
			rc = copy_rows(x, &t);
		x->tables++;
	} else if (rc == QF_OK) {
		x->gaps++;
	}
	sqlite3_finalize(t.insert);
	if (!rowid)
		sqlite3_free((void *)(uintptr_t)t.key);
	qf_buf_free(&t.columns);
	qf_buf_free(&text);
	return rc;
}

/* Every table of the new file, but for those of SQLite and the full-text index. */
static enum qf_status copy_tables(struct salvage *x)
{
	static const char list[] =
		"SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql_prepare(x->to, list, &s, x->e);

	while (rc == QF_OK && (rc = qf_sql_step(x->to, s, &row, x->e)) == QF_OK && row)
		rc = copy_table(x, (const char *)sqlite3_column_text(s, 0), !sqlite3_column_int(s, 1));
	sqlite3_finalize(s);
	return rc;
}

/* Numbers that were given out are not given again. */
static enum qf_status copy_sequences(struct salvage *x)
{
	sqlite3_stmt *from = NULL, *to = NULL;
	enum qf_status rc = qf_sql_prepare(x->to, "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", &to, x->e);

	if (rc == QF_OK && sqlite3_prepare_v2(x->from, "SELECT name, seq FROM sqlite_sequence", -1, &from, NULL) == SQLITE_OK)
		while (rc == QF_OK && sqlite3_step(from) == SQLITE_ROW) {
			sqlite3_bind_value(to, 1, sqlite3_column_value(from, 0));
			sqlite3_bind_int64(to, 2, sqlite3_column_int64(from, 1));
			rc = qf_sql_run(x->to, to, x->e);
		}
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	return rc;
}

enum qf_status qf_salvage_words(struct qf_catalog *c, struct qf_err *e)
{
	return qf_sql_exec(c, "INSERT INTO track_fts (track_fts) VALUES ('rebuild')", e);
}

/* ---- the damaged file ----------------------------------------------------------------------- */

static enum qf_status open_damaged(struct salvage *x, const char *path, int wait_ms)
{
	int code = sqlite3_open_v2(path, &x->from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return qf_fail(x->e, code == SQLITE_NOMEM ? QF_ENOMEM : QF_EIO, "%s: %s", path, x->from ? sqlite3_errmsg(x->from) : "out of memory");
	sqlite3_busy_timeout(x->from, wait_ms);
	sqlite3_db_config(x->from, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); /* nothing of the journal is moved into it */
	sqlite3_db_config(x->from, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_exec(x->from, "PRAGMA cell_size_check = 1; PRAGMA writable_schema = 1", NULL, NULL, NULL); /* takes half a schema */
	code = sqlite3_exec(x->from, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code == SQLITE_BUSY)
		return qf_fail(x->e, QF_EBUSY, "%s: another tool is writing; try again later", path);
	return QF_OK; /* one that cannot be locked cannot be written either */
}

enum qf_status qf_salvage(struct qf_catalog *to, const char *damaged, int wait_ms, int64_t *rows, int64_t *gaps, struct qf_err *e)
{
	struct salvage x = { .to = to, .e = e };
	enum qf_status rc = open_damaged(&x, damaged, wait_ms);

	if (rc == QF_OK)
		rc = qf_sql_exec(to, "PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 0", e);
	if (rc == QF_OK)
		rc = qf_catalog_begin(to, e);
	if (rc == QF_OK) {
		rc = copy_tables(&x);
		if (rc == QF_OK && x.tables == 0)
			rc = qf_fail(e, QF_ECORRUPT, "%s: nothing can be read of it; restore a backup", damaged);
		if (rc == QF_OK)
			rc = copy_sequences(&x);
		if (rc == QF_OK)
			rc = qf_salvage_words(to, e);
		if (rc == QF_OK)
			rc = qf_catalog_commit(to, e);
		else
			qf_catalog_rollback(to);
	}
	sqlite3_close(x.from);
	*rows = x.rows;
	*gaps = x.gaps;
	return rc == QF_OK ? qf_sql_exec(to, "PRAGMA foreign_keys = 1", e) : rc;
}
