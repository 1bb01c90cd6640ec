/* oggfile.h - inside the audio room: packets into the pages of one Ogg stream (RFC 3533), written to a descriptor. */
#ifndef QF_AUDIO_OGGFILE_H
#define QF_AUDIO_OGGFILE_H

#include "base/buf.h"
#include "base/err.h"

#include <ogg/ogg.h>
#include <stdbool.h>
#include <stdint.h>

struct qf_oggfile { /* all zero is a closed one */
	ogg_stream_state stream;
	struct qf_buf rest; /* of a packet in pieces: what is no whole segment yet */
	int fd;
	bool open, within; /* within such a packet */
};

/* The serial number loses its highest bit, which some players take for a sign. QF_ENOMEM. */
enum qf_status qf_oggfile_open(struct qf_oggfile *o, int fd, uint32_t serial, struct qf_err *e);

/* A packet, and the pages that are full; with `flush` all that is there. QF_EIO, QF_ENOMEM. */
enum qf_status qf_oggfile_put(struct qf_oggfile *o, ogg_packet *packet, bool flush, struct qf_err *e);

/* The same for a header that is too large to be held, piece by piece, with granule position 0: its pages are those that it
 * would have as one packet. After the last piece, the end. QF_EIO, QF_ENOMEM. */
enum qf_status qf_oggfile_add(struct qf_oggfile *o, const void *p, size_t n, struct qf_err *e);
enum qf_status qf_oggfile_end(struct qf_oggfile *o, bool flush, struct qf_err *e);
void qf_oggfile_close(struct qf_oggfile *o);

#endif
