#include "playlist/camelot.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* [letters differ][hours apart] */
static const double price[2][QF_CAMELOT_HOURS / 2 + 1] = {
	{ 0.00, QF_CAMELOT_NEAR, 1.5, 2.5, 3.0, 3.5, 4.0 },
	{ QF_CAMELOT_NEAR, 1.50, 2.5, 3.0, 3.5, 4.0, 4.0 },
};

struct qf_camelot qf_camelot_read(const char *code)
{
	const struct qf_camelot none = { -1, 0 };
	char *rest;
	long hour;

	if (!code || *code < '1' || *code > '9')
		return none;
	hour = strtol(code, &rest, 10);
	if (hour > QF_CAMELOT_HOURS || (*rest != 'A' && *rest != 'B') || rest[1])
		return none;
	return (struct qf_camelot){ (int)hour - 1, *rest == 'B' };
}

struct qf_camelot qf_camelot_shift(struct qf_camelot key, int semitones)
{
	int hours = semitones % QF_CAMELOT_HOURS * 7;

	if (key.hour >= 0)
		key.hour = ((key.hour + hours) % QF_CAMELOT_HOURS + QF_CAMELOT_HOURS) % QF_CAMELOT_HOURS;
	return key;
}

double qf_camelot_price(struct qf_camelot a, struct qf_camelot b)
{
	int apart = abs(a.hour - b.hour);

	if (a.hour < 0 || b.hour < 0)
		return NAN;
	return price[a.letter != b.letter][apart > QF_CAMELOT_HOURS / 2 ? QF_CAMELOT_HOURS - apart : apart];
}
