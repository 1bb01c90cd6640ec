/* handle.h - what an open catalog consists of. Not for other rooms. */
#ifndef QF_CATALOG_HANDLE_H
#define QF_CATALOG_HANDLE_H

#include "catalog/names.h"
#include "catalog/sql.h"
#include "catalog/trust.h"
#include "catalog/writer.h"

enum { QF_CATALOG_STATEMENTS = 96 };

struct qf_catalog {
	sqlite3 *db;
	char *path;
	char uuid[37];
	int wait_ms;
	sqlite3_stmt *cache[QF_CATALOG_STATEMENTS]; /* by the address of their text: qf_sql() */
	size_t cached;
	struct qf_names names;
	struct qf_writer writer;
	struct {
		qf_trust_of *fn;
		void (*end)(void *ctx);
		void *ctx;
	} trust; /* tells the field `trust` */
};

#endif
