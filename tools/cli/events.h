/* events.h - the tracks, sessions and actions of events, for tools that bring events or tracks.
 *
 * After an import of either: cli_events_rematch(), then cli_events_settle(). Both are
 * cheap when there is nothing to do. */
#ifndef QFZZ_CLI_EVENTS_H
#define QFZZ_CLI_EVENTS_H

#include "base/err.h"
#include "base/event.h"
#include "catalog/catalog.h"
#include "catalog/event.h"
#include "history/derive.h"
#include "history/history.h"
#include "history/recent.h"

#include <stdbool.h>
#include <stdint.h>

/* The track that an event speaks of, 0: none (history/match.h). A relative path is looked for
 * below every root. `recent` may be NULL; else it is of a transaction, or of a catalog that did not change. */
enum qf_status cli_event_track(struct qf_catalog *c, struct qf_recent *recent, const struct qf_event *ev, int64_t *track, struct qf_err *e);

/* The listener's clock where the event took place: its own zone, else `zone`. Weekday 0: no time. */
void cli_event_clock(const struct qf_event *ev, const struct qf_zone *zone, int *hour, int *weekday);

struct cli_rematched {
	int64_t read, matched; /* events that had no track; of them those that have one now */
	int64_t copies;        /* of the matched: those that turned out to be told already */
};

/* Look again for the tracks of events that have none, in transactions of its own. */
enum qf_status cli_events_rematch(struct qf_catalog *c, bool dry_run, struct cli_rematched *out, struct qf_err *e);

/* For catalog calls that want a settler: `ctx` is a struct cli_settling. */
struct cli_settling {
	struct qf_sittings *sittings;
	const struct qf_zone *zone;
};
struct qf_settler cli_settler(struct cli_settling *s);

/* Work out sessions, local hours, replays and derived actions of all users of whom they are out of
 * date, a transaction for each. *changed events are different from before. */
enum qf_status cli_events_settle(struct qf_catalog *c, const struct qf_zone *zone, int64_t *changed, struct qf_err *e);

#endif
