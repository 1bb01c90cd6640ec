/* album.h - what follows from all tracks of an album: its loudness and its peak.
 *
 * The catalog knows which albums are stale: a track of them was heard, came, went or left. How loudness follows
 * from the tracks' histograms is not its affair: a tool asks for them and gives the result back.
 *
 *     while (qf_catalog_stale_album(c, &album, &e) == QF_OK && album) {
 *             qf_catalog_album_levels(c, album, take, &sum, &e);
 *             qf_catalog_put_album(c, album, lufs, dbtp, &e);
 *     } */
#ifndef QF_CATALOG_ALBUM_H
#define QF_CATALOG_ALBUM_H

#include "base/err.h"
#include "catalog/catalog.h"

#include <stddef.h>
#include <stdint.h>

struct qf_level { /* of one track that was heard */
	const float *histogram; /* [n]: loudness_histogram, borrowed for the call */
	size_t n;
	double loudness_lufs, true_peak_dbtp; /* NaN: none */
};

/* The number of an album that is to be computed again; 0: all is settled. */
enum qf_status qf_catalog_stale_album(struct qf_catalog *c, int64_t *album, struct qf_err *e);

/* Each track of the album that is there and was heard, in the order of their numbers. */
enum qf_status qf_catalog_album_levels(struct qf_catalog *c, int64_t album, void (*take)(void *user, const struct qf_level *l),
				       void *user, struct qf_err *e);

/* Into all tracks of the album that were heard; NaN: none. It is not stale any more. In a transaction. */
enum qf_status qf_catalog_put_album(struct qf_catalog *c, int64_t album, double loudness_lufs, double peak_dbtp, struct qf_err *e);

#endif
