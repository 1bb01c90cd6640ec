/* limiter.h - holds a signal under a true-peak ceiling by turning it down in time.
 *
 * Each tile of QF_WIDE frames needs a gain: the ceiling over its true peak (dsp/peak4x.h, the largest over all
 * channels), 1 at most. What is applied is the lowest need of the next 5 ms, averaged over 5 ms, so that it is there
 * along a straight line when the peak comes, and comes back by 1/e in 100 ms; within a tile it is
 * interpolated. Where the gain is 1 samples pass bit for bit. */
#ifndef QF_DSP_LIMITER_H
#define QF_DSP_LIMITER_H

#include "base/err.h"

#include <stddef.h>

struct qf_limiter; /* opaque */

#define QF_LIMITER_CHANNELS 64

/* QF_EINVAL: more channels than that; QF_ENOMEM. */
enum qf_status qf_limiter_open(struct qf_limiter **out, int rate_hz, int channels, double ceiling_dbtp, struct qf_err *e);

/* pcm[frames * channels], interleaved, in; what came some 6 ms before out, in place. Returns how many frames: as many, but
 * for the beginning, when there are fewer. */
size_t qf_limiter_run(struct qf_limiter *l, float *pcm, size_t frames);

/* At the end: the rest, up to `most` frames a call; 0: there is no more. */
size_t qf_limiter_drain(struct qf_limiter *l, float *pcm, size_t most);
void qf_limiter_close(struct qf_limiter *l); /* NULL is fine */

#endif
