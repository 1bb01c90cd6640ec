/* identity.h - what a file and what its sound is called between machines.
 *
 * The file's id is the SHA-256 of its bytes. The audio's id is the SHA-256 of the encoded
 * packets of the first audio stream, one behind the other, exactly as libavformat
 * 59 demuxes them: retagging, another cover, other padding leave it as it is;
 * re-encoding changes it. Headers of the codec (STREAMINFO, Vorbis setup, a Xing
 * frame) are no packets. It is what `ffmpeg -i FILE -map 0:a:0 -c copy -f hash -`
 * prints, but for ID3v1, APEv2 and Lyrics3 tags at the end, which are taken off first. */
#ifndef QF_AUDIO_IDENTITY_H
#define QF_AUDIO_IDENTITY_H

#include "base/err.h"
#include "base/hash.h"

#include <stdint.h>

/* fd: a regular file; its offset is neither used nor moved. QF_EIO, QF_ENOMEM,
 * QF_EUNSUPPORTED when it is no regular file. */
enum qf_status qf_identity_file(int fd, uint8_t out[QF_SHA256], struct qf_err *e);

/* name_hint as in qf_sniff_file(). QF_EFORMAT when it is no audio or holds no packet;
 * else as above. Damaged packets count as they are read. */
enum qf_status qf_identity_audio(int fd, const char *name_hint, uint8_t out[QF_SHA256], struct qf_err *e);

#endif
