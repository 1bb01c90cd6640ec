/* pls.h - PLS version 2, as Winamp wrote it and mpv, MPD, VLC and audacious read it.
 *
 *     [playlist]
 *     X-Title=For you
 *     X-QFZZ=qfzz-playlist 0.1.0, order harmonic
 *     File1=../music/02 svefn.flac
 *     Title1=Sigur Rós - Svefn-g-englar
 *     Length1=215
 *     NumberOfEntries=1
 *     Version=2
 *
 * Places as in m3u.h. Keys that players do not know they skip. */
#ifndef QF_PLAYLIST_PLS_H
#define QF_PLAYLIST_PLS_H

#include "playlist/reading.h"

/* Append the list without what qf_line_refuses(). QF_ENOMEM. */
enum qf_status qf_pls_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e);

/* Entries come by their numbers, in whatever order they stand; NumberOfEntries is not asked. QF_ENOMEM;
 * QF_EFORMAT without [playlist] at the start. */
enum qf_status qf_pls_read(struct qf_reading *to, struct qf_span text, struct qf_err *e);

#endif
