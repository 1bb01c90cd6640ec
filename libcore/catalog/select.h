/* select.h - tracks by a query: the syntax tree of query/query.h becomes one SELECT.
 *
 *     qf_select_open(&s, catalog, &query, QF_TRACK_BRIEF, &e);
 *     while (qf_select_next(s, &arena, &track, &more, &e) == QF_OK && more) ...
 *     qf_select_close(s);
 *
 * Rows come one by one, in the query's order and, what is equal there, by track number;
 * what a sort field does not know comes last. The rows are those of the moment of the
 * first step, whatever others write meanwhile. Every value of the query is a bound
 * parameter. Errors of catalog.h, besides those named. */
#ifndef QF_CATALOG_SELECT_H
#define QF_CATALOG_SELECT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/track.h"
#include "catalog/catalog.h"
#include "catalog/track.h"
#include "query/query.h"

#include <stdbool.h>

struct qf_select; /* opaque; closed before its catalog */

/* q and its arena may go once this has returned. QF_EUNSUPPORTED: a field that the catalog
 * has no column for. */
enum qf_status qf_select_open(struct qf_select **out, struct qf_catalog *c, const struct qf_query *q,
			      enum qf_track_features with, struct qf_err *e);

/* The next track, or *more = false at the end. Texts live in the arena, which is reset first; the features
 * belong to the handle and last until the next call. */
enum qf_status qf_select_next(struct qf_select *s, struct qf_arena *a, struct qf_track *t, bool *more, struct qf_err *e);
void qf_select_close(struct qf_select *s); /* NULL is fine */

/* Append how the query is carried out: a line "sql: …" with its values in place, and a line
 * "plan: …" for each step of SQLite's plan. */
enum qf_status qf_select_explain(struct qf_catalog *c, const struct qf_query *q, enum qf_track_features with, struct qf_buf *out,
				 struct qf_err *e);

#endif
