#include "station/hls_lint.h"

#include "base/alloc.h"
#include "base/text.h"
#include "station/hls_tags.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the report ---------------------------------------------------------------------------------- */

static int by_line(const void *x, const void *y)
{
	const struct qf_hls_finding *a = x, *b = y;

	return (a->line > b->line) - (a->line < b->line);
}

static bool grow(void **p, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap ? 2 * *cap : 16;
	void *q = n < *cap ? *p : qf_realloc(*p, want, size);

	if (!q)
		return false;
	if (n >= *cap)
		*cap = want;
	*p = q;
	return true;
}

static bool add_finding(struct qf_hls_report *r, size_t line, bool must, const char *section, const char *fmt, va_list list)
{
	char text[512];
	int n = snprintf(text, sizeof text, "line %zu: ", line);
	struct qf_buf clean = { 0 };
	char *copy;

	vsnprintf(text + n, sizeof text - (size_t)n, fmt, list);
	qf_utf8_clean(&clean, text, strlen(text)); /* a value may have been cut within a character */
	copy = clean.failed ? NULL : qf_arena_dup(&r->texts, clean.p, clean.len);
	qf_buf_free(&clean);
	if (!copy || !grow((void **)&r->finding, &r->cap, r->n, sizeof *r->finding))
		return false;
	r->finding[r->n++] = (struct qf_hls_finding){ line, must, section, copy };
	r->musts += must;
	return true;
}

enum qf_status qf_hls_find(struct qf_hls_report *r, size_t line, bool must, const char *section, struct qf_err *e, const char *fmt, ...)
{
	va_list list;
	bool ok;

	va_start(list, fmt);
	ok = add_finding(r, line, must, section, fmt, list);
	va_end(list);
	for (size_t i = r->n - 1; ok && i > 0 && by_line(&r->finding[i - 1], &r->finding[i]) > 0; i--) {
		struct qf_hls_finding f = r->finding[i];

		r->finding[i] = r->finding[i - 1];
		r->finding[i - 1] = f;
	}
	return ok ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for findings");
}

void qf_hls_report_free(struct qf_hls_report *r)
{
	qf_free(r->finding);
	qf_free(r->entry);
	qf_arena_free(&r->texts);
	*r = (struct qf_hls_report){ 0 };
}

void qf_hls_break(struct qf_hls_reader *l, size_t line, bool must, const char *section, const char *fmt, ...)
{
	va_list list;

	if (l->report->n >= QF_HLS_FINDINGS)
		return;
	va_start(list, fmt);
	l->failed |= !add_finding(l->report, line, must, section, fmt, list);
	va_end(list);
}

/* NULL: out of memory. */
static struct qf_hls_entry *add_entry(struct qf_hls_reader *l, struct qf_span uri)
{
	struct qf_hls_report *r = l->report;
	char *copy = qf_arena_dup(&r->texts, uri.p, uri.n);

	if (!copy || !grow((void **)&r->entry, &r->cap_entries, r->n_entries, sizeof *r->entry)) {
		l->failed = true;
		return NULL;
	}
	r->entry[r->n_entries] = (struct qf_hls_entry){ .line = l->line, .uri = copy, .bytes = -1 };
	return &r->entry[r->n_entries++];
}

/* ---- lines ------------------------------------------------------------------------------------------ */

/* RFC 8216, 4.1: lines end in LF or CRLF; the last one may end with the text. */
static bool next_line(struct qf_span *rest, struct qf_span *line)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : rest->n;

	if (!rest->n)
		return false;
	*line = (struct qf_span){ rest->p, n };
	rest->p += n + (end != NULL);
	rest->n -= n + (end != NULL);
	if (end && line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static void check_bytes(struct qf_hls_reader *l, struct qf_span line)
{
	if (!qf_utf8_valid(line.p, line.n))
		qf_hls_break(l, l->line, true, "4.1", "this is not UTF-8");
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i], next = i + 1 < line.n ? (unsigned char)line.p[i + 1] : 0;

		if (c < ' ' || c == 0x7F || (c == 0xC2 && next >= 0x80 && next < 0xA0)) {
			qf_hls_break(l, l->line, true, "4.1", "a control character, 0x%02X, stands in it", c == 0xC2 ? next : c);
			return;
		}
	}
}

static void check_start(struct qf_hls_reader *l, struct qf_span *line)
{
	if (line->n >= 3 && memcmp(line->p, "\xEF\xBB\xBF", 3) == 0) {
		qf_hls_break(l, 1, true, "4.1", "it begins with a byte order mark");
		line->p += 3;
		line->n -= 3;
	}
	if (line->n != 7 || memcmp(line->p, "#EXTM3U", 7) != 0)
		qf_hls_break(l, 1, true, "4.3.1.1", "a playlist begins with #EXTM3U");
}

