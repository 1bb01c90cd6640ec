/* doctor_rules.h - what rows of a catalog must not contradict. Not for other rooms. */
#ifndef QF_CATALOG_DOCTOR_RULES_H
#define QF_CATALOG_DOCTOR_RULES_H

#include "catalog/catalog.h"
#include "catalog/doctor.h"

#include <stdbool.h>

/* Report each rule that is broken; with `mend` (in a transaction) mend what can be mended instead, and report that. */
enum qf_status qf_doctor_rules(struct qf_catalog *c, const struct qf_doctor *d, bool mend, struct qf_err *e);

/* Whether entries of the full-text index say something else than their tracks, by FTS5's own integrity-check, which wants the write lock: without
 * it, as where another tool is writing, *differs is false. QF_ENOMEM. */
enum qf_status qf_doctor_words(const char *path, bool *differs, struct qf_err *e);

/* For a line of integrity_check that tells of our own trouble and not of the file's ("… unable to get the page. error
 * code=7"): QF_ENOMEM or QF_EIO. QF_OK if it is the file's. */
enum qf_status qf_doctor_not_damage(const char *line, struct qf_err *e);

#endif
