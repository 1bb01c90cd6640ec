/* everyone.h - lists for all users in one run, by listening alone: for a page, a mail or a cache
 * that wants them all, where asking for one after the other would take the day.
 *
 * A row list.v1 a user, in the order of the users' numbers; users without a liking get none. A
 * score is p.q of the model: near 1 is as sure as a play. */
#ifndef QFZZ_CLI_EVERYONE_H
#define QFZZ_CLI_EVERYONE_H

#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The n best of each; known_too: also of what they have played. What is disliked or gone never
 * comes. QF_ENOTFOUND without a model of listening. Inside of a read transaction. */
enum qf_status cli_everyone(struct qf_catalog *c, size_t n, bool known_too, int64_t now, struct qf_err *e);

#endif
