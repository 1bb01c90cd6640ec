/* import.h - one history file into the catalog.
 *
 * Events are stored in transactions of about two seconds, so that another tool never waits
 * long and a killed import loses at most that much: importing the file again adds the
 * rest. A pipe that pauses leaves no transaction open. */
#ifndef QFZZ_CLI_IMPORT_H
#define QFZZ_CLI_IMPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "history/history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct import_opts {
	const char *user;            /* where a record names nobody */
	const char *format;          /* NULL: told by the file */
	const struct qf_zone *clock; /* of the listener, for hour and weekday */
	const struct qf_zone *zone;  /* of local times in the file; NULL: not told */
	const struct qf_span *key;   /* not NULL: users are stored under pseudonyms made with it */
};

struct import { /* what came of one file; all zero at first but c, file, opts */
	struct qf_catalog *c;
	const char *file;   /* NULL: no file, "-": standard input */
	const struct import_opts *opts;
	const char *format; /* NULL: nothing was read */
	int64_t read, fresh, known, copies, matched, unmatched, bad;
	int64_t plays, skips; /* counts without times, which are no events */
	bool counted;         /* the format has such */
	bool fatal;           /* the catalog failed, not the file */
};

/* Read the file to its end, or until cli.interrupted. What was read before an error is stored. */
enum qf_status import_file(struct import *in, struct qf_err *e);

/* How many events had no track so far, in all files: the first few of them are named on stderr. */
enum { IMPORT_NAMED = 20 };
int64_t import_unmatched(void);

/* "anon-" and 32 digits, from the name and the key. A name of this form stays as it is. */
enum qf_status import_pseudonym(const struct qf_span *key, const char *name, struct qf_buf *out, struct qf_err *e);

#endif
