/* chords.h - a chord for each beat: 24 triads or none.
 *
 * The fit of a triad is the cosine between the pitch classes of the beat, less
 * their mean over the twelve, and the triad as three ones and nine zeros, less
 * their mean: a triad alone has 1, all classes alike 0. No chord has the fit 0.35. The sequence
 * with the largest sum of fits wins, where each change costs 0.22 (Viterbi; T.
 * Fujishima, "Realtime chord recognition of musical sound", ICMC 1999, for the
 * templates; A. Sheh, D. Ellis, "Chord segmentation and recognition using
 * EM-trained hidden Markov models", ISMIR 2003, for the sequence). */
#ifndef QF_FEATURES_CHORDS_H
#define QF_FEATURES_CHORDS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define QF_CHORDS_N 25    /* 0-11 C major to B major, 12-23 C minor to B minor, 24 none */
#define QF_CHORDS_NONE 24

/* chroma[n][12], >= 0, C to B -> chord[n]; *confidence: the mean lead of the chosen fits
 * over that of no chord, over 0.65 (what pure triads have), 0 to 1; NaN for n = 0.
 * QF_ENOMEM. */
enum qf_status qf_chords_find(const float (*chroma)[12], size_t n, uint8_t *chord, double *confidence, struct qf_err *e);

const char *qf_chords_name(size_t chord); /* "C:maj", "A:min", "N"; static */

#endif
