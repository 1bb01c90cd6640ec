/* mashups.h - which tracks of a list can sound together with one track: `qfzz mix --mashup`. */
#ifndef QFZZ_CLI_MASHUPS_H
#define QFZZ_CLI_MASHUPS_H

#include "catalog/catalog.h"
#include "cli/tracklist.h"

#include <stddef.h>

/* Print the `most` best of a list that kept its rows, the best first, each with "mashup". `base` is track:ID or a path, of a track that the catalog has
 * heard. Returns an exit code; what went wrong was said. */
int mashups_print(const struct tracklist *l, struct qf_catalog *c, const char *base, double stretch_max, size_t most);

#endif
