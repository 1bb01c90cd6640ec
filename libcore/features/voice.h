/* voice.h - a hint that somebody sings or speaks.
 *
 * Syllables come 3 to 7 times a second and are loud in the band from 200 to 3400 Hz (R.
 * Drullman et al., JASA 95, 1994). From the level of that band, frame after frame, as its
 * natural logarithm:
 *
 *   modulation  the share of its fluctuation above 0.5 Hz that lies around 4.5 Hz (two poles,
 *               Q 0.7); audible frames only
 *   spread      the deviation over frames of mfcc 2 to 5, mean of the four: vowels and
 *               consonants differ more than notes of an instrument
 *
 *     voice_likelihood = 1 / (1 + e^-(0.8 (modulation - 0.35) / 0.08 + 0.8 (spread - 2.6) / 0.8 - 1.5))
 *
 * each term held within 3. Constants by hand. Measured:
 *
 *   6 voices of espeak-ng, 6 languages                                    0.96
 *   8 stretches of vowels and noises said, half of them over chords       0.88 to 0.96
 *   8 the same sung, with a vibrato of 5.5 Hz                             0.84 to 0.95
 *   192 generated songs without voice     median 0.10, 95 % under 0.31, all under 0.54
 *   14 instrumental tracks of a game      median 0.31, 12 under 0.4, then 0.53 and 0.83
 *
 * Recorded singing in a mix was not measured. It is hard to tell from lively instruments by such means,
 * and drums in eighths look like syllables: a hint and no more. What would be better
 * needs a trained model. */
#ifndef QF_FEATURES_VOICE_H
#define QF_FEATURES_VOICE_H

#include "base/features.h"
#include "features/timbre.h"

#include <stddef.h>

struct qf_voice { /* opened by qf_voice_init; the caller looks at nothing */
	double b0, a1, a2;         /* band pass: b0 - b0 z^-2 over 1 + a1 z^-1 + a2 z^-2 */
	double slow, share;        /* running mean and how fast it follows */
	double x1, x2, y1, y2;
	double band, all;          /* squares */
	size_t frames;
};

void qf_voice_init(struct qf_voice *v, double frame_rate_hz);
void qf_voice_feed(struct qf_voice *v, const struct qf_timbre_frame *frames, size_t n);

/* Reads mfcc_sd; fills voice_likelihood: NaN for less than 3 s of audible frames. */
void qf_voice_finish(const struct qf_voice *v, double frame_rate_hz, struct qf_features *f);

#endif
