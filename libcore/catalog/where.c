#include "catalog/where.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

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
	{ "updated", "t.updated_at", NULL, NULL },
	{ "gone", "t.missing_since", NULL, NULL },
	{ "quality", "(SELECT score FROM track_quality WHERE track_id = t.id)", NULL, NULL },
	{ "trust", "trust_of((SELECT audio_id FROM features WHERE track_id = t.id))", NULL, NULL }, /* qf_catalog_set_trust() */
	{ "defects", "(SELECT defects FROM track_quality WHERE track_id = t.id)", NULL, NULL },
	{ "features", "f.track_id", NULL, NULL },
	{ "file", "nullif(t.missing_since IS NULL, 0)", NULL, NULL },
	{ "failure", "x.id", "failure x", "x.track_id = t.id" },
};

/* Shown as one text; each value by itself is a tag. */
static const char *const joined[] = { "artist", "genre" };

/* The values v of the tag whose key is bound as the number. */
#define TAG_VALUES                                                                                                     \
	"(SELECT g.value AS v FROM tag g WHERE g.track_id = t.id AND g.key_id = (SELECT id FROM tag_key WHERE name = ?%zu))"

#define HEARD "e.action IN ('play', 'complete', 'replay')"

/* What is reckoned from a track's events e. */
static const struct statistic {
	const char *field, *value, *which;
} statistics[] = {
	{ "plays", "count(*)", HEARD },
	{ "skips", "count(*)", "e.action = 'skip'" },
	{ "likes", "count(*) FILTER (WHERE e.action = 'like') - count(*) FILTER (WHERE e.action = 'dislike')", "e.action IN ('like', 'dislike')" },
	{ "played", "nullif(max(e.at), 0)", HEARD },
};

static bool is_joined(const char *field)
{
	for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
		if (strcmp(joined[i], field) == 0)
			return true;
	return false;
}

