/* m3u.h - extended M3U as players on Linux read it.
 *
 *     #EXTM3U
 *     #PLAYLIST:For you
 *     #X-QFZZ:qfzz-playlist 0.1.0, order harmonic
 *     #EXTINF:215,Sigur Rós - Svefn-g-englar
 *     ../music/02 svefn.flac
 *
 * Raw bytes of the paths without byte order mark or percent-encoding, LF, paths
 * relative to the list's folder: the spelling of which mpv, MPD, mpg123 and audacious
 * open the most files. There is no standard; the comment lines are those of Winamp
 * and Kodi, and players skip the ones they do not know. */
#ifndef QF_PLAYLIST_M3U_H
#define QF_PLAYLIST_M3U_H

#include "base/buf.h"
#include "playlist/entry.h"

#include <stdbool.h>

/* Whether a format of lines can hold this path: it has neither newline nor carriage return. */
bool qf_m3u_holds(const char *path);

/* Append the list. Entries that M3U cannot hold are left out; ask qf_m3u_holds() to name them.
 * The length is in whole seconds, rounded (-1: not known). Titles lose control characters
 * and blanks at their ends; without a title the file's name stands for it. An entry that would begin with
 * "#" or a blank gets "./" in front. QF_ENOMEM. */
enum qf_status qf_m3u_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e);

#endif
