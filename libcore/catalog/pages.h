/* pages.h - the pages of an SQLite file as they lie on the disk, its journal (-wal) laid over them. Not for other rooms.
 *
 * For a file that SQLite itself cannot read any more. Nothing of it is trusted and nothing is written. The format is that of
 * https://www.sqlite.org/fileformat2.html, sections 1.3 (header), 1.5 (free list), 4 (WAL).
 *
 * POSIX drops all locks that a process has on a file when any descriptor of it is closed: close this behind SQLite's. */
#ifndef QF_CATALOG_PAGES_H
#define QF_CATALOG_PAGES_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct qf_pages; /* opaque */

/* The size of its pages is what its header says or `usual`, whichever makes more sense of its bytes. QF_EIO, QF_ENOMEM;
 * QF_ELIMIT when it has more than 2^31 pages. */
enum qf_status qf_pages_open(struct qf_pages **out, const char *path, uint32_t usual, struct qf_err *e);
void qf_pages_close(struct qf_pages *p); /* NULL is fine */

size_t qf_pages_size(const struct qf_pages *p);    /* of a page in bytes, 512 to 65536 */
uint32_t qf_pages_count(const struct qf_pages *p); /* they are numbered from 1; the last may be cut, then zeros follow */

/* The user_version of the header; 0 when the header cannot be made sense of. */
int qf_pages_user_version(const struct qf_pages *p);

/* The first page of the free list, 0: none. */
uint32_t qf_pages_free(const struct qf_pages *p);

/* Page `number`, 1 to count, into to[size]. QF_EIO. */
enum qf_status qf_pages_read(const struct qf_pages *p, uint32_t number, uint8_t *to, struct qf_err *e);

#endif
