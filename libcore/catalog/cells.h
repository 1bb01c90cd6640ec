/* cells.h - what stands on one page of an SQLite file: cells, and the records in them. Not for other rooms.
 *
 * For salvage: whatever the bytes are, nothing outside of them is read. The format is that of
 * https://www.sqlite.org/fileformat2.html, sections 1.6 (b-tree pages) and 2.1 (records). */
#ifndef QF_CATALOG_CELLS_H
#define QF_CATALOG_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qf_page_kind { QF_PAGE_INDEX_INNER = 2, QF_PAGE_TABLE_INNER = 5, QF_PAGE_INDEX_LEAF = 10, QF_PAGE_TABLE_LEAF = 13 };

struct qf_page {
	const uint8_t *p; /* borrowed */
	size_t size;
	enum qf_page_kind kind;
	unsigned cells;
	uint32_t right; /* the last child of an inner page, 0 on a leaf */
	size_t at;      /* where the cells' places stand */
};

/* All numbers of the format are big-endian. */
static inline uint32_t qf_big32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* False: it is no page of a b-tree. `first`: page 1, which begins with the file's header. */
bool qf_page_read(struct qf_page *h, const uint8_t *p, size_t size, bool first);

struct qf_cell {
	uint32_t left;       /* the child before it, 0 on a leaf */
	int64_t rowid;       /* of a table */
	uint64_t payload;    /* bytes of the record; 0: none */
	const uint8_t *here; /* its first here_n bytes; the rest is on a chain of pages */
	size_t here_n;
	uint32_t overflow;   /* the first of them, 0: there are none */
};

/* Cell i of h->cells. False: it does not lie within the page. */
bool qf_page_cell(const struct qf_page *h, unsigned i, struct qf_cell *c);

struct qf_value {
	uint64_t type;    /* serial type: 0 NULL, 1-6 8 9 integer, 7 real, even BLOB, odd text */
	const uint8_t *p; /* NULL where the record's bytes are not all there */
	size_t n;
};

/* The values of a record, of which the first n bytes of `whole` are there: at most `max`. -1: it is none, or has more. */
int qf_record_read(const uint8_t *p, size_t n, uint64_t whole, struct qf_value *v, int max);

int64_t qf_value_int(const struct qf_value *v);  /* of an integer */
double qf_value_real(const struct qf_value *v);  /* of type 7 */

#endif
