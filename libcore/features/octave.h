/* octave.h - is a tempo to be doubled? A logistic classifier on the onsets of the bass.
 *
 * The comb of tempo.c errs to half the tempo far more often than to twice it. What gives that away
 * is the bass: where every second beat has it at the slower tempo, its onset curve repeats after
 * half of what was taken for the beat as well. Let A(t) be the mean autocorrelation of that curve
 * (of windows, as in rhythm.h) and T the beat of the tempo found. The terms say what doubling
 * would change:
 *
 *   half       A(T/4) - A(T/2), the curve half a beat later
 *   beat       A(T/2) - A(T), the curve a beat later
 *   octave     1, the step itself
 *   away       (o + 1)^2 - o^2 with o = log2(tempo / 118): how much further from 118 BPM
 *
 * The probability that the double is right is the logistic of their weighted sum. Weights:
 * datasets/octave.tsv, trained by scripts/train-octave on generated songs, before phrases (rhythm.h) joined the comb;
 * trained again behind them on 116 songs they came out within 0.5 of these, and gain less on other generated songs and Freedoom's files.
 *
 * Accuracy 1 without and with it, on music that it was not trained on: Nottingham tunes (82) 86.6
 * and 91.5 %, MIDI files of games (40) 85.0 and 85.0, recordings (8) 87.5 and 87.5, loops (11) 81.8
 * and 90.9, other generated songs (192) 90.1 and 91.1, MMA's accompaniments (113) 69.0 and 69.0, Freedoom's MIDI
 * files (64) 54.7 and 57.8; accuracy 2 stays as it is. How strongly
 * the weights are held back was chosen on these kinds of music: trained more freely it gains on
 * generated songs (95 %) and doubles too often in MIDI files (67.5 %). */
#ifndef QF_FEATURES_OCTAVE_H
#define QF_FEATURES_OCTAVE_H

#define QF_TEMPO_OCTAVE 4

/* The bass' autocorrelation a quarter, half and a whole beat later; terms[] in the order above. */
void qf_octave_terms(double quarter, double half, double whole, double bpm, double terms[QF_TEMPO_OCTAVE]);

/* 0 to 1: that twice the tempo is the right one. */
double qf_octave_double(const double terms[QF_TEMPO_OCTAVE]);

#endif
