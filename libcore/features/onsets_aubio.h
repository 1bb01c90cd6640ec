/* onsets_aubio.h - aubio's count of onsets, beside our own (rhythm.h).
 *
 * P. Masri's high frequency content (PhD thesis, Bristol, 1996) of the spectra
 * that timbre.h makes anyway, by aubio_specdesc ("hfc"), and aubio's adaptive
 * peak picker with the settings of its aubio_onset for this method: magnitudes
 * compressed as ln(1 + a), threshold 0.058, 50 ms from onset to onset, none in
 * frames under -70 dBFS.
 * Beside our own (rhythm.h), both read from the same spectra, on 38 s of synthetic notes at known
 * times (F-measure, 50 ms; own / this): noise clicks 1.00 / 1.00, plucked 1.00 / 1.00, bowed
 * 0.95 / 0.87, mixed 0.99 / 0.99, plucked with noise 20 dB under them 1.00 / 0.66; a false onset in 40 s of noise
 * in both. Other thresholds: 0.03 has 0.89 and 0.73 for the bowed and for those in noise, 0.12 has
 * 0.81 and 0.49; aubio's own is kept, so that the count is what its users know. */
#ifndef QF_FEATURES_ONSETS_AUBIO_H
#define QF_FEATURES_ONSETS_AUBIO_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct qf_onsets_aubio; /* opaque */

/* frame: samples of a frame, 64 to 2^16; frame_rate_hz: frames a second.
 * QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_onsets_aubio_open(struct qf_onsets_aubio **out, size_t frame, double frame_rate_hz, struct qf_err *e);
void qf_onsets_aubio_close(struct qf_onsets_aubio *o); /* NULL is fine */

/* mag[frame / 2 + 1]: magnitudes of the next frame, a full-scale sine has 1; audible:
 * whether an onset may count. Cannot fail. */
void qf_onsets_aubio_next(struct qf_onsets_aubio *o, const float *mag, bool audible);

size_t qf_onsets_aubio_count(const struct qf_onsets_aubio *o); /* so far */

#endif
