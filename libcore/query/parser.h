/* parser.h - the parser that parse.c (the tree) and term.c (its leaves) share. Not for others. */
#ifndef QF_QUERY_PARSER_H
#define QF_QUERY_PARSER_H

#include "query/query.h"

struct qf_parser {
	const char *p;
	size_t n, at;
	struct qf_query *q;
	struct qf_arena *a;
	const struct qf_query_env *env;
	size_t depth, terms, saved; /* saved: how many saved queries we are within */
	struct qf_err *e;
};

/* ---- parser.c: place, errors, texts, nodes ---- */

/* QF_EINVAL with the column of byte `at`, which is kept in q->error_at. */
enum qf_status qf_parser_wrong(struct qf_parser *s, size_t at, const char *what);
enum qf_status qf_parser_no_memory(struct qf_parser *s);

bool qf_parser_blank(char c);
void qf_parser_skip_blanks(struct qf_parser *s);
char qf_parser_peek(const struct qf_parser *s, size_t ahead); /* NUL behind the end */
bool qf_parser_ends(const struct qf_parser *s, size_t at);    /* whether a word may end before p[at] */

/* A text at this place, in the arena, and on behind it: in quotes, or up to a blank, a bar or a parenthesis that was not opened in
 * it, without a comma at the end; or whichever of them it is. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_parser_quoted(struct qf_parser *s, char **out);
enum qf_status qf_parser_plain(struct qf_parser *s, char **out);
enum qf_status qf_parser_text(struct qf_parser *s, char **out);

/* NULL: out of memory. */
struct qf_query_node *qf_parser_node(struct qf_parser *s, enum qf_query_op op);

/* The same for a leaf that was met at byte `at`. QF_EINVAL: there are too many; QF_ENOMEM. */
enum qf_status qf_parser_leaf(struct qf_parser *s, size_t at, enum qf_query_op op, struct qf_query_node **out);

/* Hang a child behind the others. */
void qf_parser_append(struct qf_query_node ***tail, struct qf_query_node *child);

/* *out is the only child itself, or a node over all of them; NULL if there are none. */
enum qf_status qf_parser_join(struct qf_parser *s, enum qf_query_op op, struct qf_query_node *first, struct qf_query_node **out);

/* ---- term.c ---- */

/* A word, a quoted text, or name:value. *out stays NULL for sort:, limit:, sample: and group:. */
enum qf_status qf_parser_term(struct qf_parser *s, struct qf_query_node **out);

/* ---- parse.c ---- */

/* The whole of a query, up to its end or to a parenthesis that it did not open. */
enum qf_status qf_parser_or(struct qf_parser *s, struct qf_query_node **out);

#endif
