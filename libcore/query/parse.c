/* A recursive descent over
 *
 *     query = or
 *     or    = and { ("|" | "OR" | ",") and }
 *     and   = unary { ["AND"] unary }
 *     unary = ("-" | "not" | "NOT") unary | "(" or ")" | term
 *     term  = word | "quoted" | "@" name | name ":" value | name "::" expression
 *     value = ["="] ( text | "(" text { ("," | "|") text } ")" )
 *
 * A comma is an OR only at the end of a word or alone, as in beets, so that it can stand
 * inside of names. */
#include "query/parser.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool take_keyword(struct qf_parser *s, const char *word)
{
	size_t n = strlen(word);

	qf_parser_skip_blanks(s);
	if (s->n - s->at < n || memcmp(s->p + s->at, word, n) != 0 || !qf_parser_ends(s, s->at + n))
		return false;
	s->at += n;
	return true;
}

static bool take_or(struct qf_parser *s)
{
	qf_parser_skip_blanks(s);
	if (qf_parser_peek(s, 0) == '|' || qf_parser_peek(s, 0) == ',') {
		s->at++;
		return true;
	}
	return take_keyword(s, "OR");
}

static enum qf_status deeper(struct qf_parser *s)
{
	char text[80];

	snprintf(text, sizeof text, "more than %d groups and negations within each other", QF_QUERY_DEPTH);
	return ++s->depth > QF_QUERY_DEPTH ? qf_parser_wrong(s, s->at, text) : QF_OK;
}

static enum qf_status parse_group(struct qf_parser *s, struct qf_query_node **out)
{
	size_t begin = s->at++;
	enum qf_status rc = deeper(s);

	if (rc == QF_OK)
		rc = qf_parser_or(s, out);
	if (rc != QF_OK)
		return rc;
	s->depth--;
	if (qf_parser_peek(s, 0) != ')')
		return qf_parser_wrong(s, begin, "this parenthesis is not closed");
	s->at++;
	return *out ? QF_OK : qf_parser_wrong(s, begin, "there is no term in these parentheses");
}

static enum qf_status parse_unary(struct qf_parser *s, struct qf_query_node **out);

static enum qf_status parse_not(struct qf_parser *s, size_t begin, struct qf_query_node **out)
{
	struct qf_query_node *inner = NULL;
	enum qf_status rc = deeper(s);

	if (rc == QF_OK)
		rc = parse_unary(s, &inner);
	if (rc != QF_OK)
		return rc;
	s->depth--;
	if (!inner)
		return qf_parser_wrong(s, begin, "there is nothing here that could be negated");
	*out = qf_parser_node(s, QF_QUERY_NOT);
	if (!*out)
		return qf_parser_no_memory(s);
	(*out)->first = inner;
	return QF_OK;
}

static enum qf_status parse_unary(struct qf_parser *s, struct qf_query_node **out)
{
	size_t begin;

	qf_parser_skip_blanks(s);
	begin = s->at;
	if (take_keyword(s, "not") || take_keyword(s, "NOT"))
		return parse_not(s, begin, out);
	if (qf_parser_peek(s, 0) == '-' && !qf_parser_ends(s, s->at + 1)) {
		s->at++;
		return parse_not(s, begin, out);
	}
	if (qf_parser_peek(s, 0) == '-' && qf_parser_peek(s, 1) == '(') {
		s->at++;
		return parse_not(s, begin, out);
	}
	if (qf_parser_peek(s, 0) == '(')
		return parse_group(s, out);
	if (qf_parser_ends(s, s->at) || qf_parser_peek(s, 0) == ',')
		return QF_OK;
	return qf_parser_term(s, out);
}

static bool at_end_of_and(struct qf_parser *s)
{
	size_t at = s->at;
	bool end = s->at >= s->n || qf_parser_peek(s, 0) == ')' || take_or(s);

	s->at = at;
	return end;
}

