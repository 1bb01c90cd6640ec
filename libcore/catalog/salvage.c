/* How rows come out of a file that SQLite cannot read any more: page by page.
 *
 * The names and roots of its tables stand in the leaves of its schema, which are told by what they hold, so that page 1 is
 * not needed. From each root its tree is walked as far as it goes. Pages that no walk met lay below a broken inner page: they
 * belong to the one table whose walk was broken and whose columns their records fit. What lay on a broken page is lost, and
 * nothing else. What the columns are is asked of the new catalog, which is made of the same version. */
#include "catalog/salvage.h"

#include "base/text.h"
#include "catalog/salvage_map.h"
#include "catalog/sql.h"

#include <string.h>

/* The whole record of a cell: on the page, or put together in x->record. *p NULL: its chain is broken. No page is
 * taken twice, so that all chains together cost no more than the file. */
static enum qf_status whole_record(struct qf_salvage *x, const struct qf_cell *c, const uint8_t **p)
{
	size_t size = qf_pages_size(x->from) - 4;
	uint32_t next = c->overflow, count = qf_pages_count(x->from);
	uint64_t left = c->payload - c->here_n;

	*p = left ? NULL : c->here;
	if (!left || left / size >= count)
		return QF_OK;
	qf_buf_clear(&x->record);
	qf_buf_put(&x->record, c->here, c->here_n);
	while (left && next && next <= count && x->owner[next] == QF_SALVAGE_NOBODY) {
		size_t n = left < size ? (size_t)left : size;
		enum qf_status rc = qf_pages_read(x->from, next, x->chain, x->e);

		if (rc != QF_OK)
			return rc;
		x->owner[next] = QF_SALVAGE_SPENT;
		next = qf_big32(x->chain);
		qf_buf_put(&x->record, x->chain + 4, n);
		left -= n;
	}
	if (left == 0)
		*p = (const uint8_t *)x->record.p;
	return qf_buf_check(&x->record, x->e);
}

/* ---- rows --------------------------------------------------------------------------------------- */

static const char *column_name(const struct qf_salvage_tree *t, int i)
{
	const char *p = t->names.p;

	while (i--)
		p += strlen(p) + 1;
	return p;
}

/* For records of n columns. What the new file has of its own gives way. */
static enum qf_status prepare_insert(struct qf_salvage *x, const struct qf_salvage_tree *t, int n, sqlite3_stmt **out)
{
	bool replace = strcmp(t->name, "meta") == 0 || strcmp(t->name, "migration") == 0;
	struct qf_buf text = { 0 };
	enum qf_status rc;

	if (strcmp(t->name, "sqlite_sequence") == 0) { /* numbers that were given out are not given again */
		qf_buf_puts(&text, "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1");
	} else {
		qf_buf_printf(&text, "INSERT OR %s INTO \"%s\" (", replace ? "REPLACE" : "IGNORE", t->name);
		for (int i = 0; i < n; i++)
			qf_buf_printf(&text, "%s\"%s\"", i ? ", " : "", column_name(t, i));
		qf_buf_puts(&text, ") VALUES (?");
		for (int i = 1; i < n; i++)
			qf_buf_puts(&text, ", ?");
		qf_buf_putc(&text, ')');
	}
	rc = qf_buf_check(&text, x->e);
	if (rc == QF_OK)
		rc = qf_sql_prepare(x->to, text.p, out, x->e);
	qf_buf_free(&text);
	return rc;
}

