/* programme.h - which track at which moment, so that a daypart ends when it should.
 *
 * A shift is one daypart of one day. Its tracks wait in a queue: the first one that may
 * be played is, and goes to the end of the queue, so that all come round before one comes
 * back. A track may not be played while the artist's gap or the track's own has not passed. The
 * last few tracks of a shift are not taken as they come: of those near the head of the queue
 * the one to four are looked for whose lengths fill what is left exactly (a subset sum, by
 * sorted pairs: E. Horowitz, S. Sahni, "Computing Partitions with Applications to the Knapsack
 * Problem", Journal of the ACM 21, 1974). What is missing or too much goes into the next shift,
 * which begins when this one has ended and still aims at its own end: nothing adds up.
 *
 * Times are milliseconds since any moment, the same one throughout. No clock, no chance. */
#ifndef QF_STATION_PROGRAMME_H
#define QF_STATION_PROGRAMME_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_NO_ARTIST UINT32_MAX
#define QF_TAIL_WIDTH 64 /* tracks among which the end of a shift is looked for */

struct qf_piece { /* a track or a jingle */
	int64_t ms;      /* its length, > 0 */
	uint32_t artist; /* number below artists, or QF_NO_ARTIST: nobody's gap */
};

struct qf_spot { /* what is on air */
	uint32_t piece;
	bool jingle;
	bool too_soon; /* nothing else was left: the artist's or the track's gap is not kept */
	int64_t at;    /* when it begins */
};

struct qf_programme { /* of a station, from shift to shift */
	const struct qf_piece *piece; /* [pieces], borrowed */
	size_t pieces, artists;
	int64_t *piece_end, *artist_end; /* [pieces], [artists]: when last off air; INT64_MIN: not yet */
	struct qf_spot *spot;            /* [n] all that was programmed */
	size_t n, room;
};

struct qf_shift {
	int64_t until;        /* when it should end */
	uint32_t *queue;      /* [n] pieces, first to be played first; it is turned as they are */
	size_t n;
	uint32_t *jingle;     /* [jingles], likewise */
	size_t jingles;
	int64_t jingle_every; /* > 0 where there are jingles */
	int64_t artist_gap, track_gap; /* from the end to the next beginning, >= 0 */
};

/* pieces stays the caller's; free with qf_programme_free(). QF_ENOMEM. */
enum qf_status qf_programme_init(struct qf_programme *p, const struct qf_piece *piece, size_t pieces, size_t artists, struct qf_err *e);

/* Fill a shift from *now on, which becomes the end of its last spot: less than half a second
 * from `until` where the lengths allow it. A jingle opens the shift and follows the first track
 * that ends jingle_every after the last one; none stands among the last few tracks. With an empty
 * queue nothing is done. QF_ENOMEM. */
enum qf_status qf_programme_fill(struct qf_programme *p, const struct qf_shift *s, int64_t *now, struct qf_err *e);
void qf_programme_free(struct qf_programme *p);

#endif
