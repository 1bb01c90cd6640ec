/* salvage.h - the rows of a damaged catalog into a new one. Not for other rooms. */
#ifndef QF_CATALOG_SALVAGE_H
#define QF_CATALOG_SALVAGE_H

#include "base/err.h"
#include "catalog/catalog.h"

#include <stdint.h>

/* Copy every row that can be read of the file at `damaged` into the fresh catalog `to`, in one
 * transaction; *rows counts them, *gaps the places where reading broke off. The damaged file is locked against
 * writers as far as it lets itself be locked, and is not written to.
 *   QF_ECORRUPT  not a single table could be read;  QF_EBUSY, QF_EIO, QF_ENOMEM */
enum qf_status qf_salvage(struct qf_catalog *to, const char *damaged, int wait_ms, int64_t *rows, int64_t *gaps, struct qf_err *e);

/* The full-text entries of all tracks anew. */
enum qf_status qf_salvage_words(struct qf_catalog *c, struct qf_err *e);

#endif
