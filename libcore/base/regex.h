/* regex.h - POSIX extended regular expressions (IEEE 1003.1, chapter 9) with bounds, so that
 * an expression from anybody can cost neither minutes nor gigabytes.
 *
 * ASCII letters match in either case; a byte above 127 matches itself, so an accented letter
 * is as many bytes as it has in UTF-8. What the C library does without a bound is refused:
 * back-references, and repetitions that come to more than QF_REGEX_SPELLED characters when they
 * are written out (x+ is xx*, x{9} nine times x): it does write them out, at 1 KB each. */
#ifndef QF_BASE_REGEX_H
#define QF_BASE_REGEX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define QF_REGEX_BYTES 256   /* longest expression */
#define QF_REGEX_SPELLED 2000 /* characters, with its repetitions written out */
#define QF_REGEX_TEXT 65536  /* of a longer text only so many bytes are looked at */

struct qf_regex; /* opaque */

/* Compile. *out is the caller's to close, NULL after failure. QF_EINVAL says what is wrong with the
 * expression, QF_ENOMEM. The memory of the expression itself is the C library's. */
enum qf_status qf_regex_open(struct qf_regex **out, const char *pattern, struct qf_err *e);

/* Whether it matches somewhere in text[n]. A NUL in there ends the text. QF_ENOMEM. */
enum qf_status qf_regex_match(struct qf_regex *r, const char *text, size_t n, bool *matches, struct qf_err *e);
void qf_regex_close(struct qf_regex *r); /* NULL is fine */

#endif
