/* fanout.h - one stream of frames into many renditions at once.
 *
 *     qf_fanout_open(&x, outputs, n, &e);
 *     while (more) qf_fanout_write(x, pcm, frames, &e);
 *     qf_fanout_finish(x, &e);
 *     qf_fanout_close(x);
 *
 * What renditions have in common is done once: those of one excerpt, rate and number of channels share the mixing down
 * to two channels and the change of rate (reshape.h). */
#ifndef QF_AUDIO_FANOUT_H
#define QF_AUDIO_FANOUT_H

#include "audio/encode.h"

#include <stddef.h>
#include <stdint.h>

struct qf_fanout; /* opaque */

struct qf_output {
	int fd; /* borrowed, empty, seekable */
	struct qf_recipe recipe;
	struct qf_encode_source source; /* with rate, channels and bits of the frames that come */
	int64_t from, frames;           /* of the source: the excerpt; frames INT64_MAX: to its end */
};

#define QF_OUTPUTS 16 /* at most */

/* QF_EINVAL: more than QF_OUTPUTS; errors of qf_encode_open() and qf_reshape_open(). */
enum qf_status qf_fanout_open(struct qf_fanout **out, const struct qf_output *o, size_t n, struct qf_err *e);

/* pcm[frames * channels] of the source, any number of frames. QF_EIO, QF_ENOMEM. */
enum qf_status qf_fanout_write(struct qf_fanout *x, const float *pcm, size_t frames, struct qf_err *e);
enum qf_status qf_fanout_finish(struct qf_fanout *x, struct qf_err *e); /* once, at the end */
void qf_fanout_close(struct qf_fanout *x); /* NULL is fine */

#endif
