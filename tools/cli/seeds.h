/* seeds.h - the tracks that a tool is asked to start from: operands and rows. */
#ifndef QFZZ_CLI_SEEDS_H
#define QFZZ_CLI_SEEDS_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "cli/learned.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_SEEDS "track:ID, a path, artist:NAME, or - for rows on standard input" /* for notes and messages */

struct cli_seed {
	int64_t track;       /* 0: there is none */
	const char *name;    /* as the user said it; of an artist's tracks all the same */
	bool of_artist;
};

struct cli_seeds { /* all zero is none */
	struct cli_seed *said;  /* [n_said] in the order given */
	size_t n_said, said_room;
	int64_t *track;         /* [n_said] theirs */
	uint32_t *item;         /* [n] places in the library, each once, in the order given */
	size_t n;
	bool some_failed;       /* of some nothing is known: said, and left out */
	struct qf_arena texts;
};

/* All operands of the command line. Only what ends the work is an error. */
enum qf_status cli_seeds_read(struct cli_seeds *s, struct qf_catalog *c, struct qf_err *e);

/* Their places in the library of l, which has them all, as far as it knows anything of them; what
 * is wrong is said the first time. QF_ENOMEM. */
enum qf_status cli_seeds_place(struct cli_seeds *s, const struct cli_learned *l, struct qf_err *e);
void cli_seeds_free(struct cli_seeds *s);

#endif