static int bind_text(sqlite3_stmt *s, int i, const struct qf_value *v)
{
	struct qf_buf clean = { 0 };
	int code;

	if (qf_utf8_valid((const char *)v->p, v->n))
		return sqlite3_bind_text64(s, i, (const char *)v->p, v->n, SQLITE_STATIC, SQLITE_UTF8);
	qf_utf8_clean(&clean, (const char *)v->p, v->n); /* a broken byte costs itself */
	code = clean.failed ? SQLITE_NOMEM : sqlite3_bind_text64(s, i, clean.p ? clean.p : "", clean.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	qf_buf_free(&clean);
	return code;
}

static int bind_value(sqlite3_stmt *s, int i, const struct qf_salvage_column *c, const struct qf_value *v, int64_t rowid)
{
	if (c->alias)
		return sqlite3_bind_int64(s, i, rowid);
	if (v->type == 0)
		return sqlite3_bind_null(s, i);
	if (v->type == 7)
		return sqlite3_bind_double(s, i, qf_value_real(v));
	if (v->type < 12)
		return sqlite3_bind_int64(s, i, qf_value_int(v));
	return v->type % 2 ? bind_text(s, i, v) : sqlite3_bind_blob64(s, i, v->n ? (const void *)v->p : "", v->n, SQLITE_STATIC);
}

static enum qf_status keep_row(struct qf_salvage *x, const struct qf_salvage_tree *t, sqlite3_stmt *s, const struct qf_value *v, int n, int64_t rowid)
{
	int code = SQLITE_OK;

	for (int i = 0; code == SQLITE_OK && i < n; i++)
		code = bind_value(s, i + 1, &t->columns[i], &v[i], rowid);
	if (code != SQLITE_OK)
		return qf_sql_fail(x->to, x->e);
	code = sqlite3_step(s);
	x->rows += code == SQLITE_DONE && qf_sql_changes(x->to) > 0;
	sqlite3_reset(s);
	if (code == SQLITE_DONE || (code & 0xff) == SQLITE_CONSTRAINT || (code & 0xff) == SQLITE_MISMATCH)
		return QF_OK; /* a row that its table refuses was not a whole row any more */
	return qf_sql_fail(x->to, x->e);
}

struct insert { /* for records of n columns */
	sqlite3_stmt *s;
	int n;
};

static enum qf_status copy_page(struct qf_salvage *x, const struct qf_salvage_tree *t, uint32_t number, struct insert *to)
{
	struct qf_value v[QF_SALVAGE_COLUMNS];
	struct qf_page h;
	struct qf_cell c;
	bool is;
	enum qf_status rc = qf_salvage_look(x, number, &h, &is);

	for (unsigned i = 0; rc == QF_OK && is && h.kind != QF_PAGE_TABLE_INNER && i < h.cells; i++) {
		const uint8_t *p = NULL;
		int n = -1;

		if (qf_page_cell(&h, i, &c))
			rc = whole_record(x, &c, &p);
		if (rc == QF_OK && p)
			n = qf_record_read(p, (size_t)c.payload, c.payload, v, QF_SALVAGE_COLUMNS);
		if (rc != QF_OK || !qf_salvage_fits(t, v, n))
			continue;
		if (n != to->n) {
			sqlite3_finalize(to->s);
			to->s = NULL;
			to->n = n;
			rc = prepare_insert(x, t, n, &to->s);
		}
		if (rc == QF_OK)
			rc = keep_row(x, t, to->s, v, n, c.rowid);
	}
	return rc;
}

static enum qf_status copy_rows(struct qf_salvage *x)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < x->n; i++) {
		struct insert to = { NULL, 0 };

		for (uint32_t p = 1; rc == QF_OK && x->trees[i].kept && p <= qf_pages_count(x->from); p++)
			if (x->owner[p] == i + 1)
				rc = copy_page(x, &x->trees[i], p, &to);
		sqlite3_finalize(to.s);
	}
	return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* Without triggers, which would log as changes what is not new. */
static enum qf_status fill(struct qf_salvage *x)
{
	enum qf_status rc = qf_sql_exec(x->to, "PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 0", x->e);

	qf_sql_enable_triggers(x->to, false);
	if (rc == QF_OK)
		rc = qf_catalog_begin(x->to, x->e);
	if (rc == QF_OK) {
		rc = copy_rows(x);
		if (rc == QF_OK && x->rows == 0)
			rc = qf_fail(x->e, QF_ECORRUPT, "nothing can be read of it; restore a backup");
		if (rc == QF_OK)
			rc = qf_catalog_commit(x->to, x->e);
		else
			qf_catalog_rollback(x->to);
	}
	qf_sql_enable_triggers(x->to, true);
	return rc == QF_OK ? qf_sql_exec(x->to, "PRAGMA foreign_keys = 1", x->e) : rc;
}

enum qf_status qf_salvage(struct qf_catalog *to, struct qf_pages *damaged, int64_t *rows, int64_t *gaps, struct qf_err *e)
{
	struct qf_salvage x = { .to = to, .from = damaged, .e = e };
	enum qf_status rc = qf_salvage_map(&x);

	if (rc == QF_OK)
		rc = fill(&x);
	qf_salvage_free(&x);
	*rows = x.rows;
	*gaps = x.gaps;
	return rc;
}
