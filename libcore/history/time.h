/* time.h - ISO 8601 instants to seconds. */
#ifndef QF_HISTORY_TIME_H
#define QF_HISTORY_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_moment {
	int64_t t;       /* seconds since 1970; UTC if zoned, else by a clock of an unknown zone */
	int precision_s; /* t is the first of 1 + this many seconds: 0, or 59 without seconds */
	bool zoned;      /* a zone was given */
	int offset_s;    /* it: seconds east of UTC, 0 for Z */
	bool utc;        /* it was Z, which does not tell where the clock stood */
};

/* "2026-01-02T03:04:05Z" in n bytes of p as seconds since 1970 UTC. A space may
 * stand for the T, a fraction of a second is dropped, and the zone is Z or
 * ±hh:mm; a text without a zone is refused, because it names no instant. Dates
 * are checked against the proleptic Gregorian calendar, second 60 is taken as
 * the next minute's 0. False when it is anything else. */
bool qf_time_from_iso(const char *p, size_t n, int64_t *seconds);

/* The same, where zone and seconds may be missing. */
bool qf_time_read_iso(const char *p, size_t n, struct qf_moment *m);

/* "02 Jan 2026 03:04", with or without a comma behind the year and ":05" behind the
 * minute, the month in English by its first three letters. No zone. */
bool qf_time_read_words(const char *p, size_t n, struct qf_moment *m);

/* "+02:00", "-0330", "+5", "Z": seconds east of UTC, at most 14 hours either way. */
bool qf_time_read_offset(const char *p, size_t n, int *offset_s);

/* The clock at a place where t is, offset_s east of UTC: hour 0 to 23, weekday 1 Monday to 7 Sunday. */
void qf_time_on_clock(int64_t t, int offset_s, int *hour, int *weekday);

#endif
