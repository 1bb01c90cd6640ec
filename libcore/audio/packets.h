/* packets.h - the encoded packets of a file's audio with their lengths in frames, to be moved into another container.
 *
 *     qf_packets_open(&p, fd, "a.m4a", &sound, &e);
 *     while (qf_packets_next(p, &packet, &more, &e) == QF_OK && more) …
 *     qf_packets_close(p);
 *
 * AAC, MP3, Opus, FLAC and ALAC, read by libavformat; nothing is decoded but what it looks at to learn a stream's shape. AAC
 * frames come without their ADTS headers, and with a configuration. Lengths are those of the music: what a file says
 * of the encoder's delay and of padding at the end (edit lists, LAME's tag, pre-skip and granule positions) is in sound.skip and
 * in the last packets' frames; where it says nothing (ADTS) all is taken for music. */
#ifndef QF_AUDIO_PACKETS_H
#define QF_AUDIO_PACKETS_H

#include "base/err.h"
#include "base/sound.h"

#include <stdbool.h>

struct qf_packets; /* opaque */

/* fd: borrowed, read by pread. name_hint as of qf_sniff_file(). sound->config lives as long as p. QF_EFORMAT: no audio, or
 * damaged; QF_EUNSUPPORTED: another codec, or a stream that cannot be described; QF_EIO, QF_ENOMEM. */
enum qf_status qf_packets_open(struct qf_packets **out, int fd, const char *name_hint, struct qf_sound *sound, struct qf_err *e);

/* The packet is borrowed until the next call. *more = false at the end. Damaged stretches are passed over, as players do.
 * QF_EIO, QF_ENOMEM. */
enum qf_status qf_packets_next(struct qf_packets *p, struct qf_packet *packet, bool *more, struct qf_err *e);
void qf_packets_close(struct qf_packets *p); /* NULL is fine */

#endif
