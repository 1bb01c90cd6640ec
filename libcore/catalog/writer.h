/* writer.h - who holds the catalog, in words: the file PATH.writer. Not for other rooms.
 *
 * One line, "PID VERB", written by whoever has just begun a transaction, so it names the last one to do so. It is
 * taken away when that process closes the catalog; one that was killed leaves it, and is found not to live. */
#ifndef QF_CATALOG_WRITER_H
#define QF_CATALOG_WRITER_H

#include "base/err.h"

#include <stdbool.h>

struct qf_writer {
	long pid; /* 0: stays unnamed */
	char verb[32];
	bool shown;
};

void qf_writer_show(struct qf_writer *w, const char *path); /* the lock is ours; failures do not matter */
void qf_writer_hide(struct qf_writer *w, const char *path);

/* QF_EBUSY, with the name of the holder if that can be told. */
enum qf_status qf_writer_busy(const char *path, int wait_ms, struct qf_err *e);

#endif
