/* The leaves of a query: words, texts, fields with their values, and what orders the result. */
#include "query/parser.h"

#include "base/regex.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum qf_status take_range(struct qf_parser *s, size_t at, const char *text, bool exact, struct qf_query_node *node)
{
	static const struct { enum qf_field_kind kind; bool seconds; const char *hint; } hints[] = {
		{ QF_FIELD_INT, false, "a whole number or a range such as 120..130, 120.. or ..130" },
		{ QF_FIELD_REAL, false, "a number or a range such as 120..130, 120.. or ..130" },
		{ QF_FIELD_REAL, true, "a number or a range such as 120..130, 120.. or ..130; in seconds, or as 3:30" },
		{ QF_FIELD_DATE, false, "a date or a range such as 2026, 2026-03..2026-05 or 2026-03-21.., or a time before now such as 30d.. or ..2w" },
	};
	const struct qf_field *f = &node->field;
	char wanted[200];

	node->op = QF_QUERY_RANGE;
	switch (qf_range_read(text, f, exact, s->env->now, &node->range)) {
	case QF_RANGE_OK:
		return QF_OK;
	case QF_RANGE_EMPTY:
		return qf_parser_wrong(s, at, "this range is empty: its first end is above its second");
	case QF_RANGE_NO_NOW:
		return qf_parser_wrong(s, at, "times before now are not known here; a date is wanted");
	default:
		for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
			if (hints[i].kind == f->kind && hints[i].seconds == f->seconds)
				snprintf(wanted, sizeof wanted, "%s wants %s", f->name, hints[i].hint);
		return qf_parser_wrong(s, at, wanted);
	}
}

static size_t name_length(const struct qf_parser *s)
{
	size_t n = 0;

	while (s->at + n < s->n && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", s->p[s->at + n]))
		n++;
	return n && qf_parser_peek(s, n) == ':' ? n : 0;
}

static enum qf_status unknown_field(struct qf_parser *s, size_t at, const char *name, size_t n)
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
	rc = text.failed || like.failed ? qf_parser_no_memory(s) : qf_parser_wrong(s, at, text.p);
	qf_buf_free(&text);
	qf_buf_free(&like);
	return rc;
}

static enum qf_status find_field(struct qf_parser *s, size_t at, const char *name, size_t n, struct qf_field *out)
{
	if (n > 4 && strncasecmp(name, "tag.", 4) == 0) {
		char *key = qf_arena_dup(s->a, name + 4, n - 4);

		for (char *p = key; p && *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		*out = (struct qf_field){ key, QF_FIELD_TAG, false, false, 0 };
		return key ? QF_OK : qf_parser_no_memory(s);
	}
	return qf_field_find(name, n, out) ? QF_OK : unknown_field(s, at, name, n);
}

/* sort:energy- */
static enum qf_status take_sort(struct qf_parser *s, size_t at, const char *value)
{
	size_t n = strlen(value);
	bool sign = n && strchr("+-", value[n - 1]);
	struct qf_field f;
	char text[80];
	enum qf_status rc;

	snprintf(text, sizeof text, "more than %d sorts", QF_QUERY_SORTS);
	if (s->q->n_sort == QF_QUERY_SORTS)
		return qf_parser_wrong(s, at, text);
	rc = find_field(s, at, value, n - sign, &f);
	if (rc != QF_OK)
		return rc;
	if (f.kind == QF_FIELD_RECORD)
		return qf_parser_wrong(s, at, "tracks cannot be sorted by this");
	s->q->sort[s->q->n_sort].field = f;
	s->q->sort[s->q->n_sort++].falling = sign && value[n - 1] == '-';
	return QF_OK;
}

/* limit:50, sample:50 */
static enum qf_status take_count(struct qf_parser *s, size_t at, const char *name, const char *value, int64_t *to)
{
	const struct qf_field whole = { .name = name, .kind = QF_FIELD_INT };
	struct qf_range r;
	char text[64];

	snprintf(text, sizeof text, "%s wants a whole number from 1", name);
	if (strstr(value, "..") || qf_range_read(value, &whole, true, 0, &r) != QF_RANGE_OK || r.lo < 1 || r.lo > 1e9)
		return qf_parser_wrong(s, at, text);
	*to = (int64_t)r.lo;
	return QF_OK;
}

/* group:artist */
static enum qf_status take_group(struct qf_parser *s, size_t at, const char *value)
{
	enum qf_status rc = find_field(s, at, value, strlen(value), &s->q->group);

	if (rc == QF_OK && s->q->group.kind == QF_FIELD_RECORD)
		return qf_parser_wrong(s, at, "tracks cannot be grouped by this");
	s->q->grouped = rc == QF_OK;
	return rc;
}

/* Whether a term with this field speaks of tracks whose files have gone. */
static bool is_about_gone(const char *field)
{
	return strcmp(field, "file") == 0 || strcmp(field, "gone") == 0;
}

/* has:features, missing:genre */
static enum qf_status take_known(struct qf_parser *s, size_t at, size_t value_at, const char *value, bool missing,
				 struct qf_query_node **out)
{
	struct qf_query_node *leaf = NULL, *not;
	enum qf_status rc = qf_parser_leaf(s, at, QF_QUERY_KNOWN, &leaf);

