/* spelling.h - how lists of lines spell their places: players do not agree.
 *
 * What each of them opens was measured with tracks of odd names (docs/PLAYLISTS.md): mpv and MPD
 * take the bytes of a line for a path, VLC takes it for a URI reference, none can hold a line break
 * but in a URI. What a profile cannot spell is refused with a sentence, never written wrongly. */
#ifndef QF_PLAYLIST_SPELLING_H
#define QF_PLAYLIST_SPELLING_H

#include "base/buf.h"
#include "playlist/entry.h"
#include "playlist/remote.h"

#include <stdbool.h>

enum qf_spelled {
	QF_SPELLED_RAW,       /* the path's bytes, from the list's folder */
	QF_SPELLED_REFERENCE, /* the same, escaped as a URI reference */
	QF_SPELLED_URI,       /* file:// and the whole path, escaped */
	QF_SPELLED_WHOLE      /* the path's bytes, absolute */
};

struct qf_profile {
	const char *name;    /* "mpv" */
	const char *meaning; /* one line for people */
	enum qf_spelled spelled;
	const char *newline;
	char slash;          /* between folders */
	unsigned refuses;    /* places that the player would take for something else: QF_NOT_… */
	size_t most;         /* entries in a list, 0: any number */
	bool annotated;      /* in M3U gain and cue points stand in front (annotate.h) */
};

enum { /* refused beside line breaks, which no raw line can hold */
	QF_NOT_EDGE_BLANKS = 1, /* lines are trimmed: names that end in a blank are lost */
	QF_NOT_FOREIGN = 2,     /* names that are not UTF-8 */
	QF_NOT_BLANK_FIRST = 8, /* names of files and folders that begin with a blank are not found (MPD 0.23) */
	QF_NOT_FAT = 4          /* what a FAT file system cannot hold: \ : * ? " < > |, control bytes, names that end in a dot or blank */
};

extern const struct qf_profile qf_profiles[]; /* ends with a name of NULL; the first is the default */

const struct qf_profile *qf_profile_find(const char *name); /* NULL: no such profile */

/* Why the ith entry cannot stand in a list of lines, as a sentence; NULL when it can. */
const char *qf_line_refuses(const struct qf_playlist *list, size_t i);

/* Append its line, without the newline. Only for entries that are not refused. */
void qf_line_put(struct qf_buf *out, const struct qf_playlist *list, size_t i);

/* The same for documents of URIs: file://, or the URL that list->remote gives. */
const char *qf_uri_refuses(const struct qf_playlist *list, size_t i);
void qf_uri_put(struct qf_buf *out, const struct qf_playlist *list, size_t i);

/* How the lines of the list end. */
const char *qf_line_end(const struct qf_playlist *list);

#endif
