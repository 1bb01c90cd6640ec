/* decoder.h - inside the audio room: what a decoder library is to decode.c. */
#ifndef QF_AUDIO_DECODER_H
#define QF_AUDIO_DECODER_H

#include "audio/decode.h"
#include "audio/sniff.h"
#include "base/err.h"

struct qf_decoder {
	const char *name;
	bool (*takes)(const struct qf_sniff *s);
	/* *state is NULL after failure. info: rate_hz, channels and frames are set. */
	enum qf_status (*open)(void **state, int fd, const struct qf_sniff *s, struct qf_audio_info *info, struct qf_err *e);
	/* *errors is counted up for each damaged packet that was passed over. */
	enum qf_status (*read)(void *state, float *pcm, size_t max_frames, size_t *got, int64_t *errors, struct qf_err *e);
	void (*close)(void *state);
};

#endif
