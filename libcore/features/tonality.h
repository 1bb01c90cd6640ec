/* tonality.h - tuning, pitch classes and key.
 *
 * Spectra of 8192 samples every 2048 at 4 to 8 kHz (1.5 s at 5.5 kHz: half a
 * semitone at 45 Hz), Hann window; shorter below 4 kHz. They are summed over the
 * track before anything is mapped to pitch: once as magnitudes (plain), once as
 * the root of magnitude over the frame's largest (soft). Frames whose largest
 * peak lies under -70 dBFS are left out.
 *
 * Tuning: the peaks of the soft sum from 110 to 1500 Hz, placed by a parabola
 * through the logarithms; the circular mean of their deviation from A4 = 440 Hz,
 * weighted by the plain sum.
 *
 * Pitch classes: 72 bands from C1 to B6, each a raised cosine 0.8 semitones wide
 * around the tuned pitch, the six octaves weighted .5 .8 1 1 .8 .5.
 *
 * Key: key.h. None where nothing tonal sounds: where the pitch classes hold less
 * than 1.04 times what the same bands hold a quarter tone beside them. Noise of
 * any colour, clicks and drums have 0.85 to 1.04, songs with a pitch 1.05 to 3,
 * the most distorted metal lies between. */
#ifndef QF_FEATURES_TONALITY_H
#define QF_FEATURES_TONALITY_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

struct qf_tonality; /* opaque */

/* rate_hz of the signal, 500 to 8,000. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_tonality_open(struct qf_tonality **out, double rate_hz, struct qf_err *e);
void qf_tonality_close(struct qf_tonality *t); /* NULL is fine */

void qf_tonality_feed(struct qf_tonality *t, const float *mono, size_t n); /* cannot fail */

/* Fills key, camelot, key_second, key_strength (0 where there is no key), tuning_cents (NaN
 * without peaks) and chroma (0 then). A signal shorter
 * than a frame is filled up with silence. Call once. QF_ENOMEM. */
enum qf_status qf_tonality_finish(struct qf_tonality *t, struct qf_features *f, struct qf_err *e);

#endif
