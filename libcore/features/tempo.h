/* tempo.h - the tempo of an onset curve, the other tempi that it may have, and how
 * steady it is. How it works stands in rhythm.h. */
#ifndef QF_FEATURES_TEMPO_H
#define QF_FEATURES_TEMPO_H

#include "base/err.h"
#include "features/octave.h"

#include <stddef.h>
#include <stdint.h>

#define QF_TEMPO_CANDIDATES 3

struct qf_tempo {
	double bpm;            /* NaN: nothing periodic at all */
	double confidence;     /* 0 to 1 */
	double stability;      /* 0 to 1; NaN without a tempo */
	size_t candidates;     /* bpm, then the next best */
	double candidate[QF_TEMPO_CANDIDATES];
	double single_bpm;     /* before it was decided whether to double it; NaN: none */
	double octave[QF_TEMPO_OCTAVE]; /* what that decision was made from, see octave.h */
};

/* curve[n]: sharpened onset curve, >= 0; low[n]: onset curve of the bass, in eighths of a neper;
 * fps values a second. QF_ENOMEM. */
enum qf_status qf_tempo_find(const float *curve, const uint8_t *low, size_t n, double fps, struct qf_tempo *out,
			     struct qf_err *e);

#endif
