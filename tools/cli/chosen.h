/* chosen.h - the tracks that a query in an option (--where) leaves over. */
#ifndef QFZZ_CLI_CHOSEN_H
#define QFZZ_CLI_CHOSEN_H

#include "base/err.h"
#include "catalog/catalog.h"
#include "cli/idlist.h"

#include <stdbool.h>
#include <stdint.h>

struct cli_chosen { /* all zero chooses none */
	bool all;
	struct cli_ids ids; /* rising */
};

/* The tracks that the query selects, with times before `now`; NULL: all. To be freed, also after an error: those of the query
 * (QF_EINVAL) and of the catalog, QF_ENOMEM. */
enum qf_status cli_choose(struct cli_chosen *x, struct qf_catalog *c, const char *where, int64_t now, struct qf_err *e);
bool cli_is_chosen(const struct cli_chosen *x, int64_t track);
void cli_chosen_free(struct cli_chosen *x);

#endif
