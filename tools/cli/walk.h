/* walk.h - audio files below a folder, in a stable order. */
#ifndef QFZZ_CLI_WALK_H
#define QFZZ_CLI_WALK_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct walk; /* opaque */

struct walk_file {
	const char *path; /* absolute bytes, valid until the next call */
	int64_t size, mtime_ns, inode;
	int64_t lyrics; /* as walk_lyrics() has it */
	const char *trouble; /* not NULL: a folder or file that could not be read, and why */
	bool folder;         /* the trouble is with a folder: what lies below it was not seen */
};

/* Walk one absolute path: a folder, with all below it, or one file. Regular files only, told
 * by stat alone; nothing is opened, so a FIFO cannot block. Symbolic links are left alone
 * unless `follow` (then loops are cut). In a folder, only names with an ending of audio are
 * given; a file that was named itself is given whatever its ending. Names in byte order.
 * QF_ENOMEM, QF_EIO. */
enum qf_status walk_open(struct walk **out, const char *path, bool follow, struct qf_err *e);

/* The next one; *more = false at the end. QF_EIO, QF_ENOMEM. */
enum qf_status walk_next(struct walk *w, struct walk_file *f, bool *more, struct qf_err *e);
void walk_close(struct walk *w); /* NULL is fine */

/* Append the name of the lyrics that may stand beside a song: "dir/song.lrc" for "dir/song.flac". */
void walk_put_lyrics_name(struct qf_buf *to, const char *path);

/* What tells one state of these lyrics from another: their modification time in ns plus their size; 0: there are none. QF_ENOMEM. */
enum qf_status walk_lyrics(const char *path, int64_t *stamp, struct qf_err *e);

/* Open a file for reading as a scanner must: never blocking on a FIFO, not through a link
 * (unless follow), and only if it is a regular file. -1 with the error filled. */
int walk_open_file(const char *path, bool follow, struct stat *st, struct qf_err *e);

#endif
