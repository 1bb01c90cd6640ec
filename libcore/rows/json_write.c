#include "rows/json.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void comma(struct qf_buf *b)
{
	if (b->len && !strchr("{[:,\n", b->p[b->len - 1]))
		qf_buf_putc(b, ',');
}

void qf_json_open(struct qf_buf *b, char bracket)
{
	comma(b);
	qf_buf_putc(b, bracket);
}

void qf_json_close(struct qf_buf *b, char bracket)
{
	qf_buf_putc(b, bracket);
}

/* Whether it stands in JSON as it is: most texts, and all keys of ours. */
static bool is_plain(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0x20 || p[i] > 0x7E || p[i] == '"' || p[i] == '\\')
			return false;
	return true;
}

static void put_quoted(struct qf_buf *b, const char *p, size_t n)
{
	char *to = qf_buf_reserve(b, n + 2);

	if (!to)
		return;
	to[0] = '"';
	if (n)
		memcpy(to + 1, p, n);
	memcpy(to + 1 + n, "\"", 2);
	b->len += n + 2;
}

void qf_json_strn(struct qf_buf *b, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	struct qf_buf clean = { 0 };
	size_t from = 0;

	if (is_plain(p, n)) {
		comma(b);
		put_quoted(b, p, n);
		return;
	}
	if (!qf_utf8_valid(p, n)) {
		qf_utf8_clean(&clean, p, n);
		b->failed |= clean.failed;
		p = clean.p;
		n = clean.len;
	}
	comma(b);
	qf_buf_putc(b, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		static const char from_c[] = "\"\\\b\f\n\r\t", to_c[] = "\"\\bfnrt";
		const char *known;

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
			continue;
		qf_buf_put(b, p + from, i - from);
		from = i + 1;
		known = c ? strchr(from_c, c) : NULL;
		if (known)
			qf_buf_put(b, (char[]){ '\\', to_c[known - from_c] }, 2);
		else
			qf_buf_put(b, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
	}
	if (n > from)
		qf_buf_put(b, p + from, n - from);
	qf_buf_putc(b, '"');
	qf_buf_free(&clean);
}

void qf_json_str(struct qf_buf *b, const char *s)
{
	if (s)
		qf_json_strn(b, s, strlen(s));
	else
		qf_json_null(b);
}

void qf_json_key(struct qf_buf *b, const char *key)
{
	qf_json_str(b, key);
	qf_buf_putc(b, ':');
}

void qf_json_int(struct qf_buf *b, int64_t v)
{
	char text[24];

	comma(b);
	snprintf(text, sizeof text, "%lld", (long long)v);
	qf_buf_puts(b, text);
}

void qf_json_num(struct qf_buf *b, double v, int decimals)
{
	char text[400];

	if (!isfinite(v)) {
		qf_json_null(b);
		return;
	}
	comma(b);
	snprintf(text, sizeof text, "%.*f", decimals, v);
	if (text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1))
		qf_buf_puts(b, text + 1);
	else
		qf_buf_puts(b, text);
}

void qf_json_bool(struct qf_buf *b, bool v)
{
	comma(b);
	qf_buf_puts(b, v ? "true" : "false");
}

void qf_json_null(struct qf_buf *b)
{
	comma(b);
	qf_buf_puts(b, "null");
}

void qf_json_raw(struct qf_buf *b, struct qf_span value)
{
	comma(b);
	qf_buf_put(b, value.p, value.n);
}
