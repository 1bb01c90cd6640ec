/* format.h - the playlist formats by name and by the suffix of a file. */
#ifndef QF_PLAYLIST_FORMAT_H
#define QF_PLAYLIST_FORMAT_H

#include "base/buf.h"
#include "playlist/entry.h"

#include <stdbool.h>

struct qf_playlist_format {
	const char *name;        /* "m3u" */
	const char *suffixes[3]; /* with the dot, NULL-ended: ".m3u" */
	bool (*holds)(const char *path); /* whether it can name this file; NULL: every one */
	enum qf_status (*write)(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e);
};

extern const struct qf_playlist_format qf_playlist_formats[]; /* ends with a name of NULL; the first is the default */

const struct qf_playlist_format *qf_playlist_format_find(const char *name);  /* NULL: no such format */
const struct qf_playlist_format *qf_playlist_format_of(const char *file);    /* by suffix, ASCII case aside; NULL: by none */

#endif
