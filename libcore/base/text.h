/* text.h - UTF-8: checking, cleaning, folding. Unicode tables by utf8proc. */
#ifndef QF_BASE_TEXT_H
#define QF_BASE_TEXT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, at most U+10FFFF. */
bool qf_utf8_valid(const char *p, size_t n);

/* Append p as valid UTF-8: each byte that is not part of a valid sequence becomes U+FFFD. */
void qf_utf8_clean(struct qf_buf *out, const char *p, size_t n);

/* Append the folded form by which names are compared: compatibility
 * decomposition, accents and case dropped, everything but letters and digits
 * taken as one space, none at either end ("Sigur  Rós!" -> "sigur ros").
 * A name without letters or digits ("!!!") is kept as it is, trimmed.
 * Input that is not UTF-8 is cleaned first. Unicode UAX #15 and #44 as in
 * utf8proc. QF_ENOMEM. */
enum qf_status qf_text_fold(struct qf_buf *out, const char *p, size_t n, struct qf_err *e);

/* Append p with its accents composed (NFC) or decomposed (NFD), Unicode UAX #15. False, and
 * nothing appended, for what is no UTF-8; false and out failed when memory runs out. */
bool qf_text_normalize(struct qf_buf *out, const char *p, size_t n, bool composed);

/* Append p for a terminal: control bytes, DEL and C1 controls as \xNN (newline
 * \n, tab \t), so that a file name can do no harm. */
void qf_text_printable(struct qf_buf *out, const char *p, size_t n);

/* Edits that make b[m] of a[n]: insert, delete or change a byte, swap neighbours (optimal string alignment). For words: SIZE_MAX
 * where one is longer than QF_TEXT_EDITS bytes. */
#define QF_TEXT_EDITS 64
size_t qf_text_edits(const char *a, size_t n, const char *b, size_t m);

#endif
