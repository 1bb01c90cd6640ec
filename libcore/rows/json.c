/* Checking and walking; json_write.c writes. */
#include "rows/json.h"

#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- checking: one pass, no recursion -------------------------------------------------- */

struct scan {
	const char *start, *p, *end;
	struct qf_err *e;
};

static enum qf_status broken(const struct scan *s, const char *what)
{
	return qf_fail(s->e, QF_EFORMAT, "JSON: %s at byte %zu", what, (size_t)(s->p - s->start) + 1);
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static int hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* At a backslash: past the escape, or an error. */
static enum qf_status check_escape(struct scan *s)
{
	int u;

	if (s->end - s->p < 2)
		return broken(s, "a cut escape");
	if (s->p[1] != 'u') {
		if (!strchr("\"\\/bfnrt", s->p[1]) || !s->p[1])
			return broken(s, "an unknown escape");
		s->p += 2;
		return QF_OK;
	}
	u = hex4(s->p + 2, s->end);
	if (u < 0)
		return broken(s, "a bad \\u escape");
	if (u >= 0xDC00 && u <= 0xDFFF)
		return broken(s, "a lone surrogate");
	if (u >= 0xD800 && u <= 0xDBFF) {
		int low = s->end - s->p >= 12 && s->p[6] == '\\' && s->p[7] == 'u' ? hex4(s->p + 8, s->end) : -1;

		if (low < 0xDC00 || low > 0xDFFF)
			return broken(s, "a lone surrogate");
		s->p += 6;
	}
	s->p += 6;
	return QF_OK;
}

static enum qf_status check_string(struct scan *s)
{
	const char *plain;

	s->p++;
	for (;;) {
		plain = s->p;
		while (s->p < s->end && *s->p != '"' && *s->p != '\\' && (unsigned char)*s->p >= 0x20)
			s->p++;
		if (!qf_utf8_valid(plain, (size_t)(s->p - plain)))
			return broken(s, "text before it that is not UTF-8");
		if (s->p == s->end)
			return broken(s, "a string without end");
		if (*s->p == '"') {
			s->p++;
			return QF_OK;
		}
		if (*s->p != '\\')
			return broken(s, "a raw control character in a string");
		if (check_escape(s))
			return QF_EFORMAT;
	}
}

static const char *digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static enum qf_status check_number(struct scan *s)
{
	const char *p = s->p + (*s->p == '-'), *q = digits(p, s->end);

	if (q == p || (*p == '0' && q > p + 1))
		return broken(s, "a bad number");
	if (q < s->end && *q == '.') {
		p = q + 1;
		if ((q = digits(p, s->end)) == p)
			return broken(s, "a bad number");
	}
	if (q < s->end && (*q == 'e' || *q == 'E')) {
		p = q + 1;
		p += p < s->end && (*p == '+' || *p == '-');
		if ((q = digits(p, s->end)) == p)
			return broken(s, "a bad number");
	}
	s->p = q;
	return QF_OK;
}

static enum qf_status check_word(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i], n) == 0) {
			s->p += n;
			return QF_OK;
		}
	}
	return broken(s, "no value");
}

static enum qf_status check_key(struct scan *s)
{
	s->p = skip_space(s->p, s->end);
	if (s->p == s->end || *s->p != '"')
		return broken(s, "no key");
	if (check_string(s))
		return QF_EFORMAT;
	s->p = skip_space(s->p, s->end);
	if (s->p == s->end || *s->p != ':')
		return broken(s, "no colon");
	s->p++;
	return QF_OK;
}

static enum qf_status check_scalar(struct scan *s)
{
	if (*s->p == '"')
		return check_string(s);
	return *s->p == '-' || (*s->p >= '0' && *s->p <= '9') ? check_number(s) : check_word(s);
}

enum qf_status qf_json_check(struct qf_span text, struct qf_err *e)
{
	struct scan s = { text.p, text.p, text.p + text.n, e };
	char open[QF_JSON_DEPTH]; /* what closes each level */
	int depth = 0;

