/* person.h - what a person may ask of a catalog that remembers their listening: to see it
 * all, to be forgotten, to stand in it without a name. Each returns an exit code, and
 * has said what went wrong. */
#ifndef QFZZ_CLI_PERSON_H
#define QFZZ_CLI_PERSON_H

#include "base/buf.h"
#include "catalog/catalog.h"
#include "history/history.h"

/* Everything held on them: a row person.v1, then each event as event.v1, copies behind their event, then their
 * newest version of each playlist as playlist.v1.
 * `qfzz events` reads these rows back into the same events. */
int person_export(struct qf_catalog *c, const char *name);

/* Remove them, their versions of playlists, the models that may have learned from them, and the backups that these tools made beside
 * the catalog; wipe the freed bytes. A row person.v1 says what was done. With cli.dry_run it only says. */
int person_forget(struct qf_catalog *c, const char *name);

/* Store everybody under a pseudonym (import.h), and work out their sessions anew. A row for each who changed. */
int person_anonymize(struct qf_catalog *c, const struct qf_span *key, const struct qf_zone *clock);

/* The key in `file` (NULL: "<catalog>.key", which is made, mode 0600, if it is not there). */
enum qf_status person_key(struct qf_catalog *c, const char *file, struct qf_buf *key, struct qf_err *e);

#endif
