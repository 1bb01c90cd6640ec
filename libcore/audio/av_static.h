/* av_static.h - inside the audio room: what av_static.c asks of the lists of parts. */
#ifndef QF_AUDIO_AV_STATIC_H
#define QF_AUDIO_AV_STATIC_H

#include <libavcodec/avcodec.h>
#include <stddef.h>
#include <stdint.h>

extern const AVCodec *const qf_av_codecs[]; /* NULL is the last */

extern const AVCodec ff_aac_encoder;

/* As FFmpeg's iterators do it: `opaque` counts. Behind the end nobody asks again. */
static inline size_t qf_av_next(void **opaque)
{
	uintptr_t i = (uintptr_t)*opaque;

	*opaque = (void *)(i + 1);
	return i;
}

#endif
