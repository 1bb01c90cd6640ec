/* search.h - beside queries: those kept under a name, and values to complete a word.
 *
 * Errors of catalog.h, besides those named. */
#ifndef QF_CATALOG_SEARCH_H
#define QF_CATALOG_SEARCH_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- queries kept under a name ----------------------------------------------------------- */

/* Keep a text, over one that has this name. In a write transaction. */
enum qf_status qf_catalog_save_query(struct qf_catalog *c, const char *name, const char *text, int64_t now, struct qf_err *e);

/* *had: there was one. In a write transaction. */
enum qf_status qf_catalog_forget_query(struct qf_catalog *c, const char *name, bool *had, struct qf_err *e);

/* Its text, in the arena. QF_ENOTFOUND. */
enum qf_status qf_catalog_saved_query(struct qf_catalog *c, const char *name, struct qf_arena *a, const char **text,
				      struct qf_err *e);

/* Each of them, by name; what fn is given lasts only for its call. */
enum qf_status qf_catalog_saved_queries(struct qf_catalog *c,
					enum qf_status (*fn)(void *user, const char *name, const char *text, int64_t saved_at,
							     struct qf_err *e),
					void *user, struct qf_err *e);

/* ---- values to complete a word ------------------------------------------------------------- */

/* Values of `field` (artist, album, title or genre; NULL: each of them in this order) that begin with
 * `prefix`, case, accents and punctuation aside: most tracks first, then by value, at most `max` of each
 * field. Only the first artist of a track counts. fn as above.
 * QF_EUNSUPPORTED: another field. */
enum qf_status qf_catalog_complete(struct qf_catalog *c, const char *field, const char *prefix, int64_t max,
				   enum qf_status (*fn)(void *user, const char *field, const char *value, int64_t tracks,
							struct qf_err *e),
				   void *user, struct qf_err *e);

#endif
