/* qfzz-schedule - a station's programme for a day or a week. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/random.h"
#include "cli/airable.h"
#include "cli/cli.h"
#include "cli/onair.h"
#include "cli/store.h"
#include "cli/zone.h"
#include "history/time.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char builtin[] = {
#include "dayparts.gen.h"
	0
};

#define TABLE_MAX ((size_t)1 << 20) /* bytes */
#define LATE_MS 1000                /* of a daypart's end: more is said */

static const struct {
	const char *name, *text;
} clients[] = {
#include "clients.gen.h"
};

static const char *table, *date, *tz, *client, *where;
static int64_t days = 1, seed = 1;
static bool show_table;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "dayparts", "FILE", "the table of dayparts [datasets/dayparts.tsv as built in]", &table, 0, 0, NULL },
	{ CLI_FLAG, 0, "print-dayparts", NULL, "print the table that is used, to begin one's own with", &show_table, 0, 0, NULL },
	{ CLI_TEXT, 0, "print-client", "NAME", "print a configuration of ezstream, icecast, ices2, liquidsoap or mpd, to put one's own in", &client, 0, 0, NULL },
	{ CLI_TEXT, 0, "where", "QUERY", "play only tracks that a query selects, as in `qfzz query`; jingles, too", &where, 0, 0, NULL },
	{ CLI_TEXT, 0, "date", "YYYY-MM-DD", "the first day, from its midnight [today]", &date, 0, 0, NULL },
	{ CLI_INT, 0, "days", "N", "how many days [1]", &days, 1, 31, NULL },
	{ CLI_TEXT, 0, "tz", "ZONE", "the station's clock: Europe/Berlin, +02:00 [this machine's]", &tz, 0, 0, NULL },
	{ CLI_INT, 0, "seed", "N", "of shuffles: the same seed and day, the same programme [1]", &seed, 0, 9007199254740992.0, NULL },
	{ .kind = CLI_END }
};

static const struct cli_column columns[] = {
	{ "AT", "schedule.at", 29 }, { "DAYPART", "schedule.daypart", 10 }, { "ARTIST", "artist", 20 }, { "TITLE", "title|path", 28 },
	{ "GAIN", "schedule.gain_db", -6 }, { "NOTE", "schedule.note", 60 }, { "path", "path", 0 }, { 0 }
};

static const char *const examples[] = {
	"qfzz schedule | qfzz playlist -o today.m3u -",
	"qfzz schedule | qfzz playlist --profile liquidsoap -o today.m3u -      # with the gain of each",
	"qfzz recommend --user me -n 500 | qfzz schedule --date 2026-11-21 --days 7 - > week.ndjson",
	"qfzz schedule --format tsv --fields schedule.at,schedule.note        # what to say, for whoever is at the microphone",
	"qfzz schedule --print-client ezstream | sed 's|@LIST@|/srv/today.m3u|; s|@PORT@|8000|; s|@PASSWORD@|secret|' > ezstream.xml",
	"qfzz schedule --print-dayparts > my-dayparts.tsv && qfzz schedule --dayparts my-dayparts.tsv --format table",
	NULL
};

static const struct cli_tool tool = {
	.verb = "schedule", .stage = "deliver", .purpose = "programme a station's day or week, exact to the second",
	.operands = "[-]", .reads = "track.v1", .writes = "track.v1", .common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts, .columns = columns, .examples = examples,
	.notes = "The table says which query is on air at which hours; `qfzz schedule --print-dayparts` explains itself. With '-' only\n"
		 "tracks whose rows come in are played, and their reasons stand in the notes. Each row has \"schedule\": when it\n"
		 "begins, the gain to the daypart's loudness (true peak at most -1 dBTP; missing_db is what that costs), and a note.\n"
		 "A daypart ends within half a second of its time where lengths allow it; what it is late or early the next one makes up.",
};

struct station {
	struct qf_arena a;
	struct qf_daypart *daypart;
	size_t n;
	const struct qf_zone *zone;
	struct cli_airable airable;
	struct qf_programme programme;
	struct qf_catalog *c;
	int code;
};

/* ---- the clock --------------------------------------------------------------------------------- */

