/* buf.h - a growing run of bytes.
 *
 * Writers append without looking at each result: once an append fails the
 * buffer is `failed` and takes nothing more, and qf_buf_check() reports it at
 * the end, as ferror() does for a stream. */
#ifndef QF_BASE_BUF_H
#define QF_BASE_BUF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_buf { /* all zero is an empty buffer */
	char *p; /* len bytes and, once anything was appended, a NUL behind them */
	size_t len, cap;
	bool failed;
};

/* Bytes that belong to somebody else. */
struct qf_span {
	const char *p;
	size_t n;
};

void qf_buf_put(struct qf_buf *b, const void *p, size_t n);
void qf_buf_puts(struct qf_buf *b, const char *s);
void qf_buf_putc(struct qf_buf *b, char c);
void qf_buf_printf(struct qf_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes at the end, not counted in len until the caller adds
 * them; NULL (and failed) when memory runs out. */
char *qf_buf_reserve(struct qf_buf *b, size_t n);

/* Drop the first n bytes (at most len). */
void qf_buf_consume(struct qf_buf *b, size_t n);

void qf_buf_clear(struct qf_buf *b); /* empty again, memory kept, failure forgotten */
void qf_buf_free(struct qf_buf *b);  /* all zero again */

/* QF_OK, or QF_ENOMEM if any append failed. */
enum qf_status qf_buf_check(const struct qf_buf *b, struct qf_err *e);

/* Base64 (RFC 4648, section 4, padded). The decoder takes exactly that form,
 * without white space: QF_EFORMAT otherwise. */
void qf_buf_base64(struct qf_buf *b, const void *p, size_t n);
enum qf_status qf_base64_decode(struct qf_buf *out, const char *p, size_t n, struct qf_err *e);

/* Lower-case hexadecimal. */
void qf_buf_hex(struct qf_buf *b, const void *p, size_t n);

#endif
