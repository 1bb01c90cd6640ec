/* licence.h - may it be used at all: what is open, by our own reviewed table datasets/licences.tsv.
 *
 * The table holds for each SPDX id whether it is open in the sense of the Open Definition 2.1, where it stands
 * on a ladder from 0 (refused) to 1 (nothing is asked), why, and where that can be read. Of an expression,
 * A AND B is the lower of both and refused if either is, A OR B the higher, and WITH adds permissions only. A
 * licence that is not in the table is refused by its name, with the ids that are most like it. */
#ifndef QF_QUALITY_LICENCE_H
#define QF_QUALITY_LICENCE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define QF_LICENCE_WHY 400

struct qf_licence {
	bool open;
	double value; /* 0 to 1; 0 if refused */
	char why[QF_LICENCE_WHY]; /* a sentence that begins with the id that decided */
};

/* Judge the expression text[n]; what cannot be parsed is refused with the place. */
void qf_licence_judge(const char *text, size_t n, struct qf_licence *out);

/* Append the expression with every known id in its proper case, as it is where it cannot be parsed. */
void qf_licence_put(struct qf_buf *out, const char *text, size_t n);

/* Append the SPDX expression for the licence line of a DEP-5 paragraph ("GPL-2+ or Artistic, and Expat"): short names
 * by datasets/licence-names.tsv, "with … exception" is left out, since it adds permissions. Names that
 * nobody knows are appended as they are, with characters that no id has as "-". */
void qf_licence_put_dep5(struct qf_buf *out, const char *text, size_t n);

/* Append the SPDX expression that the tags of a file give: of the address of a licence (WCOP), the LICENSE tag and the
 * copyright line, NULL for what is not there. A Creative Commons address is found within any of them; a LICENSE tag
 * is else an expression, a name of datasets/licence-names.tsv, or, where it is nothing that we know, appended as a name
 * to be refused. A copyright line without a licence says nothing. False, and nothing appended: no licence is told.
 * *contradict (may be NULL): two of them tell different licences; the first of the order above counts. */
bool qf_licence_put_tags(struct qf_buf *out, const char *url, const char *license, const char *copyright, bool *contradict);

#endif
