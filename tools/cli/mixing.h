/* mixing.h - a list of tracks into one file of sound: the work of `qfzz mix`. */
#ifndef QFZZ_CLI_MIXING_H
#define QFZZ_CLI_MIXING_H

#include "catalog/catalog.h"
#include "cli/looking.h"
#include "cli/tracklist.h"
#include "station/transition.h"

#include <stddef.h>
#include <stdint.h>

struct mixing {
	const char *output;   /* FLAC; NULL: only the look is wanted */
	int rate_hz, bits;
	double lufs;
	struct qf_transition_how how;
	size_t only;          /* this transition, from 1, and `around` seconds to both sides of it; 0: all of the mix */
	double around_s;
	struct looking *look; /* at that one; opened; or NULL */
};

/* Render it; c may be NULL. Tracks that cannot be played are named and left out. Once the file stands under its name its rows are printed: each
 * with "mix", where it begins, and "transition". Returns an exit code; what went wrong was said. */
int mixing_run(const struct mixing *x, const struct tracklist *l, struct qf_catalog *c);
#endif
