/* A playlist of what somebody likes: one path a line, each a like without a time.
 *
 * "#EXTINF:215,Artist - Title" before a path gives length and names; other lines that
 * begin with # say nothing. Paths are bytes; a file:// URL is decoded (RFC 3986,
 * section 2.1), other URLs name no track of a library. */
#include "history/format.h"

#include "base/text.h"

#include <string.h>

static bool begins(struct qf_span line, const char *with)
{
	size_t n = strlen(with);

	return line.n >= n && memcmp(line.p, with, n) == 0;
}

bool qf_m3u_sniff(struct qf_span line)
{
	return begins(line, "#EXTM3U") || begins(line, "#EXTINF:") || begins(line, "/") || begins(line, "./") ||
	       begins(line, "../") || begins(line, "file://");
}

/* Keep what an #EXTINF tells, for the path that follows. */
static void note(struct qf_record *r)
{
	const char *p = r->body.p + 8, *end = r->body.p + r->body.n, *comma = memchr(p, ',', (size_t)(end - p));

	r->state->seconds = 0;
	qf_buf_clear(&r->state->words);
	for (; p < end && *p >= '0' && *p <= '9' && r->state->seconds < 100000; p++)
		r->state->seconds = r->state->seconds * 10 + (*p - '0');
	if (comma && (size_t)(end - comma) - 1 <= QF_HISTORY_TEXT_MAX)
		qf_utf8_clean(&r->state->words, comma + 1, (size_t)(end - comma) - 1);
}

static enum qf_status names(struct qf_record *r, struct qf_event *ev, struct qf_err *e)
{
	const struct qf_buf *words = &r->state->words;
	const char *text = words->len ? qf_arena_dup(r->arena, words->p, words->len) : "", *dash;

	if (words->failed || !text)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	dash = strstr(text, " - ");
	if (!dash || dash == text || !dash[3])
		return QF_OK;
	ev->title = dash + 3;
	ev->artist = qf_arena_dup(r->arena, text, (size_t)(dash - text));
	return ev->artist ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place; false for what is no byte of a path. */
static bool decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		int high, low;

		if (*s != '%') {
			*to++ = *s;
			continue;
		}
		high = hex(s[1]);
		low = high < 0 ? -1 : hex(s[2]);
		if (low < 0 || high * 16 + low == 0)
			return false;
		*to++ = (char)(high * 16 + low);
		s += 2;
	}
	*to = '\0';
	return true;
}

static enum qf_status path_of(struct qf_record *r, const char **out, struct qf_err *e)
{
	static const char scheme[] = "file://";
	bool url = begins(r->body, scheme);
	size_t skip = url ? sizeof scheme - 1 : 0;
	char *path, *host;

	if (r->body.n > QF_HISTORY_TEXT_MAX || memchr(r->body.p, '\0', r->body.n))
		return qf_fail(e, QF_EFORMAT, "no path: it is too long, or holds a NUL");
	path = qf_arena_dup(r->arena, r->body.p + skip, r->body.n - skip);
	if (!path)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (url) { /* a host, mostly empty, stands before the path */
		host = strchr(path, '/');
		if (!host || !decode(host))
			return qf_fail(e, QF_EFORMAT, "a file:// URL without a path");
		path = host;
	} else if (strstr(path, "://")) {
		return qf_fail(e, QF_EFORMAT, "a URL, not a file of a library");
	}
	*out = path;
	return QF_OK;
}

enum qf_status qf_m3u_parse(struct qf_record *r, struct qf_err *e)
{
	struct qf_event ev = qf_record_event(r, "m3u");
	enum qf_status rc;

	if (!r->state->begun && begins(r->body, "\xEF\xBB\xBF")) {
		r->body.p += 3;
		r->body.n -= 3;
	}
	r->state->begun = true;
	if (begins(r->body, "#EXTINF:"))
		note(r);
	if (begins(r->body, "#"))
		return QF_OK;
	ev.action = QF_ACTION_LIKE;
	ev.dur_ms = r->state->seconds * 1000;
	rc = path_of(r, &ev.path, e);
	if (rc == QF_OK)
		rc = names(r, &ev, e);
	r->state->seconds = 0;
	qf_buf_clear(&r->state->words);
	return rc == QF_OK ? qf_record_emit(r, &ev, e) : rc;
}