static const struct statistic *find_statistic(const char *field)
{
	for (size_t i = 0; i < sizeof statistics / sizeof *statistics; i++)
		if (strcmp(statistics[i].field, field) == 0)
			return &statistics[i];
	return NULL;
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

static enum qf_status find_place(struct qf_where *b, const struct qf_field *f, struct place *p)
{
	*p = (struct place){ .on = "TRUE" };
	if (f->feature) {
		qf_buf_printf(&p->value, "f.%s", f->name);
		return qf_buf_check(&p->value, b->e);
	}
	if (f->kind == QF_FIELD_TAG) {
		size_t key = qf_where_bind_string(b, f->name);

		qf_buf_puts(&p->value, "v");
		qf_buf_printf(&p->from, TAG_VALUES, key);
		return p->value.failed ? qf_buf_check(&p->value, b->e) : qf_buf_check(&p->from, b->e);
	}
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		if (strcmp(columns[i].field, f->name) == 0) {
			qf_buf_puts(&p->value, columns[i].value);
			qf_buf_puts(&p->from, columns[i].from ? columns[i].from : "");
			p->on = columns[i].on;
			return p->value.failed ? qf_buf_check(&p->value, b->e) : qf_buf_check(&p->from, b->e);
		}
	if (find_statistic(f->name)) {
		const struct statistic *x = find_statistic(f->name);

		qf_buf_printf(&p->value, "(SELECT %s FROM event e WHERE e.track_id = t.id AND %s)", x->value, x->which);
		return qf_buf_check(&p->value, b->e);
	}
	return qf_fail(b->e, QF_EUNSUPPORTED, "query: the catalog has no column for %s", f->name);
}

static void put_begins(struct qf_where *b, const struct qf_query_node *node, const char *value)
{
	size_t n;

	switch (node->field.kind) {
	case QF_FIELD_NAME:
	case QF_FIELD_TAG:
		qf_buf_printf(&b->sql, "qf_begins(%s, ?%zu)", value, qf_where_bind_folded(b, node->text));
		break;
	case QF_FIELD_PATH:
		n = qf_where_bind_string(b, node->text);
		qf_buf_printf(&b->sql, "substr(CAST(%s AS BLOB), 1, length(CAST(?%zu AS BLOB))) = CAST(?%zu AS BLOB)", value, n, n);
		break;
	default:
		n = qf_where_bind_string(b, node->text);
		qf_buf_printf(&b->sql, "substr(%s, 1, length(?%zu)) = ?%zu COLLATE NOCASE", value, n, n);
	}
}

static bool is_code_with_index(const char *field)
{
	return strcmp(field, "isrc") == 0 || strcmp(field, "mb_recordingid") == 0;
}

static void put_has(struct qf_where *b, const struct qf_query_node *node, const char *value)
{
	size_t n;

	if (node->prefix) {
		put_begins(b, node, value);
		return;
	}
	switch (node->field.kind) {
	case QF_FIELD_NAME:
	case QF_FIELD_TAG:
		qf_buf_printf(&b->sql, "qf_has(%s, ?%zu)", value, qf_where_bind_folded(b, node->text));
		break;
	case QF_FIELD_LABELS:
		qf_buf_printf(&b->sql, "instr(',' || lower(%s) || ',', ',' || lower(?%zu) || ',') > 0", value, qf_where_bind_string(b, node->text));
		break;
	case QF_FIELD_PATH:
		qf_buf_printf(&b->sql, "instr(CAST(%s AS BLOB), CAST(?%zu AS BLOB)) > 0", value, qf_where_bind_string(b, node->text));
		break;
	default:
		n = qf_where_bind_string(b, node->text);
		if (is_code_with_index(node->field.name)) /* always of one case: an index can be used */
			qf_buf_printf(&b->sql, "%s IN (?%zu, upper(?%zu), lower(?%zu))", value, n, n, n);
		else
			qf_buf_printf(&b->sql, "%s = ?%zu COLLATE NOCASE", value, n);
	}
}

static void put_match(struct qf_where *b, const struct qf_query_node *node, const char *value)
{
	qf_buf_printf(&b->sql, "qf_match(%s, ?%zu)", value, qf_where_bind_string(b, node->text));
}

static void put_is(struct qf_where *b, const struct qf_query_node *node, const char *value)
{
	size_t text = qf_where_bind_string(b, node->text);

	if (node->field.kind == QF_FIELD_LABELS)
		qf_buf_printf(&b->sql, "instr(',' || %s || ',', ',' || ?%zu || ',') > 0", value, text);
	else if (node->field.kind == QF_FIELD_PATH)
		qf_buf_printf(&b->sql, "CAST(%s AS BLOB) = CAST(?%zu AS BLOB)", value, text);
	else
		qf_buf_printf(&b->sql, "%s = ?%zu", value, text);
	if (is_joined(node->field.name)) {
		size_t key = qf_where_bind_string(b, node->field.name);

		qf_buf_puts(&b->sql, " OR EXISTS (SELECT 1 FROM ");
		qf_buf_printf(&b->sql, TAG_VALUES " WHERE v = ?%zu)", key, text);
	}
}

static void put_range(struct qf_where *b, const struct qf_query_node *node, const char *value)
{
	const struct qf_range *r = &node->range;

	if (r->hi - r->lo == 0) { /* the rows of one key come in the order of their numbers */
		qf_buf_printf(&b->sql, "%s = ?%zu", value, qf_where_bind_number(b, r->lo));
		return;
	}
	if (!isinf(r->lo) && !isinf(r->hi) && !r->below_hi) {
		size_t lo = qf_where_bind_number(b, r->lo), hi = qf_where_bind_number(b, r->hi);

		qf_buf_printf(&b->sql, "%s BETWEEN ?%zu AND ?%zu", value, lo, hi);
		return;
	}
	if (!isinf(r->lo))
		qf_buf_printf(&b->sql, "%s >= ?%zu%s", value, qf_where_bind_number(b, r->lo), isinf(r->hi) ? "" : " AND ");
	if (!isinf(r->hi))
		qf_buf_printf(&b->sql, "%s %s ?%zu", value, r->below_hi ? "<" : "<=", qf_where_bind_number(b, r->hi));
}

static void put_known(struct qf_where *b, const struct qf_query_node *node, const char *value)
{
	bool array = node->field.feature && node->field.kind == QF_FIELD_RECORD;
	bool number = find_statistic(node->field.name) && node->field.kind == QF_FIELD_INT; /* 0 is none */

	qf_buf_printf(&b->sql, array ? "length(%s) > 0" : number ? "%s <> 0" : "%s IS NOT NULL", value);
}

/* ---- ways around a look at each track ------------------------------------------------------- */

/* A part of a name (its folded form is parameter %1$zu), found in something smaller than the
 * tracks: the folded names of artists, the match keys ("artist TAB title", an index), the few genres. */
static const struct { const char *field, *sql; } parts[] = {
	{ "title", "t.id IN (SELECT id FROM track WHERE instr(substr(match_key, instr(match_key, char(9)) + 1), ?%zu) > 0)" },
	{ "artist", "t.id IN (SELECT id FROM track WHERE artist_id IN (SELECT id FROM artist WHERE instr(fold, ?%zu) > 0)"
		    " UNION ALL SELECT id FROM track WHERE instr(artist, '; ') > 0 AND qf_has(artist, ?%zu))" },
	{ "album", "t.album_id IN (SELECT id FROM album WHERE qf_has(title, ?%zu))" },
	{ "albumartist", "t.album_id IN (SELECT a.id FROM album a JOIN artist n ON n.id = a.artist_id WHERE instr(n.fold, ?%zu) > 0)" },
	{ "genre", "t.genre IN (WITH RECURSIVE g (v) AS (SELECT min(genre) FROM track UNION ALL SELECT (SELECT min(genre) FROM track"
		   " WHERE genre > g.v) FROM g WHERE g.v IS NOT NULL) SELECT v FROM g WHERE qf_has(v, ?%zu))" },
};

static bool put_part(struct qf_where *b, const struct qf_query_node *node)
{
	for (size_t i = 0; node->op == QF_QUERY_HAS && !node->prefix && i < sizeof parts / sizeof *parts; i++) {
		const char *p = parts[i].sql, *hole;
		size_t n;

		if (strcmp(parts[i].field, node->field.name) != 0)
			continue;
		n = qf_where_bind_folded(b, node->text);
		for (; (hole = strstr(p, "%zu")) != NULL; p = hole + 3) {
			qf_buf_put(&b->sql, p, (size_t)(hole - p));
			qf_buf_printf(&b->sql, "%zu", n);
		}
		qf_buf_puts(&b->sql, p);
		return true;
	}
	return false;
}

/* A statistic that a track without events does not have: from the events that there are. */
static bool put_statistic(struct qf_where *b, const struct qf_query_node *node)
{
	const struct statistic *x = find_statistic(node->field.name);

	if (!x || node->op != QF_QUERY_RANGE || (node->field.kind == QF_FIELD_INT && !(node->range.lo > 0)))
		return false;
	qf_buf_printf(&b->sql, "t.id IN (SELECT e.track_id FROM event e WHERE e.track_id IS NOT NULL AND %s GROUP BY e.track_id HAVING ",
		      x->which);
	put_range(b, node, x->value);
	qf_buf_putc(&b->sql, ')');
	return true;
}

/* Whether the tokenizer of FTS5 is sure to see a word in the text: ASCII letters and digits,
 * Latin-1 letters, Cyrillic. */
static bool has_token(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if ((*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z') || *p == 0xD0 || *p == 0xD1 ||
		    (*p == 0xC3 && p[1] != 0x97 && p[1] != 0xB7))
			return true;
	return false;
}

/* Exactly a name has at least its words: the full-text index leaves few tracks to compare. */
static void put_filter(struct qf_where *b, const struct qf_query_node *node)
{
	static const char *const names[] = { "title", "artist", "album", "genre" };

	for (size_t i = 0; node->op == QF_QUERY_IS && has_token(node->text) && i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], node->field.name) == 0)
			qf_buf_printf(&b->sql, "t.id IN (SELECT rowid FROM track_fts WHERE track_fts MATCH ?%zu) AND ",
				      qf_where_bind_phrase(b, names[i], node->text, false));
}

