/* spdx.h - licence expressions as a tree: MIT, GPL-2.0+ AND (CC0-1.0 OR CC-BY-4.0), A WITH B.
 *
 * SPDX specification 2.3, annex D: WITH binds closest, then AND, then OR. Operators are taken in
 * capitals and in small letters. What an id means is not known here: licence.h judges. */
#ifndef QF_QUALITY_SPDX_H
#define QF_QUALITY_SPDX_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define QF_SPDX_NODES 128 /* of one expression */
#define QF_SPDX_DEPTH 32  /* of brackets in each other */

enum qf_spdx_kind { QF_SPDX_TERM, QF_SPDX_AND, QF_SPDX_OR };

struct qf_spdx_node {
	enum qf_spdx_kind kind;
	size_t left, right;       /* nodes, of AND and OR */
	struct qf_span id, with;  /* of a term, in the text; with.n is 0 without WITH */
	bool plus;                /* the id had a + behind it */
};

struct qf_spdx {
	struct qf_spdx_node node[QF_SPDX_NODES];
	size_t n, root;
};

/* Parse text[n], which x then points into. QF_EFORMAT says what is wrong and at which byte (from 1);
 * QF_ELIMIT: too many nodes or brackets. */
enum qf_status qf_spdx_parse(struct qf_spdx *x, const char *text, size_t n, struct qf_err *e);

#endif
