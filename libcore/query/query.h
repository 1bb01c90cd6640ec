/* query.h - the query language: text in, syntax tree out. Pure.
 *
 *     genre:jazz tempo:100..130 -artist:"john zorn"     all three hold
 *     mood:calm , energy:..0.3                          one of the two (also `|` and `OR`)
 *     (bach | händel) year:..1750 sort:year limit:50    groups; order and number of the result
 *
 *   word "two words" beg*   in title, artist, album or genre, as whole words; beg* as a beginning
 *   field:text       text fields: a part of it, case, accents and punctuation aside; codes (key,
 *                    camelot, codec, isrc, …): the whole, case aside; labels (mood): one of them
 *   field:=text      exactly this text; this number as rows show it (tempo:=128 is 127.995 to 128.005)
 *   field:120..130   numbers from 120 to 130; 120.. and ..130 are open at one end
 *   field:128        what rounds to it as written: 127.5 to 128.5; 0.80 is 0.795 to 0.805;
 *                    whole-number fields exactly; lengths of time also as 3:30
 *   added:2026-03    dates: a year, a month or a day, and ranges of them
 *   has:field  missing:field   known or not; besides fields also `features`, `file`, `failure`
 *   -term  not term  the opposite, tracks without the field included
 *   sort:field+  sort:field-   rising (also without sign) or falling; several, the first weighs most
 *   limit:50         at most so many
 *
 * Terms side by side must all hold (an AND between them is allowed) and bind more closely than OR. Field
 * names stand in field.h. A quoted text knows \" and \\. Tracks whose files have gone are
 * left out unless `has:file` or `missing:file` stands somewhere in the query. */
#ifndef QF_QUERY_QUERY_H
#define QF_QUERY_QUERY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "query/field.h"
#include "query/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_QUERY_TERMS 256 /* most leaves of a tree */
#define QF_QUERY_DEPTH 64  /* of groups and negations within each other */
#define QF_QUERY_SORTS 8
#define QF_QUERY_BYTES 65536

enum qf_query_op {
	QF_QUERY_AND,    /* children: two or more */
	QF_QUERY_OR,     /* children: two or more */
	QF_QUERY_NOT,    /* children: one */
	QF_QUERY_WORD,   /* text, as whole words in a row; prefix: the last one may go on */
	QF_QUERY_HAS,    /* field, text: matches as the field's kind says */
	QF_QUERY_IS,     /* field, text: is exactly that */
	QF_QUERY_RANGE,  /* field, range */
	QF_QUERY_KNOWN   /* field */
};

struct qf_query_node {
	enum qf_query_op op;
	struct qf_field field;
	const char *text;  /* UTF-8 */
	struct qf_range range;
	bool prefix;
	struct qf_query_node *first, *next; /* first child; next sibling */
};

struct qf_query {
	struct qf_query_node *where; /* NULL: every track */
	struct { struct qf_field field; bool falling; } sort[QF_QUERY_SORTS];
	size_t n_sort;
	int64_t limit;  /* 0: none */
	bool with_gone; /* tracks whose files have gone are asked about */
};

/* Parse text[n]; an empty text is every track. Nodes and texts live in the arena.
 *   QF_EINVAL  not a query; the text names the column (in characters, from 1), what is
 *              wrong and what would be right
 *   QF_ENOMEM */
enum qf_status qf_query_parse(struct qf_query *q, const char *text, size_t n, struct qf_arena *a, struct qf_err *e);

/* Append the query in one canonical form, for tests and for `--explain`:
 *     (and (has genre "jazz") (range tempo_bpm 100 130)) sort:energy- limit:50
 * Every track is "(all)"; a range that does not hold its upper end has one more ")": (range tempo_bpm 127.5 128.5)). */
void qf_query_dump(struct qf_buf *out, const struct qf_query *q);

#endif
