/* demux.h - inside the audio room: the packets of a file's audio, by libavformat.
 *
 * The demuxer is chosen by kind from an allow-list, reads the descriptor by pread,
 * and can open nothing else: no protocol, no second file. */
#ifndef QF_AUDIO_DEMUX_H
#define QF_AUDIO_DEMUX_H

#include "audio/sniff.h"
#include "base/err.h"

#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

struct qf_demux {
	AVFormatContext *format;
	AVIOContext *io;
	AVStream *audio; /* the first audio stream */
	int fd;
	int64_t start, size, at;
	bool failed; /* the system refused a read */
};

/* d is filled; qf_demux_close() it also after failure. QF_EFORMAT, QF_EUNSUPPORTED,
 * QF_EIO, QF_ENOMEM. d must stay where it is. */
enum qf_status qf_demux_open(struct qf_demux *d, int fd, const struct qf_sniff *s, struct qf_err *e);

/* The next packet of the audio stream, to be unreferenced by the caller; *more = false at
 * the end. Damage that the demuxer passes over is counted in *errors. QF_EIO, QF_ENOMEM. */
enum qf_status qf_demux_next(struct qf_demux *d, AVPacket *packet, bool *more, int64_t *errors, struct qf_err *e);
void qf_demux_close(struct qf_demux *d);

#endif
