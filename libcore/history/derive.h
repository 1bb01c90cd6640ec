/* derive.h - what follows from the listening of one person in the order of time: sittings,
 * and the action where the source told none.
 *
 *     struct qf_sittings *s;
 *     qf_sittings_open(&s, e);
 *     qf_sittings_begin(s, 0);
 *     for (each event by rising time) session = qf_sittings_next(s, &ev, &action);
 *     qf_sittings_close(s);
 *
 * A session is a run of events in which less than half an hour passes from the end of one
 * to the start of the next. The end is the start plus what was heard; where that is not
 * known, plus the length of the track.
 *
 * A derived action is, the first that holds:
 *   skip      less than 30 s were heard, and not more than 80 % of a track of known length
 *   complete  more than 80 % of it were heard
 *   replay    the same track was begun within the hour before
 *   play
 * So nothing becomes skip or complete where it is not known how much was heard. */
#ifndef QF_HISTORY_DERIVE_H
#define QF_HISTORY_DERIVE_H

#include "base/err.h"
#include "base/event.h"

#include <stdint.h>

#define QF_SESSION_GAP_S 1800
#define QF_REPLAY_S 3600

struct qf_sittings; /* opaque */

enum qf_status qf_sittings_open(struct qf_sittings **out, struct qf_err *e); /* QF_ENOMEM */
void qf_sittings_close(struct qf_sittings *s); /* NULL is fine */

/* Start with a person whose last session before this had number `session`, 0: none. */
void qf_sittings_begin(struct qf_sittings *s, int64_t session);

struct qf_heard {
	int64_t t;         /* start, not 0; never less than that of the one before */
	int64_t ms;        /* heard, -1: not known */
	int64_t length_ms; /* of the track, 0: not known */
	uint64_t track;    /* tells tracks apart, whatever it is */
	enum qf_action action;
	bool derived;
};

/* The session of the event, and its action: what was told, else what follows. */
int64_t qf_sittings_next(struct qf_sittings *s, const struct qf_heard *h, enum qf_action *action);

/* The rule for one event alone; again: the same track was begun within the hour before. */
enum qf_action qf_derive_action(int64_t ms, int64_t length_ms, bool again);

#endif
