/* mashup.h - which tracks can sound at the same time: how near tempo and key are, and what brings them together.
 *
 * The tempo score falls from 1, for the same tempo (or half, or double), to 0.5 at the greatest stretch that is allowed; beyond it
 * there is no match. The key score is e^(-price / 1.5) of the step on the Camelot wheel (playlist/camelot.h), after moving the other track by
 * the number of semitones that makes the most of it, each of which costs a tenth. A track without a key, in which nothing tonal sounds, goes with
 * any as a neighbour on the wheel does. Both are multiplied. M. Davies, P. Hamel, K. Yoshii, M. Goto, "AutoMashUpper", IEEE/ACM
 * Trans. ASLP 22, 2014, weighs harmony, rhythm and spectral balance over key shifts and tempi; here it is the track's one key and one tempo. */
#ifndef QF_STATION_MASHUP_H
#define QF_STATION_MASHUP_H

#include <stdbool.h>

#define QF_MASHUP_SEMITONES 3 /* at most up or down */

struct qf_mashup {
	double score, tempo_score, key_score; /* 0 to 1 */
	double stretch; /* how much longer the other track takes, so that its beats fall on the base's */
	int semitones;  /* that the other track is moved by */
};

/* Tempi in BPM, NaN: not known; keys as Camelot codes, NULL: none. False: no match. */
bool qf_mashup_find(double base_bpm, const char *base_key, double other_bpm, const char *other_key, double stretch_max, struct qf_mashup *out);

#endif
