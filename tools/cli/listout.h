/* listout.h - a list of tracks into a playlist, a file or standard output. */
#ifndef QFZZ_CLI_LISTOUT_H
#define QFZZ_CLI_LISTOUT_H

#include "cli/tracklist.h"
#include "playlist/format.h"
#include "playlist/remote.h"
#include "playlist/spelling.h"

struct listout {
	const struct qf_playlist_format *format; /* NULL: rows, which the list must have kept */
	const struct qf_profile *profile;        /* NULL: the default */
	const struct qf_remote *remote;          /* NULL: files */
	const char *output;                      /* NULL: standard output */
	const char *name;                        /* NULL: the output's name without its suffix */
	const char *note;
};

/* The folder that the output will stand in, free of symbolic links; the caller frees it. NULL: errno tells. */
char *listout_folder(const char *output);

/* Write it; what the format cannot hold is named. Returns an exit code. */
int listout_write(const struct listout *o, const struct tracklist *l);

#endif
