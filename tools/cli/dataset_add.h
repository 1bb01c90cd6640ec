/* dataset_add.h - from a descriptor, a Debian copyright file or tags to a dataset in the catalog. */
#ifndef QFZZ_CLI_DATASET_ADD_H
#define QFZZ_CLI_DATASET_ADD_H

#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>

struct dataset_add { /* options; NULL: not given */
	const char *file;      /* descriptor or copyright file; NULL for tags */
	bool copyright, tags;  /* which of the three it is */
	const char *name, *folder;
	const char *root;      /* put in front of absolute paths of a descriptor */
	bool dry_run;
};

/* Add it, or put it anew over one of that name, in a transaction of its own. *id is its name, appended to
 * `name`. QF_EFORMAT, QF_EINVAL, QF_ENOTFOUND say what is wrong with the file; nothing is stored then. */
enum qf_status dataset_add(struct qf_catalog *c, const struct dataset_add *o, struct qf_buf *name, struct qf_err *e);

#endif
