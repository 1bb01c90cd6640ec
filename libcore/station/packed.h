/* packed.h - packed audio: frames of AAC (ADTS) or MP3 one behind the other, each segment with a timestamp in front
 * (RFC 8216, 3.4). Where the music begins and ends within the first and last frames cannot be said in it. */
#ifndef QF_STATION_PACKED_H
#define QF_STATION_PACKED_H

#include "base/sound.h"

#include <stdbool.h>

struct qf_aac_config { /* of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) */
	unsigned object_type; /* 2: LC, 5: HE, 29: HE version 2 */
	unsigned core_type;   /* of the core that HE extends; else the same */
	unsigned rate_index;  /* 0 to 12; 15: a rate that is not in the table */
	unsigned channels;    /* the configuration's number; 0: told within the stream */
};

/* False: it is too short to be one. */
bool qf_aac_config_read(struct qf_aac_config *out, struct qf_span config);

/* Whether packed audio can hold it: MP3, and AAC whose core ADTS can describe. */
bool qf_packed_holds(const struct qf_sound *s);

/* Append a segment that begins `at` frames after the first. QF_ELIMIT: an AAC frame of 8 KiB or more; QF_ENOMEM. */
enum qf_status qf_packed_put_segment(struct qf_buf *out, const struct qf_sound *s, uint64_t at, const struct qf_packet *packet, size_t n,
				     struct qf_err *e);

/* Append what CODECS says of it: "mp4a.40.2", "mp4a.40.34". */
void qf_packed_put_codecs(struct qf_buf *out, const struct qf_sound *s);

/* ".aac", ".mp3" */
const char *qf_packed_suffix(const struct qf_sound *s);

#endif
