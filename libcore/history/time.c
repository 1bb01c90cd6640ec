#include "history/time.h"

struct cursor {
	const char *p, *end;
};

/* Exactly n digits. */
static bool digits(struct cursor *c, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, c->p++) {
		if (c->p == c->end || *c->p < '0' || *c->p > '9')
			return false;
		*out = *out * 10 + (*c->p - '0');
	}
	return true;
}

static bool is(struct cursor *c, char what)
{
	if (c->p == c->end || *c->p != what)
		return false;
	c->p++;
	return true;
}

static int days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01, counted from 1 March so that the leap day comes last. */
static int64_t days_since_epoch(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool date(struct cursor *c, int64_t *days)
{
	int year, month, day;

	if (!digits(c, 4, &year) || !is(c, '-') || !digits(c, 2, &month) || !is(c, '-') || !digits(c, 2, &day))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
		return false;
	*days = days_since_epoch(year, month, day);
	return true;
}

static bool clock_time(struct cursor *c, int64_t *seconds)
{
	int h, m, s;

	if (!digits(c, 2, &h) || !is(c, ':') || !digits(c, 2, &m) || !is(c, ':') || !digits(c, 2, &s))
		return false;
	if (h > 23 || m > 59 || s > 60)
		return false;
	if (is(c, '.')) {
		const char *from = c->p;

		while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
			c->p++;
		if (c->p == from)
			return false;
	}
	*seconds = h * 3600 + m * 60 + s;
	return true;
}

static bool zone(struct cursor *c, int64_t *offset)
{
	int sign, h, m;

	*offset = 0;
	if (is(c, 'Z'))
		return true;
	sign = is(c, '+') ? 1 : is(c, '-') ? -1 : 0;
	if (!sign || !digits(c, 2, &h) || !is(c, ':') || !digits(c, 2, &m) || h > 23 || m > 59)
		return false;
	*offset = sign * (h * 3600 + m * 60);
	return true;
}

bool qf_time_from_iso(const char *p, size_t n, int64_t *seconds)
{
	struct cursor c = { p, p + n };
	int64_t days, of_day, offset;

	if (!date(&c, &days) || (!is(&c, 'T') && !is(&c, ' ')) || !clock_time(&c, &of_day) || !zone(&c, &offset))
		return false;
	if (c.p != c.end)
		return false;
	*seconds = days * 86400 + of_day - offset;
	return true;
}
