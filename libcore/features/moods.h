/* moods.h - energy, danceability, acousticness, valence, arousal and mood words.
 *
 * Heuristics, computed from the other fields of the record alone, so that anyone
 * can recompute and explain them. Each value is
 *
 *     1 / (1 + e^-(sum of weight * (x - usual) / spread))
 *
 * with each x held within 3 spreads of its usual value; a field that is NaN
 * counts as usual. The terms (x in its unit, usual, spread, weight):
 *
 *   energy        loudness LUFS -14, 4, 1.1 · onsets 1/s 4, 1.8, 0.6 · rolloff Hz 1500, 1200, 0.5
 *                 · loudness range LU 6.5, 4.5, -0.3
 *   danceability  tempo confidence 0.3, 0.2, 0.9 · distance of the tempo from 118 BPM in
 *                 octaves 0.35, 0.25, -0.7 · jitter of the beats (deviation of ln of the
 *                 intervals) 0.05, 0.04, -0.4 · onsets 1/s 4, 1.8, 0.3; 0 without a tempo
 *   acousticness  flatness 0.02, 0.025, -0.7 · rolloff Hz 1500, 1200, -0.7 · loudness LUFS
 *                 -14, 4, -0.5 · loudness range LU 6.5, 4.5, 0.5 · onsets 1/s 4, 1.8, -0.3
 *   valence       mode (+ key strength in major, - in minor) 0, 0.4, 0.9 · tempo BPM 115, 30,
 *                 0.5 · centroid Hz 1800, 700, 0.3 · flatness 0.02, 0.025, -0.6
 *   arousal       loudness LUFS -14, 4, 0.9 · tempo BPM 115, 30, 0.5 · onsets 1/s 4, 1.8, 0.7
 *                 · centroid Hz 1800, 700, 0.4
 *
 * The directions follow what listening studies agree on (major mode and fast tempo
 * sound happier, noise rougher, loud, bright and busy music more excited: P. Juslin, P. Laukka,
 * "Expression, perception, and induction of musical emotions", JNMR 33, 2004); the
 * numbers are ours. A track without measured loudness is silent: energy,
 * danceability, valence and arousal are 0 and acousticness is 0, and it has no
 * words.
 *
 * Words, any number of them, by plain rules:
 *
 *   happy       valence >= 0.60 and arousal >= 0.50
 *   sad         valence <= 0.40 and arousal <= 0.45
 *   energetic   energy >= 0.65
 *   calm        arousal <= 0.35
 *   aggressive  energy >= 0.75 and valence <= 0.495
 *   relaxed     arousal <= 0.45 and valence >= 0.50
 *   danceable   danceability >= 0.65
 *   dark        valence <= 0.40 and centroid <= 1500 Hz */
#ifndef QF_FEATURES_MOODS_H
#define QF_FEATURES_MOODS_H

#include "base/err.h"
#include "base/features.h"

/* Reads loudness_lufs, loudness_range_lu, tempo_bpm, tempo_confidence, beats_s,
 * onset_rate_hz, rolloff_hz_mean, centroid_hz_mean, flatness_mean, key and
 * key_strength; fills the five values and moods (NULL when no rule holds, and
 * freed before if it was set). QF_ENOMEM. */
enum qf_status qf_moods(struct qf_features *f, struct qf_err *e);

#define QF_MOODS_TERMS 6 /* most terms of one value */

struct qf_moods_term {
	const char *what; /* the quantity, with its unit; static */
	double x;         /* NaN: not known, counts as usual */
	double usual, spread, weight;
	double share;     /* what it adds to the sum */
};

/* The terms of the value of this name ("energy", …) for this record, as the table above has
 * them. Returns how many; 0 for any other name, for a silent track, and for danceability without
 * a tempo. Cannot fail. */
size_t qf_moods_terms(const struct qf_features *f, const char *name, struct qf_moods_term out[QF_MOODS_TERMS]);

#endif
