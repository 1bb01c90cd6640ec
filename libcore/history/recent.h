/* recent.h - the matches that were made lately, so that a song that is heard every day is looked up once.
 *
 * A fixed number of places, in which a newer match takes that of an older one: at most 32 MiB, mostly 6. What
 * is remembered holds as long as the library stays as it is: qf_recent_forget() when it may have changed. */
#ifndef QF_HISTORY_RECENT_H
#define QF_HISTORY_RECENT_H

#include "base/err.h"
#include "base/event.h"
#include "history/match.h"

#include <stdint.h>

struct qf_recent;

enum qf_status qf_recent_open(struct qf_recent **out, struct qf_err *e); /* QF_ENOMEM */
void qf_recent_forget(struct qf_recent *r);
void qf_recent_close(struct qf_recent *r); /* NULL is fine */

/* As qf_match_event(); the lookup is not asked when the same question was answered lately. */
enum qf_status qf_recent_match(struct qf_recent *r, const struct qf_match_lookup *l, const struct qf_event *ev, int64_t *track,
			       struct qf_err *e);

#endif
