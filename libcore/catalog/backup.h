/* backup.h - a whole copy of a catalog beside it. Not for other rooms. */
#ifndef QF_CATALOG_BACKUP_H
#define QF_CATALOG_BACKUP_H

#include "base/err.h"

/* Copy the catalog at `path`, as it was last committed, to `name` by VACUUM INTO, over a connection of its own: another one of
 * this process may hold the write lock meanwhile. Mode 0600; there whole and on the disk, or not at all; an older file
 * of that name gives way. Until it is whole it is called NAME.part. QF_EIO, QF_ECORRUPT, QF_EBUSY, QF_ENOMEM. */
enum qf_status qf_backup_write(const char *path, const char *name, int wait_ms, struct qf_err *e);

/* What was renamed in the folder of `path` is on the disk. QF_EIO, QF_ENOMEM. */
enum qf_status qf_backup_sync_folder(const char *path, struct qf_err *e);

#endif
