/* reshape.h - frames of one rate and number of channels into another, block by block. */
#ifndef QF_AUDIO_RESHAPE_H
#define QF_AUDIO_RESHAPE_H

#include "base/err.h"

#include <stddef.h>

struct qf_shape {
	int rate_hz, channels;
};

struct qf_reshape; /* opaque */

/* Takes what comes out: pcm[frames * channels], interleaved, at most QF_RESHAPE_BLOCK frames. */
#define QF_RESHAPE_BLOCK 8192
typedef enum qf_status qf_frames_fn(void *user, const float *pcm, size_t frames, struct qf_err *e);

/* As many channels as there are, two of more, or two of one: each as it is at -3 dB, so that it stays as loud. Mixing down: front
 * channels as they are, the centre at -3 dB on both, further ones by turns at -3 dB, and all of it scaled so that full scale stays full
 * scale. The rate by libsoxr, "HQ": 20 bits. QF_EINVAL: other channels; QF_ENOMEM. */
enum qf_status qf_reshape_open(struct qf_reshape **out, struct qf_shape from, struct qf_shape to, struct qf_err *e);

/* At most a block in. Errors of fn; QF_EINVAL where libsoxr refuses. */
enum qf_status qf_reshape_write(struct qf_reshape *r, const float *pcm, size_t frames, qf_frames_fn *fn, void *user, struct qf_err *e);

/* What is still inside. Once. Errors as above. */
enum qf_status qf_reshape_finish(struct qf_reshape *r, qf_frames_fn *fn, void *user, struct qf_err *e);
void qf_reshape_close(struct qf_reshape *r); /* NULL is fine */

#endif
