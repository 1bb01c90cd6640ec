/* salvage.h - the rows of a damaged catalog into a new one. Not for other rooms. */
#ifndef QF_CATALOG_SALVAGE_H
#define QF_CATALOG_SALVAGE_H

#include "base/err.h"
#include "catalog/catalog.h"
#include "catalog/pages.h"

#include <stdint.h>

/* Copy every row that can be read of the damaged file into the catalog `to`, in one transaction. `to` is fresh and of
 * the damaged one's version; its foreign keys, its full-text index and its log of changes may not fit together afterwards.
 * *rows counts the rows, *gaps the tables of which a page could not be read.
 *   QF_ECORRUPT  not a single row could be read;  QF_EIO, QF_ENOMEM */
enum qf_status qf_salvage(struct qf_catalog *to, struct qf_pages *damaged, int64_t *rows, int64_t *gaps, struct qf_err *e);

#endif
