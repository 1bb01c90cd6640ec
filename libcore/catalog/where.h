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
#include <stdint.h>

struct qf_where { /* all zero, with e set, is ready for use */
	struct qf_buf sql;   /* the text so far; `failed` when memory ran out, the only failure that is kept in here */
	struct qf_buf bound; /* struct bound[] of where.c */
	size_t n;            /* parameters so far */
	struct qf_err *e;
};

/* Append a condition. QF_EUNSUPPORTED: a field that the catalog has no column for; QF_ENOMEM. */
enum qf_status qf_where_put(struct qf_where *b, const struct qf_query_node *node);

/* Append the sorts of the query, each with ", " behind: names in folded order, what is not known last. */
enum qf_status qf_where_put_sorts(struct qf_where *b, const struct qf_query *q);

/* Append what tracks are grouped by: NULL where there is none. */
enum qf_status qf_where_put_group(struct qf_where *b, const struct qf_field *f);

/* Bind a number of one's own and return that of the parameter. */
size_t qf_where_bind_int(struct qf_where *b, int64_t v);

/* Bind everything to the statement that was made of the text. */
void qf_where_bind(const struct qf_where *b, sqlite3_stmt *s);
void qf_where_free(struct qf_where *b);

#endif
