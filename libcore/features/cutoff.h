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
 *   at half the rate, do not have.
 *
 * Found at 0.5, in percent, of two sets of 20 s pieces or shorter sounds, cut to begin anywhere (tests/bench/lossy.sh
 * does the like); the limits are from the first set alone:
 *
 *   MP3     128 99/100  192 99/100  256 99/100  320 97/98   V2 98/100   V0 98/100
 *   AAC     128 97/100  192 97/100  256 98/98
 *   Vorbis   q4 99/100   q6 99/100   q8 98/100
 *   never lossy, accused: 0 of 147, and 1 of 59
 *
 * The first: 58 single sounds and loops (sonic-pi-samples), 36 rendered songs, 13 of drums (hydrogen-drumkits), and 40
 * recordings played faster, which the grid alone had to find, since they came from Vorbis and end where it does
 * (which alone accuses 12 of them before they are encoded again).
 * The second: 30 other rendered songs, 16 generated ones, 13 other mixes of the drums. A fourteenth drum kit was left out:
 * its WAV files have the grid of MP3, at up to 57 standard deviations. What is missed is dull: basses and tablas whose
 * rounding lies under that to 16 bits but for a few low lines. */
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
 * NaN when no frame counted. */
void qf_cutoff_suspect(const struct qf_cutoff *c, double grid_lead, struct qf_features *f);

#endif
