#include "catalog/select.h"

#include "base/alloc.h"
#include "base/text.h"
#include "catalog/sql.h"

#include <math.h>
#include <string.h>

/* Names of tables: those of qf_sql_put_track_select(). */

static const struct column {
	const char *field;
	const char *value; /* SQL of the value, or of one of them */
	const char *from, *on; /* the tables that hold many values, and which rows are the track's; else NULL */
} columns[] = {
	{ "title", "t.title", NULL, NULL },
	{ "artist", "t.artist", NULL, NULL },
	{ "album", "al.title", NULL, NULL },
	{ "albumartist", "aa.name", NULL, NULL },
	{ "genre", "t.genre", NULL, NULL },
	{ "year", "t.year", NULL, NULL },
	{ "date", "t.date", NULL, NULL },
	{ "tracknumber", "t.track_no", NULL, NULL },
	{ "discnumber", "t.disc_no", NULL, NULL },
	{ "duration", "coalesce(t.duration_ms / 1000.0, f.duration_s)", NULL, NULL },
	{ "dataset", "d.name", "dataset_track dt JOIN dataset d ON d.id = dt.dataset_id", "dt.track_id = t.id" },
	{ "path", "(CASE r.path WHEN x'2f' THEN '/' ELSE r.path || '/' END || t.path)", NULL, NULL },
	{ "codec", "t.codec", NULL, NULL },
	{ "sample_rate_hz", "t.sample_rate_hz", NULL, NULL },
	{ "channels", "t.channels", NULL, NULL },
	{ "bitrate_kbps", "t.bitrate_kbps", NULL, NULL },
	{ "isrc", "t.isrc", NULL, NULL },
	{ "mb_recordingid", "t.mbid", NULL, NULL },
	{ "track", "t.id", NULL, NULL },
	{ "added", "t.added_at", NULL, NULL },
	{ "features", "f.track_id", NULL, NULL },
	{ "file", "nullif(t.missing_since IS NULL, 0)", NULL, NULL },
	{ "failure", "x.id", "failure x", "x.track_id = t.id" },
};

/* Shown as one text; each value by itself is a tag. */
static const char *const joined[] = { "artist", "genre" };

/* The values v of the tag whose key is bound as the two numbers. */
#define TAG_VALUES                                                                                                     \
	"(SELECT g.value AS v FROM tag g WHERE g.track_id = t.id AND g.key_id = (SELECT id FROM tag_key WHERE name ="  \
	" ?%zu) UNION ALL SELECT l.value FROM tag_long l WHERE l.track_id = t.id AND l.key_id = (SELECT id FROM"       \
	" tag_key WHERE name = ?%zu))"

struct bound {
	char *text; /* owned; NULL: it is a number */
	double number;
};

struct builder {
	struct qf_buf sql;
	struct bound bound[4 * QF_QUERY_TERMS + QF_QUERY_SORTS];
	size_t n;
	struct qf_err *e;
};

struct qf_select {
	struct qf_catalog *c;
	sqlite3_stmt *stmt;
	enum qf_with with;
	bool done;
	struct qf_features features;
};

/* ---- parameters ------------------------------------------------------------------------- */

/* Keep a copy and return its number; a failure shows in the builder's buffer. */
static size_t bind_text(struct builder *b, const char *text, size_t n)
{
	struct bound *to = &b->bound[b->n++];

	to->text = qf_memdup0(text, n);
	b->sql.failed |= !to->text;
	return b->n;
}

static size_t bind_string(struct builder *b, const char *text)
{
	return bind_text(b, text, strlen(text));
}

static size_t bind_number(struct builder *b, double v)
{
	b->bound[b->n++] = (struct bound){ .number = v };
	return b->n;
}

static size_t bind_folded(struct builder *b, const char *text)
{
	struct qf_buf fold = { 0 };
	size_t number;

	b->sql.failed |= qf_text_fold(&fold, text, strlen(text), NULL) != QF_OK;
	number = bind_text(b, fold.p ? fold.p : "", fold.len);
	qf_buf_free(&fold);
	return number;
}

