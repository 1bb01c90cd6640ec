/* pcmhash.h - what samples a lossless file holds, whatever it is packed in: SHA-256 of its decoded PCM.
 *
 *     qf_pcmhash_open(&h, &info, &e);             // h stays NULL: of this file there is none
 *     while (decoding) qf_pcmhash_add(h, pcm, frames);
 *     qf_pcmhash_end(h, digest);
 *     qf_pcmhash_close(h);
 *
 * The hash is over interleaved samples as they come out of the decoder, whole numbers of two's complement, little-endian: 16
 * bits where the file has 16 and fewer, else 24 bits in three bytes; fewer than that stand at the upper end, as
 * decoders hand them out. So it is, for anybody,
 *
 *     ffmpeg -i a.flac -f s16le - | sha256sum         ffmpeg -i a.flac -f s24le - | sha256sum
 *
 * of FLAC, WAV, AIFF, ALAC, WavPack and APE alike. Rate and number of channels are no part of it. There is none of lossy
 * codecs, of samples in floating point, and of more than 24 bits, which float frames (decode.h) do not hold exactly. */
#ifndef QF_AUDIO_PCMHASH_H
#define QF_AUDIO_PCMHASH_H

#include "audio/decode.h"
#include "base/err.h"
#include "base/hash.h"

#include <stddef.h>
#include <stdint.h>

struct qf_pcmhash; /* opaque */

/* *out NULL without an error: no hash is defined of such a file. QF_ENOMEM. */
enum qf_status qf_pcmhash_open(struct qf_pcmhash **out, const struct qf_audio_info *info, struct qf_err *e);

/* pcm[frames * info.channels] as qf_decode_read() gave it; NULL h is fine. */
void qf_pcmhash_add(struct qf_pcmhash *h, const float *pcm, size_t frames);

/* Of all that was added; once. */
void qf_pcmhash_end(struct qf_pcmhash *h, uint8_t out[QF_SHA256]);
void qf_pcmhash_close(struct qf_pcmhash *h); /* NULL is fine */

#endif
