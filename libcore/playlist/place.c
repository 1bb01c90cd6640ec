#include "playlist/place.h"

#include <stdbool.h>
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

void qf_place_uri(struct qf_buf *out, const char *path)
{
	static const char as_is[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	qf_buf_puts(out, "file://");
	for (; *path; path++)
		if (strchr(as_is, *path))
			qf_buf_putc(out, *path);
		else
			qf_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
}

struct qf_span qf_place_stem(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');

	return (struct qf_span){ name, dot && dot > name ? (size_t)(dot - name) : strlen(name) };
}