/* ---- the tree --------------------------------------------------------------------------- */

static enum qf_status put_leaf(struct qf_where *b, const struct qf_query_node *node)
{
	static void (*const put[])(struct qf_where *, const struct qf_query_node *, const char *) = {
		[QF_QUERY_HAS] = put_has, [QF_QUERY_IS] = put_is, [QF_QUERY_MATCH] = put_match, [QF_QUERY_RANGE] = put_range, [QF_QUERY_KNOWN] = put_known,
	};
	struct place p;
	enum qf_status rc;

	if (put_part(b, node) || put_statistic(b, node))
		return QF_OK;
	rc = find_place(b, &node->field, &p);
	if (rc == QF_OK && p.from.len) {
		qf_buf_printf(&b->sql, "EXISTS (SELECT 1 FROM %s WHERE %s AND (", p.from.p, p.on);
		put[node->op](b, node, p.value.p);
		qf_buf_puts(&b->sql, "))");
	} else if (rc == QF_OK) {
		qf_buf_putc(&b->sql, '(');
		put_filter(b, node);
		qf_buf_putc(&b->sql, '(');
		put[node->op](b, node, p.value.p);
		qf_buf_puts(&b->sql, "))");
	}
	free_place(&p);
	return rc;
}

/* Where a word is looked for. The tokenizer of FTS5 sees no words in "!!!" or "â¥", and only
 * one in a whole sentence of a script without blanks; there a part of the name has to do. */
