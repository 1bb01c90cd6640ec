/* store.h - the catalog side of the command-line frame. */
#ifndef QFZZ_CLI_STORE_H
#define QFZZ_CLI_STORE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "catalog/track.h"
#include "rows/rows.h"

/* Open the catalog that the options and the environment name: --catalog, else
 * QFZZ_CATALOG, else $XDG_DATA_HOME/qfzz/catalog.db, else ~/.local/share/qfzz/catalog.db.
 * For writing, the folders of the default place are made. Errors of qf_catalog_open(). */
enum qf_status cli_catalog_open(struct qf_catalog **out, enum qf_catalog_mode mode, struct qf_err *e);

/* Bytes of an absolute path without "." and ".." for an operand, in the arena; symbolic
 * links in the folders are resolved, the last name is not. QF_ENOTFOUND if the folder is not there. */
enum qf_status cli_absolute(const char *operand, struct qf_arena *a, const char **out, struct qf_err *e);

/* Append the name of the file that cli_catalog_open() opens. QF_EINVAL when nothing tells. */
enum qf_status cli_catalog_path(struct qf_buf *path, struct qf_err *e);

/* The track that a row speaks of: its number if the row's catalog is this one and its path
 * (if any) is that track's, else by path. *id is 0 if the catalog does not know the path.
 * QF_EFORMAT: the number belongs to another catalog, or path and number contradict. */
enum qf_status cli_track_of_row(struct qf_catalog *c, struct qf_span object, struct qf_arena *a, int64_t *id,
				struct qf_track_ref *ref, struct qf_err *e);

#endif
