/* doctor.h - what is wrong with a catalog, and mending it.
 *
 * A check only reads. A repair first writes a backup (VACUUM INTO, mode 0600) beside the catalog,
 * then mends rows in one transaction; a file that is damaged itself is never written to: what can be
 * read of it goes into a new catalog that takes its place, and the damaged one is kept under another
 * name (catalog/salvage.c tells how). */
#ifndef QF_CATALOG_DOCTOR_H
#define QF_CATALOG_DOCTOR_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum qf_severity {
	QF_SEVERITY_NOTE,    /* good to know; the catalog is well */
	QF_SEVERITY_WARNING, /* rows or surroundings are not as they should be */
	QF_SEVERITY_DAMAGE   /* the file itself is broken */
};

struct qf_finding {
	const char *check;         /* "integrity", "features", …: one word for programs */
	enum qf_severity severity;
	int64_t count;             /* rows, files or bytes, as the text says */
	const char *text;          /* one sentence */
	const char *mend;          /* a command or what to do; "" where nothing needs to be done */
	bool mended;               /* by this repair */
};

/* What it is given lasts only for the call; anything but QF_OK ends the work. */
struct qf_doctor {
	enum qf_status (*report)(void *user, const struct qf_finding *f, struct qf_err *e);
	void *user;
	int64_t now;          /* seconds since the epoch, for the names of backups */
	int wait_ms;          /* for another writer */
	int features_version; /* of today's extractor: older features are stale */
	bool quick;           /* leave out the comparison of indexes and the look at every file */
};

/* Report everything that is found: the file and its place (mode, disk space, journal, network file
 * system), its structure, references between rows, full-text entries, names that nothing uses, stale
 * features, files that are not there. A damaged file is a finding, not an error.
 *   QF_ENOTFOUND    no such catalog
 *   QF_EUNSUPPORTED not a catalog, or newer than this program
 *   QF_EBUSY, QF_EIO, QF_ENOMEM, and what report() returns */
enum qf_status qf_doctor_check(const char *path, const struct qf_doctor *d, struct qf_err *e);

/* Mend what can be mended and report what was done. Run the check afterwards to see what is left.
 * Errors as above; QF_ECORRUPT when nothing could be recovered: then the file is untouched. */
enum qf_status qf_doctor_repair(const char *path, const struct qf_doctor *d, struct qf_err *e);

#endif
