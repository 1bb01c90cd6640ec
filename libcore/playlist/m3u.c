#include "playlist/m3u.h"

#include "playlist/annotate.h"
#include "playlist/line.h"
#include "playlist/spelling.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- writing ---------------------------------------------------------------------------------- */

enum qf_status qf_m3u_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e)
{
	const char *end = qf_line_end(list);

	qf_buf_printf(out, "#EXTM3U%s", end);
	qf_line_keyed(out, "#PLAYLIST:", list->title, end);
	qf_line_keyed(out, "#X-QFZZ:", list->note, end);
	for (size_t i = 0; i < list->n; i++) {
		if (qf_line_refuses(list, i))
			continue;
		qf_buf_printf(out, "#EXTINF:%" PRId64 ",", qf_line_seconds(&list->entries[i]));
		qf_line_names(out, &list->entries[i]);
		qf_buf_puts(out, end);
		if (list->profile && list->profile->annotated)
			qf_annotate_put(out, list, i);
		qf_line_put(out, list, i);
		qf_buf_puts(out, end);
	}
	return qf_buf_check(out, e);
}

/* ---- reading ---------------------------------------------------------------------------------- */

static bool behind(struct qf_span *line, const char *start)
{
	size_t n = strlen(start);

	if (line->n < n || memcmp(line->p, start, n) != 0)
		return false;
	line->p += n;
	line->n -= n;
	return true;
}

/* "215 id="1,2",Artist - Title" */
static bool read_info(struct qf_reading *to, struct qf_entry *t, struct qf_span info)
{
	bool quoted = false;

	t->duration_ms = 1000 * qf_reading_number(info, QF_READING_LONGEST_S);
	for (; info.n && (quoted || *info.p != ','); info.p++, info.n--)
		quoted ^= *info.p == '"';
	if (!info.n)
		return true;
	return qf_reading_names(to, t, (struct qf_span){ info.p + 1, info.n - 1 });
}

/* What a comment says of the next entry, or of the list. */
static bool read_comment(struct qf_reading *to, struct qf_entry *t, struct qf_span line)
{
	if (behind(&line, "#EXTINF:"))
		return read_info(to, t, line);
	if (behind(&line, "#EXTART:"))
		return t->artist || qf_reading_text(to, &t->artist, line);
	if (behind(&line, "#EXTALB:"))
		return qf_reading_text(to, &t->album, line);
	if (behind(&line, "#PLAYLIST:"))
		return qf_reading_text(to, &to->title, line);
	if (behind(&line, "#X-QFZZ:"))
		return qf_reading_text(to, &to->note, line);
	return true;
}

enum qf_status qf_m3u_read(struct qf_reading *to, struct qf_span text, struct qf_err *e)
{
	static const struct qf_entry unknown = { .tempo_bpm = NAN, .energy = NAN, .score = NAN, .trust = NAN, .quality = NAN };
	struct qf_entry next = unknown, *t;
	struct qf_span line;
	bool ok = true;

	while (ok && qf_reading_line(&text, &line)) {
		if (line.n && *line.p == '#') {
			ok = read_comment(to, &next, line);
		} else if (line.n) {
			qf_annotate_read(to, &next, &line);
			ok = qf_reading_bytes(to, &next.path, line) && (!next.path || (t = qf_reading_add(to)) != NULL);
			if (ok && next.path)
				*t = next;
			next = unknown;
		}
	}
	return ok ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu entries", to->n);
}
