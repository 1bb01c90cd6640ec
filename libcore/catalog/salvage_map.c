#include "catalog/salvage_map.h"

#include "base/alloc.h"
#include "catalog/sql.h"

#include <string.h>

/* ---- the trees of the new catalog --------------------------------------------------------------- */

static char *text_of(sqlite3_stmt *s, int i)
{
	const char *p = (const char *)sqlite3_column_text(s, i);

	return p ? qf_strdup(p) : NULL;
}

/* As stored: a table without row ids begins with its key; an index ends with what leads to the row. */
static enum qf_status read_columns(struct qf_salvage *x, struct qf_salvage_tree *t, const char *table)
{
	static const char of_table[] =
		"SELECT name, CASE ?1 || name WHEN 'sqlite_sequencename' THEN 'TEXT' WHEN 'sqlite_sequenceseq' THEN 'INTEGER' ELSE type END,"
		" NOT (\"notnull\" OR (?3 AND pk)), \"notnull\" AND dflt_value IS NULL, NOT ?3 AND pk AND type = 'INTEGER' AND sum(pk > 0) OVER () = 1"
		" FROM pragma_table_info(?1) WHERE ?2 ORDER BY ?3 AND NOT pk, CASE WHEN ?3 THEN pk END, cid";
	static const char of_index[] =
		"SELECT '', CASE x.cid WHEN -1 THEN 'INTEGER' WHEN -2 THEN '' ELSE c.type END, x.cid <> -1, 1, 0 FROM pragma_index_xinfo(?1) x"
		" LEFT JOIN pragma_table_info(?2) c ON c.cid = x.cid WHERE ?3 IS NOT NULL ORDER BY x.seqno";
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql_prepare(x->to, t->index ? of_index : of_table, &s, x->e);

	if (rc == QF_OK) {
		sqlite3_bind_text(s, 1, t->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 2, t->index ? table : "1", -1, SQLITE_STATIC);
		sqlite3_bind_int(s, 3, t->clustered);
	}
	while (rc == QF_OK && (rc = qf_sql_step(x->to, s, &row, x->e)) == QF_OK && row && t->n < QF_SALVAGE_COLUMNS) {
		const char *name = (const char *)sqlite3_column_text(s, 0), *type = (const char *)sqlite3_column_text(s, 1);

		t->columns[t->n++] = (struct qf_salvage_column){
			.type = type && *type ? *type : 'A', .null = sqlite3_column_int(s, 2), .needed = sqlite3_column_int(s, 3),
			.alias = sqlite3_column_int(s, 4),
		};
		qf_buf_put(&t->names, name ? name : "", name ? strlen(name) + 1 : 1);
	}
	sqlite3_finalize(s);
	return rc == QF_OK ? qf_buf_check(&t->names, x->e) : rc;
}

/* Those whose rows are not copied are told apart all the same. Names that were given out come last (sqlite_sequence). */
static enum qf_status read_trees(struct qf_salvage *x)
{
	static const char list[] =
		"SELECT s.name, s.type = 'index', s.type = 'table' AND (l.type = 'table' OR s.name = 'sqlite_sequence'), coalesce(l.wr, 0), s.rootpage,"
		" s.tbl_name, count(*) OVER () FROM sqlite_schema s LEFT JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name AND"
		" s.type = 'table' WHERE s.rootpage > 0 ORDER BY s.name = 'sqlite_sequence', s.name";
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql_prepare(x->to, list, &s, x->e);

	while (rc == QF_OK && (rc = qf_sql_step(x->to, s, &row, x->e)) == QF_OK && row) {
		struct qf_salvage_tree *t;

		if (!x->trees)
			x->trees = qf_zalloc((size_t)sqlite3_column_int64(s, 6), sizeof *x->trees);
		if (!x->trees) {
			rc = qf_fail(x->e, QF_ENOMEM, "out of memory for the schema");
			break;
		}
		t = &x->trees[x->n++];
		t->name = text_of(s, 0);
		t->index = sqlite3_column_int(s, 1);
		t->kept = sqlite3_column_int(s, 2);
		t->clustered = sqlite3_column_int(s, 3);
		t->usual = (uint32_t)sqlite3_column_int64(s, 4);
		rc = t->name ? read_columns(x, t, (const char *)sqlite3_column_text(s, 5)) : qf_fail(x->e, QF_ENOMEM, "out of memory");
	}
	sqlite3_finalize(s);
	return rc;
}

/* ---- records and what they fit ------------------------------------------------------------------ */

static bool fits_column(const struct qf_salvage_column *c, uint64_t type)
{
	bool integer = (type >= 1 && type <= 6) || type == 8 || type == 9;

	if (c->alias)
		return type == 0;
	if (type == 0)
		return c->null;
	switch (c->type) {
	case 'I': return integer;
	case 'R': return integer || type == 7; /* whole numbers are kept as integers */
	case 'T': return type >= 13 && type % 2 == 1;
	case 'B': return type >= 12 && type % 2 == 0;
	default: return true;
	}
}

