#include "playlist/line.h"

#include "base/text.h"
#include "playlist/place.h"

#include <string.h>

void qf_line_text(struct qf_buf *out, const char *p, size_t n)
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

void qf_line_names(struct qf_buf *out, const struct qf_entry *t)
{
	struct qf_span stem = qf_place_stem(t->path);
	size_t start = out->len;

	if (t->artist && t->title)
		qf_line_text(out, t->artist, strlen(t->artist));
	if (out->len > start)
		qf_buf_puts(out, " - ");
	if (t->title)
		qf_line_text(out, t->title, strlen(t->title));
	else
		qf_line_text(out, stem.p, stem.n);
}

int64_t qf_line_seconds(const struct qf_entry *t)
{
	return t->duration_ms > 0 ? t->duration_ms / 1000 + (t->duration_ms % 1000 >= 500) : -1;
}
