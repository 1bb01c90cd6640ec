/* qfzz-plan - decides what to encode, keep, cache, prefetch and give to a device, and says why. */
#define _GNU_SOURCE
#include "cli/plan.h"

#include "catalog/learn.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct plan_asked plan_asked = {
	.ladder = "standard", .budget = "10GB", .into = "renditions", .loudness = -1, .ceiling_dbtp = -1, .battery = 100, .seconds = 30,
	.now = -1, .days = 30, .next = 3, .pins = 100, .users = 200, .at_most = 50,
};

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "ladder", "NAME", "transcode: the ladder of datasets/ladders.tsv [standard]", &plan_asked.ladder, 0, 0, NULL },
	{ CLI_TEXT, 0, "budget", "SIZE", "transcode: bytes that the renditions may take together, as 10GB or 500MiB [10GB]", &plan_asked.budget, 0, 0, NULL },
	{ CLI_TEXT, 0, "policy", "NAME", "transcode: knapsack, play-count or tiers; cache: gdsf, lfu-da, lru or least-played; fit: of datasets/policies.tsv [the first]", &plan_asked.policy, 0, 0, NULL },
	{ CLI_TEXT, 0, "where", "QUERY", "transcode, cache, model: only tracks that a query selects, as in `qfzz query`", &plan_asked.where, 0, 0, NULL },
	{ CLI_TEXT, 0, "into", "FOLDER", "transcode: where the renditions are and come to be [renditions]", &plan_asked.into, 0, 0, NULL },
	{ CLI_CHOICE, 0, "loudness", "LUFS", "transcode: bring renditions to -14, -16, -18 or -23 LUFS [leave the level alone]", &plan_asked.loudness, 0, 0, "-14|-16|-18|-23" },
	{ CLI_NUM, 0, "ceiling", "dBTP", "transcode: with --loudness, the highest true peak [-1]", &plan_asked.ceiling_dbtp, -20, 0, NULL },
	{ CLI_FLAG, 0, "limit", NULL, "transcode: with --loudness, limit peaks where the target would lift them over the ceiling [fall short instead]", &plan_asked.limit, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "transcode, model: write FILE, whole or not at all [rows on standard output]", &plan_asked.output, 0, 0, NULL },
	{ CLI_TEXT, 0, "user", "NAME", "transcode, cache, library: count the plays of this user only [of all]", &plan_asked.user, 0, 0, NULL },
	{ CLI_TEXT, 0, "device", "NAME", "cache, fit, prefetch, model: phone, speaker, embedded, car or desktop (datasets/devices.tsv)", &plan_asked.device, 0, 0, NULL },
	{ CLI_TEXT, 0, "network", "SPEED", "fit, prefetch: low, medium, high, or Mbit/s [as the device's]", &plan_asked.network, 0, 0, NULL },
	{ CLI_NUM, 0, "battery", "PERCENT", "fit, prefetch: charge of the device's battery [100]", &plan_asked.battery, 0, 100, NULL },
	{ CLI_TEXT, 0, "size", "SIZE", "cache, model: bytes at most [the device's]", &plan_asked.size, 0, 0, NULL },
	{ CLI_TEXT, 0, "to", "SIZE", "cache: evict down to this once it is full [80 % of --size]", &plan_asked.to, 0, 0, NULL },
	{ CLI_INT, 0, "pins", "N", "cache: the N most played tracks stay, on at most 60 % of the bytes [100]", &plan_asked.pins, 0, 100000, NULL },
	{ CLI_INT, 0, "next", "N", "prefetch: so many tracks from the first on [3]", &plan_asked.next, 1, 1000, NULL },
	{ CLI_NUM, 0, "seconds", "S", "prefetch: so much of each [30]", &plan_asked.seconds, 1, 3600, NULL },
	{ CLI_INT, 0, "users", "N", "model: measure on at most N users [200]", &plan_asked.users, 1, 1000000, NULL },
	{ CLI_INT, 0, "at-most", "N", "library: of additions and of removals [50]", &plan_asked.at_most, 0, 1000000, NULL },
	{ CLI_INT, 0, "days", "N", "transcode, library: how far back plays are recent [30]", &plan_asked.days, 1, 36500, NULL },
	{ CLI_INT, 0, "now", "T", "seconds since 1970 UTC that time counts back from [the clock]", &plan_asked.now, 0, 9007199254740992.0, NULL },
	{ CLI_CHOICE, 0, "format", "FORMAT", "ndjson, tsv, table or paths; transcode with -o: make or shell too [table on a terminal, else ndjson]", &cli.format, 0, 0, "ndjson|tsv|table|paths|make|shell" },
	{ CLI_TEXT, 0, "fields", "KEYS", "columns of tsv: keys of the rows, with commas", &cli.fields, 0, 0, NULL },
	{ .kind = CLI_END }
};

