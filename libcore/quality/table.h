/* table.h - a table of files without the files: tab-separated, the first line names its columns.
 *
 * Columns that are known: path (or track_id), title, artist (artist_id), album (album_id), genre, year, date, duration_s (duration),
 * licence (license), sha256; others are passed over. A cell that is empty, or one of a number that is none, is
 * not told. Of a path a leading "./" is dropped; one that leads out of the set is refused. */
#ifndef QF_QUALITY_TABLE_H
#define QF_QUALITY_TABLE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

struct qf_table_row { /* NUL-terminated, valid during the call; NULL, 0, NaN: not told */
	const char *path, *title, *artist, *album, *genre, *licence, *sha256;
	int year;
	double duration_s;
};

/* Read text[n], which is overwritten. Anything but QF_OK from fn ends it. QF_EFORMAT: no column of paths, a line without path
 * or not valid UTF-8 in anything but the path, a SHA-256 that is none; the sentence has the line's number. */
enum qf_status qf_table_read(char *text, size_t n, enum qf_status (*fn)(void *user, const struct qf_table_row *row, struct qf_err *e),
			     void *user, struct qf_err *e);

#endif
