/* json.h - JSON (RFC 8259) as spans of text: checked once, walked without copies,
 * written into a buffer.
 *
 * A span that passed qf_json_check() can be walked without any further error
 * handling; the walkers below must be given nothing else. Values keep their
 * bytes: 0.83 stays 0.83. */
#ifndef QF_ROWS_JSON_H
#define QF_ROWS_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define QF_JSON_DEPTH 64 /* of objects and arrays within each other */

/* One JSON text with nothing but white space around it, in strict UTF-8, nested at
 * most QF_JSON_DEPTH deep. QF_EFORMAT with the byte where it breaks. Lone
 * surrogates in \u escapes are refused, because no UTF-8 could hold them. */
enum qf_status qf_json_check(struct qf_span text, struct qf_err *e);

enum qf_json_type {
	QF_JSON_OBJECT, QF_JSON_ARRAY, QF_JSON_STRING, QF_JSON_NUMBER, QF_JSON_TRUE, QF_JSON_FALSE, QF_JSON_NULL
};
enum qf_json_type qf_json_type(struct qf_span value);

/* The value of an object's member, the last one if the key stands twice. False
 * when there is none or when `object` is no object. */
bool qf_json_get(struct qf_span object, const char *key, struct qf_span *value);

/* Members of an object or items of an array, in order:
 *     struct qf_span key, value, rest = array;
 *     while (qf_json_next(&rest, &key, &value)) ...
 * `rest` starts as the whole value and is used up; key (with its quotes) is
 * empty for an array. Anything that is neither object nor array has no items. */
bool qf_json_next(struct qf_span *rest, struct qf_span *key, struct qf_span *value);

/* Typed readings: false when the value is of another type or does not fit. */
bool qf_json_to_num(struct qf_span value, double *out);  /* finite */
bool qf_json_to_int(struct qf_span value, int64_t *out); /* written without fraction or exponent */
bool qf_json_to_bool(struct qf_span value, bool *out);

/* Whether it is this string, however it is escaped. */
bool qf_json_is(struct qf_span value, const char *text);

/* A string with its escapes resolved, appended to out; false if it is no string.
 * It may hold NUL bytes (\u0000): use the length. */
bool qf_json_to_text(struct qf_span value, struct qf_buf *out);

/* The same from an arena, NUL-terminated; NULL when it is no string, holds a NUL, or
 * memory ran out. */
char *qf_json_dup(struct qf_span value, struct qf_arena *a);

/* Writing: commas come by themselves. A text that is not UTF-8 is cleaned (U+FFFD). */
void qf_json_open(struct qf_buf *b, char bracket);  /* '{' or '[' */
void qf_json_close(struct qf_buf *b, char bracket); /* '}' or ']' */
void qf_json_key(struct qf_buf *b, const char *key);
void qf_json_str(struct qf_buf *b, const char *s); /* NULL: null */
void qf_json_strn(struct qf_buf *b, const char *p, size_t n);
void qf_json_int(struct qf_buf *b, int64_t v);
void qf_json_num(struct qf_buf *b, double v, int decimals); /* not finite: null; never "-0.0" */
void qf_json_bool(struct qf_buf *b, bool v);
void qf_json_null(struct qf_buf *b);
void qf_json_raw(struct qf_buf *b, struct qf_span value); /* a checked value, as it is */

/* A member of an object: its key, and a value as above. */
void qf_json_put_str(struct qf_buf *b, const char *key, const char *s);
void qf_json_put_int(struct qf_buf *b, const char *key, int64_t v);
void qf_json_put_num(struct qf_buf *b, const char *key, double v, int decimals);
void qf_json_put_bool(struct qf_buf *b, const char *key, bool v);

/* The same if there is something to tell. */
void qf_json_opt_str(struct qf_buf *b, const char *key, const char *s);          /* not NULL */
void qf_json_opt_int(struct qf_buf *b, const char *key, int64_t v);              /* not 0 */
void qf_json_opt_num(struct qf_buf *b, const char *key, double v, int decimals); /* not NaN */

#endif
