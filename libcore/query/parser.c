#include "query/parser.h"

#include <stdio.h>
#include <string.h>

enum qf_status qf_parser_wrong(struct qf_parser *s, size_t at, const char *what)
{
	size_t column = 1;

	s->q->error_at = at;
	for (size_t i = 0; i < at; i++)
		column += ((unsigned char)s->p[i] & 0xC0) != 0x80;
	return qf_fail(s->e, QF_EINVAL, "query: column %zu: %s", column, what);
}

enum qf_status qf_parser_no_memory(struct qf_parser *s)
{
	return qf_fail(s->e, QF_ENOMEM, "query: out of memory");
}

bool qf_parser_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void qf_parser_skip_blanks(struct qf_parser *s)
{
	while (s->at < s->n && qf_parser_blank(s->p[s->at]))
		s->at++;
}

char qf_parser_peek(const struct qf_parser *s, size_t ahead)
{
	return s->at + ahead < s->n ? s->p[s->at + ahead] : '\0';
}

bool qf_parser_ends(const struct qf_parser *s, size_t at)
{
	return at >= s->n || qf_parser_blank(s->p[at]) || strchr("|()", s->p[at]);
}

struct qf_query_node *qf_parser_node(struct qf_parser *s, enum qf_query_op op)
{
	struct qf_query_node *node = qf_arena_get(s->a, 1, sizeof *node);

	if (node)
		*node = (struct qf_query_node){ .op = op };
	return node;
}

enum qf_status qf_parser_leaf(struct qf_parser *s, size_t at, enum qf_query_op op, struct qf_query_node **out)
{
	char text[80];

	snprintf(text, sizeof text, "more than %d terms", QF_QUERY_TERMS);
	if (++s->terms > QF_QUERY_TERMS)
		return qf_parser_wrong(s, at, text);
	*out = qf_parser_node(s, op);
	return *out ? QF_OK : qf_parser_no_memory(s);
}

void qf_parser_append(struct qf_query_node ***tail, struct qf_query_node *child)
{
	**tail = child;
	*tail = &child->next;
}

enum qf_status qf_parser_join(struct qf_parser *s, enum qf_query_op op, struct qf_query_node *first, struct qf_query_node **out)
{
	*out = first;
	if (!first || !first->next)
		return QF_OK;
	*out = qf_parser_node(s, op);
	if (!*out)
		return qf_parser_no_memory(s);
	(*out)->first = first;
	return QF_OK;
}

/* ---- texts ------------------------------------------------------------------------------ */

enum qf_status qf_parser_quoted(struct qf_parser *s, char **out)
{
	size_t begin = s->at++, len = 0;
	char *to = qf_arena_get(s->a, s->n - begin, 1);

	if (!to)
		return qf_parser_no_memory(s);
	for (; s->at < s->n && s->p[s->at] != '"'; s->at++) {
		if (s->p[s->at] == '\\' && (qf_parser_peek(s, 1) == '"' || qf_parser_peek(s, 1) == '\\'))
			s->at++;
		to[len++] = s->p[s->at];
	}
	if (s->at == s->n)
		return qf_parser_wrong(s, begin, "this quote is not closed");
	s->at++;
	to[len] = '\0';
	*out = to;
	if (len == 0)
		return qf_parser_wrong(s, begin, "an empty text; `missing:field` finds tracks without one");
	if (!qf_parser_ends(s, s->at) && qf_parser_peek(s, 0) != ',')
		return qf_parser_wrong(s, s->at, "a blank is wanted after the quote");
	return QF_OK;
}

enum qf_status qf_parser_plain(struct qf_parser *s, char **out)
{
	size_t begin = s->at, open = 0;

	for (; s->at < s->n && !qf_parser_blank(s->p[s->at]) && s->p[s->at] != '|'; s->at++) {
		if (s->p[s->at] == '(')
			open++;
		else if (s->p[s->at] == ')' && open-- == 0)
			break;
	}
	if (s->at > begin + 1 && s->p[s->at - 1] == ',')
		s->at--;
	*out = qf_arena_dup(s->a, s->p + begin, s->at - begin);
	return *out ? QF_OK : qf_parser_no_memory(s);
}

enum qf_status qf_parser_text(struct qf_parser *s, char **out)
{
	return qf_parser_peek(s, 0) == '"' ? qf_parser_quoted(s, out) : qf_parser_plain(s, out);
}
