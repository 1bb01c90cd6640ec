/* time.h - ISO 8601 instants to seconds. */
#ifndef QF_HISTORY_TIME_H
#define QF_HISTORY_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2026-01-02T03:04:05Z" in n bytes of p as seconds since 1970 UTC. A space may
 * stand for the T, a fraction of a second is dropped, and the zone is Z or
 * ±hh:mm; a text without a zone is refused, because it names no instant. Dates
 * are checked against the proleptic Gregorian calendar, second 60 is taken as
 * the next minute's 0. False when it is anything else. */
bool qf_time_from_iso(const char *p, size_t n, int64_t *seconds);

#endif
