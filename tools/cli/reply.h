/* reply.h - what the tag reader (worker/qfzz-read.c) said of a file, ready for the catalog. */
#ifndef QFZZ_CLI_REPLY_H
#define QFZZ_CLI_REPLY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "catalog/track.h"

struct reply {
	struct qf_scanned scanned; /* only what the reply tells is filled in */
	const char *damage_class, *damage_text; /* NULL: the file is whole */
	struct qf_tag *own; /* scanned.tags, to be added to; inside only */
};

/* Read it; everything lives in the arena. Values that hold a NUL are dropped. QF_EFORMAT when it is not what a reader
 * sends, QF_ENOMEM. */
enum qf_status reply_read(struct reply *r, struct qf_span object, struct qf_arena *a, struct qf_err *e);

/* Add the lyrics that stand beside the file: PATH with the ending "lrc", at most 1 MiB of text, as "synced_lyrics" when
 * the file has none of its own. That there is no such file, or no readable one, is no error. QF_ENOMEM. */
enum qf_status reply_add_lyrics(struct reply *r, const char *path, struct qf_arena *a, struct qf_err *e);

#endif
