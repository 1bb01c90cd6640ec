/* manifest.h - a dataset's manifest: what sha256sum writes, sorted by the bytes of the paths. */
#ifndef QFZZ_CLI_MANIFEST_H
#define QFZZ_CLI_MANIFEST_H

#include "base/err.h"
#include "base/hash.h"

/* Hash every file that the manifest names, in the folder it stands in, and compare. id: SHA-256 of
 * the manifest, the dataset's name in the chain. QF_EFORMAT: a line that sha256sum does not write, not
 * in order, a path that is absolute or climbs ("..") or goes through a link, a file that is another
 * one, changes meanwhile or cannot be read; the text names the line and the file. */
enum qf_status manifest_check(const char *path, uint8_t id[QF_SHA256], struct qf_err *e);

#endif
