/* mirror.h - taking away renditions that a plan drops, those whose track is gone, and those of tracks that rows name. */
#ifndef QFZZ_CLI_MIRROR_H
#define QFZZ_CLI_MIRROR_H

#include "catalog/catalog.h"
#include "cli/cli.h"
#include "cli/planfile.h"

/* Of the plan's folder, and of files that the catalog knows as renditions there; never the last rendition of a track that is
 * there, unless a row of `asked` (NULL: none are read) names a track that the plan does not; never a file that is a track. Prints a row
 * rendition.v1 with "removed", or with --dry-run "planned", for each. *kept: how many were to go and stay, each with a
 * sentence. Errors of the catalog and of reading plan and rows; QF_EIO with the file's name. */
enum qf_status mirror_run(struct planfile *p, struct cli_input *asked, struct qf_catalog *c, size_t *kept, struct qf_err *e);

#endif
