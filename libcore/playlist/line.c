#include "playlist/line.h"

#include "base/text.h"
#include "playlist/place.h"

#include <string.h>

/* Append as one line: runs of blanks and control characters become one blank, none at the ends. */
static void put_text(struct qf_buf *out, const char *p, size_t n)
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

void qf_line_keyed(struct qf_buf *out, const char *key, const char *text, const char *end)
{
	struct qf_buf line = { 0 };

	if (text)
		put_text(&line, text, strlen(text));
	if (line.len)
		qf_buf_printf(out, "%s%s%s", key, line.p, end);
	out->failed |= line.failed;
	qf_buf_free(&line);
}

void qf_line_names(struct qf_buf *out, const struct qf_entry *t)
{
	struct qf_span stem = qf_place_stem(t->path);
	struct qf_buf artist = { 0 }, title = { 0 };

	if (t->title)
		put_text(&title, t->title, strlen(t->title));
	if (t->artist && title.len)
		put_text(&artist, t->artist, strlen(t->artist));
	if (artist.len)
		qf_buf_printf(out, "%s - ", artist.p);
	if (title.len)
		qf_buf_put(out, title.p, title.len);
	else
		put_text(out, stem.p, stem.n);
	out->failed |= artist.failed || title.failed;
	qf_buf_free(&artist);
	qf_buf_free(&title);
}

int64_t qf_line_seconds(const struct qf_entry *t)
{
	if (t->duration_ms <= 0)
		return -1;
	return t->duration_ms < 1500 ? 1 : t->duration_ms / 1000 + (t->duration_ms % 1000 >= 500);
}
