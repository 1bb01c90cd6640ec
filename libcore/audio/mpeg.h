/* mpeg.h - inside the audio room: headers of MPEG audio frames (ISO/IEC 11172-3 2.4.2.3,
 * 13818-3; MPEG-2.5 as the encoders of the world write it) and of ADTS frames
 * (ISO/IEC 13818-7, 6.2). Free-format bit rates are not recognised. */
#ifndef QF_AUDIO_MPEG_H
#define QF_AUDIO_MPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_mpeg {
	uint32_t family;  /* what does not change from frame to frame: version, layer, sample rate */
	uint32_t bytes;   /* of the whole frame, header included */
	uint32_t rate_hz;
	uint32_t samples; /* a channel */
	int channels;
	int version;      /* 1, 2, or 25 for 2.5; 0: ADTS */
};

#define QF_MPEG_HEADER 4
#define QF_ADTS_HEADER 7

bool qf_mpeg_header(const uint8_t h[QF_MPEG_HEADER], struct qf_mpeg *out);
bool qf_adts_header(const uint8_t h[QF_ADTS_HEADER], struct qf_mpeg *out);

/* How many frames of one family follow each other from p on, counting to `most`
 * at the highest. *past is set when the chain ran over the end of p[n], so that it
 * may go on there. */
unsigned qf_mpeg_chain(const uint8_t *p, size_t n, bool adts, unsigned most, bool *past);

#endif
