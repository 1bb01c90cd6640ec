/* sound.h - the sound of a file, decoded by a worker (worker/sound.h) while it is read. */
#ifndef QFZZ_CLI_SOUND_H
#define QFZZ_CLI_SOUND_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sound { /* all zero is a closed one */
	const char *path;   /* borrowed */
	pid_t pid;
	int pipe;
	uint32_t left;      /* frames of the block under way */
	struct qf_err why;  /* it broke off: code is not QF_OK */
};

/* Begin to decode, as two channels of rate_hz; duration_ms says how much processor time it may take, 0: not known. What libsndfile gives up at
 * once goes to libavcodec. QF_EFORMAT, QF_ENOTFOUND: no sound comes of this file; QF_EIO: the worker cannot be started; QF_ENOMEM. */
enum qf_status sound_open(struct sound *s, const char *path, int rate_hz, int64_t duration_ms, struct qf_err *e);

/* As struct qf_mix_source wants it: pcm[frames * 2]; *got 0 at the end, and then, or where it breaks off, `why` tells what was wrong.
 * QF_EIO: a signal asked to end. */
enum qf_status sound_read(void *sound, float *pcm, size_t frames, size_t *got, struct qf_err *e);

void sound_close(struct sound *s); /* a closed one is fine */

#endif
