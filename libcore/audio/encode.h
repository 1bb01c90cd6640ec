/* encode.h - frames in, a whole file of some codec out, by the codec's own library.
 *
 *     want = qf_encode_shape(&recipe, &source);       // rate and channels that qf_encode_write() is to be given
 *     qf_encode_open(&e, fd, &recipe, &source, &err);
 *     while (more) qf_encode_write(e, pcm, frames, &err);
 *     qf_encode_finish(e, &err);
 *     qf_encode_close(e);
 *
 * libFLAC, LAME, libopus, libvorbisenc, and libavcodec for AAC in M4A. The same frames and the same source give the same bytes: serial numbers of
 * Ogg streams come from the caller, and no time or name of a machine is written. The decoded length is that of the source
 * in its rate: encoder delay and padding are written where players look for them (the LAME tag of MP3, pre-skip and
 * granule positions of Ogg, edit list and iTunSMPB of M4A). LAME lowers the level at bit rates below 256 kbit/s by the "scale" of its presets; that
 * is taken back, so that a rendition is as loud as its source.
 *
 * The file is written from its start through fd, which is borrowed, must be readable, seekable and empty. */
#ifndef QF_AUDIO_ENCODE_H
#define QF_AUDIO_ENCODE_H

#include "audio/carry.h"
#include "audio/reshape.h"
#include "base/err.h"
#include "base/recipe.h"

#include <stddef.h>
#include <stdint.h>

struct qf_encode; /* opaque */

struct qf_encode_source { /* with its tags it is used by qf_encode_open() only */
	int rate_hz, channels;
	int bits;        /* of a sample of a lossless source, 16 or 24; others are taken for 24, 0 for 16 */
	uint32_t serial; /* of the Ogg stream */
	const struct qf_carried *tags;
	int64_t frames;  /* that are to come, as far as is known; 0: not */
};

/* To be called before others by a program that is to encode AAC: without it nothing of libavcodec is linked. */
void qf_encode_with_aac(void);

/* FLAC takes what the source has, the others at most two channels; MP3, AAC and Vorbis the source's rate if it is one of MP3's,
 * else 44,100 Hz for its multiples and 48,000 for all others; Opus 48,000. */
struct qf_shape qf_encode_shape(const struct qf_recipe *r, const struct qf_encode_source *s);

/* QF_EUNSUPPORTED: the codec cannot hold this (more than 8 channels of FLAC, …), or no encoder for it is here; QF_ENOMEM, QF_EIO. */
enum qf_status qf_encode_open(struct qf_encode **out, int fd, const struct qf_recipe *r, const struct qf_encode_source *s, struct qf_err *e);

/* pcm[frames * channels] of the shape, interleaved, finite, full scale 1.0; frames at most QF_ENCODE_BLOCK. QF_EIO, QF_ENOMEM. */
#define QF_ENCODE_BLOCK QF_RESHAPE_BLOCK
enum qf_status qf_encode_write(struct qf_encode *x, const float *pcm, size_t frames, struct qf_err *e);

/* What is still inside, and the trailers. Once. QF_EIO, QF_ENOMEM. */
enum qf_status qf_encode_finish(struct qf_encode *x, struct qf_err *e);
void qf_encode_close(struct qf_encode *x); /* NULL is fine */

#endif
