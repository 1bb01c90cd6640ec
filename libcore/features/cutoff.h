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
 * lossy_suspicion, only for a file whose format is lossless: the larger of two marks, 0.5 being as likely as not.
 *
 * - What an encoder's rounding leaves (codecgrid.h): its lead, 4.3 standard deviations being nothing, 5.4 a half and
 *   6.5 all.
 * - The steepest fall within 500 Hz from 12 to 20.7 kHz: 12 dB nothing, 32 dB all, 0.4 at most, since synthesizers and
 *   sources of a lower rate fall as well. 0.7 at most where it ends, above 16.2 kHz (there is no 32 kHz source), in
 *   hardly more than the rounding to 16 bits (-118 dB): the low-pass of an encoder, which converters, whose filters end
 *   at half the rate, do not have. From the fall goes what few frames leave in doubt, 5.7 dB over the root of their number:
 *   two standard deviations of the difference of two means of 7 bins, of which the window leaves 4.7 independent.
 *
 * No figure where there is too little to tell (codecgrid.h), whatever the fall is. What is found and what is accused at 0.5, by
 * codec and length: docs/QUALITY.md. */
#ifndef QF_FEATURES_CUTOFF_H
#define QF_FEATURES_CUTOFF_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

struct qf_cutoff; /* opaque */

enum qf_status qf_cutoff_open(struct qf_cutoff **out, double rate_hz, struct qf_err *e); /* QF_ENOMEM */
void qf_cutoff_close(struct qf_cutoff *c);                                              /* NULL is fine */

void qf_cutoff_feed(struct qf_cutoff *c, const float *mono, size_t n); /* at the full rate; cannot fail */

void qf_cutoff_finish(const struct qf_cutoff *c, struct qf_features *f); /* fills cutoff_hz; NaN when no frame counted */

/* After it, for a file that seems to be lossless. grid_lead: that of codecgrid.h, of the same sound. Fills lossy_suspicion;
 * NaN when no frame counted, or where the lead is NaN. */
void qf_cutoff_suspect(const struct qf_cutoff *c, double grid_lead, struct qf_features *f);

#endif