/* As FTS5 wants it: quotes doubled, a star behind for a beginning. */
static size_t bind_phrase(struct builder *b, const char *text, bool prefix)
{
	struct qf_buf phrase = { 0 };
	size_t number;

	qf_buf_putc(&phrase, '"');
	for (; *text; text++) {
		if (*text == '"')
			qf_buf_putc(&phrase, '"');
		qf_buf_putc(&phrase, *text);
	}
	qf_buf_puts(&phrase, prefix ? "\" *" : "\"");
	b->sql.failed |= phrase.failed;
	number = bind_text(b, phrase.p ? phrase.p : "", phrase.len);
	qf_buf_free(&phrase);
	return number;
}

/* ---- conditions ------------------------------------------------------------------------- */

static enum qf_status put_node(struct builder *b, const struct qf_query_node *node);

static bool is_joined(const char *field)
{
	for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
		if (strcmp(joined[i], field) == 0)
			return true;
	return false;
}

struct place { /* what stands for a field in SQL */
	struct qf_buf value, from; /* from is empty where there is one value only */
	const char *on;
};

static void free_place(struct place *p)
{
	qf_buf_free(&p->value);
	qf_buf_free(&p->from);
}

static enum qf_status find_place(struct builder *b, const struct qf_field *f, struct place *p)
{
	*p = (struct place){ .on = "TRUE" };
	if (f->feature) {
		qf_buf_printf(&p->value, "f.%s", f->name);
		return qf_buf_check(&p->value, b->e);
	}
	if (f->kind == QF_FIELD_TAG) {
		size_t key = bind_string(b, f->name);

		qf_buf_puts(&p->value, "v");
		qf_buf_printf(&p->from, TAG_VALUES, key, key);
		return p->value.failed ? qf_buf_check(&p->value, b->e) : qf_buf_check(&p->from, b->e);
	}
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		if (strcmp(columns[i].field, f->name) == 0) {
			qf_buf_puts(&p->value, columns[i].value);
			qf_buf_puts(&p->from, columns[i].from ? columns[i].from : "");
			p->on = columns[i].on;
			return p->value.failed ? qf_buf_check(&p->value, b->e) : qf_buf_check(&p->from, b->e);
		}
	return qf_fail(b->e, QF_EUNSUPPORTED, "query: the catalog has no column for %s", f->name);
}

static void put_has(struct builder *b, const struct qf_query_node *node, const char *value)
{
	switch (node->field.kind) {
	case QF_FIELD_NAME:
	case QF_FIELD_TAG:
		qf_buf_printf(&b->sql, "qf_has(%s, ?%zu)", value, bind_folded(b, node->text));
		break;
	case QF_FIELD_LABELS:
		qf_buf_printf(&b->sql, "instr(',' || lower(%s) || ',', ',' || lower(?%zu) || ',') > 0", value, bind_string(b, node->text));
		break;
	case QF_FIELD_PATH:
		qf_buf_printf(&b->sql, "instr(CAST(%s AS BLOB), CAST(?%zu AS BLOB)) > 0", value, bind_string(b, node->text));
		break;
	default:
		qf_buf_printf(&b->sql, "%s = ?%zu COLLATE NOCASE", value, bind_string(b, node->text));
	}
}

static void put_is(struct builder *b, const struct qf_query_node *node, const char *value)
{
	size_t text = bind_string(b, node->text);

	if (node->field.kind == QF_FIELD_LABELS)
		qf_buf_printf(&b->sql, "instr(',' || %s || ',', ',' || ?%zu || ',') > 0", value, text);
	else if (node->field.kind == QF_FIELD_PATH)
		qf_buf_printf(&b->sql, "CAST(%s AS BLOB) = CAST(?%zu AS BLOB)", value, text);
	else
		qf_buf_printf(&b->sql, "%s = ?%zu", value, text);
	if (is_joined(node->field.name)) {
		size_t key = bind_string(b, node->field.name);

		qf_buf_puts(&b->sql, " OR EXISTS (SELECT 1 FROM ");
		qf_buf_printf(&b->sql, TAG_VALUES " WHERE v = ?%zu)", key, key, text);
	}
}

static void put_range(struct builder *b, const struct qf_query_node *node, const char *value)
{
	const char *and = "";

	if (!isinf(node->range.lo)) {
		qf_buf_printf(&b->sql, "%s >= ?%zu", value, bind_number(b, node->range.lo));
		and = " AND ";
	}
	if (!isinf(node->range.hi))
		qf_buf_printf(&b->sql, "%s%s %s ?%zu", and, value, node->range.below_hi ? "<" : "<=", bind_number(b, node->range.hi));
}