/* The second at which the station's clock shows this time of a day, counted from 1970-01-01. A clock
 * that jumps over it gives the second of the jump or one near it. */
static int64_t instant(const struct qf_zone *zone, int64_t day, int64_t s)
{
	int64_t local = day * QF_DAY_S + s, t = local - zone->offset_s(zone->ctx, local);

	return local - zone->offset_s(zone->ctx, t);
}

static int64_t first_day(const struct qf_zone *zone)
{
	char text[32];
	int64_t t = cli_now();

	if (!date) {
		t += zone->offset_s(zone->ctx, t);
		return t / QF_DAY_S;
	}
	snprintf(text, sizeof text, "%.10sT00:00:00Z", date);
	if (strlen(date) != 10 || !qf_time_from_iso(text, strlen(text), &t))
		cli_misuse("--date: '%s' is no date like 2026-11-21", date);
	return t / QF_DAY_S - (t % QF_DAY_S < 0);
}

/* ---- the table ---------------------------------------------------------------------------------- */

static enum qf_status read_table(struct station *s, struct qf_buf *text, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (table)
		rc = qf_file_read(table, text, TABLE_MAX, e);
	else
		qf_buf_put(text, builtin, sizeof builtin - 1);
	if (rc == QF_OK)
		rc = qf_buf_check(text, e);
	if (rc != QF_OK)
		return rc;
	rc = qf_dayparts_parse(text->p ? text->p : "", text->len, &s->a, &s->daypart, &s->n, e);
	if (rc == QF_OK && s->n == 0)
		rc = qf_fail(e, QF_EINVAL, "no daypart stands in it");
	return rc == QF_OK || !table ? rc : qf_err_at(e, table);
}

static void print_client(void)
{
	for (size_t i = 0; i < sizeof clients / sizeof *clients; i++)
		if (strcmp(clients[i].name, client) == 0) {
			cli_write(clients[i].text, strlen(clients[i].text));
			return;
		}
	cli_misuse("--print-client: '%s' is none of ezstream, icecast, ices2, liquidsoap, mpd", client);
}

/* ---- the programme ------------------------------------------------------------------------------- */

struct shift {
	int64_t from, until; /* ms since 1970 */
	size_t daypart;
	bool follows; /* the one before without silence */
};

static int by_start(const void *x, const void *y)
{
	const struct shift *a = x, *b = y;

	return (a->from > b->from) - (a->from < b->from);
}

/* "evening of 2026-11-21" */
static void put_shift(struct qf_buf *b, const struct station *s, const struct shift *sh)
{
	struct qf_buf at = { 0 };

	cli_put_moment(&at, sh->from, s->zone);
	qf_buf_printf(b, "%s of %.10s", s->daypart[sh->daypart].name, at.p ? at.p : "");
	qf_buf_free(&at);
}

/* Say what did not come out as it should. */
static void review(struct station *s, const struct shift *sh, size_t first, int64_t now)
{
	const struct qf_programme *p = &s->programme;
	struct qf_buf name = { 0 };
	size_t soon = 0;

	for (size_t i = first; i < p->n; i++)
		soon += p->spot[i].too_soon;
	put_shift(&name, s, sh);
	if (p->n == first) {
		cli_say("%s: nothing to play", name.p ? name.p : "");
		s->code = EXIT_SOME;
	} else if (now - sh->until > LATE_MS || sh->until - now > LATE_MS) {
		cli_say("%s ends %.1f s %s: no lengths fit better", name.p ? name.p : "", fabs((double)(now - sh->until)) / 1000,
			now > sh->until ? "late" : "early");
	}
	if (soon)
		cli_say("%s: %zu times an artist comes again within %" PRId64 " min: it has too few", name.p ? name.p : "", soon,
			s->daypart[sh->daypart].artist_gap_s / 60);
	qf_buf_free(&name);
}

/* Where a daypart ends early the next one begins early, unless silence was asked for between them. */
static enum qf_status play_shift(struct station *s, const struct shift *sh, int64_t *now, struct qf_err *e)
{
	const struct qf_daypart *d = &s->daypart[sh->daypart];
	const struct cli_queue *q = &s->airable.queue[sh->daypart], *j = &s->airable.jingles[sh->daypart];
	const struct qf_shift shift = { .until = sh->until, .queue = q->piece, .n = q->n, .jingle = j->piece, .jingles = j->n,
					.jingle_every = 1000 * d->jingle_every_s, .artist_gap = 1000 * d->artist_gap_s,
					.track_gap = 1000 * d->artist_gap_s };
	size_t first = s->programme.n;
	enum qf_status rc;

