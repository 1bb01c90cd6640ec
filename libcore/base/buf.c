#include "base/buf.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char *qf_buf_reserve(struct qf_buf *b, size_t n)
{
	size_t need, cap = b->cap ? b->cap : 64;
	char *p;

	if (b->failed || n >= SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return NULL;
	}
	need = b->len + n + 1;
	if (need > b->cap) {
		while (cap < need)
			cap *= 2;
		p = qf_realloc(b->p, cap, 1);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->len;
}

void qf_buf_put(struct qf_buf *b, const void *p, size_t n)
{
	char *to = qf_buf_reserve(b, n);

	if (!to)
		return;
	if (n)
		memcpy(to, p, n);
	to[n] = '\0';
	b->len += n;
}

void qf_buf_puts(struct qf_buf *b, const char *s)
{
	qf_buf_put(b, s, strlen(s));
}

void qf_buf_putc(struct qf_buf *b, char c)
{
	qf_buf_put(b, &c, 1);
}

void qf_buf_printf(struct qf_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char *to;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	to = n < 0 ? NULL : qf_buf_reserve(b, (size_t)n);
	if (to) {
		vsnprintf(to, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	} else {
		b->failed = true;
	}
	va_end(again);
}

void qf_buf_consume(struct qf_buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n) {
		memmove(b->p, b->p + n, b->len - n);
		b->len -= n;
		b->p[b->len] = '\0';
	}
}

void qf_buf_clear(struct qf_buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->p)
		b->p[0] = '\0';
}

void qf_buf_free(struct qf_buf *b)
{
	qf_free(b->p);
	memset(b, 0, sizeof *b);
}

enum qf_status qf_buf_check(const struct qf_buf *b, struct qf_err *e)
{
	return b->failed ? qf_fail(e, QF_ENOMEM, "out of memory after %zu bytes of text", b->len) : QF_OK;
}

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void qf_buf_base64(struct qf_buf *b, const void *data, size_t n)
{
	const unsigned char *p = data;
	char *to = n < SIZE_MAX / 4 ? qf_buf_reserve(b, (n + 2) / 3 * 4) : NULL;

	if (!to) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16 | (i + 1 < n ? (unsigned)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0u);

		*to++ = b64[v >> 18];
		*to++ = b64[v >> 12 & 63];
		*to++ = i + 1 < n ? b64[v >> 6 & 63] : '=';
		*to++ = i + 2 < n ? b64[v & 63] : '=';
	}
	*to = '\0';
	b->len += (n + 2) / 3 * 4;
}

enum qf_status qf_base64_decode(struct qf_buf *out, const char *p, size_t n, struct qf_err *e)
{
	size_t pad = n >= 2 && p[n - 1] == '=' ? 1 + (p[n - 2] == '=') : 0;

	if (n % 4)
		return qf_fail(e, QF_EFORMAT, "base64: %zu characters, not a multiple of 4", n);
	for (size_t i = 0; i < n; i += 4) {
		size_t left = i + 4 == n ? pad : 0;
		unsigned v = 0;

		for (size_t k = 0; k < 4; k++) {
			const char *at = k < 4 - left ? memchr(b64, p[i + k], 64) : b64;

			if (!at)
				return qf_fail(e, QF_EFORMAT, "base64: a foreign character at %zu", i + k);
			v = v << 6 | (unsigned)(at - b64);
		}
		if (v & ((1u << (8 * left)) - 1))
			return qf_fail(e, QF_EFORMAT, "base64: loose bits at the end");
		qf_buf_put(out, (char[]){ (char)(v >> 16), (char)(v >> 8 & 255), (char)(v & 255) }, 3 - left);
	}
	return qf_buf_check(out, e);
}

void qf_buf_hex(struct qf_buf *b, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		qf_buf_printf(b, "%02x", ((const unsigned char *)p)[i]);
}
