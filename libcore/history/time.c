#include "history/time.h"

#include <string.h>

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

/* hh:mm and, if it goes on so, :ss with a fraction. */
static bool clock_time(struct cursor *c, int64_t *seconds, int *precision_s)
{
	int h, m, s = 0;

	if (!digits(c, 2, &h) || !is(c, ':') || !digits(c, 2, &m) || h > 23 || m > 59)
		return false;
	*precision_s = is(c, ':') ? 0 : 59;
	if (*precision_s == 0 && (!digits(c, 2, &s) || s > 60))
		return false;
	if (*precision_s == 0 && is(c, '.')) {
		const char *from = c->p;

		while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
			c->p++;
		if (c->p == from)
			return false;
	}
	*seconds = h * 3600 + m * 60 + s;
	return true;
}

static bool zone(struct cursor *c, struct qf_moment *m)
{
	int sign, h, min;

	m->utc = is(c, 'Z');
	m->zoned = true;
	if (m->utc)
		return true;
	sign = is(c, '+') ? 1 : is(c, '-') ? -1 : 0;
	if (!sign || !digits(c, 2, &h) || !is(c, ':') || !digits(c, 2, &min) || h > 23 || min > 59)
		return false;
	m->offset_s = sign * (h * 3600 + min * 60);
	return true;
}

bool qf_time_read_iso(const char *p, size_t n, struct qf_moment *m)
{
	struct cursor c = { p, p + n };
	int64_t days, of_day;

	memset(m, 0, sizeof *m);
	if (!date(&c, &days) || (!is(&c, 'T') && !is(&c, ' ')) || !clock_time(&c, &of_day, &m->precision_s))
		return false;
	if (c.p != c.end && !zone(&c, m))
		return false;
	m->t = days * 86400 + of_day - m->offset_s;
	return c.p == c.end;
}

bool qf_time_from_iso(const char *p, size_t n, int64_t *seconds)
{
	struct qf_moment m;

	if (!qf_time_read_iso(p, n, &m) || !m.zoned || m.precision_s)
		return false;
	*seconds = m.t;
	return true;
}

static bool month_name(struct cursor *c, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (*month = 1; c->end - c->p >= 3 && *month <= 12; ++*month)
		if (memcmp(c->p, names + 3 * (*month - 1), 3) == 0) {
			c->p += 3;
			return true;
		}
	return false;
}

bool qf_time_read_words(const char *p, size_t n, struct qf_moment *m)
{
	struct cursor c = { p, p + n };
	int year, month, day;
	int64_t of_day;

	memset(m, 0, sizeof *m);
	if (n >= 2 && p[1] == ' ' ? !digits(&c, 1, &day) : !digits(&c, 2, &day))
		return false;
	if (!is(&c, ' ') || !month_name(&c, &month) || !is(&c, ' ') || !digits(&c, 4, &year))
		return false;
	is(&c, ',');
	if (!is(&c, ' ') || !clock_time(&c, &of_day, &m->precision_s) || c.p != c.end)
		return false;
	if (year < 1 || day < 1 || day > days_of_month(year, month))
		return false;
	m->t = days_since_epoch(year, month, day) * 86400 + of_day;
	return true;
}

bool qf_time_read_offset(const char *p, size_t n, int *offset_s)
{
	struct cursor c = { p, p + n };
	int sign, h, m = 0;

	*offset_s = 0;
	if (n == 1 && *p == 'Z')
		return true;
	sign = is(&c, '+') ? 1 : is(&c, '-') ? -1 : 0;
	if (!sign || !(c.end - c.p == 1 ? digits(&c, 1, &h) : digits(&c, 2, &h)))
		return false;
	is(&c, ':');
	if ((c.p != c.end && !digits(&c, 2, &m)) || c.p != c.end || h * 60 + m > 14 * 60 || m > 59)
		return false;
	*offset_s = sign * (h * 3600 + m * 60);
	return true;
}

void qf_time_on_clock(int64_t t, int offset_s, int *hour, int *weekday)
{
	int64_t local = t + offset_s, day = local / 86400 - (local % 86400 < 0);

	*hour = (int)((local - day * 86400) / 3600);
	*weekday = (int)(((day + 3) % 7 + 7) % 7) + 1; /* 1970-01-01 was a Thursday */
}