	for (;;) { /* a value is due */
		s.p = skip_space(s.p, s.end);
		if (s.p == s.end)
			return broken(&s, "a cut text");
		if (*s.p == '{' || *s.p == '[') {
			bool object = *s.p == '{';

			if (depth == QF_JSON_DEPTH)
				return broken(&s, "nested too deeply");
			open[depth++] = object ? '}' : ']';
			s.p = skip_space(s.p + 1, s.end);
			if (s.p == s.end || *s.p != open[depth - 1]) { /* not empty */
				if (object && check_key(&s))
					return QF_EFORMAT;
				continue;
			}
		} else if (check_scalar(&s)) {
			return QF_EFORMAT;
		}
		for (;;) { /* what may follow a value, or stand at the end of an empty one */
			s.p = skip_space(s.p, s.end);
			if (depth == 0)
				return s.p == s.end ? QF_OK : broken(&s, "something behind the value");
			if (s.p == s.end)
				return broken(&s, "a cut text");
			if (*s.p == ',') {
				s.p++;
				if (open[depth - 1] == '}' && check_key(&s))
					return QF_EFORMAT;
				break;
			}
			if (*s.p != open[depth - 1])
				return broken(&s, "no comma");
			s.p++;
			depth--;
		}
	}
}

/* ---- walking what was checked ---------------------------------------------------------- */

static const char *past_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static const char *past_value(const char *p, const char *end)
{
	int depth = 0;

	do {
		if (*p == '"') {
			p = past_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		else if (depth == 0) { /* number or word */
			while (p < end && *p != ',' && *p != ']' && *p != '}' && (unsigned char)*p > ' ')
				p++;
			return p;
		}
		p++;
	} while (depth > 0);
	return p;
}

bool qf_json_next(struct qf_span *rest, struct qf_span *key, struct qf_span *value)
{
	const char *end = rest->p + rest->n, *p = skip_space(rest->p, end);
	bool first = p < end && (*p == '{' || *p == '[');

	/* While under way, rest begins at the byte behind a value: a comma or a closing bracket. */
	if (p == end || (!first && *p != ','))
		return false;
	p = skip_space(p + 1, end);
	if (p == end || *p == '}' || *p == ']')
		return false;
	*key = (struct qf_span){ p, 0 };
	*value = *key;
	if (*p == '"') { /* a key, or a string in an array: the colon tells */
		const char *q = past_string(p), *colon = skip_space(q, end);

		if (colon < end && *colon == ':') {
			key->n = (size_t)(q - p);
			p = skip_space(colon + 1, end);
		}
	}
	value->p = p;
	p = past_value(p, end);
	value->n = (size_t)(p - value->p);
	p = skip_space(p, end);
	*rest = (struct qf_span){ p, (size_t)(end - p) };
	return true;
}

bool qf_json_is(struct qf_span value, const char *text)
{
	struct qf_buf plain = { 0 };
	size_t n = strlen(text);
	bool same;

	if (qf_json_type(value) != QF_JSON_STRING)
		return false;
	if (!memchr(value.p, '\\', value.n))
		return n == value.n - 2 && memcmp(value.p + 1, text, n) == 0;
	same = qf_json_to_text(value, &plain) && plain.len == n && (n == 0 || memcmp(plain.p, text, n) == 0);
	qf_buf_free(&plain);
	return same;
}

bool qf_json_get(struct qf_span object, const char *name, struct qf_span *value)
{
	struct qf_span key, v, rest = object;
	bool found = false;

	if (qf_json_type(object) != QF_JSON_OBJECT)
		return false;
	while (qf_json_next(&rest, &key, &v))
		if (qf_json_is(key, name)) {
			*value = v;
			found = true;
		}
	return found;
}

enum qf_json_type qf_json_type(struct qf_span value)
{
	const char *p = skip_space(value.p, value.p + value.n);

	switch (p < value.p + value.n ? *p : 'n') {
	case '{': return QF_JSON_OBJECT;
	case '[': return QF_JSON_ARRAY;
	case '"': return QF_JSON_STRING;
	case 't': return QF_JSON_TRUE;
	case 'f': return QF_JSON_FALSE;
	case 'n': return QF_JSON_NULL;
	default: return QF_JSON_NUMBER;
	}
}

/* strtod needs a NUL behind the digits; a number of 63 digits is long enough. */
static bool number_text(struct qf_span v, char text[64])
{
	if (qf_json_type(v) != QF_JSON_NUMBER || v.n == 0 || v.n > 63)
		return false;
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	return true;
}

bool qf_json_to_num(struct qf_span value, double *out)
{
	char text[64];
	double x;

	if (!number_text(value, text))
		return false;
	x = strtod(text, NULL);
	if (!isfinite(x))
		return false;
	*out = x;
	return true;
}

bool qf_json_to_int(struct qf_span value, int64_t *out)
{
	char text[64], *end;
	long long v;

	if (!number_text(value, text))
		return false;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno || *end)
		return false;
	*out = v;
	return true;
}

