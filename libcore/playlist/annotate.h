/* annotate.h - what liquidsoap is told of a track in front of its place:
 *
 *     annotate:liq_amplify="-3.20 dB",liq_cue_in="1.250",liq_cue_out="180.500",liq_cross_duration="4.000":/music/a.flac
 *
 * Numbers only: titles stand in the #EXTINF line above, which liquidsoap reads too, and need no quoting. The keys are those that
 * amplify(1., s), cue_cut(s) and cross(…, s) look for by themselves. What is 0 is not written. Not for other rooms. */
#ifndef QF_PLAYLIST_ANNOTATE_H
#define QF_PLAYLIST_ANNOTATE_H

#include "playlist/reading.h"

/* Append it for the ith entry, colon included; nothing when there is nothing to tell. The cue-in comes from the entry before. */
void qf_annotate_put(struct qf_buf *out, const struct qf_playlist *list, size_t i);

/* Take it off a line, into the entry that is about to be added to the list and the last one that was. A line that does not begin
 * so, or goes on otherwise, stays as it is. */
void qf_annotate_read(struct qf_reading *to, struct qf_entry *t, struct qf_span *line);

#endif
