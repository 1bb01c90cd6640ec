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

/* Back-references make matching exponential, nested repetitions the compiled form. */
static enum qf_status check_bounds(const char *pattern, struct qf_err *e)
{
	unsigned long product = 1;

	if (strlen(pattern) > QF_REGEX_BYTES)
		return qf_fail(e, QF_EINVAL, "a regular expression has at most %d bytes", QF_REGEX_BYTES);
	for (const char *p = pattern; *p; p++) {
		if (*p == '\\' && p[1] >= '1' && p[1] <= '9')
			return qf_fail(e, QF_EINVAL, "\\%c: back-references are not supported", p[1]);
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '{') {
			char *end;
			unsigned long n = strtoul(p + 1, &end, 10), m = *end == ',' ? strtoul(end + 1, &end, 10) : n;

			n = m > n ? m : n;
			product *= n > QF_REGEX_REPEAT ? QF_REGEX_REPEAT + 1 : n ? n : 1;
			if (product > QF_REGEX_REPEAT)
				return qf_fail(e, QF_EINVAL, "repetitions in { } may multiply to %d at most", QF_REGEX_REPEAT);
		}
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