	if (rc == QF_OK)
		rc = find_field(s, value_at, value, strlen(value), &leaf->field);
	if (rc != QF_OK)
		return rc;
	s->q->with_gone |= is_about_gone(leaf->field.name);
	*out = leaf;
	if (!missing)
		return QF_OK;
	not = qf_parser_node(s, QF_QUERY_NOT);
	if (!not)
		return qf_parser_no_memory(s);
	not->first = leaf;
	*out = not;
	return QF_OK;
}

/* Cut the star of "beg*" off; the text is in the arena. */
static bool take_star(char *text)
{
	size_t n = strlen(text);

	if (n < 2 || text[n - 1] != '*')
		return false;
	text[n - 1] = '\0';
	return true;
}

static enum qf_status make_leaf(struct qf_parser *s, size_t at, const struct qf_field *f, bool exact, bool quoted, char *text,
				struct qf_query_node **out)
{
	struct qf_query_node *leaf;
	enum qf_status rc = qf_parser_leaf(s, at, exact ? QF_QUERY_IS : QF_QUERY_HAS, out);

	if (rc != QF_OK)
		return rc;
	leaf = *out;
	leaf->field = *f;
	leaf->text = text;
	if (!*text)
		return qf_parser_wrong(s, at, "a value is wanted; `missing:field` finds tracks without one");
	if (qf_field_is_number(f->kind))
		return take_range(s, at, text, exact, leaf);
	leaf->prefix = !exact && !quoted && f->kind != QF_FIELD_LABELS && take_star(text);
	return QF_OK;
}

/* One value of a list, up to the comma, bar or parenthesis behind it. */
static enum qf_status read_item(struct qf_parser *s, char **out)
{
	size_t begin, end;

	qf_parser_skip_blanks(s);
	if (qf_parser_peek(s, 0) == '"')
		return qf_parser_quoted(s, out);
	for (begin = s->at; s->at < s->n && !strchr(",|)", s->p[s->at]); s->at++)
		;
	for (end = s->at; end > begin && qf_parser_blank(s->p[end - 1]); end--)
		;
	*out = qf_arena_dup(s->a, s->p + begin, end - begin);
	return *out ? QF_OK : qf_parser_no_memory(s);
}

/* (hip hop, "rock & roll" | jazz) */
static enum qf_status take_list(struct qf_parser *s, const struct qf_field *f, bool exact, struct qf_query_node **out)
{
	size_t begin = s->at;
	struct qf_query_node *first = NULL, **tail = &first, *leaf;

	do {
		size_t at = ++s->at; /* behind the parenthesis or comma */
		enum qf_status rc;
		bool quoted;
		char *text;

		qf_parser_skip_blanks(s);
		quoted = qf_parser_peek(s, 0) == '"';
		rc = read_item(s, &text);
		if (rc == QF_OK)
			rc = make_leaf(s, at, f, exact, quoted, text, &leaf);
		if (rc != QF_OK)
			return rc;
		qf_parser_append(&tail, leaf);
		qf_parser_skip_blanks(s);
	} while (qf_parser_peek(s, 0) == ',' || qf_parser_peek(s, 0) == '|');
	if (qf_parser_peek(s, 0) != ')')
		return qf_parser_wrong(s, begin, "this list is not closed");
	s->at++;
	if (!qf_parser_ends(s, s->at) && qf_parser_peek(s, 0) != ',')
		return qf_parser_wrong(s, s->at, "a blank is wanted after the list");
	return qf_parser_join(s, QF_QUERY_OR, first, out);
}

static enum qf_status take_value(struct qf_parser *s, size_t at, const struct qf_field *f, bool exact, struct qf_query_node **out)
{
	size_t value_at = s->at;
	bool quoted = qf_parser_peek(s, 0) == '"';
	enum qf_status rc;
	char *text;

	if (f->kind == QF_FIELD_RECORD)
		return qf_parser_wrong(s, at, "this can only be asked for as has:… or missing:…");
	s->q->with_gone |= is_about_gone(f->name);
	if (qf_parser_peek(s, 0) == '(')
		return take_list(s, f, exact, out);
	rc = qf_parser_text(s, &text);
	return rc == QF_OK ? make_leaf(s, value_at, f, exact, quoted, text, out) : rc;
}

/* Up to a blank; parentheses that are opened in the expression belong to it. */
static enum qf_status read_pattern(struct qf_parser *s, char **out)
{
	size_t begin = s->at, open = 0;

	if (qf_parser_peek(s, 0) == '"')
		return qf_parser_quoted(s, out);
	for (; s->at < s->n && !qf_parser_blank(s->p[s->at]); s->at++) {
		if (s->p[s->at] == '\\' && s->at + 1 < s->n)
			s->at++;
		else if (s->p[s->at] == '(')
			open++;
		else if (s->p[s->at] == ')' && open-- == 0)
			break;
	}
	*out = qf_arena_dup(s->a, s->p + begin, s->at - begin);
	return *out ? QF_OK : qf_parser_no_memory(s);
}

/* field::expression */
static enum qf_status take_pattern(struct qf_parser *s, size_t at, const struct qf_field *f, struct qf_query_node **out)
{
	size_t pattern_at = ++s->at;
	struct qf_err why = { 0 };
	struct qf_regex *r;
	char *text;
	enum qf_status rc;

