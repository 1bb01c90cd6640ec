/* idlist.h - growing lists of tracks by number. */
#ifndef QFZZ_CLI_IDLIST_H
#define QFZZ_CLI_IDLIST_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct cli_ids { /* all zero is an empty one */
	int64_t *id; /* [n] */
	size_t n, room;
};

enum qf_status cli_ids_add(struct cli_ids *l, int64_t id, struct qf_err *e); /* QF_ENOMEM */
enum qf_status cli_ids_append(struct cli_ids *l, const struct cli_ids *more, struct qf_err *e);
void cli_ids_sort(struct cli_ids *l); /* rising, each once */
const int64_t *cli_ids_find(const struct cli_ids *sorted, int64_t id); /* where it stands; NULL: it does not */
void cli_ids_free(struct cli_ids *l); /* all zero again */

#endif
