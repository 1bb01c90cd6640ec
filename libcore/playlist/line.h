/* line.h - texts within the formats of lines. Not for other rooms. */
#ifndef QF_PLAYLIST_LINE_H
#define QF_PLAYLIST_LINE_H

#include "base/buf.h"
#include "playlist/entry.h"

/* Append a line of its own, "KEY" and the text; nothing when there is no text left to write. */
void qf_line_keyed(struct qf_buf *out, const char *key, const char *text, const char *end);

/* Append "Artist - Title"; without an artist the title alone, without a title the file's name without suffix. */
void qf_line_names(struct qf_buf *out, const struct qf_entry *t);

/* The length in whole seconds, rounded, at least 1 (0 is not known to some players); -1: not known. */
int64_t qf_line_seconds(const struct qf_entry *t);

#endif
