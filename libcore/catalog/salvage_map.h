/* salvage_map.h - which page of a damaged file belongs to which table. Not for other files than salvage.c. */
#ifndef QF_CATALOG_SALVAGE_MAP_H
#define QF_CATALOG_SALVAGE_MAP_H

#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "catalog/cells.h"
#include "catalog/pages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	QF_SALVAGE_COLUMNS = 200,
	QF_SALVAGE_NOBODY = 0,          /* owners of pages: nobody, number of a tree from 1, or */
	QF_SALVAGE_SCHEMA = UINT16_MAX, /* the schema itself, */
	QF_SALVAGE_SPENT = QF_SALVAGE_SCHEMA - 1 /* the free list, the rest of a long record */
};

struct qf_salvage_column {
	char type; /* 'I', 'R', 'T', 'B', or 'A' for any */
	bool null, alias; /* may be NULL; stands for the row id, and is NULL in the record */
	bool needed;      /* no record is without it */
};

struct qf_salvage_tree { /* a table or an index of the new catalog */
	char *name;
	bool index, kept; /* an index as SQLite calls it; rows are to be copied */
	bool clustered;   /* a table WITHOUT ROWID, which lies on pages of an index */
	bool whole;       /* the walk from its root met no broken page */
	uint32_t usual, root; /* root in the new catalog; in the damaged one, 0: not known */
	struct qf_salvage_column columns[QF_SALVAGE_COLUMNS];
	int n;
	struct qf_buf names; /* of the columns, NUL behind each */
};

struct qf_salvage {
	struct qf_catalog *to;
	struct qf_pages *from;
	uint8_t *page;   /* the one that is looked at */
	uint8_t *chain;  /* one of a long record */
	uint16_t *owner; /* [pages + 1] */
	struct qf_salvage_tree *trees;
	size_t n;
	struct qf_buf record; /* for who reads rows */
	int64_t rows, gaps; /* copied; tables of which a page could not be read */
	struct qf_err *e;
};

/* Fill the trees and owners of x, in which `to`, `from` and `e` are set. QF_EIO, QF_ENOMEM; what there is is to be freed in any case. */
enum qf_status qf_salvage_map(struct qf_salvage *x);
void qf_salvage_free(struct qf_salvage *x);

/* Read a page into x->page. *is false: it is none of a b-tree. */
enum qf_status qf_salvage_look(struct qf_salvage *x, uint32_t number, struct qf_page *h, bool *is);

/* Whether a record of n values can be one of the tree. Columns that were added to a table are missing at the end of its
 * older records. */
bool qf_salvage_fits(const struct qf_salvage_tree *t, const struct qf_value *v, int n);

#endif
