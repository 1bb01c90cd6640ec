/* manifest.h - whether the files of a dataset are what its manifest says. */
#ifndef QFZZ_CLI_MANIFEST_H
#define QFZZ_CLI_MANIFEST_H

#include "base/err.h"
#include "base/hash.h"

/* Hash every file that the manifest (quality/manifest.h) names, in that folder (NULL: where it stands), and compare. id: SHA-256 of the
 * manifest, the dataset's name in the chain. QF_EFORMAT: no manifest, paths that do not rise byte by byte, a file that is not
 * there, is another one, lies behind a link or changes meanwhile; the text names the line. QF_EIO, QF_ENOMEM. */
enum qf_status manifest_check(const char *path, const char *folder, uint8_t id[QF_SHA256], struct qf_err *e);

#endif
