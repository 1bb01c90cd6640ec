/* sniff.h - what kind of audio a file holds, by its first bytes.
 *
 * Names lie (a FLAC called .mp3 is common), so content decides; the name is only
 * asked where content cannot tell. Only the kinds listed here are ever given to a
 * decoder or a tag reader: libsndfile and libavformat know dozens of rare
 * containers with a history of memory errors, and none of them is opened. */
#ifndef QF_AUDIO_SNIFF_H
#define QF_AUDIO_SNIFF_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum qf_audio_kind {
	QF_AUDIO_NONE, /* not audio, or nothing that we open */
	QF_AUDIO_WAV,
	QF_AUDIO_RF64,
	QF_AUDIO_W64,
	QF_AUDIO_AIFF, /* AIFF-C too */
	QF_AUDIO_FLAC,
	QF_AUDIO_OGG_VORBIS,
	QF_AUDIO_OGG_OPUS,
	QF_AUDIO_OGG_FLAC,
	QF_AUDIO_OGG_SPEEX,
	QF_AUDIO_MP3, /* MPEG-1, 2 and 2.5 audio, layers I to III */
	QF_AUDIO_ADTS, /* bare AAC frames */
	QF_AUDIO_MP4, /* m4a, mov: AAC, ALAC */
	QF_AUDIO_ASF, /* wma */
	QF_AUDIO_APE,
	QF_AUDIO_WAVPACK,
	QF_AUDIO_CAF,
	QF_AUDIO_AU,
	QF_AUDIO_KINDS
};

struct qf_sniff {
	enum qf_audio_kind kind;
	int64_t size;  /* of the file, bytes */
	int64_t start; /* first byte of the audio format itself: behind ID3v2 tags, zeros and junk */
	int64_t end;   /* one past its last byte: before ID3v1, APEv2 and Lyrics3 tags (MP3, ADTS, FLAC); else size */
	bool exotic;   /* WAV, AIFF, CAF, AU: the samples are not plain PCM, float, A-law or mu-law */
};

/* Look at an open regular file; up to 64 KiB of junk in front of MPEG frames are
 * passed over. The offset of the descriptor is not used. name_hint: the file's name
 * or NULL; its extension decides only for MPEG files too short to hold two frames.
 * QF_OK with QF_AUDIO_NONE when it is no audio; QF_EIO, QF_ENOMEM,
 * QF_EUNSUPPORTED when it is no regular file. */
enum qf_status qf_sniff_file(int fd, const char *name_hint, struct qf_sniff *out, struct qf_err *e);

/* "flac", "vorbis", "mp3", …: the codec as rows name it; that of MP4 and ASF is told
 * by qf_tags_read(), here they are "mp4" and "asf". Static; never NULL. */
const char *qf_audio_kind_name(enum qf_audio_kind kind);

#endif
