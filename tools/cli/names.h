/* names.h - numbers for names, in the order in which they are met, and then in an order of
 * their own. */
#ifndef QFZZ_CLI_NAMES_H
#define QFZZ_CLI_NAMES_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define CLI_NO_NAME UINT32_MAX

struct cli_names { /* all zero is an empty one */
	size_t n, room, slots;
	struct qf_buf text;  /* each with a NUL behind it */
	size_t *at;          /* [n] in text */
	uint64_t *key;       /* [n] a hash of the name */
	uint32_t *slot;      /* [slots] number + 1, 0 = free */
};

/* The number of a name without NUL bytes, which gets one if need be. QF_ENOMEM. */
enum qf_status cli_names_add(struct cli_names *names, const char *p, size_t n, uint32_t *number, struct qf_err *e);

/* Its number, or CLI_NO_NAME. */
uint32_t cli_names_find(const struct cli_names *names, const char *p, size_t n);

const char *cli_name(const struct cli_names *names, size_t number);

/* Number them anew: those of digits alone by value, then the others by their bytes. to[n] says
 * what became of each old number. QF_ENOMEM. */
enum qf_status cli_names_sort(struct cli_names *names, uint32_t *to, struct qf_err *e);

/* The hash that `key` holds: FNV-1a (Fowler, Noll, Vo), mixed. */
uint64_t cli_name_key(const char *p, size_t n);

void cli_names_free(struct cli_names *names); /* all zero again */

#endif