static void put_known(struct builder *b, const struct qf_query_node *node, const char *value)
{
	bool array = node->field.feature && node->field.kind == QF_FIELD_RECORD;

	qf_buf_printf(&b->sql, array ? "length(%s) > 0" : "%s IS NOT NULL", value);
}

static enum qf_status put_leaf(struct builder *b, const struct qf_query_node *node)
{
	static void (*const put[])(struct builder *, const struct qf_query_node *, const char *) = {
		[QF_QUERY_HAS] = put_has, [QF_QUERY_IS] = put_is, [QF_QUERY_RANGE] = put_range, [QF_QUERY_KNOWN] = put_known,
	};
	struct place p;
	enum qf_status rc = find_place(b, &node->field, &p);

	if (rc == QF_OK && p.from.len) {
		qf_buf_printf(&b->sql, "EXISTS (SELECT 1 FROM %s WHERE %s AND (", p.from.p, p.on);
		put[node->op](b, node, p.value.p);
		qf_buf_puts(&b->sql, "))");
	} else if (rc == QF_OK) {
		qf_buf_putc(&b->sql, '(');
		put[node->op](b, node, p.value.p);
		qf_buf_putc(&b->sql, ')');
	}
	free_place(&p);
	return rc;
}

/* Where a word is looked for. The tokenizer of FTS5 sees no words in "!!!" or "â¥", and only
 * one in a whole sentence of a script without blanks; there a part of the name has to do. */
static void ways_of(struct builder *b, const char *text, bool *as_word, bool *as_part)
{
	struct qf_buf fold = { 0 };

	*as_word = *as_part = false;
	b->sql.failed |= qf_text_fold(&fold, text, strlen(text), NULL) != QF_OK;
	for (size_t i = 0; i < fold.len; i++) {
		unsigned char c = (unsigned char)fold.p[i];

		*as_word |= c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		*as_part |= c >= 0xE2; /* U+2000 and above: symbols, kana, ideographs, hangul, emoji */
	}
	*as_part |= !*as_word;
	qf_buf_free(&fold);
}

static void put_word(struct builder *b, const struct qf_query_node *node)
{
	bool as_word, as_part;

	ways_of(b, node->text, &as_word, &as_part);
	qf_buf_putc(&b->sql, '(');
	if (as_word)
		qf_buf_printf(&b->sql, "t.id IN (SELECT rowid FROM track_fts WHERE track_fts MATCH ?%zu)%s",
			      bind_phrase(b, node->text, node->prefix), as_part ? " OR " : "");
	if (as_part) {
		size_t n = bind_folded(b, node->text);

		qf_buf_printf(&b->sql, "qf_has(t.title, ?%zu) OR qf_has(t.artist, ?%zu) OR qf_has(al.title, ?%zu) OR qf_has(t.genre, ?%zu)",
			      n, n, n, n);
	}
	qf_buf_putc(&b->sql, ')');
}

static enum qf_status put_children(struct builder *b, const struct qf_query_node *node, const char *between)
{
	qf_buf_putc(&b->sql, '(');
	for (const struct qf_query_node *child = node->first; child; child = child->next) {
		enum qf_status rc = put_node(b, child);

		if (rc != QF_OK)
			return rc;
		qf_buf_puts(&b->sql, child->next ? between : ")");
	}
	return QF_OK;
}

static enum qf_status put_node(struct builder *b, const struct qf_query_node *node)
{
	switch (node->op) {
	case QF_QUERY_AND:
		return put_children(b, node, " AND ");
	case QF_QUERY_OR:
		return put_children(b, node, " OR ");
	case QF_QUERY_NOT: { /* what is not known is not so: NULL counts as false */
		enum qf_status rc = put_children(b, node, "");

		qf_buf_puts(&b->sql, " IS NOT TRUE");
		return rc;
	}
	case QF_QUERY_WORD:
		put_word(b, node);
		return QF_OK;
	default:
		return put_leaf(b, node);
	}
}

