#include "playlist/place.h"

#include "base/text.h"

#include <string.h>

/* The next component of a path, empty at its end; *rest moves behind it. */
static struct qf_span component(const char **rest)
{
	struct qf_span c;

	do {
		*rest += strspn(*rest, "/");
		c = (struct qf_span){ *rest, strcspn(*rest, "/") };
		*rest += c.n;
	} while (c.n == 1 && *c.p == '.');
	return c;
}

static bool same(struct qf_span a, struct qf_span b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static bool climbs(const char *path)
{
	struct qf_span c;

	while ((c = component(&path)).n)
		if (c.n == 2 && memcmp(c.p, "..", 2) == 0)
			return true;
	return false;
}

void qf_place_relative(struct qf_buf *out, const char *folder, const char *path)
{
	const char *from = folder, *to = path, *next_from = from, *next_to = to;
	struct qf_span a = component(&next_from), b = component(&next_to);
	size_t start = out->len;

	if (*path != '/' || *folder != '/') {
		qf_buf_puts(out, path);
		return;
	}
	while (a.n && same(a, b)) {
		from = next_from;
		to = next_to;
		a = component(&next_from);
		b = component(&next_to);
	}
	if (climbs(from)) {
		qf_buf_puts(out, path);
		return;
	}
	for (; component(&from).n;)
		qf_buf_puts(out, out->len > start ? "/.." : "..");
	while ((b = component(&to)).n) {
		if (out->len > start)
			qf_buf_putc(out, '/');
		qf_buf_put(out, b.p, b.n);
	}
	if (out->len == start)
		qf_buf_putc(out, '.');
}

void qf_place_escape(struct qf_buf *out, const char *path, size_t n)
{
	static const char as_is[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	for (size_t i = 0; i < n; i++)
		if (path[i] && strchr(as_is, path[i]))
			qf_buf_putc(out, path[i]);
		else
			qf_buf_printf(out, "%%%02X", (unsigned)(unsigned char)path[i]);
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool qf_place_unescape(struct qf_buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = i + 2 < n ? hex(text[i + 1]) : -1, low = high < 0 ? -1 : hex(text[i + 2]);

		if (text[i] != '%') {
			qf_buf_putc(out, text[i]);
			continue;
		}
		if (low < 0 || high * 16 + low == 0)
			return false;
		qf_buf_putc(out, (char)(high * 16 + low));
		i += 2;
	}
	return true;
}

void qf_place_uri(struct qf_buf *out, const char *path)
{
	qf_buf_puts(out, "file://");
	qf_place_escape(out, path, strlen(path));
}

bool qf_place_is_url(const char *place)
{
	size_t n = strspn(place, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

	return n > 1 && strncmp(place + n, "://", 3) == 0;
}

/* ---- what a place may mean ----------------------------------------------------------------- */

/* One reading of the text: slashed, resolved. False when it says nothing new. */
static bool spell(struct qf_buf *out, const char *place, bool slashed, bool resolved)
{
	if (slashed && !strchr(place, '\\'))
		return false;
	if (resolved && (!strchr(place, '%') || !qf_place_unescape(out, place, strlen(place))))
		return false;
	if (!resolved)
		qf_buf_puts(out, place);
	for (size_t i = 0; slashed && i < out->len; i++)
		if (out->p[i] == '\\')
			out->p[i] = '/';
	return true;
}

/* The path of a file:// URI, behind the host; resolved. */
static bool spell_uri(struct qf_buf *out, const char *uri)
{
	const char *path = strchr(uri + strlen("file://"), '/');

	return path && qf_place_unescape(out, path, strlen(path));
}

/* Behind `folder`, or as it is where it is absolute. Only what stands in front climbs. */
static void put_absolute(struct qf_buf *out, const char *folder, const char *place)
{
	size_t up = strlen(folder);
	const char *rest = place;
	struct qf_span c;

	if (*place == '/') {
		qf_buf_puts(out, place);
		return;
	}
	while (rest = place, c = component(&rest), c.n == 2 && memcmp(c.p, "..", 2) == 0) {
		while (up && folder[up - 1] == '/')
			up--;
		while (up && folder[up - 1] != '/')
			up--;
		place = rest;
	}
	while (up && folder[up - 1] == '/')
		up--;
	qf_buf_put(out, folder, up);
	qf_buf_putc(out, '/');
	while (*place == '/' || (*place == '.' && place[1] == '/'))
		place++;
	qf_buf_puts(out, place);
}

bool qf_place_guess(struct qf_buf *out, const char *folder, const char *place, bool escaped, unsigned nth)
{
	unsigned how = nth / 3 ^ (escaped ? 2 : 0), form = nth % 3;
	struct qf_buf text = { 0 }, normal = { 0 };
	bool uri = strncmp(place, "file://", 7) == 0, some;

	if (uri)
		some = nth < 3 && spell_uri(&text, place);
	else
		some = !qf_place_is_url(place) && spell(&text, place, how & 1, how & 2);
	if (some && form) {
		some = qf_text_normalize(&normal, text.p ? text.p : "", text.len, form == 1) &&
		       (normal.len != text.len || memcmp(normal.p, text.p, text.len) != 0);
	}
	if (some && (form ? normal.len : text.len))
		put_absolute(out, folder, form ? normal.p : text.p);
	else
		some = false;
	out->failed |= text.failed || normal.failed;
	qf_buf_free(&text);
	qf_buf_free(&normal);
	return some;
}

struct qf_span qf_place_stem(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');

	return (struct qf_span){ name, dot && dot > name ? (size_t)(dot - name) : strlen(name) };
}
