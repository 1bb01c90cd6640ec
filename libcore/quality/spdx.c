#include "quality/spdx.h"

#include <string.h>
#include <strings.h>

struct parser {
	struct qf_spdx *x;
	const char *text;
	size_t n, at, depth;
	struct qf_err *e;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_id(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->n && is_blank(p->text[p->at]))
		p->at++;
}

static bool take(struct parser *p, char c)
{
	skip_blanks(p);
	if (p->at == p->n || p->text[p->at] != c)
		return false;
	p->at++;
	return true;
}

/* The letters of the next word, which is not taken. */
static struct qf_span look(struct parser *p)
{
	size_t end;

	skip_blanks(p);
	for (end = p->at; end < p->n && is_id(p->text[end]); end++)
		;
	return (struct qf_span){ p->text + p->at, end - p->at };
}

static bool is_word(struct qf_span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

static bool is_operator(struct qf_span s)
{
	return is_word(s, "and") || is_word(s, "or") || is_word(s, "with");
}

static enum qf_status wrong(struct parser *p, const char *what)
{
	return qf_fail(p->e, QF_EFORMAT, "%s at byte %zu", what, p->at + 1);
}

static enum qf_status new_node(struct parser *p, const struct qf_spdx_node *node, size_t *out)
{
	if (p->x->n == QF_SPDX_NODES)
		return qf_fail(p->e, QF_ELIMIT, "more than %d licences and operators", QF_SPDX_NODES);
	*out = p->x->n++;
	p->x->node[*out] = *node;
	return QF_OK;
}

static enum qf_status parse_or(struct parser *p, size_t *out);

static enum qf_status parse_term(struct parser *p, size_t *out)
{
	struct qf_spdx_node node = { .kind = QF_SPDX_TERM };
	enum qf_status rc;

	if (take(p, '(')) {
		if (++p->depth > QF_SPDX_DEPTH)
			return qf_fail(p->e, QF_ELIMIT, "brackets deeper than %d", QF_SPDX_DEPTH);
		rc = parse_or(p, out);
		p->depth--;
		if (rc == QF_OK && !take(p, ')'))
			rc = wrong(p, "a closing bracket is missing");
		return rc;
	}
	node.id = look(p);
	if (node.id.n == 0 || is_operator(node.id))
		return wrong(p, "a licence is missing");
	p->at += node.id.n;
	node.plus = p->at < p->n && p->text[p->at] == '+';
	p->at += node.plus;
	if (is_word(look(p), "with")) {
		p->at += 4;
		node.with = look(p);
		if (node.with.n == 0 || is_operator(node.with))
			return wrong(p, "an exception is missing");
		p->at += node.with.n;
	}
	return new_node(p, &node, out);
}

/* Terms joined by one operator, the first two first. */
static enum qf_status parse_chain(struct parser *p, const char *word, enum qf_spdx_kind kind,
				  enum qf_status (*part)(struct parser *p, size_t *out), size_t *out)
{
	enum qf_status rc = part(p, out);

	while (rc == QF_OK && is_word(look(p), word)) {
		struct qf_spdx_node node = { .kind = kind, .left = *out };

		p->at += strlen(word);
		rc = part(p, &node.right);
		if (rc == QF_OK)
			rc = new_node(p, &node, out);
	}
	return rc;
}

static enum qf_status parse_and(struct parser *p, size_t *out)
{
	return parse_chain(p, "and", QF_SPDX_AND, parse_term, out);
}

static enum qf_status parse_or(struct parser *p, size_t *out)
{
	return parse_chain(p, "or", QF_SPDX_OR, parse_and, out);
}

enum qf_status qf_spdx_parse(struct qf_spdx *x, const char *text, size_t n, struct qf_err *e)
{
	struct parser p = { .x = x, .text = text, .n = n, .e = e };
	enum qf_status rc;

	x->n = 0;
	rc = parse_or(&p, &x->root);
	skip_blanks(&p);
	return rc == QF_OK && p.at < n ? wrong(&p, "an operator (AND, OR, WITH) is missing") : rc;
}
