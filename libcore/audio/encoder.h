/* encoder.h - inside the audio room: what an encoder library is to encode.c. */
#ifndef QF_AUDIO_ENCODER_H
#define QF_AUDIO_ENCODER_H

#include "audio/encode.h"
#include "base/buf.h"

struct qf_encoder {
	/* *state is NULL after failure. */
	enum qf_status (*open)(void **state, int fd, const struct qf_recipe *r, const struct qf_encode_source *s,
			       const struct qf_shape *shape, struct qf_err *e);
	enum qf_status (*write)(void *state, const float *pcm, size_t frames, struct qf_err *e);
	enum qf_status (*finish)(void *state, struct qf_err *e);
	void (*close)(void *state);
};

extern const struct qf_encoder qf_encoder_flac, qf_encoder_mp3, qf_encoder_opus, qf_encoder_vorbis;

/* From now on this codec is encoded so. */
void qf_encoder_add(enum qf_codec codec, const struct qf_encoder *by);

/* What stands in front of the cover's bytes in a METADATA_BLOCK_PICTURE of FLAC (front cover, no description, size and depth not told). */
void qf_encoder_put_picture_head(struct qf_buf *out, const struct qf_carried *tags);

#endif
