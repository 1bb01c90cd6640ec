#include "query/range.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One end: what it stands for as a range of its own, [from, to). */
struct end {
	double value, from, to;
};

/* "-12.50": neither exponents nor hexadecimal, "inf" or "nan". */
static bool read_decimal(const char *text, size_t n, double *value, int *decimals)
{
	char copy[32], *end;
	const char *point;

	if (n == 0 || n >= sizeof copy)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (strspn(copy, "0123456789.+-") != n)
		return false;
	*value = strtod(copy, &end);
	point = strchr(copy, '.');
	*decimals = point ? (int)(end - point) - 1 : 0;
	return *end == '\0' && end != copy;
}

static bool read_seconds(const char *text, size_t n, double *value, int *decimals)
{
	const char *colon = memchr(text, ':', n);
	size_t left = colon ? (size_t)(colon - text) : 0;
	double minutes;

	if (!colon)
		return read_decimal(text, n, value, decimals);
	if (!read_decimal(text, left, &minutes, decimals) || *decimals || *text == '-')
		return false;
	if (!read_decimal(colon + 1, n - left - 1, value, decimals) || *value < 0 || *value >= 60)
		return false;
	*value += 60 * minutes;
	return true;
}

static bool read_number(const char *text, size_t n, const struct qf_field *f, bool exact, struct end *out)
{
	int decimals;
	double half;

	if (!(f->seconds ? read_seconds : read_decimal)(text, n, &out->value, &decimals))
		return false;
	if (f->kind == QF_FIELD_INT) {
		out->from = out->to = out->value;
		return out->value == floor(out->value);
	}
	half = 0.5 * pow(10, exact ? -f->decimals : -decimals);
	out->from = out->value - half;
	out->to = out->value + half;
	return true;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar (H. Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms", days_from_civil); month 13 is the next January. */
static double days(int64_t year, int month)
{
	int64_t y = month > 12 ? year + 1 : year, m = month > 12 ? month - 12 : month, era, of_era, of_year;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	of_era = y - era * 400;
	of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5;
	return (double)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468);
}

/* "2026", "2026-03", "2026-03-21". */
static bool read_date(const char *text, size_t n, struct end *out)
{
	static const char form[] = "dddd-dd-dd";
	int part[3] = { 0, 0, 0 }; /* year, month, day */
	double from, to, month_days;

	if (n != 4 && n != 7 && n != 10)
		return false;
	for (size_t i = 0, at = 0; i < n; i++) {
		if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
		if (form[i] == '-')
			at++;
		else
			part[at] = 10 * part[at] + text[i] - '0';
	}
	if ((n > 4 && (part[1] < 1 || part[1] > 12)) || (n > 7 && part[2] < 1))
		return false;
	from = days(part[0], n > 4 ? part[1] : 1);
	to = n > 4 ? days(part[0], part[1] + 1) : days(part[0] + 1, 1);
	month_days = to - from;
	if (n > 7 && part[2] > month_days)
		return false;
	out->value = out->from = 86400 * (n > 7 ? from + part[2] - 1 : from);
	out->to = 86400 * (n > 7 ? from + part[2] : to);
	return true;
}

/* "30d": a point in time. */
static bool read_ago(const char *text, size_t n, int64_t now, struct end *out)
{
	static const struct { char unit; double seconds; } units[] = {
		{ 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 }, { 'm', 30 * 86400 }, { 'y', 365 * 86400 },
	};
	double value;
	int decimals;

	for (size_t i = 0; n > 1 && i < sizeof units / sizeof *units; i++)
		if (text[n - 1] == units[i].unit && *text != '-' && *text != '+' && read_decimal(text, n - 1, &value, &decimals)) {
			out->value = out->from = out->to = (double)now - floor(value * units[i].seconds);
			return true;
		}
	return false;
}

static bool read_end(const char *text, size_t n, const struct qf_field *f, bool exact, int64_t now, struct end *out)
{
	if (f->kind == QF_FIELD_DATE)
		return read_date(text, n, out) || read_ago(text, n, now, out);
	return read_number(text, n, f, exact, out);
}

enum qf_range_fault qf_range_read(const char *text, const struct qf_field *f, bool exact, int64_t now, struct qf_range *out)
{
	const char *dots = strstr(text, "..");
	size_t n = strlen(text), left = dots ? (size_t)(dots - text) : n, right = dots ? n - left - 2 : 0;
	bool date = f->kind == QF_FIELD_DATE;
	struct end lo, hi;

	*out = (struct qf_range){ -INFINITY, INFINITY, false };
	if (left + right == 0 || (left && !read_end(text, left, f, exact, now, &lo)) ||
	    (right && !read_end(dots + 2, right, f, exact, now, &hi)))
		return QF_RANGE_MALFORMED;
	if (date && now == 0 && (strpbrk(text, "hdwmy")))
		return QF_RANGE_NO_NOW;
	if (!dots && date && lo.from >= lo.to) { /* a point: since then */
		out->lo = lo.value;
		return QF_RANGE_OK;
	}
	if (!dots) {
		*out = (struct qf_range){ lo.from, lo.to, lo.to > lo.from };
		return QF_RANGE_OK;
	}
	if (left)
		out->lo = lo.value;
	if (right)
		out->hi = date ? hi.to : hi.value;
	out->below_hi = right && date && hi.to > hi.value;
	return out->lo > out->hi || (out->below_hi && out->lo >= out->hi) ? QF_RANGE_EMPTY : QF_RANGE_OK;
}
