/* momentary.h - the loudest 400 ms and the loudest 3 s of a track.
 *
 * Momentary and short-term loudness (EBU Tech 3341): mean K-weighted energy over a
 * window of 0.4 or 3 s, ungated, of which only the maxima are kept. The window moves on by
 * 10 ms, ten times as finely as the standard asks, so that it meets sounds of 0.4 s wherever they begin. */
#ifndef QF_FEATURES_MOMENTARY_H
#define QF_FEATURES_MOMENTARY_H

#include <stddef.h>

#define QF_MOMENTARY_PIECES 300 /* 3 s of 10 ms */

struct qf_momentary { /* all zero is ready for use */
	double piece[QF_MOMENTARY_PIECES]; /* the last ones, a ring */
	size_t n;                          /* pieces so far */
	double m, s, m_max, s_max;         /* sums of the last 40 and 300, and their maxima */
};

/* energy: weighted squares of 10 ms summed over frames and channels, as in gating.h. */
void qf_momentary_next(struct qf_momentary *q, double energy);

/* LUFS; piece_frames: frames of a piece, on average. NaN before a window was full and for silence. */
double qf_momentary_max(const struct qf_momentary *q, double piece_frames);
double qf_momentary_short_max(const struct qf_momentary *q, double piece_frames);

#endif
