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
 * lossy_suspicion: the larger of two marks. The first is what lossy encoders leave in the
 * spectrum of a block (codecgrid.h): its lead, 4.2 standard deviations being nothing and 6.2
 * everything. The second is the fall from 700 Hz below the cut-off to 700 Hz above it, 12 dB being
 * nothing and 36 dB all, where the cut-off lies between 0.4 and 0.97 of half the rate; by itself it
 * gives 0.4 at most, since synthesizers and sources of a lower rate fall as well.
 * So 0.5 and more is said on the evidence of an encoder only. Found at 0.5, of 23 pieces of 45 s
 * (9 recordings that were resampled, 9 rendered songs, 5 of drums and single sounds, mostly soft;
 * tests/bench/lossy.sh), in percent:
 *
 *   MP3      128 87     192 83     256 83     320 48     V2 87     V0 78
 *   AAC      128 100    192 96     256 96
 *   Vorbis   q4 96      q6 87      q8 87
 *   never lossy: none of the 23, and 1 of another 134
 *
 * What is missed is so soft above 3 kHz that an encoder's steps lie in the rounding to 16 bits; in
 * dense music it is little (13 of 14 recordings at 192 kbit/s). At 320 kbit/s no limit does better:
 * the leads that were missed are those of chance, and below 5.2 true files are accused as well. */
#ifndef QF_FEATURES_CUTOFF_H
#define QF_FEATURES_CUTOFF_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

struct qf_cutoff; /* opaque */

enum qf_status qf_cutoff_open(struct qf_cutoff **out, double rate_hz, struct qf_err *e); /* QF_ENOMEM */
void qf_cutoff_close(struct qf_cutoff *c);                                              /* NULL is fine */

void qf_cutoff_feed(struct qf_cutoff *c, const float *mono, size_t n); /* at the full rate; cannot fail */

/* grid_lead: qf_codecgrid_lead of the same sound. Fills cutoff_hz and lossy_suspicion; both
 * NaN when no frame counted. */
void qf_cutoff_finish(struct qf_cutoff *c, double grid_lead, struct qf_features *f);

#endif
