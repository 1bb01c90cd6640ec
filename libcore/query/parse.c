/* A recursive descent over
 *
 *     query = or
 *     or    = and { ("|" | "OR" | ",") and }
 *     and   = unary { ["AND"] unary }
 *     unary = ("-" | "not" | "NOT") unary | "(" or ")" | term
 *     term  = word | "quoted" | name ":" value
 *
 * A comma is an OR only at the end of a word or alone, as in beets, so that it can stand
 * inside of names. */
#include "query/query.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct parser {
	const char *p;
	size_t n, at;
	struct qf_query *q;
	struct qf_arena *a;
	size_t depth, terms;
	struct qf_err *e;
};

static enum qf_status parse_or(struct parser *s, struct qf_query_node **out);

/* ---- errors and small things ------------------------------------------------------------ */

static enum qf_status wrong(struct parser *s, size_t at, const char *what)
{
	size_t column = 1;

	for (size_t i = 0; i < at; i++)
		column += ((unsigned char)s->p[i] & 0xC0) != 0x80;
	return qf_fail(s->e, QF_EINVAL, "query: column %zu: %s", column, what);
}

static enum qf_status no_memory(struct parser *s)
{
	return qf_fail(s->e, QF_ENOMEM, "query: out of memory");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct parser *s)
{
	while (s->at < s->n && is_blank(s->p[s->at]))
		s->at++;
}

static char peek(const struct parser *s, size_t ahead)
{
	return s->at + ahead < s->n ? s->p[s->at + ahead] : '\0';
}

/* Whether a word may end before s->p[at]. */
static bool ends(const struct parser *s, size_t at)
{
	return at >= s->n || is_blank(s->p[at]) || strchr("|()", s->p[at]);
}

static bool take_keyword(struct parser *s, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(s);
	if (s->n - s->at < n || memcmp(s->p + s->at, word, n) != 0 || !ends(s, s->at + n))
		return false;
	s->at += n;
	return true;
}

static bool take_or(struct parser *s)
{
	skip_blanks(s);
	if (peek(s, 0) == '|' || peek(s, 0) == ',') {
		s->at++;
		return true;
	}
	return take_keyword(s, "OR");
}

static struct qf_query_node *new_node(struct parser *s, enum qf_query_op op)
{
	struct qf_query_node *node = qf_arena_get(s->a, 1, sizeof *node);

	if (node)
		*node = (struct qf_query_node){ .op = op };
	return node;
}

static enum qf_status new_leaf(struct parser *s, size_t at, enum qf_query_op op, struct qf_query_node **out)
{
	char text[80];

	snprintf(text, sizeof text, "more than %d terms", QF_QUERY_TERMS);
	if (++s->terms > QF_QUERY_TERMS)
		return wrong(s, at, text);
	*out = new_node(s, op);
	return *out ? QF_OK : no_memory(s);
}

/* ---- texts ------------------------------------------------------------------------------ */

static enum qf_status read_quoted(struct parser *s, const char **out)
{
	size_t begin = s->at++, len = 0;
	char *to = qf_arena_get(s->a, s->n - begin, 1);

	if (!to)
		return no_memory(s);
	for (; s->at < s->n && s->p[s->at] != '"'; s->at++) {
		if (s->p[s->at] == '\\' && (peek(s, 1) == '"' || peek(s, 1) == '\\'))
			s->at++;
		to[len++] = s->p[s->at];
	}
	if (s->at == s->n)
		return wrong(s, begin, "this quote is not closed");
	s->at++;
	to[len] = '\0';
	*out = to;
	if (len == 0)
		return wrong(s, begin, "an empty text; `missing:field` finds tracks without one");
	if (!ends(s, s->at) && peek(s, 0) != ',')
		return wrong(s, s->at, "a blank is wanted after the quote");
	return QF_OK;
}

/* Up to a blank, a bar, or a parenthesis that was not opened in the word; a comma at the
 * end is not part of it. */
static enum qf_status read_plain(struct parser *s, const char **out)
{
	size_t begin = s->at, open = 0;

	for (; s->at < s->n && !is_blank(s->p[s->at]) && s->p[s->at] != '|'; s->at++) {
		if (s->p[s->at] == '(')
			open++;
		else if (s->p[s->at] == ')' && open-- == 0)
			break;
	}
	if (s->at > begin + 1 && s->p[s->at - 1] == ',')
		s->at--;
	*out = qf_arena_dup(s->a, s->p + begin, s->at - begin);
	return *out ? QF_OK : no_memory(s);
}

