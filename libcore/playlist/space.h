/* space.h - keep tracks of one artist or one album apart, and change an order no more than that takes. */
#ifndef QF_PLAYLIST_SPACE_H
#define QF_PLAYLIST_SPACE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct qf_spacing {
	const uint32_t *group; /* [n] of each track, below n */
	size_t gap;            /* at least so many others between two of one group; 0: any */
};

#define QF_SPACINGS 2 /* at most */

/* Rearrange perm[n]. Place by place the first track of the order that keeps every gap to those before it (and to the
 * tracks that are held behind it) is taken; but one whose group would no longer fit into what is left comes at once.
 * Of several spacings the first decides what is urgent. Where no track will do, the one that breaks the fewest comes.
 *
 *   held[n]   the track that has to be at this place, or QF_SPACE_FREE; NULL: all are free
 *   broken[k] places at which spacing k could not be kept, for each of n_spacing
 *
 * QF_ENOMEM. */
enum qf_status qf_space(uint32_t *perm, size_t n, const uint32_t *held, const struct qf_spacing *spacing, size_t n_spacing,
			size_t *broken, struct qf_err *e);

#define QF_SPACE_FREE UINT32_MAX

/* The largest gap, at most `wanted`, that an order of these groups can keep everywhere. QF_ENOMEM. */
enum qf_status qf_space_widest(const uint32_t *group, size_t n, size_t wanted, size_t *gap, struct qf_err *e);

#endif
