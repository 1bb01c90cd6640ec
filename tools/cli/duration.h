/* duration.h - lengths of time as options take them. */
#ifndef QFZZ_CLI_DURATION_H
#define QFZZ_CLI_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* "90s", "30m" or "30min", "12h", "7d", "1:30:00", "3:30" (minutes and seconds), in milliseconds.
 * False for anything else, for 0, and above ten years. */
bool cli_duration(const char *text, int64_t *ms);

/* A time that has gone by: "36h", "7d", "2w", "6m" (months of 30 days), "1y" (365 days), in seconds. False: none. */
bool cli_span(const char *text, int64_t *seconds);

#endif
