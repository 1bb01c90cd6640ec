/* airable.h - what a station may play: for each daypart, the tracks that its query selects,
 * numbered as libcore/station/programme.h wants them. */
#ifndef QFZZ_CLI_AIRABLE_H
#define QFZZ_CLI_AIRABLE_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "cli/chosen.h"
#include "cli/names.h"
#include "rows/json.h"
#include "station/dayparts.h"
#include "station/programme.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_offer { /* a row that came in */
	int64_t id;
	double score;        /* NaN: none */
	size_t place;        /* among the rows */
	struct qf_span row;  /* in the arena */
	const char *why;     /* the first reason that stands in it, or NULL */
};

struct cli_queue {
	int64_t *id;         /* [n] tracks in the order of the rotation */
	uint32_t *piece;     /* [n] the same by number */
	size_t n, room;
};

struct cli_airable { /* all zero is an empty one */
	struct cli_offer *offer; /* [offers] by track */
	size_t offers, offer_room;
	bool offered;            /* rows came in: only they may be played */
	struct cli_chosen chosen; /* nothing else is played, not as a jingle either */
	struct cli_queue *queue, *jingles; /* [dayparts] */
	size_t dayparts;
	int64_t *id;             /* [pieces] rising */
	struct qf_piece *piece;
	size_t pieces, piece_room;
	struct cli_names artists;
	size_t unknown;          /* tracks left out because their length is not known */
	struct qf_arena texts;
};

/* Read the rows of standard input; bad ones are named, and *code becomes EXIT_SOME. */
enum qf_status cli_airable_offer(struct cli_airable *a, struct qf_catalog *c, int *code, struct qf_err *e);

/* The offer of a track, or NULL. */
const struct cli_offer *cli_airable_offer_of(const struct cli_airable *a, int64_t id);

/* Run the queries of all dayparts, on the tracks that `where` selects (NULL: all). `now` is what "30d" counts from. QF_EINVAL: a query is
 * wrong, or a rotation by score has no scores; the text names the daypart. */
enum qf_status cli_airable_select(struct cli_airable *a, struct qf_catalog *c, const char *where, const struct qf_daypart *d, size_t n,
				  int64_t now, struct qf_err *e);

/* Shuffle what is to be shuffled: another key, another order. */
void cli_airable_shuffle(struct cli_airable *a, const struct qf_daypart *d, uint64_t key);
void cli_airable_free(struct cli_airable *a);

#endif