static const char *const examples[] = {
	"qfzz plan transcode --ladder standard --budget 10GB --format table",
	"qfzz plan transcode --budget 10GB --into /srv/renditions --format make -o plan.mk && make -j2 -f plan.mk",
	"qfzz plan transcode --ladder mp3 --policy play-count --loudness -14 --limit --ceiling -1 --days 30 --now 1700000000 | head -n 1 | jq .gap",
	"qfzz plan transcode --where 'genre:jazz' --budget 2GB --format table",
	"qfzz recommend --user me -n 50 | qfzz plan fit --device phone --network 0.8 --battery 15 - | qfzz playlist -o phone.m3u -",
	"qfzz query mood:calm | qfzz plan prefetch --device phone --next 3 --seconds 30 - | jq .plan.bytes",
	"qfzz plan cache --device phone --size 500MB --to 400MB --policy gdsf --pins 100 --user me",
	"qfzz plan cache --device phone --where @on-air",
	"qfzz plan cache simulate --size 500MB --format tsv --fields policy,hits,byte_hits",
	"qfzz plan model --device embedded --size 1MB --users 100 -o embedded.model",
	"qfzz plan library --at-most 20 candidates.ndjson",
	NULL
};

static const struct cli_column no_columns[] = { { 0 } };

static const struct cli_tool tool = {
	.verb = "plan", .stage = "deliver", .purpose = "decide what to encode, cache, prefetch and give to a device",
	.operands = "ACT [-|FILE…]", .reads = "track.v1 candidate.v1", .writes = "plan.v1 job.v1 track.v1 cached.v1 simulation.v1 pruned.v1 proposal.v1",
	.common = CLI_CATALOG, .opts = opts, .columns = no_columns, .examples = examples,
	.notes =
		"  transcode        which renditions to make, keep and drop, so that what is played sounds best\n"
		"                   within a budget; `qfzz encode` carries it out\n"
		"  fit -            for each row, the file that a device is given now: plan.path\n"
		"  prefetch -       the beginnings of the next tracks, in bytes\n"
		"  cache            what a cache keeps, pins and evicts after the history\n"
		"  cache simulate   every policy on the history, beside Belady's bound\n"
		"  model            the trained model for a device: int8, pruned, with what that costs\n"
		"  library [FILE…]  what to add (candidate.v1, also on standard input with -) and what to remove\n"
		"Nothing is encoded, deleted or downloaded by this tool.",
};

/* ---- what the acts share ------------------------------------------------------------------------ */

int64_t plan_bytes(const char *option, const char *text)
{
	static const struct { const char *name; double bytes; } units[] = {
		{ "", 1 }, { "B", 1 }, { "kB", 1e3 }, { "MB", 1e6 }, { "GB", 1e9 }, { "TB", 1e12 }, { "KiB", 1024 }, { "MiB", 1048576 },
		{ "GiB", 1073741824 }, { "TiB", 1099511627776.0 }, { "k", 1e3 }, { "M", 1e6 }, { "G", 1e9 }, { "T", 1e12 },
	};
	char *end;
	double v = strtod(text, &end);

	while (*end == ' ')
		end++;
	for (size_t i = 0; end != text && v >= 0 && i < sizeof units / sizeof units[0]; i++)
		if (strcasecmp(end, units[i].name) == 0 && v * units[i].bytes <= 9e15)
			return (int64_t)(v * units[i].bytes);
	cli_misuse("--%s: '%s' is no size (as 10GB, 500MiB)", option, text);
}

int64_t plan_now(void)
{
	return plan_asked.now >= 0 ? plan_asked.now : cli_now();
}

const struct qf_device *plan_device(void)
{
	const struct qf_device *d;

	if (!plan_asked.device)
		cli_misuse("for which device? (--device NAME)");
	d = qf_device_find(plan_asked.device);
	if (!d)
		cli_misuse("--device: '%s' is not in datasets/devices.tsv", plan_asked.device);
	return d;
}

void plan_columns(const struct cli_column *columns)
{
	static struct cli_tool shown;

	shown = tool;
	shown.columns = columns;
	cli.tool = &shown;
}

enum qf_status plan_user(struct qf_catalog *c, int64_t *id, struct qf_err *e)
{
	enum qf_status rc;

	*id = 0;
	if (!plan_asked.user)
		return QF_OK;
	rc = qf_catalog_user(c, plan_asked.user, id, e);
	return rc == QF_OK && !*id ? qf_fail(e, QF_ENOTFOUND, "nobody is called '%s'", plan_asked.user) : rc;
}

static const struct {
	const char *name;
	int (*run)(void);
	bool operands;
} acts[] = {
	{ "transcode", plan_transcode, false }, { "fit", plan_fit, true }, { "prefetch", plan_prefetch, true },
	{ "cache", plan_cache, true }, { "model", plan_model, false }, { "library", plan_library, true },
};

int main(int argc, char **argv)
{
	cli_start(&tool, argc, argv);
	if (cli.n_operands == 0)
		cli_misuse("plan what? (transcode, fit, prefetch, cache, model or library)");
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		if (strcmp(cli.operands[0], acts[i].name) != 0)
			continue;
		if (cli.n_operands > 1 && !acts[i].operands)
			cli_misuse("%s takes no operands, but got '%s'", acts[i].name, cli.operands[1]);
		if (cli.format >= PLAN_MAKE && acts[i].run != plan_transcode)
			cli_misuse("--format make and shell are for transcode");
		return cli_finish(acts[i].run());
	}
	cli_misuse("'%s' is no act (transcode, fit, prefetch, cache, model or library)", cli.operands[0]);
}
