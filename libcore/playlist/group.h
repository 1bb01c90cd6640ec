/* group.h - which tracks belong together: numbers for artists and albums. */
#ifndef QF_PLAYLIST_GROUP_H
#define QF_PLAYLIST_GROUP_H

#include "base/err.h"
#include "playlist/entry.h"

/* Fill group[n] with numbers below n: the same for tracks of one artist, whose names are compared folded
 * (base/text.h); a track without one is a group of its own. QF_ENOMEM. */
enum qf_status qf_group_artists(const struct qf_entry *entries, size_t n, uint32_t *group, struct qf_err *e);

/* The same for albums, told by title and album artist (without one, by the title alone). */
enum qf_status qf_group_albums(const struct qf_entry *entries, size_t n, uint32_t *group, struct qf_err *e);

#endif
