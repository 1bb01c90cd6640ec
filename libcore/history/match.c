#include "history/match.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

const char *qf_match_key_name(enum qf_match_key key)
{
	static const char *const names[] = {
		[QF_MATCH_MBID] = "mbid",
		[QF_MATCH_ISRC] = "isrc",
		[QF_MATCH_PATH] = "path",
		[QF_MATCH_NAMES] = "names",
		[QF_MATCH_NONE] = "none",
	};

	return names[key];
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* The nearest in length among those whose length is known; NULL: none is, or the event's is not. */
static const struct qf_candidate *nearest(const struct qf_candidate *v, size_t n, int64_t dur_ms)
{
	const struct qf_candidate *best = NULL;

	for (size_t i = 0; dur_ms && i < n; i++)
		if (v[i].duration_ms &&
		    (!best || distance(v[i].duration_ms, dur_ms) < distance(best->duration_ms, dur_ms)))
			best = &v[i];
	return best;
}

static bool one_length(const struct qf_candidate *v, size_t n)
{
	int64_t low = v[0].duration_ms, high = low;

	for (size_t i = 0; i < n; i++) {
		if (!v[i].duration_ms)
			return n == 1;
		low = v[i].duration_ms < low ? v[i].duration_ms : low;
		high = v[i].duration_ms > high ? v[i].duration_ms : high;
	}
	return high - low <= QF_MATCH_TOLERANCE_MS;
}

int64_t qf_match_choose(const struct qf_candidate *v, size_t n, int64_t dur_ms)
{
	const struct qf_candidate *best = nearest(v, n, dur_ms);

	if (n == 0)
		return 0;
	if (best)
		return distance(best->duration_ms, dur_ms) <= QF_MATCH_TOLERANCE_MS ? best->id : 0;
	return one_length(v, n) ? v[0].id : 0;
}

/* Every track with this id is the same recording, so one of them is always right. */
static int64_t any(const struct qf_candidate *v, size_t n, int64_t dur_ms)
{
	const struct qf_candidate *best = nearest(v, n, dur_ms);

	return best ? best->id : n ? v[0].id : 0;
}

/* Artist and title folded into one buffer, the title behind the artist's NUL. */
static enum qf_status fold_names(struct qf_buf *b, const struct qf_event *ev, size_t *title, struct qf_err *e)
{
	const char *others = strstr(ev->artist, "; ");
	size_t n = others && others != ev->artist ? (size_t)(others - ev->artist) : strlen(ev->artist);
	enum qf_status rc = qf_text_fold(b, ev->artist, n, e);

	qf_buf_putc(b, '\0');
	*title = b->len;
	if (rc == QF_OK)
		rc = qf_text_fold(b, ev->title, strlen(ev->title), e);
	qf_buf_putc(b, '\0');
	return rc ? rc : qf_buf_check(b, e);
}

static enum qf_status match_names(const struct qf_match_lookup *l, const struct qf_event *ev, int64_t *track,
				  struct qf_err *e)
{
	struct qf_candidate v[QF_MATCH_MANY];
	struct qf_buf names = { 0 };
	size_t title, n = 0;
	enum qf_status rc = fold_names(&names, ev, &title, e);

	if (rc == QF_OK)
		rc = l->find(l->ctx, QF_MATCH_NAMES, names.p, names.p + title, v, QF_MATCH_MANY, &n, e);
	if (rc == QF_OK)
		*track = qf_match_choose(v, n, ev->dur_ms);
	qf_buf_free(&names);
	return rc;
}

enum qf_status qf_match_event(const struct qf_match_lookup *l, const struct qf_event *ev, int64_t *track,
			      enum qf_match_key *how, struct qf_err *e)
{
	const char *const exact[] = { [QF_MATCH_MBID] = ev->mbid, [QF_MATCH_ISRC] = ev->isrc, [QF_MATCH_PATH] = ev->path };
	struct qf_candidate v[QF_MATCH_MANY];
	enum qf_status rc;

	*track = 0;
	for (*how = QF_MATCH_MBID; *how < QF_MATCH_NAMES; (*how)++) {
		size_t n = 0;

		if (!exact[*how])
			continue;
		rc = l->find(l->ctx, *how, exact[*how], NULL, v, QF_MATCH_MANY, &n, e);
		if (rc != QF_OK)
			return rc;
		*track = any(v, n, ev->dur_ms);
		if (*track)
			return QF_OK;
	}
	if (ev->artist && ev->title) {
		rc = match_names(l, ev, track, e);
		if (rc != QF_OK || *track)
			return rc;
	}
	*how = QF_MATCH_NONE;
	return QF_OK;
}
