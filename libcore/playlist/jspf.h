/* jspf.h - JSPF, the JSON form of XSPF (https://www.xspf.org/jspf), with the
 * extensions of MusicBrainz (https://musicbrainz.org/doc/jspf) as ListenBrainz reads them.
 *
 * location and identifier are lists of URIs, duration is in milliseconds. The playlist
 * is marked as not public. What we know of a track beyond JSPF stands in the track
 * extension's additional_metadata: score, trust, quality, tempo_bpm, camelot, energy. */
#ifndef QF_PLAYLIST_JSPF_H
#define QF_PLAYLIST_JSPF_H

#include "playlist/reading.h"

#define QF_JSPF_PLAYLIST "https://musicbrainz.org/doc/jspf#playlist"
#define QF_JSPF_TRACK "https://musicbrainz.org/doc/jspf#track"

/* Append the document, on one line with a newline behind it. What is not known is left out. QF_ENOMEM. */
enum qf_status qf_jspf_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e);

/* location and identifier may be lists or single strings; of locations the first counts. QF_EFORMAT, QF_ENOMEM. */
enum qf_status qf_jspf_read(struct qf_reading *to, struct qf_span text, struct qf_err *e);

#endif
