/* tracklist.h - track rows as the entries of a playlist. */
#ifndef QFZZ_CLI_TRACKLIST_H
#define QFZZ_CLI_TRACKLIST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "playlist/entry.h"
#include "rows/rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tracklist { /* all zero, with `here` set, is an empty one */
	struct qf_entry *entries; /* [n] */
	struct qf_span *rows;     /* [n] the row of each entry, where they are kept */
	size_t n, cap;
	struct qf_buf others;     /* rows of other types, where they are kept */
	struct qf_arena texts;
	const char *here;         /* the current folder, for relative paths */
	bool keep_rows;
};

/* All rows of a descriptor. A bad line is named and left out. Returns an exit code; what failed was said. */
int tracklist_read(struct tracklist *l, int fd);

/* One row more. QF_EFORMAT: it names no track, or a field is of a wrong type; QF_ENOMEM. */
enum qf_status tracklist_add(struct tracklist *l, struct qf_span row, struct qf_err *e);

/* Keep those at at[0..n-1], in this order; n at most that of the list. QF_ENOMEM. */
enum qf_status tracklist_take(struct tracklist *l, const uint32_t *at, size_t n, struct qf_err *e);

void tracklist_free(struct tracklist *l); /* all zero again, but for `here` */

#endif
