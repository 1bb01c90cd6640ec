#include "base/regex.h"

#include "base/alloc.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { FRESH_AFTER = 1 << 20 }; /* bytes of text: the C library keeps each state that it met until the expression is freed */

struct qf_regex {
	regex_t compiled;
	bool ready;
	size_t matched; /* bytes of text since it was compiled */
	char text[QF_REGEX_TEXT + 1];
	char pattern[QF_REGEX_BYTES + 1];
};

/* What the C library makes of an expression before it compiles it: x+ becomes xx*, x{9} nine
 * times x, also of groups in groups. `all` counts the characters of a group so far, `last` those
 * of what a repetition would repeat. */
struct spelled {
	unsigned long all, last;
};

static void add_atom(struct spelled *s, unsigned long n)
{
	s->last = n;
	s->all += n;
}

static void repeat_last(struct spelled *s, unsigned long times)
{
	times = times > QF_REGEX_SPELLED ? QF_REGEX_SPELLED + 1 : times;
	s->all += s->last * (times > 1 ? times - 1 : 0);
	s->last *= times > 1 ? times : 1;
}

/* Behind a bracket expression, `p` being behind its '['. */
static const char *skip_bracket(const char *p)
{
	p += *p == '^';
	p += *p == ']';
	while (*p && *p != ']')
		p = *p == '[' && p[1] == ':' && strstr(p, ":]") ? strstr(p, ":]") + 2 : p + 1;
	return *p ? p + 1 : p;
}

static unsigned long most_times(const char **p) /* behind '{' */
{
	char *end;
	unsigned long n = strtoul(*p, &end, 10), m = *end == ',' ? strtoul(end + 1, &end, 10) : n;

	*p = end;
	return m > n ? m : n;
}

/* Back-references make matching exponential, repetitions of repetitions the compiled form. */
static enum qf_status check_bounds(const char *p, struct qf_err *e)
{
	struct spelled group[QF_REGEX_BYTES + 1] = { 0 }, *g = group;

	if (strlen(p) > QF_REGEX_BYTES)
		return qf_fail(e, QF_EINVAL, "a regular expression has at most %d bytes", QF_REGEX_BYTES);
	while (*p) {
		char c = *p++;

		if (c == '\\' && *p >= '1' && *p <= '9')
			return qf_fail(e, QF_EINVAL, "\\%c: back-references are not supported", *p);
		if (c == '(') {
			*++g = (struct spelled){ 0 };
		} else if (c == ')' && g > group) {
			g--;
			add_atom(g, g[1].all + 1);
		} else if (c == '+') {
			repeat_last(g, 2);
		} else if (c == '{') {
			repeat_last(g, most_times(&p));
		} else if (c != '*' && c != '?') {
			p += c == '\\' && *p;
			p = c == '[' ? skip_bracket(p) : p;
			add_atom(g, 1);
		}
		if (g->all > QF_REGEX_SPELLED)
			return qf_fail(e, QF_EINVAL, "its repetitions, written out, have more than %d characters", QF_REGEX_SPELLED);
	}
	return QF_OK;
}

static enum qf_status compile(struct qf_regex *r, struct qf_err *e)
{
	int code = regcomp(&r->compiled, r->pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	char why[128];

	r->ready = code == 0;
	r->matched = 0;
	if (r->ready)
		return QF_OK;
	if (code == REG_ESPACE)
		return qf_fail(e, QF_ENOMEM, "regular expression: out of memory");
	regerror(code, NULL, why, sizeof why);
	return qf_fail(e, QF_EINVAL, "this regular expression is wrong: %s", why);
}

enum qf_status qf_regex_open(struct qf_regex **out, const char *pattern, struct qf_err *e)
{
	struct qf_regex *r;
	enum qf_status rc = check_bounds(pattern, e);

	*out = NULL;
	if (rc != QF_OK)
		return rc;
	r = qf_zalloc(1, sizeof *r);
	if (!r)
		return qf_fail(e, QF_ENOMEM, "regular expression: out of memory");
	memcpy(r->pattern, pattern, strlen(pattern) + 1);
	rc = compile(r, e);
	if (rc == QF_OK)
		*out = r;
	else
		qf_regex_close(r);
	return rc;
}

enum qf_status qf_regex_match(struct qf_regex *r, const char *text, size_t n, bool *matches, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	int code;

	*matches = false;
	n = n > QF_REGEX_TEXT ? QF_REGEX_TEXT : n;
	memcpy(r->text, text, n);
	r->text[n] = '\0';
	if (r->matched > FRESH_AFTER && r->ready) {
		regfree(&r->compiled);
		r->ready = false;
	}
	if (!r->ready)
		rc = compile(r, e);
	if (rc != QF_OK)
		return rc;
	r->matched += n;
	code = regexec(&r->compiled, r->text, 0, NULL, 0);
	if (code != 0 && code != REG_NOMATCH)
		return qf_fail(e, QF_ENOMEM, "regular expression: out of memory");
	*matches = code == 0;
	return QF_OK;
}

void qf_regex_close(struct qf_regex *r)
{
	if (r && r->ready)
		regfree(&r->compiled);
	qf_free(r);
}
