/* hlscheck.h - playlists of HLS on the disk: what RFC 8216 says of their text, and whether their files are what they say. */
#ifndef QFZZ_CLI_HLSCHECK_H
#define QFZZ_CLI_HLSCHECK_H

#include "base/err.h"

#include <stdbool.h>

/* Print a row lint.v1 for each finding in a playlist, or in those of a folder that are called master*.m3u8; of a Master Playlist its renditions that lie beside it are
 * looked at, too. *conforms turns false where a "MUST" is broken. QF_EIO: it cannot be read; QF_ENOMEM. */
enum qf_status hlscheck_run(const char *path, bool *conforms, struct qf_err *e);

#endif