bool qf_json_to_bool(struct qf_span value, bool *out)
{
	enum qf_json_type t = qf_json_type(value);

	*out = t == QF_JSON_TRUE;
	return t == QF_JSON_TRUE || t == QF_JSON_FALSE;
}

static void put_code_point(struct qf_buf *b, unsigned cp)
{
	if (cp < 0x80) {
		qf_buf_putc(b, (char)cp);
	} else if (cp < 0x800) {
		qf_buf_put(b, (char[]){ (char)(0xC0 | cp >> 6), (char)(0x80 | (cp & 63)) }, 2);
	} else if (cp < 0x10000) {
		qf_buf_put(b, (char[]){ (char)(0xE0 | cp >> 12), (char)(0x80 | (cp >> 6 & 63)), (char)(0x80 | (cp & 63)) }, 3);
	} else {
		qf_buf_put(b, (char[]){ (char)(0xF0 | cp >> 18), (char)(0x80 | (cp >> 12 & 63)),
					(char)(0x80 | (cp >> 6 & 63)), (char)(0x80 | (cp & 63)) }, 4);
	}
}

bool qf_json_to_text(struct qf_span value, struct qf_buf *out)
{
	const char *p = value.p + 1, *end = value.p + value.n - 1;

	if (qf_json_type(value) != QF_JSON_STRING)
		return false;
	while (p < end) {
		const char *bs = memchr(p, '\\', (size_t)(end - p));

		qf_buf_put(out, p, (size_t)((bs ? bs : end) - p));
		if (!bs)
			break;
		p = bs + 2;
		if (bs[1] == 'u') {
			unsigned cp = (unsigned)hex4(p, end);

			p += 4;
			if (cp >= 0xD800 && cp <= 0xDBFF) {
				cp = 0x10000 + ((cp - 0xD800) << 10) + ((unsigned)hex4(p + 2, end) - 0xDC00);
				p += 6;
			}
			put_code_point(out, cp);
		} else {
			static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

			qf_buf_putc(out, to[strchr(from, bs[1]) - from]);
		}
	}
	return true;
}

char *qf_json_dup(struct qf_span value, struct qf_arena *a)
{
	struct qf_buf text = { 0 };
	char *copy = NULL;

	if (qf_json_to_text(value, &text) && !text.failed && (!text.len || !memchr(text.p, '\0', text.len)))
		copy = qf_arena_dup(a, text.p, text.len);
	qf_buf_free(&text);
	return copy;
}

void qf_json_put_str(struct qf_buf *b, const char *key, const char *s)
{
	qf_json_key(b, key);
	qf_json_str(b, s);
}

void qf_json_put_int(struct qf_buf *b, const char *key, int64_t v)
{
	qf_json_key(b, key);
	qf_json_int(b, v);
}

void qf_json_put_num(struct qf_buf *b, const char *key, double v, int decimals)
{
	qf_json_key(b, key);
	qf_json_num(b, v, decimals);
}

void qf_json_put_bool(struct qf_buf *b, const char *key, bool v)
{
	qf_json_key(b, key);
	qf_json_bool(b, v);
}

void qf_json_opt_str(struct qf_buf *b, const char *key, const char *s)
{
	if (s)
		qf_json_put_str(b, key, s);
}

void qf_json_opt_int(struct qf_buf *b, const char *key, int64_t v)
{
	if (v)
		qf_json_put_int(b, key, v);
}

void qf_json_opt_num(struct qf_buf *b, const char *key, double v, int decimals)
{
	if (!isnan(v))
		qf_json_put_num(b, key, v, decimals);
}
