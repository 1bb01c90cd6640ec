/* seeds.h - the tracks that a tool is asked to start from: operands and rows. */
#ifndef QFZZ_CLI_SEEDS_H
#define QFZZ_CLI_SEEDS_H

#include "base/err.h"
#include "catalog/catalog.h"
#include "cli/learned.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_SEEDS "track:ID, a path, artist:NAME, or - for rows on standard input" /* for notes and messages */

struct cli_seeds { /* all zero, with l set, is none */
	const struct cli_learned *l;
	uint32_t *item; /* [n] places in the library, each once, in the order given */
	size_t n, room;
	bool some_failed; /* of some nothing is known: said, and left out */
};

/* All operands of the command line. Only what ends the work is an error. */
enum qf_status cli_seeds_read(struct cli_seeds *s, struct qf_catalog *c, struct qf_err *e);
void cli_seeds_free(struct cli_seeds *s);

#endif
