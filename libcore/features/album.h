/* album.h - the loudness of several tracks as if they were one, from what each track keeps.
 *
 *     qf_album_histogram(tenth, n, &f->loudness_histogram, &e);          of each track, when it is heard
 *     struct qf_album a = {0};
 *     qf_album_add(&a, histogram, n, loudness_lufs);                     of all of them, at any later time
 *     lufs = qf_album_loudness(&a);
 *
 * The gate of ITU-R BS.1770-4, annex 1, over the blocks of all tracks; their order does not matter, so that a
 * histogram tells what is needed. Its bins are 0.1 LU wide, as those of libebur128; a track's
 * bins are moved by the same fraction of one, so that the track by itself has exactly its loudness. What is left
 * of the width is which blocks of the bin at the gate count: agreement with libebur128's
 * ebur128_loudness_global_multiple() was within 0.015 LU for four albums of noise that wanders over 14 dB. Nothing is decoded again. */
#ifndef QF_FEATURES_ALBUM_H
#define QF_FEATURES_ALBUM_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

#define QF_ALBUM_BINS 1000 /* from -70 LUFS to 30 */

struct qf_album { /* all zero is ready for use */
	double count[QF_ALBUM_BINS], energy[QF_ALBUM_BINS]; /* energy: summed over the blocks */
};

/* tenth[n] as in gating.h. out: the number of the first bin that is not empty, then the counts up to the last
 * such; empty without a block over -70 LUFS. What is louder than the last bin counts there. QF_ENOMEM. */
enum qf_status qf_album_histogram(const double *tenth, size_t n, struct qf_floats *out, struct qf_err *e);

/* One more track: its histogram, of n values, and its integrated loudness. Values that no
 * histogram has are passed over. Cannot fail. */
void qf_album_add(struct qf_album *a, const float *histogram, size_t n, double lufs);

double qf_album_loudness(const struct qf_album *a); /* LUFS; NaN when no block was added */

#endif
