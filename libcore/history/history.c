#include "history/history.h"

#include "base/alloc.h"
#include "history/format.h"
#include "history/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define T_MIN INT64_C(1)          /* 0 means "no time" */
#define T_MAX INT64_C(4102444800) /* 2100-01-01 */

struct qf_history {
	struct qf_frame frame;
	const struct qf_history_format *format; /* NULL: not known yet */
	struct qf_history_sink sink;
	const char *user;
	const struct qf_zone *zone;
	struct qf_format_state state;
	struct qf_members members;
	struct qf_arena arena;
};

/* ---- for the formats --------------------------------------------------------------------- */

struct qf_event qf_record_event(const struct qf_record *r, const char *src)
{
	struct qf_event ev = { .user = r->user, .src = src, .ms = -1 };

	return ev;
}

static enum qf_status check_time(const struct qf_event *ev, struct qf_err *e)
{
	bool timeless = ev->action == QF_ACTION_LIKE || ev->action == QF_ACTION_DISLIKE || ev->action == QF_ACTION_ADD;

	if (ev->t == 0 && timeless)
		return QF_OK;
	if (ev->t == 0)
		return qf_fail(e, QF_EFORMAT, "no time");
	if (ev->t > T_MAX && ev->t / 1000 <= T_MAX)
		return qf_fail(e, QF_EFORMAT, "the time %" PRId64 " seems to be in milliseconds; seconds are expected", ev->t);
	if (ev->t < T_MIN || ev->t > T_MAX)
		return qf_fail(e, QF_EFORMAT, "the time %" PRId64 " is not between 1970 and 2100", ev->t);
	return QF_OK;
}

enum qf_status qf_record_emit(struct qf_record *r, const struct qf_event *ev, struct qf_err *e)
{
	enum qf_status rc = check_time(ev, e);

	if (rc != QF_OK)
		return rc;
	if (!ev->user)
		return qf_fail(e, QF_EFORMAT, "no user");
	if (!ev->mbid && !ev->isrc && !ev->path && !(ev->artist && ev->title))
		return qf_fail(e, QF_EFORMAT, "nothing names the track: artist and title, path, isrc or mbid");
	rc = r->sink->event(r->sink->ctx, ev, r->line, e);
	r->stopped = rc != QF_OK;
	return rc;
}

void qf_record_bad(struct qf_record *r, size_t line, struct qf_err *why)
{
	char place[32];

	snprintf(place, sizeof place, "line %zu", line);
	qf_err_at(why, place);
	r->sink->bad(r->sink->ctx, line, why);
	memset(why, 0, sizeof *why);
}

/* ---- reading ----------------------------------------------------------------------------- */

static const struct qf_history_format *named(const char *name)
{
	for (size_t i = 0; i < qf_history_formats_n; i++)
		if (strcmp(qf_history_formats[i].name, name) == 0)
			return &qf_history_formats[i];
	return NULL;
}

static const struct qf_history_format *sniffed(struct qf_span record, bool text)
{
	for (size_t i = 0; i < qf_history_formats_n; i++)
		if (qf_history_formats[i].text == text && qf_history_formats[i].sniff(record))
			return &qf_history_formats[i];
	return NULL;
}

/* The names of all formats behind a message: "…: ndjson listenbrainz". */
static enum qf_status fail_with_names(struct qf_err *e, enum qf_status code, const char *what)
{
	char list[QF_ERR_TEXT - 100] = "";
	size_t n = 0;

	for (size_t i = 0; i < qf_history_formats_n && n < sizeof list; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, " %s", qf_history_formats[i].name);
	return qf_fail(e, code, "%s; known:%s", what, list);
}

enum qf_status qf_history_open(struct qf_history **out, const struct qf_history_opts *opts,
			       const struct qf_history_sink *sink, struct qf_err *e)
{
	const struct qf_history_format *format = opts->format ? named(opts->format) : NULL;
	struct qf_history *h;

	*out = NULL;
	if (opts->format && !format)
		return fail_with_names(e, QF_EINVAL, "no history format has this name");
	h = qf_zalloc(1, sizeof *h);
	if (!h)
		return qf_fail(e, QF_ENOMEM, "history: out of memory");
	h->frame.stream = opts->stream;
	h->frame.text = format && format->text;
	h->format = format;
	h->sink = *sink;
	h->user = opts->user;
	h->zone = opts->zone;
	*out = h;
	return QF_OK;
}

void qf_history_close(struct qf_history *h)
{
	if (!h)
		return;
	qf_frame_free(&h->frame);
	qf_buf_free(&h->state.words);
	qf_arena_free(&h->arena);
	qf_free(h);
}

const char *qf_history_format(const struct qf_history *h)
{
	return h->format ? h->format->name : NULL;
}

/* One framed record: QF_EFORMAT if it is bad. */
static enum qf_status read_record(struct qf_history *h, struct qf_record *r, struct qf_err *e)
{
	bool text = h->format ? h->format->text : h->frame.text;
	enum qf_status rc = text ? QF_OK : qf_json_check(r->body, e);

	if (rc != QF_OK)
		return rc;
	if (!text && qf_json_type(r->body) != QF_JSON_OBJECT)
		return qf_fail(e, QF_EFORMAT, "not a JSON object");
	if (!h->format)
		h->format = sniffed(r->body, text);
	if (!h->format)
		return fail_with_names(e, QF_EUNSUPPORTED, "the first record is of no history format");
	qf_arena_reset(&h->arena);
	h->members.of = NULL;
	return h->format->parse(r, e);
}

static enum qf_status drain(struct qf_history *h, bool end, struct qf_err *e)
{
	for (;;) {
		struct qf_record r = {
			.members = &h->members, .user = h->user, .zone = h->zone, .state = &h->state, .arena = &h->arena, .sink = &h->sink,
		};
		struct qf_err why = { 0 };
		enum qf_status rc = qf_frame_next(&h->frame, end, &r.body, &r.line, &why);

		if (rc == QF_OK && !r.body.p)
			return QF_OK;
		if (rc == QF_OK)
			rc = read_record(h, &r, &why);
		if (rc == QF_EFORMAT && !r.stopped) {
			qf_record_bad(&r, r.line, &why);
		} else if (rc != QF_OK) {
			if (e)
				*e = why;
			return rc;
		}
	}
}

enum qf_status qf_history_feed(struct qf_history *h, const void *p, size_t n, struct qf_err *e)
{
	enum qf_status rc = qf_frame_add(&h->frame, p, n, e);

	return rc ? rc : drain(h, false, e);
}

enum qf_status qf_history_end(struct qf_history *h, struct qf_err *e)
{
	return drain(h, true, e);
}
