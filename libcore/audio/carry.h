/* carry.h - what goes along from a file to its renditions: tags and the front cover.
 *
 * Keys are TagLib's (tags.h), which are those of Vorbis comments. What tells of the file and not of the music (encoder,
 * technical notes, pictures' figures) is left behind. */
#ifndef QF_AUDIO_CARRY_H
#define QF_AUDIO_CARRY_H

#include "audio/sniff.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/recipe.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QF_COVER_MAX ((size_t)4 << 20) /* bytes of a cover; a larger one stays behind */

struct qf_carry {
	const char *key;
	struct qf_span value; /* UTF-8, no NUL within */
};

struct qf_carried { /* all zero is nothing; everything lives in the arena */
	struct qf_carry *tag; /* [n] by key, several values of one key in their order */
	size_t n;
	struct qf_span mime, cover; /* cover.n 0: there is none */
};

/* Read them. A file without tags is fine. QF_EFORMAT, QF_EIO as of qf_tags_read(); QF_ENOMEM. */
enum qf_status qf_carry_read(struct qf_carried *out, int fd, const struct qf_sniff *s, struct qf_arena *a, struct qf_err *e);

/* What of it a rendition gets. Where the level was changed, gains (ReplayGain, R128) are dropped; else they are told in the codec's
 * manner: R128_*_GAIN for Opus (RFC 7845, 5.2.1: against -23 LUFS, so 5 dB less, in 1/256 dB), REPLAYGAIN_*_GAIN for the
 * others. QF_ENOMEM. */
enum qf_status qf_carry_for(struct qf_carried *out, const struct qf_carried *in, enum qf_codec codec, bool level_changed,
			    struct qf_arena *a, struct qf_err *e);

/* A cover may be larger than all that an encoder holds: it is not copied into what is written with it, but told with its place there. */
struct qf_inset {
	struct qf_span bytes; /* of the cover, borrowed */
	size_t at;            /* of the buffer, in which these bytes belong; sizes there count them */
};

/* As an ID3v2.4 tag with padding, appended. QF_ENOMEM. */
enum qf_status qf_carry_put_id3(struct qf_buf *out, const struct qf_carried *tags, struct qf_inset *cover, struct qf_err *e);

/* As the udta box of an MP4 file, in iTunes' manner, appended. The text of its iTunSMPB stands at gapless_at of the buffer, where another of its
 * length may replace it. QF_ENOMEM. */
enum qf_status qf_carry_put_udta(struct qf_buf *out, const struct qf_carried *tags, const char *gapless, size_t *gapless_at,
				 struct qf_inset *cover, struct qf_err *e);

/* The buffer with the cover in its place, at the descriptor's offset. QF_EIO. */
enum qf_status qf_carry_write(int fd, const struct qf_buf *b, const struct qf_inset *cover, struct qf_err *e);

/* The front cover, else the first picture, of a file (tags.cpp): mime and bytes are valid during the call of put only, which
 * is not called when there is none. QF_ENOMEM. */
typedef void qf_cover_put(void *user, const char *mime, const char *bytes, size_t n);
enum qf_status qf_carry_cover(int fd, const struct qf_sniff *s, qf_cover_put *put, void *user, struct qf_err *e);

#ifdef __cplusplus
}
#endif

#endif
