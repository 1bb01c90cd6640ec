#define _GNU_SOURCE
#include "cli/zone.h"

#include "base/buf.h"
#include "cli/cli.h"
#include "history/time.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int fixed_s;

static int fixed_offset(void *ctx, int64_t t)
{
	(void)ctx;
	(void)t;
	return fixed_s;
}

/* No zone has ever changed its clock but at a quarter of an hour, and histories come in order. */
static int named_offset(void *ctx, int64_t t)
{
	static int64_t quarter = INT64_MIN;
	static int offset;
	int64_t this_one = t / 900 - (t % 900 < 0);
	time_t at = (time_t)(this_one * 900);
	struct tm tm;

	(void)ctx;
	if (this_one != quarter) {
		quarter = this_one;
		offset = localtime_r(&at, &tm) ? (int)tm.tm_gmtoff : 0;
	}
	return offset;
}

/* Whether the time-zone database has this name; tzset() itself takes any name, for UTC. */
static bool is_known(const char *name)
{
	struct qf_buf path = { 0 };
	bool known;

	if (!*name || *name == '/' || *name == '.' || strstr(name, "..") || strlen(name) > 100)
		return false;
	qf_buf_printf(&path, "/usr/share/zoneinfo/%s", name);
	known = !path.failed && access(path.p, R_OK) == 0;
	qf_buf_free(&path);
	return known;
}

const struct qf_zone *cli_zone(const char *tz)
{
	static const struct qf_zone fixed = { fixed_offset, NULL }, named = { named_offset, NULL };

	if (tz && qf_time_read_offset(tz, strlen(tz), &fixed_s))
		return &fixed;
	if (tz && !is_known(tz))
		cli_misuse("--tz: '%s' is neither an offset like +02:00 nor a time zone of this system", tz);
	if (tz && setenv("TZ", tz, 1) != 0)
		cli_misuse("--tz: out of memory");
	tzset();
	return &named;
}
