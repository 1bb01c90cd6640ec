/* codeclines.h - what an encoder's rounding leaves in a piece of sound, for every place where its blocks may begin.
 *
 * MP3, AAC and Vorbis cut sound into overlapping blocks, transform each, and round the lines of the
 * spectrum, many of them to zero. Who transforms the decoded sound in the same way, with blocks that
 * begin at the very samples where the encoder's began, meets the rounded lines again; one sample
 * beside, and they are gone (J. Herre, M. Schug, "Analysis of decompressed audio - the inverse
 * decoder", 109th AES convention, 2000).
 *
 * The transforms: an MDCT of 2,048 samples with the sine window and with that of Kaiser and Bessel,
 * alpha 4 (AAC, ISO/IEC 14496-3; Vorbis' own window is nearly the same), lines 128 to 927; the filter
 * bank of MP3 (ISO/IEC 11172-3, layer III, long blocks), lines 4 to 13 of the subbands 0 to 28. A plain
 * FFT every 16 samples does for all: the lines come from few bins each, as sums with the window's
 * spectrum, and are turned in phase to the starting points between.
 *
 * Zeros: a line's real part is under 0.06 of its magnitude by chance in 3.8 % of the cases. The
 * evidence is how many more are, each weighted with its frequency (high lines are rounded more
 * coarsely), in standard deviations. Lines within 20 dB of what rounding to 16 bits adds do not count.
 *
 * Steps: MP3 rounds the power 3/4 of its lines, and the step is a power of 2^(1/4) (11172-3, 2.4.3.4.7),
 * in the scale of the decoded samples, the same for the lines of a subband but where two scale factor
 * bands meet. Sixteen steps are tried, from two thirds of the largest line down; the lines being u_i,
 * the evidence of a step d is the sum of cos(2 pi u_i / d), 10 when all are whole numbers of it. What
 * the best step has over 5 is added up over the subbands. This finds the fine rounding of 320 kbit/s,
 * where hardly a line is zero, but not sound whose volume was changed. */
#ifndef QF_FEATURES_CODECLINES_H
#define QF_FEATURES_CODECLINES_H

#include "base/err.h"

#include <stdbool.h>

#define QF_CODECLINES_STARTS 1152 /* two granules of MP3 */
#define QF_CODECLINES_LOOK 3200   /* samples that it takes: a transform more */

enum { QF_CODECLINES_SINE, QF_CODECLINES_BELL, QF_CODECLINES_HYBRID, QF_CODECLINES_STEPS, QF_CODECLINES_KINDS };

struct qf_codeclines_found {
	float evidence[QF_CODECLINES_KINDS][QF_CODECLINES_STARTS]; /* of the blocks that begin there; sine and bell: up to 1,023 */
	bool heard[QF_CODECLINES_KINDS];                           /* there were lines enough to judge by */
	float lines[QF_CODECLINES_KINDS];                          /* that counted, mean over starting points; steps: 0 */
};

struct qf_codeclines; /* opaque: plans, for any number of looks */

enum qf_status qf_codeclines_open(struct qf_codeclines **out, struct qf_err *e); /* QF_ENOMEM */
void qf_codeclines_close(struct qf_codeclines *l);                              /* NULL is fine */

/* samples: one channel, or a sum or difference of some, full scale = 1.0. steps: look for them too, which takes
 * four times as long. Cannot fail. */
void qf_codeclines_look(struct qf_codeclines *l, const float samples[QF_CODECLINES_LOOK], bool steps, struct qf_codeclines_found *f);

#endif
