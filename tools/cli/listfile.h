/* listfile.h - a playlist file of whatever origin, as the tracks that it means here. */
#ifndef QFZZ_CLI_LISTFILE_H
#define QFZZ_CLI_LISTFILE_H

#include "catalog/catalog.h"
#include "cli/tracklist.h"
#include "playlist/format.h"
#include "playlist/remote.h"

#include <stdbool.h>

struct listfile { /* how to read */
	const char *file;
	const struct qf_playlist_format *format; /* NULL: by suffix, else by what it looks like */
	const struct qf_profile *profile; /* the player that it was written for; NULL: not known */
	const struct qf_remote *remote;  /* NULL: its URLs mean nothing here */
	struct qf_catalog *catalog;      /* NULL: only files that are there count */
	const char *title, *note;        /* out: of the list, in the arena of the tracks, or NULL */
};

/* Append what the list names to l: an entry is the file that is found at its place in any of the spellings of
 * playlist/place.h, else the track of the catalog that its identifiers, its place below a root, or its
 * names and length tell (history/match.h). What the catalog knows of a track counts more than
 * what the list says. What is found nowhere is named and left out. Returns an exit code; what failed was said. */
int listfile_read(struct listfile *f, struct tracklist *l);

/* One track of the catalog, or one file that is in none, behind the others. */
enum qf_status listfile_add_track(struct tracklist *l, struct qf_catalog *c, int64_t id, struct qf_err *e);
enum qf_status listfile_add_path(struct tracklist *l, const char *path, struct qf_err *e);

#endif
