#include "history/derive.h"

#include "base/alloc.h"

#include <string.h>

#define SHORT_MS 30000

/* What was begun within the hour: sets of a few places each, the oldest of which gives way.
 * Nobody begins enough tracks in an hour to lose one that counts. */
enum { SETS = 256, PLACES = 4 };

struct begun {
	uint64_t track;
	int64_t t;
};

struct qf_sittings {
	int64_t session, end; /* end: of the latest listening so far */
	struct begun begun[SETS][PLACES];
};

enum qf_status qf_sittings_open(struct qf_sittings **out, struct qf_err *e)
{
	*out = qf_alloc(1, sizeof **out);
	if (!*out)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	qf_sittings_begin(*out, 0);
	return QF_OK;
}

void qf_sittings_close(struct qf_sittings *s)
{
	qf_free(s);
}

void qf_sittings_begin(struct qf_sittings *s, int64_t session)
{
	s->session = session;
	s->end = INT64_MIN / 2;
	for (size_t i = 0; i < SETS; i++)
		for (size_t j = 0; j < PLACES; j++)
			s->begun[i][j] = (struct begun){ 0, INT64_MIN / 2 };
}

/* Note that the track begins, and tell whether it did so within the hour. */
static bool begins_again(struct qf_sittings *s, uint64_t track, int64_t t)
{
	struct begun *set = s->begun[(track * UINT64_C(0x9E3779B97F4A7C15)) >> 56], *oldest = set;

	for (size_t i = 0; i < PLACES; i++) {
		if (set[i].track == track) {
			bool again = t - set[i].t <= QF_REPLAY_S;

			set[i].t = t;
			return again;
		}
		if (set[i].t < oldest->t)
			oldest = &set[i];
	}
	*oldest = (struct begun){ track, t };
	return false;
}

enum qf_action qf_derive_action(int64_t ms, int64_t length_ms, bool again)
{
	bool most = length_ms > 0 && ms > length_ms - length_ms / 5 - (length_ms % 5 != 0);

	if (ms >= 0 && ms < SHORT_MS && !most)
		return QF_ACTION_SKIP;
	return most ? QF_ACTION_COMPLETE : again ? QF_ACTION_REPLAY : QF_ACTION_PLAY;
}

int64_t qf_sittings_next(struct qf_sittings *s, const struct qf_heard *h, enum qf_action *action)
{
	bool listening = h->action <= QF_ACTION_REPLAY, again = listening && begins_again(s, h->track, h->t);
	int64_t lasts_ms = !listening ? 0 : h->ms >= 0 ? h->ms : h->length_ms, end = h->t + lasts_ms / 1000;

	*action = h->derived && listening ? qf_derive_action(h->ms, h->length_ms, again) : h->action;
	if (h->t - s->end >= QF_SESSION_GAP_S || s->session == 0)
		s->session++;
	s->end = end > s->end ? end : s->end;
	return s->session;
}
