/* mp4file.h - inside the audio room: packets of AAC into an M4A file (ISO/IEC 14496-12 and -14), written to a descriptor.
 *
 *     qf_mp4file_open(&m, fd, tags, &e);
 *     while (more) qf_mp4file_put(&m, packet, n, &e);
 *     qf_mp4file_finish(&m, &stream, &e);
 *     qf_mp4file_close(&m);
 *
 * What players must know stands in front of the sound, so that they begin before they have it all: cover and packets are written from
 * the start of the file, and moved back when the packets' table is known. An edit list takes delay and padding of the encoder away,
 * to the sample, and so does iTunSMPB, for players that read only that. No time is written. */
#ifndef QF_AUDIO_MP4FILE_H
#define QF_AUDIO_MP4FILE_H

#include "audio/carry.h"
#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define QF_MP4_FRAMES 1024 /* in a packet of AAC-LC */

struct qf_mp4file { /* all zero may be closed */
	int fd;
	struct qf_buf udta; /* the tags, but for `cover` bytes that belong at cover_at of it and are the first of the file meanwhile */
	size_t gapless_at, cover_at, cover;
	struct qf_buf sizes; /* of the packets, as stsz has them */
	uint32_t packets;
	int64_t bytes;
};

struct qf_mp4_stream {
	int rate_hz, channels, kbps;
	struct qf_span config; /* AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), at most 100 bytes */
	int64_t delay, frames; /* to be left out in front; to be heard */
};

/* fd is borrowed: empty, at its start, for reading and writing. The tags are used in this call only. QF_EIO, QF_ENOMEM. */
enum qf_status qf_mp4file_open(struct qf_mp4file *m, int fd, const struct qf_carried *tags, struct qf_err *e);

/* QF_ELIMIT: more than 4 GB, which the tables do not hold; QF_EIO, QF_ENOMEM. */
enum qf_status qf_mp4file_put(struct qf_mp4file *m, const void *packet, size_t n, struct qf_err *e);

/* Once. Errors as above; QF_EINVAL: a configuration that is too long. */
enum qf_status qf_mp4file_finish(struct qf_mp4file *m, const struct qf_mp4_stream *s, struct qf_err *e);
void qf_mp4file_close(struct qf_mp4file *m); /* not the descriptor */

#endif
