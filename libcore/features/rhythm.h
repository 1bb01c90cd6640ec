/* rhythm.h - tempo, beats and onsets from the onset curve.
 *
 * The curve: one value a frame (timbre.h), kept whole: 344 bytes a second at 86
 * frames a second, and three times that for a moment at the end. Its mean over
 * half a second to either side is taken away, what is below 0 becomes 0.
 *
 * Tempo. The autocorrelation of windows of 1024 values, 12 s (repeats.h). A comb reads the lags of 1, 2
 * and 4 beats and of half a beat with the weights 1, 0.5, 0.5 and 0.2. Bars and phrases add to it: 0.3 of how
 * strongly the curve repeats, in windows of 4096 values, after 8 and 16 beats or, where bars have three, after
 * 6 and 12, the stronger of both. A log-normal prior around 118 BPM, 1.2 octaves wide, chooses between multiples,
 * 40 to 240 BPM. The winner is refined within 2.5 % by the magnitude of the curve's Fourier sums at the beat
 * and twice the beat, over segments of 20 s. Whether it is then doubled the bass says (octave.h).
 *
 * What phrases bring, accuracy 1 and 2 in % (octave.h) without and with them. Their weight was chosen by the last
 * four kinds: songs generated for the purpose, MMA's accompaniments, Freedoom's MIDI files, Debian's other loops
 * (whose truth is their length: a power of two of beats; no octave known):
 *
 *   Nottingham tunes (82)    91.5 / 100 and 91.5 / 100      generated songs (192)   90.6 / 99.5 and 91.1 / 100
 *   MIDI files of games (40) 77.5 / 95 and 85.0 / 95        accompaniments (113)    65.5 / 95.6 and 69.0 / 95.6
 *   recordings (8)           87.5 / 100 and 87.5 / 100      MIDI files (64)         54.7 / 68.8 and 57.8 / 73.4
 *   loops (11)               81.8 / 90.9 and 90.9 / 100     other loops (33)        - / 75.8 and - / 97.0
 *
 * tempo_confidence is the winner's comb and phrase over 0.25 (what even clicks reach),
 * times how far it stands out: 1 - 0.5 (best other / winner), others being tempi
 * more than 8 % away; held within 0..1. Songs have 0.2 to 0.75 (median 0.5), noise under
 * 0.08 after 10 s and less the longer it lasts. Under 0.1 the tempo is the best guess for music
 * without a marked beat.
 *
 * A tempo is given, with its beats, when something repeats, however many tempi would fit: when the
 * winner's comb and phrase over 0.25, its rivals aside, is at least 0.12 sqrt(10 s / length), at most
 * 0.12. Of 45 stretches of noise (white, pink, brown) of 10 to 240 s the strongest had 0.11 sqrt(10 s / length).
 * Windows in which next to nothing happens (a mean
 * under 0.05) count as not periodic.
 *
 * tempo_candidates_bpm: the tempo and the next best peaks of the comb, at least 8 % apart.
 * tempo_stability: the share of the windows whose own winner is the tempo or 2, 3, 1/2 or 1/3
 * times it, within 4 %.
 *
 * Beats. D. Ellis, "Beat tracking by dynamic programming", JNMR 36, 2007, with
 * the penalty 100 ln(interval / period)^2, peaks placed by a parabola.
 *
 * Onsets. A peak of the curve that is the highest within 35 ms to either side
 * and above 6 (0.15 nepers in each of 40 bands). Beside it aubio 0.4.9's aubio_onset
 * was measured at 22,050 Hz, 1024/256, on 40 s of synthetic notes at random times
 * (F-measure within 50 ms; own / aubio's best method, hfc):
 *
 *   noise clicks              1.00 / 0.00      soft ("bowed") notes    0.93 / 0.90
 *   plucked notes             1.00 / 0.99      all three mixed         0.99 / 0.97
 *   plucked, in noise 20 dB   0.97 / 0.00      false onsets in noise   0.25 / 0.03 a second
 *   under them
 *
 * so the onsets are our own, and aubio's count stands beside them (onsets_aubio.h). */
#ifndef QF_FEATURES_RHYTHM_H
#define QF_FEATURES_RHYTHM_H

#include "base/err.h"
#include "base/features.h"
#include "features/tempo.h"
#include "features/timbre.h"

#include <stddef.h>

struct qf_rhythm; /* opaque */

/* frame_rate_hz: values of the curve per second. offset_s: the time of the event
 * that value 0 shows. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_rhythm_open(struct qf_rhythm **out, double frame_rate_hz, double offset_s, struct qf_err *e);
void qf_rhythm_close(struct qf_rhythm *r); /* NULL is fine */

/* Append the novelty and the low novelty of n frames. QF_ENOMEM. */
enum qf_status qf_rhythm_feed(struct qf_rhythm *r, const struct qf_timbre_frame *frames, size_t n, struct qf_err *e);

/* Fills tempo_bpm (NaN where nothing is periodic), tempo_confidence (0 then),
 * tempo_candidates_bpm and beats_s (empty then), tempo_stability (NaN then)
 * and onset_rate_hz (onsets over duration_s; 0 for silence).
 * The curve is used up: call once. QF_ENOMEM. */
enum qf_status qf_rhythm_finish(struct qf_rhythm *r, double duration_s, struct qf_features *f, struct qf_err *e);

/* What finish found, for training and measuring; all 0 before. */
const struct qf_tempo *qf_rhythm_tempo(const struct qf_rhythm *r);

/* Sum of the low novelty of the frames whose event lies in from_s .. to_s; also after finish. */
double qf_rhythm_low(const struct qf_rhythm *r, double from_s, double to_s);

#endif
