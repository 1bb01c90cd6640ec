#include "cli/duration.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MOST_S (10 * 366 * 86400LL)

static const struct { const char *name; int64_t s; } units[] = {
	{ "s", 1 }, { "sec", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 },
};

static bool number(const char **p, int64_t *v)
{
	const char *start = *p;

	for (*v = 0; **p >= '0' && **p <= '9' && *v <= MOST_S; (*p)++)
		*v = *v * 10 + (**p - '0');
	return *p > start && *v <= MOST_S;
}

bool cli_duration(const char *text, int64_t *ms)
{
	int64_t v, s = 0;
	const char *p = text;

	if (!number(&p, &s))
		return false;
	if (*p == ':') {
		for (int parts = 1; *p == ':' && parts < 3; parts++) {
			p++;
			if (!number(&p, &v) || v >= 60)
				return false;
			s = s * 60 + v;
		}
	} else {
		size_t i = 0, n = sizeof units / sizeof *units;

		while (i < n && strcmp(units[i].name, p) != 0)
			i++;
		if (i == n || s > MOST_S / units[i].s)
			return false;
		s *= units[i].s;
		p = "";
	}
	*ms = s * 1000;
	return *p == '\0' && s > 0 && s <= MOST_S;
}

bool cli_span(const char *text, int64_t *seconds)
{
	static const struct { char letter; int64_t s; } ages[] = {
		{ 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 }, { 'm', 30 * 86400 }, { 'y', 365 * 86400 },
	};
	char *end;
	long n = strtol(text, &end, 10);

	if (n < 0 || n > 1000000 || end == text || !*end || end[1])
		return false;
	for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
		if (ages[i].letter == *end) {
			*seconds = n * ages[i].s;
			return true;
		}
	return false;
}