bool qf_salvage_fits(const struct qf_salvage_tree *t, const struct qf_value *v, int n)
{
	if (n <= 0 || n > t->n || (n < t->n && (t->index || t->clustered)))
		return false;
	for (int i = 0; i < t->n; i++)
		if (i < n ? !fits_column(&t->columns[i], v[i].type) : t->columns[i].needed)
			return false;
	return true;
}

/* ---- which page belongs to whom ----------------------------------------------------------------- */

enum qf_status qf_salvage_look(struct qf_salvage *x, uint32_t number, struct qf_page *h, bool *is)
{
	enum qf_status rc = qf_pages_read(x->from, number, x->page, x->e);

	*is = rc == QF_OK && qf_page_read(h, x->page, qf_pages_size(x->from), number == 1);
	return rc;
}

static bool is_of(const struct qf_salvage_tree *t, const struct qf_page *h)
{
	bool index = h->kind == QF_PAGE_INDEX_INNER || h->kind == QF_PAGE_INDEX_LEAF;

	return index == (t->index || t->clustered);
}

/* Walk a tree from its root and own its pages. *whole turns false where a page is missing, broken or somebody else's. */
static enum qf_status walk(struct qf_salvage *x, const struct qf_salvage_tree *t, uint32_t root, uint16_t owner, bool *whole)
{
	struct qf_buf stack = { 0 };
	uint32_t number = root;
	enum qf_status rc = QF_OK;

	for (;;) {
		struct qf_page h;
		struct qf_cell c;
		bool is = number && number <= qf_pages_count(x->from) && x->owner[number] == QF_SALVAGE_NOBODY;

		if (is)
			rc = qf_salvage_look(x, number, &h, &is);
		if (rc != QF_OK || !is || !is_of(t, &h)) {
			*whole = false;
		} else {
			x->owner[number] = owner;
			for (unsigned i = 0; i < h.cells && h.right; i++)
				if (qf_page_cell(&h, i, &c))
					qf_buf_put(&stack, &c.left, sizeof c.left);
				else
					*whole = false;
			if (h.right)
				qf_buf_put(&stack, &h.right, sizeof h.right);
		}
		if (rc == QF_OK)
			rc = qf_buf_check(&stack, x->e);
		if (rc != QF_OK || stack.len < sizeof number)
			break;
		stack.len -= sizeof number;
		memcpy(&number, stack.p + stack.len, sizeof number);
	}
	qf_buf_free(&stack);
	return rc;
}

/* Pages of the free list hold rows that were deleted. */
static enum qf_status own_free(struct qf_salvage *x)
{
	size_t size = qf_pages_size(x->from);
	uint32_t number = qf_pages_free(x->from), count = qf_pages_count(x->from);
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && number && number <= count && x->owner[number] == QF_SALVAGE_NOBODY) {
		uint32_t n;

		rc = qf_pages_read(x->from, number, x->page, x->e);
		x->owner[number] = QF_SALVAGE_SPENT;
		n = qf_big32(x->page + 4);
		if (rc != QF_OK || n > size / 4 - 2)
			break;
		for (size_t i = 0; i < n; i++) {
			uint32_t leaf = qf_big32(x->page + 8 + 4 * i);

			if (leaf && leaf <= count && x->owner[leaf] == QF_SALVAGE_NOBODY)
				x->owner[leaf] = QF_SALVAGE_SPENT;
		}
		number = qf_big32(x->page);
	}
	return rc;
}

/* The five columns of the schema: type, name, table, root, text. */
static const struct qf_salvage_tree schema = {
	.columns = { { .type = 'T' }, { .type = 'T' }, { .type = 'T' }, { .type = 'I', .null = true }, { .type = 'T', .null = true } }, .n = 5,
};

static bool is_text(const struct qf_value *v, const char *text)
{
	return v->p && v->n == strlen(text) && memcmp(v->p, text, v->n) == 0;
}

/* Take the roots that a leaf of the schema tells. The text may be long and elsewhere: only what is before it counts. */
static bool take_roots(struct qf_salvage *x, const struct qf_page *h)
{
	struct qf_value v[QF_SALVAGE_COLUMNS];
	struct qf_cell c;
	bool any = false;

	for (unsigned i = 0; i < h->cells; i++) {
		if (!qf_page_cell(h, i, &c) || !qf_salvage_fits(&schema, v, qf_record_read(c.here, c.here_n, c.payload, v, QF_SALVAGE_COLUMNS)) ||
		    !(is_text(&v[0], "table") || is_text(&v[0], "index") || is_text(&v[0], "trigger") || is_text(&v[0], "view")))
			continue;
		any = true;
		for (size_t k = 0; k < x->n; k++)
			if (is_text(&v[1], x->trees[k].name) && is_text(&v[0], x->trees[k].index ? "index" : "table") && v[3].p && !x->trees[k].root)
				x->trees[k].root = (uint32_t)qf_value_int(&v[3]);
	}
	return any;
}

