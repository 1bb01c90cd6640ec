/* frame.h - bytes of a history file, as they come, to one record at a time: a JSON object,
 * or a line of text.
 *
 * Two layouts, told apart by the first bytes:
 *   lines    an object a line (NDJSON, JSONL); a broken line costs that line
 *   values   an array of objects, or objects spread over several lines; an object
 *            ends with the brace that closes it
 * A text beginning with '[' is values. One beginning with '{' is values if its
 * first line stops where JSON must go on (behind one of "{[,:"), else lines.
 * An object with the member "scrobbles" in its first 4 KiB, a list, stands for that list
 * alone, so that a long one need not be held. Anything else is lines of text: they come
 * with the spaces at their ends. A byte order mark, blank lines and carriage returns
 * before a newline are skipped.
 *
 * What comes out is not checked to be JSON; in values it may hold newlines. */
#ifndef QF_HISTORY_FRAME_H
#define QF_HISTORY_FRAME_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define QF_HISTORY_RECORD_MAX ((size_t)16 << 20) /* bytes; an export may put a thousand listens on a line */

enum qf_frame_layout { QF_FRAME_UNDECIDED, QF_FRAME_LINES, QF_FRAME_VALUES };

struct qf_frame { /* all zero is ready for use */
	bool text;   /* lines of text, whatever they begin with; set before use, or by the first byte */
	bool stream; /* a last line without newline was cut by its writer: refuse it. Set before use */

	struct qf_buf buf;
	size_t at;     /* what is before it was handed out */
	size_t seen;   /* bytes behind `at` that were looked at */
	size_t lines;  /* newlines before `at` */
	enum qf_frame_layout layout;
	int braces, arrays; /* open ones, in values */
	bool in_string, escaped;
	bool started, dropping, dead;
	bool within; /* the list of an object: what follows it is of no interest */
};

/* Append bytes; records handed out before become invalid. QF_ENOMEM. */
enum qf_status qf_frame_add(struct qf_frame *f, const void *p, size_t n, struct qf_err *e);

/* The next record that is complete, or record->p = NULL: more bytes are needed,
 * or, with `end`, all is read. *line is the line, from 1, on which it begins.
 * QF_EFORMAT for what is no record (too long, cut, no object); *line is then
 * its line, and the next call goes on behind it. */
enum qf_status qf_frame_next(struct qf_frame *f, bool end, struct qf_span *record, size_t *line, struct qf_err *e);

void qf_frame_free(struct qf_frame *f);

#endif
