/* station.h - station.conf as `qfzz station` uses it: read, held against the world, given to make. */
#ifndef QFZZ_CLI_STATION_H
#define QFZZ_CLI_STATION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "station/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct station { /* all zero is ready for use */
	const char *file;   /* as it was named */
	const char *folder; /* absolute: what paths are told from */
	struct qf_settings settings;
	struct qf_arena a;
};

/* Read the file. What is wrong with its lines is in settings.fault. QF_ENOTFOUND, QF_EIO, QF_ENOMEM. */
enum qf_status station_read(struct station *st, const char *file, struct qf_err *e);
void station_free(struct station *st); /* all zero again */

/* Say all that is wrong: the lines; names that ladders, devices, or the other settings do not know; and, with `world`, what is
 * not there. *n: how many sentences. What may be so but is odd is said with `world` too, and not counted. QF_ENOMEM. */
enum qf_status station_complain(const struct station *st, bool world, size_t *n, struct qf_err *e);

/* Append the settings as variables of make, "gate.min-quality := 0.6": names, numbers and sizes only, so that no name of a file
 * stands in a Makefile; "no" is an empty variable. The names of a "*" section are a variable of that section. */
void station_put_make(struct qf_buf *out, const struct station *st);

/* Append every value of SECTION.KEY, paths absolute, each with `end` behind it. False: there is no such setting. */
bool station_put_value(struct qf_buf *out, const struct station *st, const char *name, char end);

extern const char station_makefile[]; /* station.mk as built in */

#endif
