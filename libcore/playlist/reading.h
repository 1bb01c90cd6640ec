/* reading.h - what the readers of playlist formats make of a file. */
#ifndef QF_PLAYLIST_READING_H
#define QF_PLAYLIST_READING_H

#include "base/arena.h"
#include "base/buf.h"
#include "playlist/entry.h"

#include <stdbool.h>

struct qf_reading { /* all zero is an empty one */
	const char *title, *note; /* NULL: the list has none */
	struct qf_entry *entries; /* [n], texts in the arena; `path` as it stands in the list, see place.h */
	size_t n, cap;
	struct qf_arena texts;
};

/* One more entry, of which nothing is known yet; NULL: out of memory. Valid until the next call. */
struct qf_entry *qf_reading_add(struct qf_reading *r);
void qf_reading_free(struct qf_reading *r); /* all zero again */

/* A copy in the arena as clean UTF-8, blanks at its ends dropped; *to stays as it was for an empty text or one
 * with a NUL. False: out of memory. qf_reading_bytes() keeps the bytes as they are. */
bool qf_reading_text(struct qf_reading *r, const char **to, struct qf_span text);
bool qf_reading_bytes(struct qf_reading *r, const char **to, struct qf_span text);

/* "Artist - Title" into its parts at the first " - "; without one all is the title. False: out of memory. */
bool qf_reading_names(struct qf_reading *r, struct qf_entry *t, struct qf_span text);

/* The MusicBrainz recording or the ISRC that an identifier gives ("https://musicbrainz.org/recording/…",
 * "urn:isrc:…", "isrc:…"); others say nothing. False: out of memory. */
bool qf_reading_identifier(struct qf_reading *r, struct qf_entry *t, struct qf_span text);

/* The whole number that a text begins with; 0 for what is none, is negative, or above `most`. */
int64_t qf_reading_number(struct qf_span text, int64_t most);

#define QF_READING_LONGEST_S (366 * 86400) /* a track of more than a year is a mistake */

/* The next line of the text without its end (LF or CRLF); false at the end. */
bool qf_reading_line(struct qf_span *rest, struct qf_span *line);

#endif
