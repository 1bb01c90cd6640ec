/* xspf.h - XSPF version 1 (https://www.xspf.org/spec), for players that read XML.
 *
 * location is an absolute file:// URI, so every path can be written (or the URL of list->remote), duration is in
 * milliseconds, identifier the MusicBrainz recording. VLC and audacious play it;
 * mpv, MPD and mpg123 do not. */
#ifndef QF_PLAYLIST_XSPF_H
#define QF_PLAYLIST_XSPF_H

#include "playlist/reading.h"

/* Append the document. Characters that XML 1.0 (section 2.2) cannot hold are dropped
 * from texts; what is not known is left out. QF_ENOMEM. */
enum qf_status qf_xspf_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e);

/* Of each track the first location, and identifiers that are recordings of MusicBrainz or ISRCs; what else an extension
 * holds is passed over. Parsed by expat; a document that declares entities is refused. QF_EFORMAT, QF_ENOMEM. */
enum qf_status qf_xspf_read(struct qf_reading *to, struct qf_span text, struct qf_err *e);

#endif
