#include "base/text.h"

#include "base/alloc.h"

#include <string.h>
#include <utf8proc.h>

/* Length of the valid sequence at p, 0 if there is none. */
static size_t sequence(const char *p, size_t n)
{
	utf8proc_int32_t cp;
	utf8proc_ssize_t k;

	if (n && (unsigned char)*p < 0x80)
		return 1;
	k = utf8proc_iterate((const utf8proc_uint8_t *)p, n > 4 ? 4 : (utf8proc_ssize_t)n, &cp);
	return k > 0 ? (size_t)k : 0;
}

bool qf_utf8_valid(const char *p, size_t n)
{
	for (size_t i = 0, k; i < n; i += k)
		if ((k = sequence(p + i, n - i)) == 0)
			return false;
	return true;
}

void qf_utf8_clean(struct qf_buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t k = sequence(p + i, n - i);

		if (k)
			qf_buf_put(out, p + i, k);
		else
			qf_buf_puts(out, "\xEF\xBF\xBD");
		i += k ? k : 1;
	}
}

/* Letters, digits and other symbols with a meaning of their own stay; the rest separates. */
static bool is_word(utf8proc_int32_t cp)
{
	switch (utf8proc_category(cp)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

/* Append the folded form of one code point's letters and digits; *gap remembers what else was met. */
static void fold_one(struct qf_buf *out, size_t start, utf8proc_int32_t cp, bool *gap)
{
	const int how = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
	utf8proc_int32_t parts[32]; /* the longest decomposition, of U+FDFA, has 18 */
	utf8proc_uint8_t bytes[4];
	int class = 0;
	utf8proc_ssize_t n = utf8proc_decompose_char(cp, parts, 32, (utf8proc_option_t)how, &class);

	for (utf8proc_ssize_t i = 0; i < n && i < 32; i++) {
		if (!is_word(parts[i])) {
			*gap = true;
			continue;
		}
		if (*gap && out->len > start)
			qf_buf_putc(out, ' ');
		*gap = false;
		qf_buf_put(out, bytes, (size_t)utf8proc_encode_char(parts[i], bytes));
	}
}

/* Marks are dropped, so that their canonical order, which would need the whole text at once, plays no part. */
static void fold_unicode(struct qf_buf *out, const char *p, size_t n)
{
	size_t start = out->len;
	bool gap = false;

	for (size_t i = 0; i < n;) {
		utf8proc_int32_t cp = 0xFFFD;
		size_t k = sequence(p + i, n - i);

		if (k)
			utf8proc_iterate((const utf8proc_uint8_t *)p + i, (utf8proc_ssize_t)k, &cp);
		fold_one(out, start, cp, &gap);
		i += k ? k : 1;
	}
}

/* "!!!" is a name too: what has neither letter nor digit stays, but for blanks at its ends. */
static void put_trimmed(struct qf_buf *out, const char *p, size_t n)
{
	while (n && *p == ' ') {
		p++;
		n--;
	}
	while (n && p[n - 1] == ' ')
		n--;
	qf_utf8_clean(out, p, n);
}

/* The folded form of ASCII, which is most names: the same result without the tables.
 * False: there is another byte, or no letter or digit; nothing was appended. */
static bool fold_ascii(struct qf_buf *out, const char *p, size_t n)
{
	char *to = qf_buf_reserve(out, n);
	size_t len = 0;

	for (size_t i = 0; to && i < n; i++) {
		unsigned char c = (unsigned char)p[i], lower = c | 0x20;
		bool letter = lower >= 'a' && lower <= 'z';

		if (c >= 0x80) {
			len = 0;
			break;
		}
		if (letter || (c >= '0' && c <= '9'))
			to[len++] = (char)(letter ? lower : c);
		else if (len && to[len - 1] != ' ')
			to[len++] = ' ';
	}
	len -= len && to[len - 1] == ' ';
	if (to)
		to[len] = '\0';
	out->len += len;
	return len > 0;
}

enum qf_status qf_text_fold(struct qf_buf *out, const char *p, size_t n, struct qf_err *e)
{
	size_t start = out->len;

	if (!fold_ascii(out, p, n))
		fold_unicode(out, p, n);
	if (out->len == start)
		put_trimmed(out, p, n);
	return qf_buf_check(out, e);
}

bool qf_text_normalize(struct qf_buf *out, const char *p, size_t n, bool composed)
{
	const utf8proc_option_t how = composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
	const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)p;
	utf8proc_ssize_t len = qf_utf8_valid(p, n) ? utf8proc_decompose(text, (utf8proc_ssize_t)n, NULL, 0, how) : -1;
	utf8proc_int32_t *points;

	if (len < 0)
		return false;
	points = qf_alloc((size_t)len + 1, sizeof *points); /* encoded in place, with a NUL behind it */
	if (!points) {
		out->failed = true;
		return false;
	}
	len = utf8proc_decompose(text, (utf8proc_ssize_t)n, points, len, how);
	len = len < 0 ? len : utf8proc_reencode(points, len, how);
	if (len >= 0)
		qf_buf_put(out, points, (size_t)len);
	qf_free(points);
	return len >= 0 && !out->failed;
}

void qf_text_printable(struct qf_buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)p[i];
		size_t k = sequence(p + i, n - i);
		bool c1 = k == 2 && c == 0xC2 && (unsigned char)p[i + 1] < 0xA0;

		if (c == '\n' || c == '\t')
			qf_buf_puts(out, c == '\n' ? "\\n" : "\\t");
		else if (k == 0 || c < 0x20 || c == 0x7F)
			qf_buf_printf(out, "\\x%02x", c);
		else if (c1)
			qf_buf_printf(out, "\\x%02x", (unsigned char)p[i + 1]);
		else
			qf_buf_put(out, p + i, k);
		i += k ? k : 1;
	}
}

size_t qf_text_edits(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[3][QF_TEXT_EDITS + 1]; /* the last three rows */

	if (n > QF_TEXT_EDITS || m > QF_TEXT_EDITS)
		return SIZE_MAX;
	for (size_t i = 0; i <= n; i++) {
		size_t *row = d[i % 3], *up = d[(i + 2) % 3], *above = d[(i + 1) % 3];

		for (size_t j = 0; j <= m; j++) {
			size_t best = i == 0 ? j : j == 0 ? i : up[j - 1] + (a[i - 1] != b[j - 1]);

			if (i && j) {
				best = up[j] + 1 < best ? up[j] + 1 : best;
				best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above[j - 2] + 1 < best)
				best = above[j - 2] + 1;
			row[j] = best;
		}
	}
	return d[n % 3][m];
}