static enum qf_status read_text(struct parser *s, const char **out)
{
	return peek(s, 0) == '"' ? read_quoted(s, out) : read_plain(s, out);
}

/* ---- terms ------------------------------------------------------------------------------ */

static enum qf_status take_range(struct parser *s, size_t at, const char *text, bool exact, struct qf_query_node *node)
{
	static const struct { enum qf_field_kind kind; bool seconds; const char *hint; } hints[] = {
		{ QF_FIELD_INT, false, "a whole number or a range such as 120..130, 120.. or ..130" },
		{ QF_FIELD_REAL, false, "a number or a range such as 120..130, 120.. or ..130" },
		{ QF_FIELD_REAL, true, "a number or a range such as 120..130, 120.. or ..130; in seconds, or as 3:30" },
		{ QF_FIELD_DATE, false, "a date or a range such as 2026, 2026-03..2026-05 or 2026-03-21.." },
	};
	const struct qf_field *f = &node->field;
	char wanted[160];

	node->op = QF_QUERY_RANGE;
	switch (qf_range_read(text, f, exact, &node->range)) {
	case QF_RANGE_OK:
		return QF_OK;
	case QF_RANGE_EMPTY:
		return wrong(s, at, "this range is empty: its first end is above its second");
	default:
		for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
			if (hints[i].kind == f->kind && hints[i].seconds == f->seconds)
				snprintf(wanted, sizeof wanted, "%s wants %s", f->name, hints[i].hint);
		return wrong(s, at, wanted);
	}
}