/* "(value IS NULL), value DESC, ": names in folded order, what is not known last. */
static enum qf_status put_sort(struct builder *b, const struct qf_field *f, bool falling)
{
	bool name = f->kind == QF_FIELD_NAME || f->kind == QF_FIELD_TAG;
	struct qf_buf key = { 0 };
	struct place p;
	enum qf_status rc = find_place(b, f, &p);

	if (rc == QF_OK && p.from.len)
		qf_buf_printf(&key, "(SELECT min(%s) FROM %s WHERE %s)", p.value.p, p.from.p, p.on);
	else if (rc == QF_OK)
		qf_buf_puts(&key, p.value.p);
	if (rc == QF_OK)
		rc = qf_buf_check(&key, b->e);
	if (rc == QF_OK)
		qf_buf_printf(&b->sql, "(%s) IS NULL, %s(%s)%s, ", key.p, name ? "qf_fold" : "", key.p, falling ? " DESC" : "");
	qf_buf_free(&key);
	free_place(&p);
	return rc;
}

static enum qf_status build(struct builder *b, const struct qf_query *q, enum qf_with with)
{
	enum qf_status rc = QF_OK;

	qf_sql_put_track_select(&b->sql, with);
	qf_buf_puts(&b->sql, q->with_gone ? "WHERE TRUE" : "WHERE t.missing_since IS NULL");
	if (q->where) {
		qf_buf_puts(&b->sql, " AND ");
		rc = put_node(b, q->where);
	}
	qf_buf_puts(&b->sql, " ORDER BY ");
	for (size_t i = 0; rc == QF_OK && i < q->n_sort; i++)
		rc = put_sort(b, &q->sort[i].field, q->sort[i].falling);
	qf_buf_puts(&b->sql, "t.id");
	if (q->limit)
		qf_buf_printf(&b->sql, " LIMIT %lld", (long long)q->limit);
	return rc == QF_OK ? qf_buf_check(&b->sql, b->e) : rc;
}

/* ---- the handle ------------------------------------------------------------------------- */

static void bind_all(sqlite3_stmt *s, const struct builder *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->bound[i].text)
			sqlite3_bind_text(s, (int)i + 1, b->bound[i].text, -1, SQLITE_TRANSIENT);
		else
			sqlite3_bind_double(s, (int)i + 1, b->bound[i].number);
}

enum qf_status qf_select_open(struct qf_select **out, struct qf_catalog *c, const struct qf_query *q,
			      enum qf_track_features with, struct qf_err *e)
{
	static const enum qf_with withs[] = {
		[QF_TRACK_BARE] = QF_WITH_NO_FEATURES,
		[QF_TRACK_BRIEF] = QF_WITH_BRIEF_FEATURES,
		[QF_TRACK_FULL] = QF_WITH_ALL_FEATURES,
	};
	struct builder *b = qf_zalloc(1, sizeof *b);
	struct qf_select *s = qf_zalloc(1, sizeof *s);
	enum qf_status rc = b && s ? QF_OK : qf_fail(e, QF_ENOMEM, "query: out of memory");

	*out = NULL;
	if (rc == QF_OK) {
		b->e = e;
		s->c = c;
		s->with = withs[with];
		qf_features_init(&s->features);
		rc = build(b, q, s->with);
	}
	if (rc == QF_OK)
		rc = qf_sql_prepare(c, b->sql.p, &s->stmt, e);
	if (rc == QF_OK) {
		bind_all(s->stmt, b);
		*out = s;
		s = NULL;
	}
	for (size_t i = 0; b && i < b->n; i++)
		qf_free(b->bound[i].text);
	if (b)
		qf_buf_free(&b->sql);
	qf_free(b);
	qf_free(s);
	return rc;
}

enum qf_status qf_select_next(struct qf_select *s, struct qf_arena *a, struct qf_track *t, bool *more, struct qf_err *e)
{
	enum qf_status rc;

	*more = false;
	qf_features_free(&s->features);
	if (s->done)
		return QF_OK;
	rc = qf_sql_step(s->c, s->stmt, more, e);
	s->done = rc != QF_OK || !*more;
	if (s->done)
		return rc;
	qf_arena_reset(a);
	return qf_sql_read_track(s->stmt, s->with, a, t, &s->features, e);
}

void qf_select_close(struct qf_select *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->stmt);
	qf_features_free(&s->features);
	qf_free(s);
}
