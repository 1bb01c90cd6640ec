#include "base/text.h"

#include "base/alloc.h"

#include <stdlib.h>
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

static void put_words(struct qf_buf *out, const char *p, size_t n)
{
	bool gap = false, any = false;

	for (size_t i = 0, k; i < n; i += k) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)p + i, (utf8proc_ssize_t)(n - i), &cp);

		k = len > 0 ? (size_t)len : 1;
		if (len <= 0 || !is_word(cp)) {
			gap = any;
			continue;
		}
		if (gap)
			qf_buf_putc(out, ' ');
		gap = false;
		any = true;
		qf_buf_put(out, p + i, k);
	}
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
	const int how = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
	struct qf_buf clean = { 0 };
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t len;
	size_t was = out->len;

	if (fold_ascii(out, p, n))
		return qf_buf_check(out, e);
	qf_utf8_clean(&clean, p, n);
	if (qf_buf_check(&clean, e)) {
		qf_buf_free(&clean);
		return QF_ENOMEM;
	}
	len = utf8proc_map((const utf8proc_uint8_t *)(clean.p ? clean.p : ""), (utf8proc_ssize_t)clean.len, &mapped,
			   (utf8proc_option_t)how);
	if (len >= 0)
		put_words(out, (const char *)mapped, (size_t)len);
	if (len >= 0 && out->len == was) { /* "!!!" is a name too */
		size_t a = 0, z = clean.len;

		while (a < z && clean.p[a] == ' ')
			a++;
		while (z > a && clean.p[z - 1] == ' ')
			z--;
		qf_buf_put(out, clean.len ? clean.p + a : "", z - a);
	}
	free(mapped);
	qf_buf_free(&clean);
	if (len < 0)
		return qf_fail(e, QF_ENOMEM, "cannot fold a text of %zu bytes: %s", n, utf8proc_errmsg(len));
	return qf_buf_check(out, e);
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