static size_t name_length(const struct parser *s)
{
	size_t n = 0;

	while (s->at + n < s->n && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", s->p[s->at + n]))
		n++;
	return n && peek(s, n) == ':' ? n : 0;
}

static enum qf_status unknown_field(struct parser *s, size_t at, const char *name, size_t n)
{
	struct qf_buf text = { 0 }, like = { 0 };
	enum qf_status rc;

	qf_field_suggest(&like, name, n);
	qf_buf_printf(&text, "there is no field '%.*s'", n > 40 ? 40 : (int)n, name);
	if (like.len)
		qf_buf_printf(&text, "; did you mean %s?", like.p);
	else
		qf_buf_puts(&text, " (put a text with a colon into quotes).");
	qf_buf_puts(&text, " Known are: ");
	qf_field_put_all(&text);
	if (text.len > QF_ERR_TEXT - 60) { /* end with a whole name */
		for (text.len = QF_ERR_TEXT - 60; text.p[text.len - 1] != ' '; text.len--)
			;
		text.p[text.len] = '\0';
		qf_buf_puts(&text, "…");
	}
	rc = text.failed || like.failed ? no_memory(s) : wrong(s, at, text.p);
	qf_buf_free(&text);
	qf_buf_free(&like);
	return rc;
}

static enum qf_status find_field(struct parser *s, size_t at, const char *name, size_t n, struct qf_field *out)
{
	if (n > 4 && strncasecmp(name, "tag.", 4) == 0) {
		char *key = qf_arena_dup(s->a, name + 4, n - 4);

		for (char *p = key; p && *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		*out = (struct qf_field){ key, QF_FIELD_TAG, false, false, 0 };
		return key ? QF_OK : no_memory(s);
	}
	return qf_field_find(name, n, out) ? QF_OK : unknown_field(s, at, name, n);
}

/* sort:energy- */
static enum qf_status take_sort(struct parser *s, size_t at, const char *value)
{
	size_t n = strlen(value);
	bool sign = n && strchr("+-", value[n - 1]);
	struct qf_field f;
	char text[80];
	enum qf_status rc;

	snprintf(text, sizeof text, "more than %d sorts", QF_QUERY_SORTS);
	if (s->q->n_sort == QF_QUERY_SORTS)
		return wrong(s, at, text);
	rc = find_field(s, at, value, n - sign, &f);
	if (rc != QF_OK)
		return rc;
	if (f.kind == QF_FIELD_RECORD)
		return wrong(s, at, "tracks cannot be sorted by this");
	s->q->sort[s->q->n_sort].field = f;
	s->q->sort[s->q->n_sort++].falling = sign && value[n - 1] == '-';
	return QF_OK;
}

static enum qf_status take_limit(struct parser *s, size_t at, const char *value)
{
	const struct qf_field whole = { .name = "limit", .kind = QF_FIELD_INT };
	struct qf_range r;

	if (strstr(value, "..") || qf_range_read(value, &whole, true, &r) != QF_RANGE_OK || r.lo < 1 || r.lo > 1e9)
		return wrong(s, at, "limit wants a whole number from 1");
	s->q->limit = (int64_t)r.lo;
	return QF_OK;
}

/* has:features, missing:genre */
static enum qf_status take_known(struct parser *s, size_t at, size_t value_at, const char *value, bool missing,
				 struct qf_query_node **out)
{
	struct qf_query_node *leaf = NULL, *not;
	enum qf_status rc = new_leaf(s, at, QF_QUERY_KNOWN, &leaf);

	if (rc == QF_OK)
		rc = find_field(s, value_at, value, strlen(value), &leaf->field);
	if (rc != QF_OK)
		return rc;
	s->q->with_gone |= leaf->field.kind == QF_FIELD_RECORD && strcmp(leaf->field.name, "file") == 0;
	*out = leaf;
	if (!missing)
		return QF_OK;
	not = new_node(s, QF_QUERY_NOT);
	if (!not)
		return no_memory(s);
	not->first = leaf;
	*out = not;
	return QF_OK;
}

static enum qf_status take_value(struct parser *s, size_t at, const struct qf_field *f, bool exact, struct qf_query_node **out)
{
	size_t value_at = s->at;
	struct qf_query_node *leaf = NULL;
	enum qf_status rc;

	if (f->kind == QF_FIELD_RECORD)
		return wrong(s, at, "this can only be asked for as has:… or missing:…");
	rc = new_leaf(s, at, exact ? QF_QUERY_IS : QF_QUERY_HAS, &leaf);
	if (rc == QF_OK)
		rc = read_text(s, &leaf->text);
	if (rc != QF_OK)
		return rc;
	leaf->field = *f;
	*out = leaf;
	if (!*leaf->text)
		return wrong(s, value_at, "a value is wanted; `missing:field` finds tracks without one");
	return qf_field_is_number(f->kind) ? take_range(s, value_at, leaf->text, exact, leaf) : QF_OK;
}

/* name[n]: and what follows. *out stays NULL for sort and limit. */
static enum qf_status parse_field(struct parser *s, size_t n, struct qf_query_node **out)
{
	static const struct { const char *name; size_t n; enum { SORT, LIMIT, HAS, MISSING } what; } words[] = {
		{ "sort", 4, SORT }, { "limit", 5, LIMIT }, { "has", 3, HAS }, { "missing", 7, MISSING },
	};
	size_t at = s->at, value_at;
	const char *name = s->p + at, *value;
	struct qf_field f;
	bool exact;
	enum qf_status rc;

	s->at += n + 1;
	value_at = s->at;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].n != n || strncasecmp(name, words[i].name, n) != 0)
			continue;
		rc = read_text(s, &value);
		if (rc != QF_OK)
			return rc;
		return words[i].what == SORT    ? take_sort(s, value_at, value)
		       : words[i].what == LIMIT ? take_limit(s, value_at, value)
						: take_known(s, at, value_at, value, words[i].what == MISSING, out);
	}
	rc = find_field(s, at, name, n, &f);
	if (rc != QF_OK)
		return rc;
	if (peek(s, 0) == ':')
		return wrong(s, s->at, "regular expressions (field::…) are not supported; field:text finds a part of it");
	exact = peek(s, 0) == '=';
	s->at += exact;
	return take_value(s, at, &f, exact, out);
}

static enum qf_status parse_word(struct parser *s, struct qf_query_node **out)
{
	bool quoted = peek(s, 0) == '"';
	enum qf_status rc = new_leaf(s, s->at, QF_QUERY_WORD, out);
	size_t n;
	char *star;

	if (rc == QF_OK)
		rc = read_text(s, &(*out)->text);
	if (rc != QF_OK || quoted)
		return rc;
	n = strlen((*out)->text);
	if (n > 1 && (*out)->text[n - 1] == '*') {
		star = qf_arena_dup(s->a, (*out)->text, n - 1);
		if (!star)
			return no_memory(s);
		(*out)->text = star;
		(*out)->prefix = true;
	}
	return QF_OK;
}

/* ---- the tree --------------------------------------------------------------------------- */

static enum qf_status deeper(struct parser *s)
{
	char text[80];

	snprintf(text, sizeof text, "more than %d groups and negations within each other", QF_QUERY_DEPTH);
	return ++s->depth > QF_QUERY_DEPTH ? wrong(s, s->at, text) : QF_OK;
}

static enum qf_status parse_group(struct parser *s, struct qf_query_node **out)
{
	size_t begin = s->at++;
	enum qf_status rc = deeper(s);