/* A segment of a Media Playlist, a rendition of a Master Playlist. */
static void read_uri(struct qf_hls_reader *l, struct qf_span uri)
{
	struct qf_hls_entry *x = add_entry(l, uri);
	struct qf_hls_next *next = &l->next;

	if (memchr(uri.p, ' ', uri.n))
		qf_hls_break(l, l->line, true, "4.1", "a URI with a blank in it");
	if (next->stream_line && next->info_line)
		qf_hls_break(l, l->line, true, "4.1", "both #EXTINF and #EXT-X-STREAM-INF stand before it");
	else if (!next->stream_line && !next->info_line)
		qf_hls_break(l, l->line, true, l->report->master ? "4.3.4.2" : "4.3.2.1", "no %s stands before this URI",
			     l->report->master ? "#EXT-X-STREAM-INF" : "#EXTINF");
	if (next->range_line && next->range_from < 0 && !(l->ranged && strlen(l->ranged) == uri.n && memcmp(l->ranged, uri.p, uri.n) == 0))
		qf_hls_break(l, next->range_line, true, "4.3.2.2", "a byte range without a beginning follows no other range of the same file");
	if (x) {
		x->seconds = next->seconds;
		x->bandwidth = next->bandwidth;
		x->average_bandwidth = next->average_bandwidth;
		x->bytes = next->range_line ? next->range_bytes : -1;
		l->ranged = next->range_line ? x->uri : NULL;
	}
	l->segments += next->info_line != 0;
	*next = (struct qf_hls_next){ 0 };
}

/* A rendition's URI follows its tag at once. */
static void read_line(struct qf_hls_reader *l, struct qf_span line)
{
	bool tag = line.n >= 4 && memcmp(line.p, "#EXT", 4) == 0, uri = line.n && *line.p != '#';

	if (l->next.stream_line && !uri && line.n && tag) {
		qf_hls_break(l, l->next.stream_line, true, "4.3.4.2", "no URI follows this #EXT-X-STREAM-INF");
		l->next.stream_line = 0;
	}
	if (tag)
		qf_hls_read_tag(l, line);
	else if (uri)
		read_uri(l, line);
}

/* ---- the end ------------------------------------------------------------------------------------------ */

static void check_versions(struct qf_hls_reader *l)
{
	for (size_t v = QF_HLS_VERSIONS; v-- > 2;)
		if (l->calls_for[v].line) {
			if (l->version < (int64_t)v)
				qf_hls_break(l, l->calls_for[v].line, true, "7", "%s calls for #EXT-X-VERSION:%zu, not %" PRId64, l->calls_for[v].what, v,
					     l->version);
			return;
		}
}

static void check_lengths(struct qf_hls_reader *l)
{
	const struct qf_hls_report *r = l->report;

	for (size_t i = 0; i < r->n_entries; i++)
		if (r->entry[i].seconds >= (double)r->target_s + 0.5)
			qf_hls_break(l, r->entry[i].line, true, "4.3.3.1", "a segment of %g s, with a target duration of %" PRId64 " s", r->entry[i].seconds,
				     r->target_s);
}

static void check_end(struct qf_hls_reader *l)
{
	struct qf_hls_report *r = l->report;

	if (l->next.info_line)
		qf_hls_break(l, l->next.info_line, true, "4.3.2.1", "no URI follows this #EXTINF");
	if (l->next.stream_line)
		qf_hls_break(l, l->next.stream_line, true, "4.3.4.2", "no URI follows this #EXT-X-STREAM-INF");
	if (r->master) {
		qf_hls_check_groups(l);
	} else if (!l->target_line) {
		qf_hls_break(l, l->line ? l->line : 1, true, "4.3.3.1", "a Media Playlist says its #EXT-X-TARGETDURATION");
	} else {
		check_lengths(l);
	}
	check_versions(l);
}

enum qf_status qf_hls_lint(struct qf_span text, struct qf_hls_report *r, struct qf_err *e)
{
	struct qf_hls_reader l = { .report = r, .version = 1 };
	struct qf_span line;

	*r = (struct qf_hls_report){ 0 };
	if (!text.n)
		qf_hls_break(&l, 1, true, "4.3.1.1", "a playlist begins with #EXTM3U");
	while (!l.failed && r->n < QF_HLS_FINDINGS && next_line(&text, &line)) {
		l.line++;
		check_bytes(&l, line);
		if (l.line == 1)
			check_start(&l, &line);
		read_line(&l, line);
	}
	if (l.line)
		check_end(&l);
	qf_hls_reader_free(&l);
	if (r->n > 1)
		qsort(r->finding, r->n, sizeof *r->finding, by_line);
	return l.failed ? qf_fail(e, QF_ENOMEM, "out of memory for a playlist of %zu lines", l.line) : QF_OK;
}