static enum qf_status parse_and(struct qf_parser *s, struct qf_query_node **out)
{
	struct qf_query_node *first = NULL, **tail = &first;

	for (;;) {
		struct qf_query_node *child = NULL;
		enum qf_status rc;

		while (take_keyword(s, "AND"))
			;
		qf_parser_skip_blanks(s);
		if (qf_parser_peek(s, 0) == '-' && qf_parser_peek(s, 1) != '(' && qf_parser_ends(s, s->at + 1)) { /* "artist - title" */
			s->at++;
			continue;
		}
		if (at_end_of_and(s))
			return qf_parser_join(s, QF_QUERY_AND, first, out);
		rc = parse_unary(s, &child);
		if (rc != QF_OK)
			return rc;
		if (child)
			qf_parser_append(&tail, child);
	}
}

enum qf_status qf_parser_or(struct qf_parser *s, struct qf_query_node **out)
{
	struct qf_query_node *first = NULL, **tail = &first;
	size_t begin = s->at;

	for (bool again = true, more = false; again; more = true) {
		struct qf_query_node *side = NULL;
		enum qf_status rc = parse_and(s, &side);

		if (rc != QF_OK)
			return rc;
		if (side)
			qf_parser_append(&tail, side);
		begin = s->at;
		again = take_or(s);
		if (!side && (again || more))
			return qf_parser_wrong(s, begin, "a side of this OR is empty");
	}
	return qf_parser_join(s, QF_QUERY_OR, first, out);
}

enum qf_status qf_query_parse_in(struct qf_query *q, const char *text, size_t n, const struct qf_query_env *env,
				 struct qf_arena *a, struct qf_err *e)
{
	struct qf_parser s = { .p = text, .n = n, .q = q, .a = a, .env = env, .e = e };
	enum qf_status rc;

	*q = (struct qf_query){ 0 };
	if (n > QF_QUERY_BYTES)
		return qf_fail(e, QF_EINVAL, "query: longer than %d bytes", QF_QUERY_BYTES);
	if (n && (memchr(text, '\0', n) || !qf_utf8_valid(text, n)))
		return qf_fail(e, QF_EINVAL, "query: not UTF-8");
	rc = qf_parser_or(&s, &q->where);
	if (rc == QF_OK && s.at < n)
		rc = qf_parser_wrong(&s, s.at, "there is no parenthesis that this could close");
	return rc;
}

enum qf_status qf_query_parse(struct qf_query *q, const char *text, size_t n, struct qf_arena *a, struct qf_err *e)
{
	static const struct qf_query_env nothing = { 0 };

	return qf_query_parse_in(q, text, n, &nothing, a, e);
}

enum qf_status qf_query_and(struct qf_query *q, const struct qf_query *other, struct qf_arena *a, struct qf_err *e)
{
	struct qf_query_node *both;

	if (q->n_sort + other->n_sort > QF_QUERY_SORTS)
		return qf_fail(e, QF_EINVAL, "query: more than %d sorts", QF_QUERY_SORTS);
	for (size_t i = 0; i < other->n_sort; i++)
		q->sort[q->n_sort++] = other->sort[i];
	if (!q->limit && !q->limit_percent) {
		q->limit = other->limit;
		q->limit_percent = other->limit_percent;
	}
	q->sample = q->sample ? q->sample : other->sample;
	if (!q->grouped && other->grouped) {
		q->grouped = true;
		q->group = other->group;
	}
	q->with_gone |= other->with_gone;
	if (!other->where)
		return QF_OK;
	if (!q->where) {
		q->where = other->where;
		return QF_OK;
	}
	both = qf_arena_get(a, 1, sizeof *both);
	if (!both)
		return qf_fail(e, QF_ENOMEM, "query: out of memory");
	*both = (struct qf_query_node){ .op = QF_QUERY_AND, .first = q->where };
	q->where->next = other->where; /* a root has no sibling of its own */
	q->where = both;
	return QF_OK;
}