	if (rc == QF_OK)
		rc = parse_or(s, out);
	if (rc != QF_OK)
		return rc;
	s->depth--;
	if (peek(s, 0) != ')')
		return wrong(s, begin, "this parenthesis is not closed");
	s->at++;
	return *out ? QF_OK : wrong(s, begin, "there is no term in these parentheses");
}

static enum qf_status parse_unary(struct parser *s, struct qf_query_node **out);

static enum qf_status parse_not(struct parser *s, size_t begin, struct qf_query_node **out)
{
	struct qf_query_node *inner = NULL;
	enum qf_status rc = deeper(s);

	if (rc == QF_OK)
		rc = parse_unary(s, &inner);
	if (rc != QF_OK)
		return rc;
	s->depth--;
	if (!inner)
		return wrong(s, begin, "there is nothing here that could be negated");
	*out = new_node(s, QF_QUERY_NOT);
	if (!*out)
		return no_memory(s);
	(*out)->first = inner;
	return QF_OK;
}

static enum qf_status parse_unary(struct parser *s, struct qf_query_node **out)
{
	size_t begin, n;

	skip_blanks(s);
	begin = s->at;
	if (take_keyword(s, "not") || take_keyword(s, "NOT"))
		return parse_not(s, begin, out);
	if (peek(s, 0) == '-' && !ends(s, s->at + 1)) {
		s->at++;
		return parse_not(s, begin, out);
	}
	if (peek(s, 0) == '-' && peek(s, 1) == '(') {
		s->at++;
		return parse_not(s, begin, out);
	}
	if (peek(s, 0) == '(')
		return parse_group(s, out);
	if (ends(s, s->at) || peek(s, 0) == ',')
		return QF_OK;
	n = name_length(s);
	return n ? parse_field(s, n, out) : parse_word(s, out);
}

/* Hang a child behind the others. */
static void append(struct qf_query_node ***tail, struct qf_query_node *child)
{
	**tail = child;
	*tail = &child->next;
}

/* *out is the only child itself, or a node over all of them; NULL if there are none. */
static enum qf_status join(struct parser *s, enum qf_query_op op, struct qf_query_node *first, struct qf_query_node **out)
{
	*out = first;
	if (!first || !first->next)
		return QF_OK;
	*out = new_node(s, op);
	if (!*out)
		return no_memory(s);
	(*out)->first = first;
	return QF_OK;
}

static bool at_end_of_and(struct parser *s)
{
	size_t at = s->at;
	bool end = s->at >= s->n || peek(s, 0) == ')' || take_or(s);

	s->at = at;
	return end;
}

static enum qf_status parse_and(struct parser *s, struct qf_query_node **out)
{
	struct qf_query_node *first = NULL, **tail = &first;

	for (;;) {
		struct qf_query_node *child = NULL;
		enum qf_status rc;

		while (take_keyword(s, "AND"))
			;
		skip_blanks(s);
		if (peek(s, 0) == '-' && peek(s, 1) != '(' && ends(s, s->at + 1)) { /* "artist - title" */
			s->at++;
			continue;
		}
		if (at_end_of_and(s))
			return join(s, QF_QUERY_AND, first, out);
		rc = parse_unary(s, &child);
		if (rc != QF_OK)
			return rc;
		if (child)
			append(&tail, child);
	}
}

static enum qf_status parse_or(struct parser *s, struct qf_query_node **out)
{
	struct qf_query_node *first = NULL, **tail = &first;
	size_t begin = s->at;

	for (bool again = true, more = false; again; more = true) {
		struct qf_query_node *side = NULL;
		enum qf_status rc = parse_and(s, &side);

		if (rc != QF_OK)
			return rc;
		if (side)
			append(&tail, side);
		begin = s->at;
		again = take_or(s);
		if (!side && (again || more))
			return wrong(s, begin, "a side of this OR is empty");
	}
	return join(s, QF_QUERY_OR, first, out);
}

enum qf_status qf_query_parse(struct qf_query *q, const char *text, size_t n, struct qf_arena *a, struct qf_err *e)
{
	struct parser s = { .p = text, .n = n, .q = q, .a = a, .e = e };
	enum qf_status rc;

	*q = (struct qf_query){ 0 };
	if (n > QF_QUERY_BYTES)
		return qf_fail(e, QF_EINVAL, "query: longer than %d bytes", QF_QUERY_BYTES);
	if (n && (memchr(text, '\0', n) || !qf_utf8_valid(text, n)))
		return qf_fail(e, QF_EINVAL, "query: not UTF-8");
	rc = parse_or(&s, &q->where);
	if (rc == QF_OK && s.at < n)
		rc = wrong(&s, s.at, "there is no parenthesis that this could close");
	return rc;
}
