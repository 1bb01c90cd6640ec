/* range.h - numbers, dates and ranges of them as queries spell them.
 *
 *     120..130   both ends included        120..   ..130   open at one end
 *     128        what rounds to it with the decimals that are written: from 127.5, below 128.5;
 *                a whole-number field just 128; with `exact` the decimals of rows count instead
 *     3:30       210, in a field of seconds
 *     2026-03    a date is all of its year, month or day, UTC; 2026-03..2026-05 goes on to the end of May
 *     30d        a time 30 days before now (h, d, w, m = 30 days, y = 365 days); alone it means 30d.. */
#ifndef QF_QUERY_RANGE_H
#define QF_QUERY_RANGE_H

#include "query/field.h"

#include <stdbool.h>
#include <stdint.h>

struct qf_range {
	double lo, hi; /* in the field's unit, dates in seconds since the epoch; -INFINITY and INFINITY where open */
	bool below_hi; /* hi itself is not in it */
};

enum qf_range_fault {
	QF_RANGE_OK,
	QF_RANGE_MALFORMED,
	QF_RANGE_NO_NOW, /* a time before now, and now is not known */
	QF_RANGE_EMPTY /* the first end is above the second */
};

/* Read the whole text for a field of a number kind. now: seconds since the epoch, 0 = not known. */
enum qf_range_fault qf_range_read(const char *text, const struct qf_field *f, bool exact, int64_t now, struct qf_range *out);

#endif
