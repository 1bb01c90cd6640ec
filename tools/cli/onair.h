/* onair.h - the rows of a programme: what is on air when, how loud, and what there is to say of it. */
#ifndef QFZZ_CLI_ONAIR_H
#define QFZZ_CLI_ONAIR_H

#include "cli/airable.h"
#include "history/history.h"

#define CLI_PEAK_DBTP (-1.0) /* highest true peak after the gain (EBU R 128, 2023, 2 h) */

struct cli_onair {
	struct qf_catalog *c;
	const char *uuid;              /* of the catalog */
	const struct cli_airable *a;
	const struct qf_zone *zone;
	double last_tempo_bpm;         /* of the track before, NaN: none */
	char last_camelot[8];
};

/* Print the row of one spot: the row that was offered, else a new one, with "schedule". at_ms since 1970 UTC. */
enum qf_status cli_onair_row(struct cli_onair *o, const struct qf_spot *s, const struct qf_daypart *d, struct qf_err *e);

/* Append "2026-11-21T06:00:00.250+01:00". */
void cli_put_moment(struct qf_buf *out, int64_t ms, const struct qf_zone *zone);

#endif