/* Leaves of the schema: those below page 1, and if that is broken, all that look like it. */
static enum qf_status find_roots(struct qf_salvage *x)
{
	bool whole = true;
	enum qf_status rc = walk(x, &schema, 1, QF_SALVAGE_SCHEMA, &whole);

	for (int pass = 0; rc == QF_OK && pass < (whole ? 1 : 2); pass++)
		for (uint32_t p = 1; rc == QF_OK && p <= qf_pages_count(x->from); p++) {
			struct qf_page h;
			bool is;

			if (x->owner[p] != (pass ? QF_SALVAGE_NOBODY : QF_SALVAGE_SCHEMA))
				continue;
			rc = qf_salvage_look(x, p, &h, &is);
			if (rc == QF_OK && is && h.kind == QF_PAGE_TABLE_LEAF && take_roots(x, &h))
				x->owner[p] = QF_SALVAGE_SCHEMA;
		}
	return rc;
}

/* Whether most of the records on a page fit a tree. */
static bool page_fits(const struct qf_salvage_tree *t, const struct qf_page *h)
{
	struct qf_value v[QF_SALVAGE_COLUMNS];
	struct qf_cell c;
	unsigned good = 0, all = 0;

	for (unsigned i = 0; i < h->cells; i++)
		if (qf_page_cell(h, i, &c)) {
			all++;
			good += qf_salvage_fits(t, v, qf_record_read(c.here, c.here_n, c.payload, v, QF_SALVAGE_COLUMNS));
		}
	return is_of(t, h) && all && good >= all - all / 10;
}

/* A tree whose root nobody tells may have it where it is in a new catalog. */
static enum qf_status try_usual_root(struct qf_salvage *x, struct qf_salvage_tree *t)
{
	struct qf_page h;
	bool is = t->usual <= qf_pages_count(x->from) && x->owner[t->usual] == QF_SALVAGE_NOBODY;
	enum qf_status rc = is ? qf_salvage_look(x, t->usual, &h, &is) : QF_OK;

	if (rc == QF_OK && is && is_of(t, &h) && (h.kind == QF_PAGE_TABLE_INNER || page_fits(t, &h)))
		t->root = t->usual;
	return rc;
}

static enum qf_status walk_trees(struct qf_salvage *x)
{
	enum qf_status rc = QF_OK;

	for (int told = 1; rc == QF_OK && told >= 0; told--)
		for (size_t i = 0; rc == QF_OK && i < x->n; i++) {
			struct qf_salvage_tree *t = &x->trees[i];

			if ((t->root != 0) != told || (told == 0 && (rc = try_usual_root(x, t)) != QF_OK))
				continue;
			t->whole = t->root != 0;
			if (t->root)
				rc = walk(x, t, t->root, (uint16_t)(i + 1), &t->whole);
			x->gaps += t->kept && !t->whole;
		}
	return rc;
}

/* A page that no walk met goes to the one broken tree that it fits. */
static enum qf_status own_strays(struct qf_salvage *x)
{
	enum qf_status rc = QF_OK;

	for (uint32_t p = 1; rc == QF_OK && p <= qf_pages_count(x->from); p++) {
		struct qf_page h;
		size_t fitting = 0, at = 0;
		bool is = x->owner[p] == QF_SALVAGE_NOBODY;

		if (is)
			rc = qf_salvage_look(x, p, &h, &is);
		if (rc != QF_OK || !is || h.kind == QF_PAGE_TABLE_INNER)
			continue;
		for (size_t i = 0; i < x->n; i++)
			if (!x->trees[i].whole && page_fits(&x->trees[i], &h)) {
				fitting++;
				at = i;
			}
		if (fitting == 1)
			x->owner[p] = (uint16_t)(at + 1);
	}
	return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

enum qf_status qf_salvage_map(struct qf_salvage *x)
{
	size_t size = qf_pages_size(x->from);
	enum qf_status rc;

	x->page = qf_alloc(size, 1);
	x->chain = qf_alloc(size, 1);
	x->owner = qf_zalloc((size_t)qf_pages_count(x->from) + 1, sizeof *x->owner);
	if (!x->page || !x->chain || !x->owner)
		return qf_fail(x->e, QF_ENOMEM, "out of memory for the pages");
	rc = read_trees(x);
	if (rc == QF_OK)
		rc = own_free(x);
	if (rc == QF_OK)
		rc = find_roots(x);
	if (rc == QF_OK)
		rc = walk_trees(x);
	return rc == QF_OK ? own_strays(x) : rc;
}

void qf_salvage_free(struct qf_salvage *x)
{
	for (size_t i = 0; i < x->n; i++) {
		qf_free(x->trees[i].name);
		qf_buf_free(&x->trees[i].names);
	}
	qf_free(x->trees);
	qf_free(x->owner);
	qf_free(x->chain);
	qf_free(x->page);
	qf_buf_free(&x->record);
}
