/* pipes.h - ready-made playlists: pipes that are kept as data (datasets/readymade.tsv). */
#ifndef QFZZ_CLI_PIPES_H
#define QFZZ_CLI_PIPES_H

#include "base/arena.h"
#include "cli/cli.h"
#include "cli/tracklist.h"

#include <stdint.h>

struct pipe_values { /* the variables of a pipe */
	const char *user, *of; /* of: "" when not given */
	int64_t n, now;
	uint64_t seed;
};

/* A table from a file of the same form as datasets/readymade.tsv, ended by a name of NULL, in the arena.
 * QF_EFORMAT names the line; errors of reading. */
enum qf_status pipes_read(const char *file, struct qf_arena *a, const struct cli_pipe **out, struct qf_err *e);

const struct cli_pipe *pipes_find(const struct cli_pipe *table, const char *name); /* NULL: none */

/* Run it by /bin/sh, with our own folder first on PATH and the catalog that we use, and take the rows that come out.
 * Returns an exit code; what failed was said. */
int pipes_run(const struct cli_pipe *p, const struct pipe_values *v, struct tracklist *l);

#endif
