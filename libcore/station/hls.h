/* hls.h - the playlists of HTTP Live Streaming (RFC 8216), written from what the segments really are.
 *
 * A packaged track is one folder: master.m3u8 names its renditions in one codec (master-CODEC.m3u8 those in others), STEM.m3u8
 * the segments of one of them, which are STEM-00001.m4s and so on (fragmented MP4, behind STEM-init.mp4) or packed audio. Names are relative and stand
 * beside each other, so that a folder can be moved, signed and served as it is.
 *
 * Stems are of a-z, 0-9 and "-" and need no escapes. Sizes and lengths are the caller's to get right: nothing here
 * estimates. The reader that judges is hls_lint.h. */
#ifndef QF_STATION_HLS_H
#define QF_STATION_HLS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_HLS_MASTER "master.m3u8"

struct qf_hls_segment {
	int64_t bytes; /* of its file */
	int64_t us;    /* microseconds that it is heard, > 0 */
};

struct qf_hls_media { /* one rendition */
	const char *stem;   /* "opus-96" */
	const char *suffix; /* of a segment's file: ".m4s", ".aac", ".mp3" */
	const char *codec;  /* "aac": those of one codec stand in one Master Playlist */
	const char *codecs; /* RFC 6381: "mp4a.40.2" */
	bool init;          /* there is an initialization section */
	const struct qf_hls_segment *segment; /* [n], n > 0 */
	size_t n;
};

/* Append a file's name. A master's codec NULL: of the first one; the first segment is 0, and is called 00001. */
void qf_hls_put_master_name(struct qf_buf *out, const char *codec);
void qf_hls_put_name(struct qf_buf *out, const struct qf_hls_media *m);
void qf_hls_put_init(struct qf_buf *out, const struct qf_hls_media *m);
void qf_hls_put_segment(struct qf_buf *out, const struct qf_hls_media *m, size_t i);

/* Seconds, the longest segment rounded to the nearest (4.3.3.1), at least 1. */
int64_t qf_hls_target_s(const struct qf_hls_media *m);

/* Bits a second, rounded up. The peak is the largest of any run of segments that lasts 0.5 to 1.5 target durations (4.1),
 * and never below the average; the average is that of all. Initialization sections are not counted. */
int64_t qf_hls_peak_bps(const struct qf_hls_media *m);
int64_t qf_hls_average_bps(const struct qf_hls_media *m);

int64_t qf_hls_us(const struct qf_hls_media *m); /* all segments together */

/* Append a Media Playlist (video on demand, complete). Its EXT-X-VERSION is the lowest that its tags allow (7). */
void qf_hls_put_media(struct qf_buf *out, const struct qf_hls_media *m);

/* Append the Master Playlist of m[n], in this order: players begin with the first. `note`: one line of text, a comment. */
void qf_hls_put_master(struct qf_buf *out, const struct qf_hls_media *m, size_t n, const char *note);

/* What that note says in a master of ours; {NULL, 0}: it is none. */
struct qf_span qf_hls_note(struct qf_span master);

#endif
