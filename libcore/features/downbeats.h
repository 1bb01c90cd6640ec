/* downbeats.h - which of the beats begin bars.
 *
 * Chords change and bass drums sound on first beats more than elsewhere. Each beat
 * gets an accent: the change of the pitch classes since the beat before (1 - cosine)
 * and the bass that sets in there (the sum of the low onset curve from 50 ms before to 100 ms after it), each in standard
 * deviations over the track, held within 3. For bars of 3 and of 4 beats and each
 * of their phases the mean accent of the first beats is compared with that of all
 * others, in standard errors; the largest wins, bars of 3 only when they are
 * better by a quarter. A plain form of M. Davies, M. Plumbley, "A spectral
 * difference approach to downbeat extraction in musical audio", EUSIPCO 2006.
 *
 * On 192 generated songs the bar lines have F 0.80 (70 ms), the beats 0.90. On 60: 0.57 in the quarter of least
 * confidence (under 0.4), 0.95 in that of most (over 0.84). */
#ifndef QF_FEATURES_DOWNBEATS_H
#define QF_FEATURES_DOWNBEATS_H

#include "base/err.h"

#include <stddef.h>

struct qf_bars {
	size_t beats, phase; /* of a bar; the first beat that begins one */
	double confidence;   /* 0 to 1: the lead over the second best phase: 8 standard errors and 1.5 deviations are 1 */
};

/* accent[n][2]: change of harmony and bass at each beat, any unit. Fewer than 8 beats
 * are bars of 4 from the first, with confidence 0. Cannot fail. */
struct qf_bars qf_downbeats_find(const float (*accent)[2], size_t n);

#endif
