/* history.h - what a history gives, as text that a test can read. */
#ifndef TESTS_UNIT_HISTORY_H
#define TESTS_UNIT_HISTORY_H

#include "unit.h"

#include "history/history.h"

#include <stdio.h>
#include <string.h>

/* What came out, as text: an event or a complaint a line. */
struct seen {
	struct qf_buf text;
	size_t refuse_at, events; /* the sink fails at this event, 0: never */
};

static inline enum qf_status on_event(void *ctx, const struct qf_event *ev, size_t line, struct qf_err *e)
{
	struct seen *s = ctx;
	const struct { const char *name, *value; } texts[] = {
		{ "artist", ev->artist }, { "title", ev->title }, { "album", ev->album }, { "mbid", ev->mbid },
		{ "isrc", ev->isrc }, { "path", ev->path },
	};

	if (++s->events == s->refuse_at)
		return qf_fail(e, QF_EIO, "the disk is full");
	qf_buf_printf(&s->text, "%zu: %s %s %lld %s", line, ev->src, ev->user, (long long)ev->t, qf_action_name(ev->action));
	if (ev->ms >= 0)
		qf_buf_printf(&s->text, " ms=%lld", (long long)ev->ms);
	if (ev->dur_ms)
		qf_buf_printf(&s->text, " dur=%lld", (long long)ev->dur_ms);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].value)
			qf_buf_printf(&s->text, " %s=%s", texts[i].name, texts[i].value);
	if (ev->derived)
		qf_buf_puts(&s->text, " (derived)");
	if (ev->precision_s)
		qf_buf_printf(&s->text, " (within %d s)", ev->precision_s);
	if (ev->zoned)
		qf_buf_printf(&s->text, " (%+d s)", ev->offset_s);
	qf_buf_putc(&s->text, '\n');
	return QF_OK;
}

static inline void on_bad(void *ctx, size_t line, const struct qf_err *why)
{
	struct seen *s = ctx;

	(void)line;
	qf_buf_printf(&s->text, "%s\n", why->text);
}

/* Read a text in pieces of `piece` bytes. */
static inline enum qf_status read_in(const char *text, size_t piece, const struct qf_history_opts *opts, struct seen *s,
			      struct qf_err *e)
{
	const struct qf_history_sink sink = { on_event, on_bad, s };
	struct qf_history *h;
	enum qf_status rc = qf_history_open(&h, opts, &sink, e);
	size_t n = strlen(text);

	for (size_t i = 0; rc == QF_OK && i < n; i += piece)
		rc = qf_history_feed(h, text + i, n - i < piece ? n - i : piece, e);
	if (rc == QF_OK)
		rc = qf_history_end(h, e);
	qf_history_close(h);
	return rc;
}

/* The text gives exactly this, whole, byte by byte and in between. */
static inline void gives_with(const char *text, const struct qf_history_opts *opts, const char *expected)
{
	static const size_t pieces[] = { 1, 7, 1 << 20 };

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct seen s = { 0 };
		struct qf_err e = { 0 };

		if (read_in(text, pieces[i], opts, &s, &e) != QF_OK)
			fail_msg("%s", e.text);
		assert_string_equal(s.text.p ? s.text.p : "", expected);
		qf_buf_free(&s.text);
	}
}

static inline void gives(const char *text, const char *expected)
{
	const struct qf_history_opts opts = { .user = "me" };

	gives_with(text, &opts, expected);
}

#endif
