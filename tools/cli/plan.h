/* plan.h - the acts of `qfzz plan`, each in a file of its own, and what they are asked. */
#ifndef QFZZ_CLI_PLAN_H
#define QFZZ_CLI_PLAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "cli/cli.h"
#include "plan/job.h"
#include "plan/transcode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_MAKE = CLI_PATHS + 1, PLAN_SHELL }; /* formats of plan transcode alone */

extern struct plan_asked { /* filled by qfzz-plan.c from its options */
	const char *ladder, *budget, *policy, *where, *into, *output, *user, *device, *size, *to, *network;
	int loudness; /* index into 14, 16, 18, 23; -1: leave the level alone */
	bool limit;
	double ceiling_dbtp, battery, seconds;
	int64_t now, days, next, pins, users, at_most;
} plan_asked;

/* Exit codes. operands: without the name of the act. */
int plan_transcode(void);
int plan_fit(void);
int plan_prefetch(void);
int plan_cache(void);
int plan_model(void);
int plan_library(void);

/* "10GB", "500 MB", "64MiB", "1.5e9": bytes; misuse exits, naming the option. */
int64_t plan_bytes(const char *option, const char *text);

int64_t plan_now(void);                              /* --now, else the clock */
const struct qf_device *plan_device(void);           /* of --device; misuse exits */
void plan_columns(const struct cli_column *columns); /* of rows from here on */

/* The user of --user, 0 without. QF_ENOTFOUND. */
enum qf_status plan_user(struct qf_catalog *c, int64_t *id, struct qf_err *e);

/* ---- of plan transcode: plan_sources.c and plan_write.c ----------------------------------------- */

struct plan_file { /* a rendition that is there already */
	size_t source; /* which track it belongs to */
	int rung;      /* of the ladder, -1: none of it */
	const char *rung_name, *codec, *file, *recipe_hash;
	int kbps;
	double seconds;
	int64_t bytes;
};

struct plan_sources { /* all zero is an empty one; tracks by their number */
	const char *catalog; /* UUID */
	size_t n, room;
	struct qf_source *source; /* [n] */
	struct qf_job *job;       /* [n] without renditions: n = 0 */
	const char **label;       /* [n] */
	struct plan_file *file;   /* [files] by source */
	size_t files, file_room;
	int64_t vanished_bytes;   /* of renditions whose track is gone, or not selected */
	size_t unheard;           /* tracks left out, whose loudness is wanted and not known */
	struct qf_arena texts;
};

enum qf_status plan_sources_read(struct plan_sources *s, struct qf_catalog *c, const struct qf_menu *m, const char *folder, struct qf_err *e);
void plan_sources_free(struct plan_sources *s);

/* The plan as rows on standard output, or as files (-o). */
enum qf_status plan_write(const struct plan_sources *s, const struct qf_menu *m, const struct qf_transcode *t, struct qf_plan_head *h,
			  struct qf_err *e);

#endif
