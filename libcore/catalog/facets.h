/* facets.h - the columns of base/facets.h out of the catalog, what a user did by the clock,
 * the tracks that a query or an artist's name means, and names by number. Errors of catalog.h. */
#ifndef QF_CATALOG_FACETS_H
#define QF_CATALOG_FACETS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/facets.h"
#include "catalog/catalog.h"
#include "query/query.h"

#include <stddef.h>
#include <stdint.h>

/* Of every track, in the order of qf_catalog_library() within one transaction. Genres are what stands
 * between the semicolons of the track's genre; those that fold alike (base/text.h) are one. With
 * `heard` false nothing is read of the features, and their columns say "not known". The caller's to free
 * (qf_facets_free), also after an error. */
enum qf_status qf_catalog_facets(struct qf_catalog *c, bool heard, struct qf_facets *f, struct qf_err *e);

/* The same of the tracks id[n], rising, as far as they exist: in the order of qf_catalog_library_of(). */
enum qf_status qf_catalog_facets_of(struct qf_catalog *c, bool heard, const int64_t *id, size_t n, struct qf_facets *f, struct qf_err *e);

struct qf_diary_row { /* one event */
	int64_t track; /* 0: none that is known */
	int64_t at;    /* 0: not known */
	int hour, weekday; /* on the listener's clock; weekday 0: not known */
	const char *action; /* valid during the call */
};

/* Every event of a user by time and order of import. Anything but QF_OK from fn ends the walk. */
enum qf_status qf_catalog_diary(struct qf_catalog *c, int64_t user,
				enum qf_status (*fn)(void *arg, const struct qf_diary_row *r, struct qf_err *e), void *arg, struct qf_err *e);

/* Call fn with the number of each track that a query selects; its order, limit and groups count. Besides,
 * errors of qf_select_open(). */
enum qf_status qf_catalog_selected(struct qf_catalog *c, const struct qf_query *q,
				   enum qf_status (*fn)(void *arg, int64_t track, struct qf_err *e), void *arg, struct qf_err *e);

/* The tracks that have their files and whose first artist folds to this name; fn as above, by number. */
enum qf_status qf_catalog_artist_tracks(struct qf_catalog *c, const char *name,
					enum qf_status (*fn)(void *arg, int64_t track, struct qf_err *e), void *arg, struct qf_err *e);

/* The name of an artist, or of a user, by number, in the arena; NULL if there is none. */
enum qf_status qf_catalog_artist_name(struct qf_catalog *c, int64_t artist, struct qf_arena *a, const char **name, struct qf_err *e);
enum qf_status qf_catalog_user_name(struct qf_catalog *c, int64_t user, struct qf_arena *a, const char **name, struct qf_err *e);

#endif
