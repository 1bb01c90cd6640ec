/* hls_attrs.h - values of HLS tags, and lists of attributes (RFC 8216, 4.2). Not for other rooms. */
#ifndef QF_STATION_HLS_ATTRS_H
#define QF_STATION_HLS_ATTRS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qf_hls_form {
	QF_HLS_WHOLE,      /* decimal-integer: 0 to 2^64-1 */
	QF_HLS_HEX,        /* 0x… */
	QF_HLS_REAL,       /* decimal-floating-point, not negative */
	QF_HLS_SIGNED,     /* signed-decimal-floating-point */
	QF_HLS_QUOTED,     /* "…" */
	QF_HLS_WORD,       /* enumerated-string: no quotes, commas or blanks */
	QF_HLS_SIZE,       /* decimal-resolution: 1920x1080 */
	QF_HLS_QUOTED_WORD /* a quoted string, or a word of the list */
};

extern const char *const qf_hls_form_names[]; /* as sentences call them */

/* words: "YES|NO", or NULL for any. */
bool qf_hls_is(struct qf_span v, enum qf_hls_form form, const char *words);

/* The number that a whole value holds, at most INT64_MAX; of a real one, in its unit. Only for values of that form. */
int64_t qf_hls_whole(struct qf_span v);
double qf_hls_real(struct qf_span v);

bool qf_hls_same(struct qf_span a, struct qf_span b);
bool qf_hls_says(struct qf_span v, const char *text); /* v is text */

/* The next NAME=value of a list; false at its end, and where it cannot be read on: then *rest is not empty. A value keeps its quotes. */
bool qf_hls_next_attr(struct qf_span *rest, struct qf_span *name, struct qf_span *value);

/* A quoted value without its quotes. */
struct qf_span qf_hls_unquoted(struct qf_span v);

#endif
