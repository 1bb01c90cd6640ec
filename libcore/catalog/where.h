/* where.h - the conditions and the order of a query as SQL. Not for other rooms.
 *
 * Names of tables in the text: those of qf_sql_put_track_tables(). Every value of the query
 * is a bound parameter. */
#ifndef QF_CATALOG_WHERE_H
#define QF_CATALOG_WHERE_H

#include "base/buf.h"
#include "base/err.h"
#include "query/query.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_where { /* all zero, with e set, is ready for use */
	struct qf_buf sql;   /* the text so far; `failed` when memory ran out, the only failure that is kept in here */
	struct qf_buf bound; /* struct bound[] of where_bind.c */
	size_t n;            /* parameters so far */
	struct qf_err *e;
};

/* Append a condition. QF_EUNSUPPORTED: a field that the catalog has no column for; QF_ENOMEM. */
enum qf_status qf_where_put(struct qf_where *b, const struct qf_query_node *node);

/* Append the sorts of the query, each with ", " behind: names in folded order, what is not known last. */
enum qf_status qf_where_put_sorts(struct qf_where *b, const struct qf_query *q);

/* Append what tracks are grouped by: NULL where there is none. */
enum qf_status qf_where_put_group(struct qf_where *b, const struct qf_field *f);

/* Take a value, of texts a copy, and return the number of its parameter; that memory ran out shows in b->sql. Folded: as names are
 * compared. Phrase: as FTS5 wants it, quotes doubled, a star behind for a beginning; column NULL: any. */
size_t qf_where_bind_int(struct qf_where *b, int64_t v);
size_t qf_where_bind_number(struct qf_where *b, double v);
size_t qf_where_bind_string(struct qf_where *b, const char *text);
size_t qf_where_bind_folded(struct qf_where *b, const char *text);
size_t qf_where_bind_phrase(struct qf_where *b, const char *column, const char *text, bool prefix);

/* Bind everything to the statement that was made of the text. */
void qf_where_bind(const struct qf_where *b, sqlite3_stmt *s);
void qf_where_free(struct qf_where *b);

#endif
