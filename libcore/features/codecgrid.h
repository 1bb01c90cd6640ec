/* codecgrid.h - the traces that MP3, AAC and Vorbis leave in what is decoded from them.
 *
 * Such encoders cut sound into overlapping blocks, transform each, and round the lines of the
 * spectrum, many of them to zero. Who transforms the decoded sound in the same way, with blocks
 * that begin at the very samples where the encoder's began, meets these zeros again; one sample
 * beside, and they are gone (J. Herre, M. Schug, "Analysis of decompressed audio - the inverse
 * decoder", 109th AES convention, 2000). No encoder leaves that out at any bit rate, but the
 * finer it rounds the fewer zeros there are; whatever resamples, filters or shifts the sound
 * after decoding wipes them out.
 *
 * Up to 8 looks of 3,200 samples are taken, from 2, 5, 8, 11, 14, 18, 22 and 40 s on, each as soon
 * as it is bright: as the fourth differences of the samples have a mean square of 1e-6 (of 2e-8
 * once 3 s were waited for). Of half the difference of the first two channels and of the first
 * channel in turn (the difference is rounded most coarsely where channels are coded together), of
 * the first alone where they hardly differ. Each look is transformed from all starting points that
 * an encoder may have: twice 576 of the MP3 filter bank (ISO/IEC 11172-3, layer III, long blocks,
 * lines 4 to 13 of the subbands 4 to 28), 1,024 of an MDCT of 2,048 samples with the sine window
 * and with that of Kaiser and Bessel, alpha 4 (AAC, ISO/IEC 14496-3; Vorbis' own window is nearly
 * the same), lines 128 to 927. A plain FFT every 16 samples does for all: the lines come from few
 * bins each, as sums with the window's spectrum, and are turned in phase to the starting points
 * between. Lines under the noise of rounding to 16 bits do not count.
 *
 * A line's real part is under 0.06 of its magnitude by chance in 3.8 % of the cases. How many more
 * are, each weighted with its frequency (high lines are rounded more coarsely) and in standard
 * deviations, is the evidence of a starting point in one look, held under 4.5. AAC and MP3 keep
 * their grid; Vorbis moves it by multiples of 128 samples where it switches blocks, so the MDCT's
 * starting points are taken modulo 128, the best of eight each, less the mean and over the
 * deviation that the best of eight normal deviates has (1.4236, 0.6107). Evidence is summed over
 * looks for each starting point and divided by the root of their number, of 3 at least.
 *
 * The lead is the largest of all. Figures: cutoff.h. */
#ifndef QF_FEATURES_CODECGRID_H
#define QF_FEATURES_CODECGRID_H

#include "base/err.h"

#include <stddef.h>

struct qf_codecgrid; /* opaque */

enum qf_status qf_codecgrid_open(struct qf_codecgrid **out, double rate_hz, struct qf_err *e); /* QF_ENOMEM */
void qf_codecgrid_close(struct qf_codecgrid *g);                                              /* NULL is fine */

/* pcm[frames * channels], interleaved, full scale = 1.0, at the full rate. Cannot fail. */
void qf_codecgrid_feed(struct qf_codecgrid *g, const float *pcm, size_t frames, size_t channels);

/* In standard deviations, >= 0; 0 without a look. */
double qf_codecgrid_lead(const struct qf_codecgrid *g);

#endif
