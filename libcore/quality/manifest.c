#include "quality/manifest.h"

#include <ctype.h>
#include <string.h>

bool qf_path_stays(const char *path, size_t n)
{
	size_t begin = 0;

	for (size_t i = 0; i <= n; i++) {
		size_t len = i - begin;

		if (i < n && path[i] != '/')
			continue;
		if (len == 0 || (len == 1 && path[begin] == '.') || (len == 2 && memcmp(path + begin, "..", 2) == 0))
			return false;
		begin = i + 1;
	}
	return true;
}

static const char escaped[] = "\\\n\r", letters[] = "\\nr";

void qf_manifest_put(struct qf_buf *out, const char *sha256, const char *path)
{
	if (strpbrk(path, escaped))
		qf_buf_putc(out, '\\');
	qf_buf_puts(out, sha256);
	qf_buf_puts(out, "  ");
	for (; *path; path++) {
		const char *at = strchr(escaped, *path);

		if (at)
			qf_buf_putc(out, '\\');
		qf_buf_putc(out, at ? letters[at - escaped] : *path);
	}
	qf_buf_putc(out, '\n');
}

static bool read_digest(const char *p, size_t n, char to[65])
{
	for (size_t i = 0; i < 64; i++) {
		if (i >= n || !isxdigit((unsigned char)p[i]))
			return false;
		to[i] = (char)tolower((unsigned char)p[i]);
	}
	to[64] = '\0';
	return true;
}

/* The path of p[n]; false: too long, or a backslash before no letter of ours. */
static bool read_path(const char *p, size_t n, bool backslashes, char to[QF_MANIFEST_PATH + 1])
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (backslashes && c == '\\') {
			const char *at = ++i < n && p[i] ? strchr(letters, p[i]) : NULL;

			if (!at)
				return false;
			c = escaped[at - letters];
		}
		if (c == '\0' || len == QF_MANIFEST_PATH)
			return false;
		to[len++] = c;
	}
	to[len] = '\0';
	return true;
}

enum qf_status qf_manifest_next(struct qf_span *rest, size_t *number, struct qf_manifest_line *line, bool *more, struct qf_err *e)
{
	const char *p = rest->p, *lf = rest->n ? memchr(p, '\n', rest->n) : NULL;
	size_t n = lf ? (size_t)(lf - p) : rest->n;
	bool backslashes = n && *p == '\\';

	*more = rest->n > 0;
	if (!*more)
		return QF_OK;
	++*number;
	rest->p += n + (lf != NULL);
	rest->n -= n + (lf != NULL);
	if (!lf)
		return qf_fail(e, QF_EFORMAT, "line %zu: the manifest stops without a newline", *number);
	p += backslashes;
	n -= backslashes;
	if (!read_digest(p, n, line->sha256) || n < 67 || p[64] != ' ' || (p[65] != ' ' && p[65] != '*') ||
	    !read_path(p + 66, n - 66, backslashes, line->path))
		return qf_fail(e, QF_EFORMAT, "line %zu: no SHA-256, two blanks and a path", *number);
	if (!qf_path_stays(line->path, strlen(line->path)))
		return qf_fail(e, QF_EFORMAT, "line %zu: '%.100s' leads out of the set", *number, line->path);
	return QF_OK;
}
