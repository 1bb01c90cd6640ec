/* moods.h - what people say ("something upbeat for running") as a query, by the table datasets/moods.tsv. */
#ifndef QF_QUERY_MOODS_H
#define QF_QUERY_MOODS_H

#include "base/buf.h"
#include "base/err.h"

/* Append the query that the words stand for, each word in parentheses; "not", "no" and "without"
 * turn the next one round. Case and accents do not matter.
 *   QF_EINVAL  a word that is not in the table, or no word that says anything; QF_ENOMEM */
enum qf_status qf_mood_query(struct qf_buf *out, const char *text, struct qf_err *e);

#endif
