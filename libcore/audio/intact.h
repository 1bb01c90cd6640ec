/* intact.h - is a file whole? A look at its frame, not at its sound.
 *
 * Well under a millisecond: a few reads at the start and the end of the file, checked against
 * what the format says about its own length and sums. What is found:
 *
 *   empty      no bytes at all
 *   not-audio  nothing of sniff.h's kinds
 *   truncated  the file ends before its format says so: a copy or download that broke off
 *   broken     headers that contradict the file in another way
 *
 * How: WAV, RF64, W64, AIFF, CAF, AU, MP4: sizes of the chunks or boxes. FLAC: a last frame whose CRC-16
 * closes at the end of the file and whose number fits STREAMINFO's (RFC 9639, 9.1 and 9.3). Ogg: a last page that is
 * whole, closes its CRC and carries the end-of-stream flag (RFC 3533, 6). MP3: the byte count of a Xing
 * or VBRI header, else a last frame that is whole. ADTS: likewise. ASF, APE: the sizes in their headers.
 * WavPack: the chain of blocks. Headers of streams that were written to a pipe (a size of 0, -1 or near 2^31
 * in WAV, AU, CAF, ASF) are no damage, nor are bytes behind the end. What lies in between is not looked
 * at: the decoder will see it (decode.h). */
#ifndef QF_AUDIO_INTACT_H
#define QF_AUDIO_INTACT_H

#include "audio/sniff.h"
#include "base/err.h"

struct qf_damage {
	const char *class; /* NULL: nothing found; else "empty", "not-audio", "truncated", "broken"; static */
	char text[160];    /* one sentence: "truncated: 183,000 of 305,112 bytes are there" */
	/* truncated WAV, RF64, W64, AIFF, CAF: bytes of sound that are there and that should be; else 0 */
	int64_t sound_there, sound_declared;
};

/* s is what qf_sniff_file() said of fd; the descriptor's offset is not used. QF_EIO, QF_ENOMEM. */
enum qf_status qf_intact(int fd, const struct qf_sniff *s, struct qf_damage *out, struct qf_err *e);

#endif
