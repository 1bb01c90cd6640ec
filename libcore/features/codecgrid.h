/* codecgrid.h - whether sound that seems to be lossless was once MP3, AAC or Vorbis.
 *
 * What such encoders round stands out where one looks at blocks that begin where theirs began
 * (codeclines.h). AAC and MP3 keep their grid through a file, and Vorbis moves it by multiples of
 * 128 samples where it switches blocks, so the evidence of many looks can be added up for each
 * starting point modulo 576 (MP3), 1,024 (AAC) and 128 (the best of eight each: Vorbis).
 *
 * Looked at are the 72 brightest excerpts of the track, 3,200 frames that begin 1,152 after one another, so that a short
 * sound shows all its blocks; of each its first channel and half the difference of the first two (which is rounded most
 * coarsely where channels are coded together), in the brightest eight for steps as well. Brightness is the mean
 * square of the fourth differences in the dullest quarter. No look gives more than 4.5 (steps: 15), so that one
 * alone, of a sound with few lines, is no evidence.
 *
 * Too little to tell: zeros are counted, so the evidence grows with the root of how many lines there are to count
 * in. A lead is given where a starting point has 8,192 of them, ten blocks of AAC in which all lines count: a quarter of a
 * second where it is bright throughout, several seconds of a bass, most of whose lines drown in the rounding to 16 bits.
 *
 * The lead: how far the best starting point stands above the median of all, in standard deviations of the
 * others. What is tonal, or periodic, or an artefact of another kind favours starting points as
 * well, but many of them; that is why the others are the measure. Of n that owe to chance alone the
 * largest is at 3.2 (576) or 3.4 (1,024); of 512 sounds that were not MP3, at 5.2. Figures: docs/QUALITY.md.
 *
 * Whatever resamples, filters or shifts the sound after decoding by a fraction of a sample wipes the traces out. */
#ifndef QF_FEATURES_CODECGRID_H
#define QF_FEATURES_CODECGRID_H

#include "base/err.h"

#include <stddef.h>

struct qf_codecgrid; /* opaque: 1 MB, however long the track is */

enum qf_status qf_codecgrid_open(struct qf_codecgrid **out, struct qf_err *e); /* QF_ENOMEM */
void qf_codecgrid_close(struct qf_codecgrid *g);                              /* NULL is fine */

/* pcm[frames * channels], interleaved, full scale = 1.0, at the full rate. Cannot fail. */
void qf_codecgrid_feed(struct qf_codecgrid *g, const float *pcm, size_t frames, size_t channels);

/* *lead in standard deviations, >= 0; NaN where there is too little to tell. All the work is done here. QF_ENOMEM. Call once. */
enum qf_status qf_codecgrid_finish(struct qf_codecgrid *g, double *lead, struct qf_err *e);

#endif
