/* sound.h - the worker of `qfzz mix`: one file in, its frames out, in two channels of the rate that is asked for.
 *
 * Started anew for each file, by posix_spawn, with these descriptors:
 *
 *     0  the order, one JSON object, to the end of file: {"name":".flac","cpu_s":600,"rate_hz":44100}
 *     1  what was decoded, as it comes: blocks of a uint32_t that counts frames, and as many pairs of float, full scale 1.0. A block
 *        of no frames is the end; behind it stands one JSON object: {"ok":true}, with "damage":"…" where not all could be
 *        decoded, or {"ok":false,"text":"a sentence"}
 *     3  the source, read by pread only
 *
 * Behind the order it locks itself in as in worker/sandbox.h. Whoever has heard enough closes the pipe. */
#ifndef QFZZ_WORKER_SOUND_H
#define QFZZ_WORKER_SOUND_H

#include "audio/decode.h"

enum { SOUND_SOURCE = 3, SOUND_BLOCK = 8192, SOUND_CHANNELS = 2 };

int sound_main(const struct qf_decoder *decoder);

#endif
