/* mirror.h - taking away renditions that a plan drops, and those whose track is gone. */
#ifndef QFZZ_CLI_MIRROR_H
#define QFZZ_CLI_MIRROR_H

#include "catalog/catalog.h"
#include "cli/planfile.h"

/* Of the plan's folder, and of files that the catalog knows as renditions there; never the last rendition of a track that is
 * there, never a file that is a track. Prints a row rendition.v1 with "removed", or with --dry-run "planned", for each. *kept:
 * how many drops were not carried out. Errors of the catalog and of reading the plan; QF_EIO with the file's name. */
enum qf_status mirror_run(struct planfile *p, struct qf_catalog *c, size_t *kept, struct qf_err *e);

#endif
