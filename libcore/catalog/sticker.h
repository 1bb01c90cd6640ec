/* sticker.h - MPD's sticker database, which other programs fill: a foreign SQLite file.
 *
 * It is opened for reading only and as one that does not change, so that nothing is
 * written beside it; what it holds is not trusted. By the convention of MPD's clients
 * (myMPD and others) a song has `like` (0 no, 1 neither, 2 yes), `rating` (1 to 10) and
 * counts of plays and skips. Counts have no times, so they are no events. */
#ifndef QF_CATALOG_STICKER_H
#define QF_CATALOG_STICKER_H

#include "base/err.h"

#include <stdint.h>

struct qf_sticker { /* one song; the text is valid during the call */
	const char *uri;      /* its path below MPD's music folder */
	int64_t like, rating; /* -1: none */
	int64_t plays, skips; /* counts, 0: none */
};

/* Every song that has one of these, in byte order of uri. Anything but QF_OK from fn ends
 * the walk. QF_EIO, QF_EUNSUPPORTED when it is no such database, QF_EFORMAT when it is
 * damaged, QF_ENOMEM. */
enum qf_status qf_sticker_read(const char *path, enum qf_status (*fn)(void *ctx, const struct qf_sticker *s, struct qf_err *e),
			       void *ctx, struct qf_err *e);

#endif
