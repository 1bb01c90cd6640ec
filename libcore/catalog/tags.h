/* tags.h - storing the tags of a track. Not for other rooms, which read the view `tag`.
 *
 * What the songs of an album have in common stands once, as a set that its tracks point to; the rest stands by
 * track. Values longer than QF_TAG_LONG bytes stand outside of both, once each, known by their SHA-256. */
#ifndef QF_CATALOG_TAGS_H
#define QF_CATALOG_TAGS_H

#include "catalog/track.h"

enum { QF_TAG_LONG = 1024 };

/* The number of a name in `artist` (kind 'a', with its folded form) or `tag_key` (kind 'k', fold NULL), made if need be. */
enum qf_status qf_name_id(struct qf_catalog *c, char kind, const char *name, const char *fold, int64_t *id, struct qf_err *e);

/* The set of those tags that are shared, made if need be; 0 when there are none of that kind. */
enum qf_status qf_tags_set(struct qf_catalog *c, const struct qf_scanned *in, int64_t *set, struct qf_err *e);

/* Store those that are the track's own, and the raw ones, over what it had. */
enum qf_status qf_tags_own(struct qf_catalog *c, int64_t track, const struct qf_scanned *in, bool is_new, struct qf_err *e);

#endif
