/* render.h - the worker of `qfzz encode`: one file in, its renditions out, in one pass.
 *
 * Started anew for each job, by posix_spawn, with these descriptors:
 *
 *     0      the order, one JSON object, to the end of file:
 *            {"name":"song.flac","cpu_s":600,"gain_db":0,"limit_dbtp":-1,"waveform":true,"outputs":[
 *             {"codec":"mp3","kbps":320,"effort":5,"start_s":0,"seconds":0,"serial":17}, …]}
 *            gain_db 0: the level is left alone; limit_dbtp only where a limiter is wanted
 *     1      the answer, one JSON object: {"ok":true,"frames":…,"rate_hz":…,"channels":…,"damage":"…"} or
 *            {"ok":false,"class":"broken","text":"a sentence"}; class "output": a rendition could not be written
 *     3      the source, read by pread only
 *     4 …    the renditions in the order of "outputs", empty; behind them, if wanted, the waveform: an object in the form of
 *            BBC audiowaveform (version 2, 8 bits), at most 500 pairs
 *
 * Behind the order it locks itself in as in worker/sandbox.h, but for files that may grow. Exit 0 once it has answered. */
#ifndef QFZZ_WORKER_RENDER_H
#define QFZZ_WORKER_RENDER_H

#include "audio/decode.h"

enum { RENDER_SOURCE = 3, RENDER_FIRST = 4 };

int render_main(const struct qf_decoder *decoder);

#endif