	if (f->kind == QF_FIELD_RECORD || qf_field_is_number(f->kind))
		return qf_parser_wrong(s, at, "regular expressions are for texts; this field is none");
	rc = read_pattern(s, &text);
	if (rc != QF_OK)
		return rc;
	if (!*text)
		return qf_parser_wrong(s, pattern_at, "a regular expression is wanted after ::");
	rc = qf_regex_open(&r, text, &why);
	qf_regex_close(r);
	if (rc != QF_OK)
		return rc == QF_EINVAL ? qf_parser_wrong(s, pattern_at, why.text) : qf_parser_no_memory(s);
	rc = qf_parser_leaf(s, at, QF_QUERY_MATCH, out);
	if (rc == QF_OK) {
		(*out)->field = *f;
		(*out)->text = text;
	}
	return rc;
}

/* What does not select tracks one by one, and has:, missing:. */
static enum qf_status take_word_value(struct qf_parser *s, const char *word, size_t at, struct qf_query_node **out)
{
	size_t value_at = s->at;
	char *value;
	enum qf_status rc = qf_parser_text(s, &value);

	if (rc != QF_OK)
		return rc;
	if (strcmp(word, "sort") == 0)
		return take_sort(s, value_at, value);
	if (strcmp(word, "group") == 0)
		return take_group(s, value_at, value);
	if (strcmp(word, "limit") == 0)
		return take_count(s, value_at, word, value, &s->q->limit);
	if (strcmp(word, "sample") == 0)
		return take_count(s, value_at, word, value, &s->q->sample);
	return take_known(s, at, value_at, value, strcmp(word, "missing") == 0, out);
}

/* name[n]: and what follows. */
static enum qf_status parse_field(struct qf_parser *s, size_t n, struct qf_query_node **out)
{
	static const char *const words[] = { "sort", "group", "limit", "sample", "has", "missing" };
	size_t at = s->at;
	const char *name = s->p + at;
	struct qf_field f;
	bool exact;
	enum qf_status rc;

	s->at += n + 1;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == n && strncasecmp(name, words[i], n) == 0)
			return take_word_value(s, words[i], at, out);
	rc = find_field(s, at, name, n, &f);
	if (rc != QF_OK)
		return rc;
	if (qf_parser_peek(s, 0) == ':')
		return take_pattern(s, at, &f, out);
	exact = qf_parser_peek(s, 0) == '=';
	s->at += exact;
	return take_value(s, at, &f, exact, out);
}

static enum qf_status parse_word(struct qf_parser *s, struct qf_query_node **out)
{
	bool quoted = qf_parser_peek(s, 0) == '"';
	size_t at = s->at;
	char *text;
	enum qf_status rc = qf_parser_text(s, &text);

	if (rc == QF_OK)
		rc = qf_parser_leaf(s, at, QF_QUERY_WORD, out);
	if (rc != QF_OK)
		return rc;
	(*out)->text = text;
	(*out)->prefix = !quoted && take_star(text);
	return QF_OK;
}

/* @name: the saved text in a parser of its own, which shares the limits. */
static enum qf_status parse_saved(struct qf_parser *s, struct qf_query_node **out)
{
	size_t begin = s->at++;
	const char *text = NULL;
	char *name;
	struct qf_parser inner = *s;
	enum qf_status rc = qf_parser_plain(s, &name);

	if (rc == QF_OK && s->saved == QF_QUERY_SAVED)
		return qf_parser_wrong(s, begin, "saved queries that name each other, without an end");
	if (rc == QF_OK)
		rc = s->env->saved(s->env->user, name, s->a, &text, s->e);
	if (rc == QF_ENOTFOUND)
		return qf_parser_wrong(s, begin, "no query was saved under this name (put a word with an @ into quotes)");
	if (rc != QF_OK)
		return rc;
	inner.p = text;
	inner.n = strlen(text);
	inner.at = 0;
	inner.saved++;
	inner.terms = s->terms;
	rc = qf_parser_or(&inner, out);
	if (rc == QF_OK && inner.at < inner.n)
		rc = qf_parser_wrong(&inner, inner.at, "there is no parenthesis that this could close");
	s->terms = inner.terms;
	if (rc != QF_OK) {
		s->q->error_at = begin;
		qf_err_at(s->e, name);
	}
	return rc;
}

enum qf_status qf_parser_term(struct qf_parser *s, struct qf_query_node **out)
{
	size_t n = name_length(s);

	if (n)
		return parse_field(s, n, out);
	if (qf_parser_peek(s, 0) == '@' && s->env->saved && !qf_parser_ends(s, s->at + 1))
		return parse_saved(s, out);
	return parse_word(s, out);
}
