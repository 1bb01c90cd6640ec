/* timbre.h - the colour of the sound: short-time spectra of the analysis signal
 * and what is measured on each of them, and what rhythm, structure and voice read from the same bands.
 *
 *     qf_timbre_open(&t, 22050, &e);
 *     n = qf_timbre_feed(t, mono, samples, frames);   again and again
 *     n = qf_timbre_finish(t, &features, frames);
 *     qf_timbre_close(t);
 *
 * Frames of 1024 samples every 256 under a Hann window (46 and 12 ms at 22,050
 * Hz); below 15 kHz both are halved until the hop is 17 ms or less. Frames
 * under -70 dBFS (mean square) count in no mean. Per frame, with a[k] the
 * magnitude and p[k] = a[k]^2 at f[k] Hz, k >= 1:
 *
 *   centroid    sum f a / sum a
 *   bandwidth   sqrt(sum (f - centroid)^2 a / sum a)
 *   rolloff     lowest f under which 85 % of sum p lies
 *   flatness    exp(mean ln p) / mean p, with a floor of 1e-12 under p
 *   crossings   changes of sign per second, over the hop
 *   mfcc        orthonormal DCT-II of ln(mel + 1e-10), 40 bands from 30 Hz to
 *               11 kHz (or half the rate); a full-scale sine has power 1
 *
 * Onset curve: sum over the 40 bands of the positive steps of ln(1 + g mel),
 * g = 6553.6 over the mean square of the track so far, so that level does not
 * matter; g follows every 64 frames, and the steps around a change are taken
 * with one g. After P. Grosche, M. Müller, "Extracting predominant local pulse
 * information from music recordings", IEEE Trans. ASLP 19, 2011. */
#ifndef QF_FEATURES_TIMBRE_H
#define QF_FEATURES_TIMBRE_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

/* When an event sounds that raises a value of the curve: this share of the frame
 * after the frame's beginning, measured with clicks (spread 2 ms). It is more than
 * half because the logarithm makes the curve jump as soon as the window touches
 * the event. */
#define QF_TIMBRE_EVENT 0.69

#define QF_TIMBRE_CEPSTRA 14

struct qf_timbre_frame { /* what others read of one frame */
	float novelty;                  /* onset curve */
	float low;                      /* the part of it from bands under 200 Hz */
	float voice;                    /* ln of the power in the bands from 200 to 3400 Hz, + 1e-10 */
	float cepstra[QF_TIMBRE_CEPSTRA]; /* mfcc 0 to 13; 0 where the frame is not audible */
	int audible;                    /* -70 dBFS or more */
};

struct qf_timbre; /* opaque */

/* rate_hz of the analysis signal, 500 to 30,000. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_timbre_open(struct qf_timbre **out, double rate_hz, struct qf_err *e);
void qf_timbre_close(struct qf_timbre *t); /* NULL is fine */

size_t qf_timbre_hop(const struct qf_timbre *t);    /* samples from frame to frame */
size_t qf_timbre_length(const struct qf_timbre *t); /* samples of a frame: 4 hops */

/* mono[n]; out takes up to n / hop + 1 frames, those that became whole (novelty 0
 * for the first). Returns how many. Cannot fail. */
size_t qf_timbre_feed(struct qf_timbre *t, const float *mono, size_t n, struct qf_timbre_frame *out);

/* A signal shorter than a frame is filled up with silence to one frame, which
 * goes to out[0]; returns 1 then, else 0. Fills the fields centroid_*,
 * rolloff_*, flatness_*, bandwidth_*, zero_crossings_* (NaN when no frame counted),
 * mfcc_* (0 then) and onset_rate_aubio_hz (onsets_aubio.h). */
size_t qf_timbre_finish(struct qf_timbre *t, struct qf_features *f, struct qf_timbre_frame *out);

#endif