static void ways_of(struct qf_where *b, const char *text, bool *as_word, bool *as_part)
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

static void put_word(struct qf_where *b, const struct qf_query_node *node)
{
	bool as_word, as_part;

	ways_of(b, node->text, &as_word, &as_part);
	qf_buf_putc(&b->sql, '(');
	if (as_word)
		qf_buf_printf(&b->sql, "t.id IN (SELECT rowid FROM track_fts WHERE track_fts MATCH ?%zu)%s",
			      qf_where_bind_phrase(b, NULL, node->text, node->prefix), as_part ? " OR " : "");
	if (as_part) {
		size_t n = qf_where_bind_folded(b, node->text);

		qf_buf_printf(&b->sql, "qf_has(t.title, ?%zu) OR qf_has(t.artist, ?%zu) OR qf_has(al.title, ?%zu) OR qf_has(t.genre, ?%zu)",
			      n, n, n, n);
	}
	qf_buf_putc(&b->sql, ')');
}

static enum qf_status put_children(struct qf_where *b, const struct qf_query_node *node, const char *between)
{
	qf_buf_putc(&b->sql, '(');
	for (const struct qf_query_node *child = node->first; child; child = child->next) {
		enum qf_status rc = qf_where_put(b, child);

		if (rc != QF_OK)
			return rc;
		qf_buf_puts(&b->sql, child->next ? between : ")");
	}
	return QF_OK;
}

enum qf_status qf_where_put(struct qf_where *b, const struct qf_query_node *node)
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

/* "value DESC NULLS LAST, ": names in folded order, what is not known last. */
static enum qf_status put_sort(struct qf_where *b, const struct qf_field *f, bool falling)
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
		qf_buf_printf(&b->sql, "%s(%s)%s NULLS LAST, ", name ? "qf_fold" : "", key.p, falling ? " DESC" : "");
	qf_buf_free(&key);
	free_place(&p);
	return rc;
}

enum qf_status qf_where_put_sorts(struct qf_where *b, const struct qf_query *q)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < q->n_sort; i++)
		rc = put_sort(b, &q->sort[i].field, q->sort[i].falling);
	return rc;
}

enum qf_status qf_where_put_group(struct qf_where *b, const struct qf_field *f)
{
	static const struct { const char *field, *sql; } keys[] = {
		{ "artist", "(SELECT fold FROM artist WHERE id = t.artist_id)" }, { "album", "t.album_id" },
	};
	struct place p;
	enum qf_status rc;

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(keys[i].field, f->name) == 0) {
			qf_buf_puts(&b->sql, keys[i].sql);
			return QF_OK;
		}
	rc = find_place(b, f, &p);
	if (rc == QF_OK && p.from.len)
		qf_buf_printf(&b->sql, "(SELECT min(%s) FROM %s WHERE %s)", p.value.p, p.from.p, p.on);
	else if (rc == QF_OK)
		qf_buf_printf(&b->sql, f->kind == QF_FIELD_NAME ? "qf_fold(%s)" : "%s", p.value.p);
	free_place(&p);
	return rc;
}
