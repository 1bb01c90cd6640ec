/* sound.h - a stream of encoded audio packets, as readers and writers of containers speak of it. */
#ifndef QF_BASE_SOUND_H
#define QF_BASE_SOUND_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum qf_sound_codec { QF_SOUND_AAC, QF_SOUND_OPUS, QF_SOUND_MP3, QF_SOUND_FLAC, QF_SOUND_ALAC, QF_SOUNDS };

extern const char *const qf_sound_names[QF_SOUNDS]; /* "aac", … */

struct qf_sound {
	enum qf_sound_codec codec;
	uint32_t rate_hz;  /* frames a second, which all times below count; 48,000 for Opus */
	uint32_t channels;
	uint32_t bits;     /* of a sample of a lossless codec; else 16 */
	uint32_t skip;     /* frames at the beginning that are not to be heard: the encoder's delay */
	struct qf_span config; /* AAC: AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1); Opus: the identification header (RFC 7845, 5.1);
				  FLAC: STREAMINFO (RFC 9639, 8.2), 34 bytes; ALAC: its whole box; MP3: nothing */
};

struct qf_packet {
	const uint8_t *p; /* [n] */
	size_t n;
	uint32_t frames; /* that it adds; fewer than it decodes to where the end is padding */
};

#endif
