#include "history/recent.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <string.h>

enum { PLACES = 1 << 16, QUESTION_MAX = 400 };

struct place {
	char *question; /* NULL: free */
	size_t n;
	int64_t track;
};

struct qf_recent {
	struct qf_buf question; /* the one that is asked now */
	struct place place[PLACES];
};

enum qf_status qf_recent_open(struct qf_recent **out, struct qf_err *e)
{
	*out = qf_zalloc(1, sizeof **out);
	return *out ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

void qf_recent_forget(struct qf_recent *r)
{
	for (size_t i = 0; i < PLACES; i++) {
		qf_free(r->place[i].question);
		r->place[i].question = NULL;
	}
}

void qf_recent_close(struct qf_recent *r)
{
	if (!r)
		return;
	qf_recent_forget(r);
	qf_buf_free(&r->question);
	qf_free(r);
}

/* Everything of an event that the match hangs on. */
static void put_question(struct qf_buf *b, const struct qf_event *ev)
{
	const char *const names[] = { ev->mbid, ev->isrc, ev->path, ev->artist, ev->title };

	qf_buf_clear(b);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		qf_buf_putc(b, names[i] ? '+' : '-');
		if (names[i])
			qf_buf_put(b, names[i], strlen(names[i]) + 1);
	}
	qf_buf_put(b, &ev->dur_ms, sizeof ev->dur_ms);
}

/* By FNV-1a (Fowler, Noll, Vo), 64 bits. */
static struct place *place_of(struct qf_recent *r)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < r->question.len; i++)
		h = (h ^ (unsigned char)r->question.p[i]) * UINT64_C(0x100000001b3);
	return &r->place[(h ^ h >> 32) % PLACES];
}

static void remember(struct qf_recent *r, struct place *p, int64_t track)
{
	char *copy = r->question.len <= QUESTION_MAX ? qf_memdup0(r->question.p, r->question.len) : NULL;

	if (!copy)
		return;
	qf_free(p->question);
	*p = (struct place){ copy, r->question.len, track };
}

enum qf_status qf_recent_match(struct qf_recent *r, const struct qf_match_lookup *l, const struct qf_event *ev, int64_t *track,
			       struct qf_err *e)
{
	enum qf_match_key how;
	struct place *p;
	enum qf_status rc;

	put_question(&r->question, ev);
	rc = qf_buf_check(&r->question, e);
	if (rc != QF_OK)
		return rc;
	p = place_of(r);
	if (p->question && p->n == r->question.len && memcmp(p->question, r->question.p, p->n) == 0) {
		*track = p->track;
		return QF_OK;
	}
	rc = qf_match_event(l, ev, track, &how, e);
	if (rc == QF_OK)
		remember(r, p, *track);
	return rc;
}
