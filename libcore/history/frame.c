#define _GNU_SOURCE
#include "history/frame.h"

#include <string.h>

enum { WRAPPER = 4096 };

enum qf_status qf_frame_add(struct qf_frame *f, const void *p, size_t n, struct qf_err *e)
{
	if (f->dead)
		return QF_OK;
	if (f->at) {
		qf_buf_consume(&f->buf, f->at);
		f->at = 0;
	}
	qf_buf_put(&f->buf, p, n);
	return qf_buf_check(&f->buf, e);
}

void qf_frame_free(struct qf_frame *f)
{
	qf_buf_free(&f->buf);
}

static struct qf_span unread(const struct qf_frame *f)
{
	struct qf_span s = { f->buf.p ? f->buf.p + f->at : "", f->buf.len - f->at };

	return s;
}

/* Hand out n bytes: they are behind us, with the newlines in them. */
static void take(struct qf_frame *f, size_t n)
{
	const char *p = unread(f).p;

	for (size_t i = 0; i < n; i++)
		f->lines += p[i] == '\n';
	f->at += n;
	f->seen = 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct qf_span trim(struct qf_span s)
{
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	while (s.n && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

static void skip_space(struct qf_frame *f)
{
	struct qf_span s = unread(f);
	size_t n = 0;

	while (n < s.n && is_space(s.p[n]))
		n++;
	if (n)
		take(f, n);
}

/* Where the list of an object that wraps one begins, in its first bytes; 0: nowhere. */
static size_t wrapped_list(struct qf_span s)
{
	static const char key[] = "\"scrobbles\"";
	const char *at = s.n < sizeof key ? NULL : memmem(s.p, s.n < WRAPPER ? s.n : WRAPPER, key, sizeof key - 1);
	size_t n;

	if (!at)
		return 0;
	n = (size_t)(at - s.p) + sizeof key - 1;
	while (n < s.n && (is_space(s.p[n]) || s.p[n] == ':'))
		n++;
	return n < s.n && s.p[n] == '[' ? n : 0;
}

/* One object: on this line, over several, or around a list. False while the bytes do not tell. */
static bool decide_object(struct qf_frame *f, bool end)
{
	struct qf_span s = unread(f), first;
	const char *nl = memchr(s.p, '\n', s.n);
	bool goes_on = false; /* the first line is no whole object */
	size_t list;

	if (nl) {
		first = trim((struct qf_span){ s.p, (size_t)(nl - s.p) });
		goes_on = strchr("{[,:", first.p[first.n - 1]) != NULL;
	}
	list = wrapped_list(nl && !goes_on ? first : s);
	if (!list && !end && (nl ? goes_on && s.n <= WRAPPER + 64 : s.n <= QF_HISTORY_RECORD_MAX))
		return false;
	f->layout = list || goes_on ? QF_FRAME_VALUES : QF_FRAME_LINES;
	f->within = list > 0;
	if (list)
		take(f, list);
	return true;
}

/* Set the layout once the bytes tell it; false while they do not. */
static bool decide(struct qf_frame *f, bool end)
{
	struct qf_span s = unread(f);

	if (!f->started) {
		if (s.n < 3 && !end)
			return false;
		if (s.n >= 3 && memcmp(s.p, "\xEF\xBB\xBF", 3) == 0)
			take(f, 3);
		f->started = true;
	}
	if (!f->text)
		skip_space(f);
	s = unread(f);
	if (s.n == 0)
		return false;
	if (!f->text && s.p[0] == '{')
		return decide_object(f, end);
	f->layout = !f->text && s.p[0] == '[' ? QF_FRAME_VALUES : QF_FRAME_LINES;
	f->text |= f->layout == QF_FRAME_LINES;
	return true;
}

/* ---- lines ------------------------------------------------------------------------------- */

/* A line past the limit is thrown away as it comes; its error is told once its end is found. */
static enum qf_status long_line(struct qf_frame *f, const char *nl, bool end, struct qf_err *e)
{
	struct qf_span s = unread(f);

	f->dropping = !nl && !end;
	take(f, nl ? (size_t)(nl - s.p) + 1 : s.n);
	if (f->dropping)
		return QF_OK;
	return qf_fail(e, QF_EFORMAT, "longer than %zu bytes", QF_HISTORY_RECORD_MAX);
}

static enum qf_status next_line(struct qf_frame *f, bool end, struct qf_span *record, size_t *line, struct qf_err *e)
{
	for (;;) {
		struct qf_span s = unread(f), text;
		const char *nl = s.n > f->seen ? memchr(s.p + f->seen, '\n', s.n - f->seen) : NULL;

		*line = f->lines + 1;
		if (f->dropping || (nl ? (size_t)(nl - s.p) : s.n) > QF_HISTORY_RECORD_MAX)
			return long_line(f, nl, end, e);
		if (!nl && !end) {
			f->seen = s.n;
			return QF_OK;
		}
		if (s.n == 0)
			return QF_OK;
		text = (struct qf_span){ s.p, nl ? (size_t)(nl - s.p) : s.n };
		if (!f->text || trim(text).n == 0)
			text = trim(text);
		else if (text.p[text.n - 1] == '\r')
			text.n--;
		take(f, nl ? (size_t)(nl - s.p) + 1 : s.n);
		if (text.n && !nl && f->stream)
			return qf_fail(e, QF_EFORMAT, "the stream stops without a newline");
		if (text.n) {
			*record = text;
			return QF_OK;
		}
	}
}

/* ---- values ------------------------------------------------------------------------------ */

/* Look at the bytes of an object that were not looked at yet; true when its last brace is found. */
static bool scan_object(struct qf_frame *f)
{
	struct qf_span s = unread(f);

	while (f->seen < s.n) {
		char c = s.p[f->seen++];

		if (f->in_string) {
			if (f->escaped)
				f->escaped = false;
			else if (c == '\\')
				f->escaped = true;
			else if (c == '"')
				f->in_string = false;
		} else if (c == '"') {
			f->in_string = true;
		} else if (c == '{') {
			f->braces++;
		} else if (c == '}' && --f->braces == 0) {
			return true;
		}
	}
	return false;
}

/* Without the end of this object nothing behind it can be told apart. */
static enum qf_status give_up(struct qf_frame *f, const char *why, struct qf_err *e)
{
	take(f, unread(f).n);
	f->dead = true;
	return qf_fail(e, QF_EFORMAT, "%s", why);
}

static enum qf_status next_object(struct qf_frame *f, bool end, struct qf_span *record, struct qf_err *e)
{
	bool whole = scan_object(f);
	struct qf_span s = unread(f);

	if (whole && f->seen <= QF_HISTORY_RECORD_MAX) {
		*record = (struct qf_span){ s.p, f->seen };
		take(f, f->seen);
		return QF_OK;
	}
	if (f->seen > QF_HISTORY_RECORD_MAX)
		return give_up(f, "a record that does not end within 16 MiB; what follows was not read", e);
	return end ? give_up(f, "the file stops inside this record", e) : QF_OK;
}

/* Something between the objects that is no object: over it, up to what may be one. */
static enum qf_status skip_other(struct qf_frame *f, bool end, struct qf_err *e)
{
	struct qf_span s = unread(f);
	size_t n = 1;

	while (n < s.n && !is_space(s.p[n]) && !strchr("{[],", s.p[n]))
		n++;
	if (n == s.n && !end && n <= QF_HISTORY_RECORD_MAX)
		return QF_OK; /* its end is still to come */
	take(f, n);
	return qf_fail(e, QF_EFORMAT, "not a JSON object");
}

static enum qf_status next_value(struct qf_frame *f, bool end, struct qf_span *record, size_t *line, struct qf_err *e)
{
	for (;;) {
		struct qf_span s;

		if (!f->braces)
			skip_space(f);
		s = unread(f);
		*line = f->lines + 1;
		if (f->dead || (s.n == 0 && !end))
			return QF_OK;
		if (s.n == 0 && f->arrays)
			return give_up(f, "the file stops before its list ends", e);
		if (s.n == 0)
			return QF_OK;
		if (s.p[0] == '{')
			return next_object(f, end, record, e);
		if (s.p[0] == '[')
			f->arrays++;
		else if (s.p[0] == ']' && f->arrays)
			f->arrays--;
		else if (s.p[0] != ',')
			return skip_other(f, end, e);
		take(f, 1);
		if (f->within && !f->arrays) { /* the list has ended */
			take(f, unread(f).n);
			f->dead = true;
		}
	}
}

enum qf_status qf_frame_next(struct qf_frame *f, bool end, struct qf_span *record, size_t *line, struct qf_err *e)
{
	*record = (struct qf_span){ NULL, 0 };
	*line = f->lines + 1;
	if (f->layout == QF_FRAME_UNDECIDED && !decide(f, end))
		return QF_OK;
	return f->layout == QF_FRAME_LINES ? next_line(f, end, record, line, e) : next_value(f, end, record, line, e);
}
