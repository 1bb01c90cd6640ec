/* workshop.h - where files are made before they are whole: a temporary folder beside them, that nobody else touches while
 * its process lives, and that the next one sweeps away when it does not. */
#ifndef QFZZ_CLI_WORKSHOP_H
#define QFZZ_CLI_WORKSHOP_H

#include "base/err.h"

#include <stddef.h>

struct workshop { /* all zero is a closed one */
	char *path; /* without a slash at its end */
	int fd;     /* of the folder, locked; only if path is set */
};

/* A new folder ".qfzz-work-XXXXXX" in `folder`, which is made if need be, with all above it; those of processes that are no more are
 * removed first. QF_EIO with the name, QF_ENOMEM. */
enum qf_status workshop_open(struct workshop *w, const char *folder, struct qf_err *e);

/* An empty file of that name in it, for reading and writing; -1 with the error filled. */
int workshop_file(const struct workshop *w, const char *name, struct qf_err *e);

/* The file is whole: on the disk, and then folder/file, with the folder of `file` made if need be. The name is on the
 * disk after workshop_settle(). QF_EIO, QF_ENOMEM. */
enum qf_status workshop_deliver(const struct workshop *w, const char *name, int fd, const char *folder, const char *file, struct qf_err *e);
enum qf_status workshop_settle(const char *folder, const char *file, struct qf_err *e); /* the folder that holds folder/file */

/* All files in it are whole: they are synced, and the workshop itself becomes folder/name (`folder` as it was opened in), in one step in
 * the place of a folder of that name, of which everything is removed then. Closed by this, also after an error. QF_EIO, QF_ENOMEM. */
enum qf_status workshop_become(struct workshop *w, const char *folder, const char *name, struct qf_err *e);

/* With all that is still in it. A closed one is fine. */
void workshop_close(struct workshop *w);

#endif
