/* rows.h - what flows through pipes: NDJSON, one object a line.
 *
 * A line has at most QF_ROW_MAX bytes, is one JSON object in strict UTF-8 and ends
 * with a newline; a last line without one is a stream that was cut, and an error.
 * Rows are passed on byte for byte; an edit replaces or appends only its own keys. */
#ifndef QF_ROWS_ROWS_H
#define QF_ROWS_ROWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/track.h"
#include "rows/json.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_ROW_MAX ((size_t)1 << 20) /* bytes of a line in a pipe */

struct qf_rows { /* all zero, with fd set, is ready for use */
	int fd;          /* borrowed */
	size_t max_line; /* 0: QF_ROW_MAX */
	size_t number;   /* of the current line, from 1, for messages */
	const volatile sig_atomic_t *stop; /* may be NULL; once it is not 0, an interrupted read is the end */
	struct qf_buf buf;
	size_t at;
	bool eof;
};

struct qf_row {
	struct qf_span object; /* without the newline; valid until the next qf_rows_next() */
	size_t number;
};

/* The next row, or *more = false at a clean end.
 *   QF_EFORMAT  this line is no object, too long, or a last line without newline;
 *               the text names the line. Go on with the next call.
 *   QF_EIO, QF_ENOMEM   no use going on. */
enum qf_status qf_rows_next(struct qf_rows *r, struct qf_row *row, bool *more, struct qf_err *e);
void qf_rows_free(struct qf_rows *r);

/* The same checks for one line that was got in another way (no newline at its end). */
enum qf_status qf_row_check(struct qf_span line, struct qf_err *e);

/* "track.v1", …: true if the row says this type, or says none. */
bool qf_row_is(struct qf_span object, const char *type);

struct qf_row_edit {
	const char *key;      /* plain ASCII */
	struct qf_span value; /* JSON */
};

/* Append the row and a newline to out: each edit in the place of its key's old
 * value, or behind the last key; every other byte as it was. */
void qf_row_write(struct qf_buf *out, struct qf_span object, const struct qf_row_edit *edits, size_t n);

/* What names a track in a row. */
struct qf_track_ref {
	const char *catalog; /* UUID, or NULL */
	int64_t id;          /* "track", or 0 */
	const char *path;    /* bytes: "path_b64" if there, else "path"; or NULL */
};

/* Read it; strings live in the arena. QF_EFORMAT when neither a track number nor
 * a path is there, or when one of them is of a wrong type. */
enum qf_status qf_row_track_ref(struct qf_span object, struct qf_arena *a, struct qf_track_ref *ref, struct qf_err *e);

/* Append one track.v1 row and a newline. `catalog` is the UUID or NULL (then no
 * "track" is written: a number means nothing without its catalog). Fields that are
 * not known are left out; features go into "features" when t->features is set. */
void qf_row_put_track(struct qf_buf *out, const char *catalog, const struct qf_track *t);

/* As above without the closing brace and newline, so that a tool can add its
 * sub-object: key, value, then qf_row_end(). */
void qf_row_begin_track(struct qf_buf *out, const char *catalog, const struct qf_track *t);
void qf_row_end(struct qf_buf *out);

/* "path" and, where the name is not UTF-8, "path_b64". */
void qf_row_put_path(struct qf_buf *out, const char *path);

/* The "features" object of schemas/features.tsv, with "version"; `brief` leaves out
 * what is not for short rows (vectors, beats, waveform, fingerprint, digests). */
void qf_row_put_features_as(struct qf_buf *out, const struct qf_features *f, int version, bool brief);
void qf_row_put_features(struct qf_buf *out, const struct qf_features *f, int version);

/* Read one back. f is initialised here and the caller's to free, also after an
 * error. Unknown keys are ignored, missing ones stay "none".
 * QF_EFORMAT names the key that is of a wrong type, shape or not finite. */
enum qf_status qf_row_get_features(struct qf_span object, struct qf_features *f, int *version, struct qf_err *e);

#endif
