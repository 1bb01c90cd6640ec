/* cutoff.h - where the spectrum of a track ends.
 *
 * Lossy encoders leave out what lies above some frequency (MP3 at 128 kbit/s above
 * 16 kHz), and so does whoever upsamples: the spectrum breaks off there, while that
 * of a microphone or a synthesizer falls gently or goes on to half the rate.
 *
 * A spectrum of 2048 samples (Hann) of the mean of the channels, at the full rate,
 * three times a second; frames under -60 dBFS are left out; power averaged over
 * frames, then over 7 bins, in dB. Counted from the top, the first frequency 6 dB above
 * the floor is cutoff_hz. The floor is the lowest value in the top octave, at most the mean of the
 * octave below less 20 dB (the spectrum of noise does not end) and at least -120 dBFS.
 *
 * lossy_suspicion: the fall from 700 Hz below that point to 700 Hz above it, 12 dB
 * being nothing and 36 dB everything, where the point lies between 0.4 and 0.97 of
 * half the rate; else 0. A file at 44.1 kHz from a source of 32 kHz looks the same
 * as an MP3 of 128 kbit/s: it is a suspicion. */
#ifndef QF_FEATURES_CUTOFF_H
#define QF_FEATURES_CUTOFF_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

struct qf_cutoff; /* opaque */

enum qf_status qf_cutoff_open(struct qf_cutoff **out, double rate_hz, struct qf_err *e); /* QF_ENOMEM */
void qf_cutoff_close(struct qf_cutoff *c);                                              /* NULL is fine */

void qf_cutoff_feed(struct qf_cutoff *c, const float *mono, size_t n); /* at the full rate; cannot fail */

/* Fills cutoff_hz and lossy_suspicion; both NaN when no frame counted. */
void qf_cutoff_finish(struct qf_cutoff *c, struct qf_features *f);

#endif
