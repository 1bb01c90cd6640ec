/* albums.h - loudness and peak of albums, computed again where their tracks have changed. */
#ifndef QFZZ_CLI_ALBUMS_H
#define QFZZ_CLI_ALBUMS_H

#include "cli/batch.h"

/* All that are stale. Errors of the catalog's. */
enum qf_status albums_settle(struct batch *b, struct qf_err *e);

#endif
