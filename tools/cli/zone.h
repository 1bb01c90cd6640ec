/* zone.h - the clock of a place, for histories: --tz. */
#ifndef QFZZ_CLI_ZONE_H
#define QFZZ_CLI_ZONE_H

#include "history/history.h"

/* "+02:00" (east of UTC), "Z", or a name of the system's time-zone database, "Europe/Berlin",
 * which knows summer time; NULL: this machine's own zone. Exits for anything else (misuse).
 * One zone at a time. */
const struct qf_zone *cli_zone(const char *tz);

#endif
