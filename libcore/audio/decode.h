/* decode.h - the sound of a file: a descriptor in, interleaved float frames out.
 *
 *     qf_decode_open(&d, fd, name, &info, &e);
 *     while (qf_decode_read(d, pcm, max_frames, &got, &e) == QF_OK && got) ...
 *     qf_decode_damage(d, &damage);
 *     qf_decode_close(d);
 *
 * libsndfile reads what it reads well (WAV, W64, RF64, AIFF, CAF and AU with plain
 * samples, FLAC, Ogg, MP3); libavformat and libavcodec the rest (M4A, WMA, APE, WavPack, AAC,
 * ADPCM) and what libsndfile refuses. Only the kinds of sniff.h are opened, by
 * allow-lists of demuxers and codecs; nothing is opened by name and no address in
 * a file is followed. Decoders have bugs: call this in a worker process.
 *
 * Opening a file with libavcodec switches libav's log off for the process. */
#ifndef QF_AUDIO_DECODE_H
#define QF_AUDIO_DECODE_H

#include "audio/sniff.h"
#include "audio/tags.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_DECODE_CHANNELS 64 /* at most */

struct qf_decode; /* opaque: one file being decoded */

struct qf_audio_info {
	enum qf_audio_kind kind;
	int rate_hz, channels; /* of the frames that come; 1 to 768,000 and 1 to QF_DECODE_CHANNELS */
	bool lossless;         /* the codec can give back every sample as it was put in: PCM, FLAC, ALAC … */
	int64_t frames;        /* as the file declares it, 0 = it does not say */
	int bits;              /* of a whole-number sample as the file has it, 0: lossy, floating point or not known */
	const char *decoder;   /* "libsndfile" or "libavcodec"; static */
};

/* fd is borrowed until close; it is read by pread, its offset stays as it is.
 * name_hint as in qf_sniff_file().
 *   QF_EFORMAT       not audio, or no decoder makes sense of it
 *   QF_EUNSUPPORTED  a codec or a shape (channels, rate) that we do not handle
 *   QF_EIO, QF_ENOMEM */
enum qf_status qf_decode_open(struct qf_decode **out, int fd, const char *name_hint, struct qf_audio_info *info, struct qf_err *e);

/* The same with decoders of the caller's choice: decoders[] ends with NULL and is tried in order.
 * QF_EUNSUPPORTED also when the first of them, alone, is not for this kind of file. */
struct qf_decoder; /* opaque */
extern const struct qf_decoder qf_decoder_sf, qf_decoder_av; /* libsndfile; libavformat and libavcodec */
enum qf_status qf_decode_open_by(struct qf_decode **out, const struct qf_decoder *const *decoders, int fd, const char *name_hint,
				 struct qf_audio_info *info, struct qf_err *e);

/* Up to max_frames into pcm[max_frames * channels], full scale = 1.0; *got = 0 is the end.
 * NaN and infinities become 0 and are counted. Damage in the middle of a file
 * does not fail: decoding goes on behind it where the decoder can, and qf_decode_damage() tells.
 * QF_EIO, QF_ENOMEM. */
enum qf_status qf_decode_read(struct qf_decode *d, float *pcm, size_t max_frames, size_t *got, struct qf_err *e);

struct qf_decode_damage {
	int64_t decoded, declared;  /* frames so far; as in info */
	int64_t errors;             /* packets or blocks that the decoder refused */
	int64_t not_finite;         /* samples that were NaN or infinite */
	bool short_of_declared;     /* ended more than 1 % and 0.25 s before the declared end */
};

/* What went wrong so far; meaningful once read gave 0 frames. True if anything did. */
bool qf_decode_damage(const struct qf_decode *d, struct qf_decode_damage *out);

void qf_decode_close(struct qf_decode *d); /* NULL is fine */

/* Fill what is still 0 in props: by libsndfile for the kinds that it reads, for ADTS by its
 * first frames (an estimate). Cheap: nothing is decoded. Whatever goes wrong, props stays as it was. */
void qf_decode_props(int fd, const struct qf_sniff *s, struct qf_audio_props *props);

#endif
