/* hearing.h - the other ways in which `qfzz features` shows a track: --explain, --plot, --export. */
#ifndef QFZZ_CLI_HEARING_H
#define QFZZ_CLI_HEARING_H

#include "base/err.h"
#include "base/features.h"
#include "catalog/track.h"
#include "cli/cli.h"

#include <stdbool.h>

extern struct hearing {
	bool explain;
	const char *plot;
	int export; /* 0: none, 1: acousticbrainz */
} hearing;

#define HEARING_OPTIONS \
	{ CLI_FLAG, 0, "explain", NULL, "show every figure with its unit and meaning, and the sums behind the heuristics", &hearing.explain, 0, 0, \
	  NULL }, \
	{ CLI_TEXT, 0, "plot", "FILE.svg|png", "draw one track: waveform, parts, loudness over time, beats, chords, key; nothing else is printed", &hearing.plot, 0, 0, NULL }, \
	{ CLI_CHOICE, 0, "export", "FORMAT", "write another format than rows: rows or acousticbrainz [rows]", &hearing.export, 0, 0, \
	  "rows|acousticbrainz" }

void hearing_check(void);       /* exits for misuse: more than one way, or without operands */
bool hearing_wanted(void);      /* one of them was asked for */

/* Show one track on stdout, or write its picture, under its title if catalog c (NULL: none) has
 * one for track number id. QF_EIO, QF_ENOMEM. */
enum qf_status hearing_show(struct qf_catalog *c, int64_t id, const char *path, const struct qf_features *f, struct qf_err *e);

/* The same with the features of the catalog; *shown is false when it has no features of this version. */
enum qf_status hearing_show_stored(struct qf_catalog *c, int64_t id, bool *shown, struct qf_err *e);

#endif
