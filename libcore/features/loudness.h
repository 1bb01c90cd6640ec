/* loudness.h - how loud a track is and where it is silent.
 *
 * Integrated loudness (ITU-R BS.1770-4, EBU R 128) and range (EBU Tech 3342) by
 * dsp/kweight.h and gating.h, true peak by dsp/peak4x.h. All three cost a third of
 * what libebur128 takes for the first two; it is the oracle of the tests. Sample
 * peak and silence at the ends by looking at the samples. 80 bytes a second. */
#ifndef QF_FEATURES_LOUDNESS_H
#define QF_FEATURES_LOUDNESS_H

#include "base/err.h"
#include "base/features.h"

#include <stddef.h>

#define QF_LOUDNESS_MAX 4096 /* most frames in one feed */

struct qf_loudness; /* opaque */

/* Channels: 5 are L, R, C, Ls, Rs and 6 are L, R, C, LFE, Ls, Rs (surrounds weigh
 * 1.41, the LFE nothing); any other number counts as front channels. QF_ENOMEM. */
enum qf_status qf_loudness_open(struct qf_loudness **out, int rate_hz, int channels, struct qf_err *e);
void qf_loudness_close(struct qf_loudness *l); /* NULL is fine */

/* pcm[frames * channels] interleaved and finite, frames <= QF_LOUDNESS_MAX.
 * QF_ENOMEM. */
enum qf_status qf_loudness_feed(struct qf_loudness *l, const float *pcm, size_t frames, struct qf_err *e);

/* Fills loudness_lufs, loudness_range_lu, loudness_momentary_max_lufs and
 * loudness_short_max_lufs (momentary.h), loudness_curve (curve.h), loudness_histogram (album.h), replaygain_db (NaN where every block
 * lies under the gate of -70 LUFS, so also for less than 0.4 s; the range needs
 * 3 s), peak_dbfs, true_peak_dbtp (NaN for digital silence), silence_head_s and
 * silence_tail_s: the time before the first frame with a sample of more than
 * 0.001 in any channel, and after the last one. A track without any has it all
 * at the head, and a tail of 0. Call once, at the end. QF_ENOMEM. */
enum qf_status qf_loudness_finish(struct qf_loudness *l, struct qf_features *f, struct qf_err *e);

#endif
