/* asking.h - queries that options hold, of a catalog: its saved queries and the field `trust` are known. */
#ifndef CLI_ASKING_H
#define CLI_ASKING_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "query/query.h"

/* As qf_query_parse_in(), for a select from c with times before `now`, seconds since the epoch. Besides, errors of the catalog. */
enum qf_status cli_ask(struct qf_query *q, struct qf_catalog *c, const char *text, int64_t now, struct qf_arena *a, struct qf_err *e);

#endif
