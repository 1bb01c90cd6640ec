/* embedding.h - a direction in 64 dimensions such that a cosine near 1 means
 * "sounds alike".
 *
 * Computed from the other fields of the record alone. Each value becomes
 * weight * (x - usual) / spread, held within 3 spreads; the table in embedding.c
 * has {usual, spread, weight}, mean and deviation over 117 tracks of free music
 * (orchestral, electronic, folk, metal; 8 hours), measured once and fixed:
 *
 *   0-18   mfcc_mean 1 to 19: timbre; 0 is level and left out
 *   19-38  mfcc_sd 0 to 19: how it changes
 *   39-44  chroma without its key: magnitudes of the 1st to 6th Fourier
 *          coefficient of the twelve, over the 0th (transposing moves only phases)
 *   45-51  ln of centroid, rolloff, bandwidth, zero crossings; flatness; sd of
 *          centroid over its mean, sd of flatness
 *   52-53  cos and sin of 2 pi log2(BPM): the tempo up to octaves, times the
 *          root of its confidence
 *   54-58  ln(1 + onsets per second), tempo confidence, loudness (at a third of
 *          the weight: mastering is not sound), loudness range, mode
 *   59-63  0, for what comes
 *
 * The whole is scaled to length 1. A field that is NaN counts as usual, that is 0.
 * A track in which nothing sounds (no frame counted) has the zero vector, which
 * is like nothing. */
#ifndef QF_FEATURES_EMBEDDING_H
#define QF_FEATURES_EMBEDDING_H

#include "base/features.h"

#define QF_EMBEDDING_N 64

void qf_embedding(const struct qf_features *f, float out[QF_EMBEDDING_N]); /* cannot fail */

#endif
