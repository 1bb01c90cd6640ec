/* leaning.h - what a user wishes of a list beside the best: which tracks are candidates, and
 * what moves their scores. For the tools that recommend. */
#ifndef QFZZ_CLI_LEANING_H
#define QFZZ_CLI_LEANING_H

#include "base/err.h"
#include "base/facets.h"
#include "catalog/learn.h"
#include "cli/idlist.h"
#include "cli/listening.h"
#include "model/pick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_wishes { /* of the options; NULL, and a number below 0: not asked for */
	double discovery, calibrate;
	const char *mood, *where; /* only tracks that both queries select (query/moods.h, query/query.h): */
	const struct cli_ids *only; /* these; NULL: any */
	const char *activity;     /* model/activity.h */
	const char *when, *tz;    /* model/daytime.h, on the clock of cli/zone.h */
	const char *not_since;    /* what was heard within this time is left out: "7d" */
	bool by_album;            /* albums are wanted */
	int64_t now;
};

enum cli_leaning_part { CLI_LEAN_DISCOVERY, CLI_LEAN_ACTIVITY, CLI_LEAN_WHEN, CLI_LEAN_PARTS };

struct cli_leaning { /* all zero is an empty one */
	struct qf_facets facets;       /* read if a wish needs them */
	double *part[CLI_LEAN_PARTS];  /* [n] each, NULL: not asked for */
	double *sum;                   /* [n] of the parts; NULL: none */
	bool *barred;                  /* [n] what a wish leaves out, files that are gone among it */
	double *want;                  /* [facets.genres] shares in the user's listening; NULL: nothing to be true to */
	struct qf_mix mix;
	size_t timed;                  /* of the user's acts, those whose time of day is known */
};

/* What mood and where select, by rising number; nothing is done where neither is asked for. To be freed also after an
 * error: QF_EINVAL, as below, and errors of qf_catalog_selected(). */
enum qf_status cli_wished(struct cli_ids *only, struct qf_catalog *c, const struct cli_wishes *w, struct qf_err *e);

/* For a user's history (taste, n 0: none; user 0: nobody). In a read transaction; to be freed also after an
 * error. QF_EINVAL: a wish that cannot be read. */
enum qf_status cli_leaning_open(struct cli_leaning *l, struct qf_catalog *c, const struct qf_library *lib, int64_t user,
				const struct cli_heard *heard, size_t n, const struct cli_wishes *w, struct qf_err *e);
void cli_leaning_close(struct cli_leaning *l);

/* Bar what the user heard within `text` ("36h", "7d", "2w", "6m", "1y") before now. Errors as above. */
enum qf_status cli_bar_recent(struct qf_catalog *c, const struct qf_library *lib, int64_t user, const char *text, int64_t now,
			      bool *barred, struct qf_err *e);

#endif
