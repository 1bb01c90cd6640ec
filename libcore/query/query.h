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
 *   added:30d..  played:..2w   times before now, by h, d, w, m (30 days) and y (365 days); 30d alone is 30d..
 *   genre:(hip hop, rock)   one of these values, with commas or bars between; year:(1990, 2000..2005)
 *   artist:bea*      texts that begin so (paths and codes too)
 *   title::^the.*s$  texts that a regular expression matches (base/regex.h); with blanks in quotes
 *   has:field  missing:field   known or not; besides fields also `features`, `file`, `failure`
 *   -term  not term  the opposite, tracks without the field included
 *   @name            what was saved under this name, as if in parentheses; its sort and limits count too
 *   sort:field+  sort:field-   rising (also without sign) or falling; several, the first weighs most
 *   group:artist     one track for each value of a field: the first in the order; all that have none
 *   sample:50        so many, drawn by chance (a seed makes it repeatable)
 *   limit:50         at most so many, after all that
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
#define QF_QUERY_SAVED 8   /* saved queries within each other */

enum qf_query_op {
	QF_QUERY_AND,    /* children: two or more */
	QF_QUERY_OR,     /* children: two or more */
	QF_QUERY_NOT,    /* children: one */
	QF_QUERY_WORD,   /* text, as whole words in a row; prefix: the last one may go on */
	QF_QUERY_HAS,    /* field, text: matches as the field's kind says; prefix: begins with it */
	QF_QUERY_IS,     /* field, text: is exactly that */
	QF_QUERY_MATCH,  /* field, text: a regular expression that matches */
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
	int64_t limit, sample;  /* 0: none */
	int limit_percent;      /* of what fits, at least one; 0: none. Not beside `limit` */
	uint64_t seed;          /* of the sample; 0 from the parser, the caller may set it */
	bool grouped;           /* one track for each value of `group` */
	struct qf_field group;
	bool with_gone;         /* tracks whose files have gone are asked about */
	size_t error_at;        /* after QF_EINVAL: the byte at which the text is wrong */
};

/* What a query may refer to that is not in its text. All zero: nothing. */
struct qf_query_env {
	int64_t now; /* seconds since the epoch, for 30d; 0: such times are refused */
	/* The text that was saved under a name, in the arena; QF_ENOTFOUND. NULL: no query can say @name. */
	enum qf_status (*saved)(void *user, const char *name, struct qf_arena *a, const char **text, struct qf_err *e);
	void *user;
};

/* Parse text[n]; an empty text is every track. Nodes and texts live in the arena.
 *   QF_EINVAL  not a query; the text names the column (in characters, from 1), what is
 *              wrong and what would be right
 *   QF_ENOMEM */
enum qf_status qf_query_parse(struct qf_query *q, const char *text, size_t n, struct qf_arena *a, struct qf_err *e);

/* The same where times before now and saved queries are known. Besides, errors of env->saved(). */
enum qf_status qf_query_parse_in(struct qf_query *q, const char *text, size_t n, const struct qf_query_env *env,
				 struct qf_arena *a, struct qf_err *e);

/* q becomes what both of them ask for: the conditions of both, the sorts of q first, and of
 * everything else that of q where it says something. QF_EINVAL: too many sorts; QF_ENOMEM. */
enum qf_status qf_query_and(struct qf_query *q, const struct qf_query *other, struct qf_arena *a, struct qf_err *e);

/* Append the query in one canonical form, for tests and for `--explain`:
 *     (and (has genre "jazz") (range tempo_bpm 100 130)) sort:energy- limit:50
 * Every track is "(all)"; a range that does not hold its upper end has one more ")": (range tempo_bpm 127.5 128.5)). */
void qf_query_dump(struct qf_buf *out, const struct qf_query *q);

#endif
