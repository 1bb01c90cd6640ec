/* m3u.h - extended M3U as players on Linux read it.
 *
 *     #EXTM3U
 *     #PLAYLIST:For you
 *     #X-QFZZ:qfzz-playlist 0.1.0, order harmonic
 *     #EXTINF:215,Sigur Rós - Svefn-g-englar
 *     ../music/02 svefn.flac
 *
 * Without byte order mark; places as the list's profile spells them (spelling.h): by default raw bytes, LF,
 * relative to the list's folder, the spelling of which mpv, MPD, mpg123 and audacious open the most files.
 * There is no standard; the comment lines are those of Winamp and Kodi, and players skip the ones they do not know. */
#ifndef QF_PLAYLIST_M3U_H
#define QF_PLAYLIST_M3U_H

#include "playlist/reading.h"

/* Append the list without what qf_line_refuses(). The length is in whole seconds, rounded (-1: not known).
 * Titles lose control characters and blanks at their ends; without a title the file's name stands for it. An entry
 * that would begin with "#" or a blank gets "./" in front. QF_ENOMEM. */
enum qf_status qf_m3u_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e);

/* Any line that is neither empty nor begins with "#" is an entry; the #EXTINF, #EXTART and #EXTALB before it are its own.
 * What stands in front of a place for liquidsoap (annotate.h) is taken off. Attributes between length and comma ('id="1,2"') are passed over. QF_ENOMEM. */
enum qf_status qf_m3u_read(struct qf_reading *to, struct qf_span text, struct qf_err *e);

#endif
