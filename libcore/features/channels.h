/* channels.h - what the channels themselves show: clipping and stereo width.
 *
 * Clipping: runs of three or more successive samples of one channel at or beyond
 * 0.9999 of full scale with the same sign. One or two are what normalizing
 * leaves behind; a converter that ran out of range makes plateaus.
 *
 * Width: with mid = (L + R) / 2 and side = (L - R) / 2 over the whole track,
 * sum side^2 / (sum mid^2 + sum side^2): 0 for mono and for one signal in the
 * middle, 0.5 for unrelated channels of equal strength and for sound in one
 * channel only, 1 for opposite phases. Of more than two channels the first two. */
#ifndef QF_FEATURES_CHANNELS_H
#define QF_FEATURES_CHANNELS_H

#include "base/features.h"

#include <stddef.h>
#include <stdint.h>

#define QF_CHANNELS_MAX 64

struct qf_channels { /* all zero is ready for use */
	uint8_t run[QF_CHANNELS_MAX];  /* samples at full scale so far, at most 3 */
	int8_t sign[QF_CHANNELS_MAX];  /* of that run */
	uint64_t clipped;
	double mid, side, frames;
};

/* pcm[frames * channels], interleaved and finite, channels <= 64. Cannot fail. */
void qf_channels_feed(struct qf_channels *c, const float *pcm, size_t frames, size_t channels);

/* Fills clipped_runs and stereo_width (0 for mono, NaN for digital silence). */
void qf_channels_finish(const struct qf_channels *c, struct qf_features *f);

#endif
