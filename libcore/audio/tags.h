/* tags.h - the tags and the stated properties of an audio file, by TagLib.
 *
 * A thin C face over TagLib's C++: which class reads a file is decided by its
 * content (sniff.h), never by its name; nothing is written; no exception leaves.
 * Keys come as TagLib's PropertyMap names them ("ALBUMARTIST", "MUSICBRAINZ_TRACKID"
 * also for ID3v2's UFID frame, "COPYRIGHTURL" for WCOP), and beyond it MP4 freeform
 * atoms by the upper-cased last part of their name ("REPLAYGAIN_TRACK_GAIN") and,
 * for MP3 with an ID3v2 and an APEv2 tag, those keys that only the latter has.
 * Of pictures only PICTURECOUNT and the PICTURETYPE ("front"), PICTUREMIME and PICTUREBYTES of the front
 * cover, else of the first, are told; nothing is decoded. ID3v2's POPM gives RATING (of 100) and PLAYCOUNT, RVA2 gives
 * REPLAYGAIN_*_GAIN, SYLT gives SYNCEDLYRICS in the form of LRC files; MP4's rtng gives ITUNESADVISORY. Other
 * binary frames are passed over. tagset.h puts it into one vocabulary. */
#ifndef QF_AUDIO_TAGS_H
#define QF_AUDIO_TAGS_H

#include "audio/sniff.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QF_TAG_VALUE_MAX ((size_t)4 << 20) /* bytes of one value; a longer one is cut between characters */

struct qf_audio_props { /* 0 = not known */
	int64_t duration_ms; /* as the file states it */
	int sample_rate_hz, channels, bitrate_kbps;
	const char *codec;   /* "flac", "mp3", "vorbis", "opus", "wav", "aac", "alac", "wma", …; static */
};

/* One value of one key; several values of a key come one by one, in order, keys
 * in ascending order. value[n] is UTF-8 and may hold any character; borrowed for
 * the call. `cut` when it was longer than QF_TAG_VALUE_MAX. */
typedef void qf_tag_put(void *user, const char *key, const char *value, size_t n, int cut);

/* Read them. s is what qf_sniff_file() said of fd; the descriptor's offset is not used.
 * A file without tags is fine. What TagLib does not read at all (W64, RF64, CAF, AU, ADTS)
 * has no tags here, and neither tags nor properties are no error. props may come back
 * empty: qf_decode_props() then knows more.
 * QF_EFORMAT when TagLib finds the file invalid, QF_EIO, QF_ENOMEM. */
enum qf_status qf_tags_read(int fd, const struct qf_sniff *s, qf_tag_put *put, void *user, struct qf_audio_props *props,
			    struct qf_err *e);

#ifdef __cplusplus
}
#endif

#endif
