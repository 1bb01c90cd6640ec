#include "playlist/m3u.h"

#include "base/text.h"
#include "playlist/place.h"

#include <inttypes.h>
#include <string.h>

bool qf_m3u_holds(const char *path)
{
	return path[strcspn(path, "\n\r")] == '\0';
}

/* Append as one line of text: runs of blanks and control characters become one blank, none at the ends. */
static void put_line(struct qf_buf *out, const char *p, size_t n)
{
	struct qf_buf clean = { 0 };
	bool gap = false;
	size_t start = out->len;

	qf_utf8_clean(&clean, p, n);
	for (size_t i = 0; i < clean.len; i++) {
		unsigned char c = (unsigned char)clean.p[i];

		if (c <= ' ' || c == 0x7F) {
			gap = true;
			continue;
		}
		if (gap && out->len > start)
			qf_buf_putc(out, ' ');
		gap = false;
		qf_buf_putc(out, clean.p[i]);
	}
	out->failed |= clean.failed;
	qf_buf_free(&clean);
}

static void put_comment(struct qf_buf *out, const char *what, const char *text)
{
	if (!text)
		return;
	qf_buf_puts(out, what);
	put_line(out, text, strlen(text));
	qf_buf_putc(out, '\n');
}

static void put_info(struct qf_buf *out, const struct qf_entry *t)
{
	struct qf_span stem = qf_place_stem(t->path);
	int64_t seconds = t->duration_ms > 0 ? t->duration_ms / 1000 + (t->duration_ms % 1000 >= 500) : -1;
	size_t start;

	qf_buf_printf(out, "#EXTINF:%" PRId64 ",", seconds);
	start = out->len;
	if (t->artist && t->title)
		put_line(out, t->artist, strlen(t->artist));
	if (out->len > start)
		qf_buf_puts(out, " - ");
	if (t->title)
		put_line(out, t->title, strlen(t->title));
	else
		put_line(out, stem.p, stem.n);
	qf_buf_putc(out, '\n');
}

enum qf_status qf_m3u_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e)
{
	struct qf_buf path = { 0 };

	qf_buf_puts(out, "#EXTM3U\n");
	put_comment(out, "#PLAYLIST:", list->title);
	put_comment(out, "#X-QFZZ:", list->note);
	for (size_t i = 0; i < list->n; i++) {
		const struct qf_entry *t = &list->entries[i];

		if (!qf_m3u_holds(t->path))
			continue;
		put_info(out, t);
		qf_buf_clear(&path);
		if (list->folder)
			qf_place_relative(&path, list->folder, t->path);
		else
			qf_buf_puts(&path, t->path);
		if (path.len && strchr("# \t", path.p[0]))
			qf_buf_puts(out, "./");
		qf_buf_put(out, path.p, path.len);
		qf_buf_putc(out, '\n');
		out->failed |= path.failed;
	}
	qf_buf_free(&path);
	return qf_buf_check(out, e);
}