	if (*now < sh->from && !(sh->follows && s->programme.n))
		*now = sh->from;
	rc = qf_programme_fill(&s->programme, &shift, now, e);
	if (rc == QF_OK)
		review(s, sh, first, *now);
	return rc;
}

static enum qf_status show(struct station *s, const struct shift *sh, size_t first, struct cli_onair *o, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = first; rc == QF_OK && i < s->programme.n; i++)
		rc = cli_onair_row(o, &s->programme.spot[i], &s->daypart[sh->daypart], e);
	return rc;
}

static size_t list_shifts(const struct station *s, int64_t first, struct shift *out)
{
	size_t n = 0;

	for (int64_t day = first; day < first + days; day++)
		for (size_t i = 0; i < s->n; i++)
			if (s->daypart[i].days >> ((day + 3) % 7 + 7) % 7 & 1) /* 1970-01-01 was a Thursday */
				out[n++] = (struct shift){ 1000 * instant(s->zone, day, s->daypart[i].from_s),
							   1000 * instant(s->zone, day, s->daypart[i].until_s), i, false };
	if (n)
		qsort(out, n, sizeof *out, by_start);
	for (size_t i = 1; i < n; i++)
		out[i].follows = out[i].from == out[i - 1].until;
	return n;
}

static enum qf_status programme(struct station *s, struct qf_err *e)
{
	int64_t first = first_day(s->zone), now = INT64_MIN;
	struct shift *shift = qf_alloc((size_t)days * s->n, sizeof *shift);
	struct cli_onair o = { .c = s->c, .uuid = qf_catalog_uuid(s->c), .a = &s->airable, .zone = s->zone, .last_tempo_bpm = NAN };
	size_t n = shift ? list_shifts(s, first, shift) : 0;
	enum qf_status rc = shift ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu dayparts", s->n);

	cli_airable_shuffle(&s->airable, s->daypart, qf_random((uint64_t)seed, (uint64_t)first));
	if (rc == QF_OK)
		rc = qf_programme_init(&s->programme, s->airable.piece, s->airable.pieces, s->airable.artists.n, e);
	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		size_t begun = s->programme.n;

		rc = play_shift(s, &shift[i], &now, e);
		if (rc == QF_OK)
			rc = show(s, &shift[i], begun, &o, e);
	}
	qf_free(shift);
	return rc;
}

static enum qf_status run(struct station *s, struct qf_err *e)
{
	if (cli_catalog_open(&s->c, QF_CATALOG_READ, e) || qf_catalog_begin_read(s->c, e) ||
	    (cli.n_operands && cli_airable_offer(&s->airable, s->c, &s->code, e)) ||
	    cli_airable_select(&s->airable, s->c, where, s->daypart, s->n, cli_now(), e))
		return e->code;
	if (s->airable.unknown)
		cli_say("%zu tracks are left out: their length is not known", s->airable.unknown);
	return programme(s, e);
}

int main(int argc, char **argv)
{
	struct station s = { .code = EXIT_OK };
	struct qf_buf text = { 0 };
	struct qf_err e = { 0 };

	cli_start(&tool, argc, argv);
	if (cli.n_operands > 1 || (cli.n_operands == 1 && strcmp(cli.operands[0], "-") != 0))
		cli_misuse("takes no operand, or '-': track rows on standard input");
	if (client) {
		print_client();
		return cli_finish(EXIT_OK);
	}
	s.zone = cli_zone(tz);
	if (read_table(&s, &text, &e))
		s.code = cli_die(&e);
	else if (show_table)
		cli_write(text.p, text.len);
	else if (run(&s, &e))
		s.code = cli_die(&e);
	qf_programme_free(&s.programme);
	cli_airable_free(&s.airable);
	qf_catalog_close(s.c);
	qf_arena_free(&s.a);
	qf_buf_free(&text);
	return cli_finish(s.code);
}
