/* oggtags.h - inside the audio room: tags and cover as the comment header of an Ogg stream, in the form that Vorbis gave it (Vorbis I, 5.2)
 * and Opus took over (RFC 7845, 5.2). The cover stands in it as text, METADATA_BLOCK_PICTURE, and is written piece by piece. */
#ifndef QF_AUDIO_OGGTAGS_H
#define QF_AUDIO_OGGTAGS_H

#include "audio/carry.h"
#include "audio/oggfile.h"

struct qf_oggtags {
	const char *begin; /* "OpusTags", "\3vorbis" */
	struct qf_span vendor;
	const char *end; /* what stands behind the last comment */
};

/* The packet, and with `flush` the end of its page. QF_EIO, QF_ENOMEM. */
enum qf_status qf_oggtags_put(struct qf_oggfile *o, const struct qf_oggtags *form, const struct qf_carried *tags, bool flush, struct qf_err *e);

#endif
