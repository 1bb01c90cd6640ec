#include "station/hls_attrs.h"

#include <stdlib.h>
#include <string.h>

const char *const qf_hls_form_names[] = {
	[QF_HLS_WHOLE] = "a whole number", [QF_HLS_HEX] = "a hexadecimal number with 0x", [QF_HLS_REAL] = "a number without sign or exponent",
	[QF_HLS_SIGNED] = "a number without exponent", [QF_HLS_QUOTED] = "a string in quotes", [QF_HLS_WORD] = "a word without quotes",
	[QF_HLS_SIZE] = "a resolution like 1920x1080", [QF_HLS_QUOTED_WORD] = "a string in quotes, or NONE",
};

static size_t digits(struct qf_span v, const char *of)
{
	size_t n = 0;

	while (n < v.n && v.p[n] && strchr(of, v.p[n]))
		n++;
	return n;
}

static const char ten[] = "0123456789";

static bool is_whole(struct qf_span v)
{
	static const char most[] = "18446744073709551615";

	return v.n > 0 && v.n <= 20 && digits(v, ten) == v.n && (v.n < 20 || memcmp(v.p, most, 20) <= 0);
}

static bool is_real(struct qf_span v)
{
	size_t n = digits(v, ten);

	if (n == 0 || v.n > 40)
		return false;
	if (n < v.n && v.p[n] == '.')
		n += 1 + digits((struct qf_span){ v.p + n + 1, v.n - n - 1 }, ten);
	return n == v.n && v.p[n - 1] != '.';
}

static bool is_size(struct qf_span v)
{
	const char *x = v.n ? memchr(v.p, 'x', v.n) : NULL;
	size_t n = x ? (size_t)(x - v.p) : 0;

	return x && is_whole((struct qf_span){ v.p, n }) && is_whole((struct qf_span){ x + 1, v.n - n - 1 });
}

static bool is_quoted(struct qf_span v)
{
	return v.n >= 2 && *v.p == '"' && v.p[v.n - 1] == '"' && !memchr(v.p + 1, '"', v.n - 2);
}

static bool is_word(struct qf_span v, const char *words)
{
	if (v.n == 0 || memchr(v.p, '"', v.n) || memchr(v.p, ' ', v.n))
		return false;
	for (const char *w = words; w; w = strchr(w, '|') ? strchr(w, '|') + 1 : NULL)
		if (strcspn(w, "|") == v.n && memcmp(w, v.p, v.n) == 0)
			return true;
	return !words;
}

bool qf_hls_is(struct qf_span v, enum qf_hls_form form, const char *words)
{
	switch (form) {
	case QF_HLS_WHOLE:
		return is_whole(v);
	case QF_HLS_HEX:
		return v.n > 2 && v.p[0] == '0' && (v.p[1] == 'x' || v.p[1] == 'X') &&
		       digits((struct qf_span){ v.p + 2, v.n - 2 }, "0123456789ABCDEFabcdef") == v.n - 2;
	case QF_HLS_REAL:
		return is_real(v);
	case QF_HLS_SIGNED:
		return v.n && is_real(*v.p == '-' ? (struct qf_span){ v.p + 1, v.n - 1 } : v);
	case QF_HLS_QUOTED:
		return is_quoted(v);
	case QF_HLS_WORD:
		return is_word(v, words);
	case QF_HLS_SIZE:
		return is_size(v);
	default:
		return is_quoted(v) || is_word(v, words);
	}
}

int64_t qf_hls_whole(struct qf_span v)
{
	int64_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, v.p[i] - '0', &n))
			return INT64_MAX;
	return n;
}

double qf_hls_real(struct qf_span v)
{
	double whole = 0, part = 0, unit = 1;
	bool behind = false;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '.') {
			behind = true;
		} else if (behind) {
			part = part * 10 + (v.p[i] - '0');
			unit *= 10;
		} else {
			whole = whole * 10 + (v.p[i] - '0');
		}
	}
	return whole + part / unit;
}

bool qf_hls_same(struct qf_span a, struct qf_span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool qf_hls_says(struct qf_span v, const char *text)
{
	return qf_hls_same(v, (struct qf_span){ text, strlen(text) });
}

static struct qf_span cut(struct qf_span *rest, size_t n)
{
	struct qf_span head = { rest->p, n };

	rest->p += n;
	rest->n -= n;
	return head;
}

bool qf_hls_next_attr(struct qf_span *rest, struct qf_span *name, struct qf_span *value)
{
	struct qf_span r = *rest;
	size_t n = digits(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	const char *end;

	if (n == 0 || n == r.n || r.p[n] != '=')
		return false;
	*name = cut(&r, n);
	cut(&r, 1);
	if (r.n && *r.p == '"') {
		end = memchr(r.p + 1, '"', r.n - 1);
		if (!end)
			return false;
		*value = cut(&r, (size_t)(end - r.p) + 1);
	} else {
		end = r.n ? memchr(r.p, ',', r.n) : NULL;
		*value = cut(&r, end ? (size_t)(end - r.p) : r.n);
	}
	if (r.n && (*r.p != ',' || r.n == 1))
		return false;
	if (r.n)
		cut(&r, 1);
	*rest = r;
	return true;
}

struct qf_span qf_hls_unquoted(struct qf_span v)
{
	return is_quoted(v) ? (struct qf_span){ v.p + 1, v.n - 2 } : v;
}
