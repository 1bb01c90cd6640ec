#include "trust/jcs.h"

#include "base/text.h"

#include <string.h>

struct scan {
	const char *start, *p, *end;
	struct qf_err *e;
	int depth;
};

static enum qf_status wrong(const struct scan *s, const char *at, const char *why)
{
	return qf_fail(s->e, QF_EFORMAT, "byte %zu: %s", (size_t)(at - s->start), why);
}

static bool take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static enum qf_status string(struct scan *s, struct qf_span *inside, bool key)
{
	const char *from;

	if (!take(s, '"'))
		return wrong(s, s->p, key ? "a key is missing" : "no value that is canonical");
	from = s->p;
	for (; s->p < s->end && *s->p != '"'; s->p++) {
		unsigned char c = (unsigned char)*s->p;

		if (c < 0x20 || c == 0x7f)
			return wrong(s, s->p, "a control character");
		if (key && c >= 0x80)
			return wrong(s, s->p, "a key that is not ASCII");
		if (c != '\\')
			continue;
		if (key || s->p + 1 == s->end || (s->p[1] != '"' && s->p[1] != '\\'))
			return wrong(s, s->p, "an escape that is not canonical");
		s->p++;
	}
	if (s->p == s->end)
		return wrong(s, s->p, "a string without end");
	*inside = (struct qf_span){ from, (size_t)(s->p++ - from) };
	return qf_utf8_valid(inside->p, inside->n) ? QF_OK : wrong(s, from, "not UTF-8");
}

static enum qf_status integer(struct scan *s)
{
	const char *from = s->p;
	uint64_t v = 0;
	bool minus = take(s, '-');
	const char *digits = s->p;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++)
		if (s->p - digits < 17)
			v = 10 * v + (uint64_t)(*s->p - '0');
	if (s->p == digits)
		return wrong(s, from, "no value that is canonical");
	if (*digits == '0' && (s->p - digits > 1 || minus))
		return wrong(s, from, "a number that begins with 0");
	if (s->p - digits > 16 || v >= (uint64_t)1 << 53)
		return wrong(s, from, "an integer of 2^53 or more");
	if (s->p < s->end && (*s->p == '.' || *s->p == 'e' || *s->p == 'E'))
		return wrong(s, s->p, "a number that is not an integer");
	return QF_OK;
}

/* Keys rise byte by byte, which for ASCII is the order of UTF-16 units that JCS asks for. */
static bool rises(struct qf_span a, struct qf_span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order < 0 || (order == 0 && a.n < b.n);
}

static enum qf_status value(struct scan *s);

static enum qf_status object(struct scan *s)
{
	struct qf_span key, last = { 0 };

	if (take(s, '}'))
		return QF_OK;
	for (bool first = true;; first = false) {
		const char *at = s->p;

		if (string(s, &key, true))
			return s->e->code;
		if (!first && !rises(last, key))
			return wrong(s, at, "keys that do not rise, or stand twice");
		last = key;
		if (!take(s, ':'))
			return wrong(s, s->p, "no ':' behind a key");
		if (value(s))
			return s->e->code;
		if (take(s, '}'))
			return QF_OK;
		if (!take(s, ','))
			return wrong(s, s->p, "neither ',' nor '}'");
	}
}

static enum qf_status array(struct scan *s)
{
	if (take(s, ']'))
		return QF_OK;
	for (;;) {
		if (value(s))
			return s->e->code;
		if (take(s, ']'))
			return QF_OK;
		if (!take(s, ','))
			return wrong(s, s->p, "neither ',' nor ']'");
	}
}

static bool word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return false;
	s->p += n;
	return true;
}

static enum qf_status value(struct scan *s)
{
	struct qf_span inside;
	enum qf_status rc;
	bool braces = s->p < s->end && *s->p == '{';

	if (!braces && !(s->p < s->end && *s->p == '[')) {
		if (s->p < s->end && *s->p == '"')
			return string(s, &inside, false);
		return word(s, "true") || word(s, "false") ? QF_OK : integer(s);
	}
	if (s->depth == QF_JCS_DEPTH)
		return wrong(s, s->p, "nested too deep");
	s->depth++;
	s->p++;
	rc = braces ? object(s) : array(s);
	s->depth--;
	return rc;
}

enum qf_status qf_jcs_check(struct qf_span text, struct qf_err *e)
{
	struct qf_err own = { 0 };
	struct scan s = { text.p, text.p, text.p + text.n, e ? e : &own, 0 };
	enum qf_status rc = value(&s);

	return rc == QF_OK && s.p != s.end ? wrong(&s, s.p, "something behind the value") : rc;
}
