/* format.h - the playlist formats by name and by the suffix of a file.
 *
 * What one of them writes it reads again, and writes the same bytes from that. */
#ifndef QF_PLAYLIST_FORMAT_H
#define QF_PLAYLIST_FORMAT_H

#include "base/buf.h"
#include "playlist/entry.h"
#include "playlist/reading.h"
#include "playlist/spelling.h"

#include <stdbool.h>

struct qf_playlist_format {
	const char *name;        /* "m3u" */
	const char *suffixes[3]; /* with the dot, NULL-ended: ".m3u" */
	bool uris;               /* its places are URI references, for whatever player */

	/* Why the ith entry cannot stand in it, as a sentence; NULL when it can. Writers leave it out. */
	const char *(*refuses)(const struct qf_playlist *list, size_t i);

	/* Append the list. QF_ENOMEM. */
	enum qf_status (*write)(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e);

	/* Add to `to` what the text says; what is not understood is passed over where the format allows. The
	 * caller frees `to`, also after an error. QF_EFORMAT, QF_ENOMEM. */
	enum qf_status (*read)(struct qf_reading *to, struct qf_span text, struct qf_err *e);
};

extern const struct qf_playlist_format qf_playlist_formats[]; /* ends with a name of NULL; the first is the default */

const struct qf_playlist_format *qf_playlist_format_find(const char *name);  /* NULL: no such format */
const struct qf_playlist_format *qf_playlist_format_of(const char *file);    /* by suffix, ASCII case aside; NULL: by none */

/* What a text looks like: JSON, XML, "[playlist]", else lines. Never NULL. */
const struct qf_playlist_format *qf_playlist_format_like(struct qf_span text);

/* Whether the places of a list in this format and for this player (NULL: not known) are URI references. */
bool qf_playlist_escaped(const struct qf_playlist_format *f, const struct qf_profile *profile);

/* Read without a byte order mark. */
enum qf_status qf_playlist_read(const struct qf_playlist_format *f, struct qf_reading *to, struct qf_span text, struct qf_err *e);

#endif
