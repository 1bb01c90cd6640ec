/* qfzz radio - a station that stays near its seeds. */
#include "cli/cli.h"
#include "cli/leaning.h"
#include "cli/learned.h"
#include "cli/listening.h"
#include "cli/nearlist.h"
#include "cli/seeds.h"
#include "cli/store.h"

#include "base/alloc.h"
#include "model/station.h"

#include <string.h>

#define LEAST_SHARE 0.005 /* of a reason: less would print as 0.00 */
#define PART_DECIMALS 6
#define LEAST 0.3 /* of the nearest track's nearness */
#define REACH 2000 /* candidates beyond those that are wanted: what a step costs */

static const char *user_name, *not_since = "1d";
static int64_t count = 50, spacing = 5, seed, at_time;
static double drift = 0.3;

static const struct cli_opt opts[] = {
	{ CLI_INT, 'n', "count", "N", "how many tracks [50]", &count, 1, 1000000, NULL },
	{ CLI_NUM, 0, "drift", "X", "0: each as near to the seeds as can be, towards 1: each near to the one before [0.3]", &drift, 0, 1, NULL },
	{ CLI_INT, 0, "spacing", "N", "places between two tracks of one artist [5]", &spacing, 0, 1000, NULL },
	{ CLI_TEXT, 'u', "user", "NAME", "who listens: what they disliked, or heard lately, does not come", &user_name, 0, 0, NULL },
	{ CLI_TEXT, 0, "not-since", "TIME", "what lately means: 36h, 7d, 2w, 6m, 1y [1d]", &not_since, 0, 0, NULL },
	{ CLI_INT, 0, "seed", "N", "another number, another station near the same tracks; 0: without chance [0]", &seed, 0, 9007199254740992.0, NULL },
	{ CLI_INT, 0, "now", "EPOCH", "the time to count ages from, in seconds since 1970 [the clock]", &at_time, 1, 9007199254740992.0, NULL },
	{ .kind = CLI_END }
};

static const struct cli_column columns[] = {
	{ "score", "radio.score", -6 }, { "artist", "artist", 24 }, { "title", "title|path", 32 }, { "why", "radio.why", 48 }, { "path", "path", 0 }, { 0 }
};

static const char *const examples[] = {
	"qfzz radio track:17 | qfzz playlist -o station.m3u -",
	"qfzz radio 'artist:Nina Simone' song.flac --user me --not-since 7d -n 100",
	"qfzz query 'genre:jazz year:..1965' | qfzz radio --drift 0.5 --seed 3 -",
	NULL
};

static const struct cli_tool tool = {
	.verb = "radio",
	.stage = "learn",
	.purpose = "play on and on from some tracks, an artist or a playlist",
	.operands = "SEED…",
	.reads = "track.v1",
	.writes = "track.v1",
	.common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts,
	.columns = columns,
	.examples = examples,
	.notes = "SEED is " CLI_SEEDS ".\n"
		 "A track's score is its nearness to the seeds (as in `qfzz similar`) and to the track before it, weighed by\n"
		 "--drift. Nothing less than 0.3 times as near to the seeds as the nearest is played, nor a track twice, nor a seed.",
};

static struct playing { /* what put_radio looks up by place */
	struct qf_aired *aired;
	struct qf_recommended *shown;
} playing;

static void put_num(struct qf_buf *row, const char *key, double v)
{
	qf_json_put_num(row, key, v, PART_DECIMALS);
}

static void put_reason(struct qf_buf *row, const struct cli_shown *s, const char *words, uint32_t item, double part)
{
	struct qf_buf text = { 0 };
	struct qf_err e;

	qf_buf_puts(&text, words);
	if (part >= LEAST_SHARE && cli_track_label(s->c, s->l->lib.id[item], &text, &e) == QF_OK) {
		qf_buf_printf(&text, " (%.2f)", part);
		qf_json_strn(row, text.p, text.len);
	}
	qf_buf_free(&text);
}

static void put_radio(struct qf_buf *row, const struct cli_shown *s, const struct qf_recommended *r)
{
	const struct qf_aired *a = &playing.aired[r - playing.shown];
	const struct qf_reason *near = &a->nearest;

	qf_json_open(row, '{');
	qf_json_put_num(row, "score", a->score, 4);
	qf_json_key(row, "why");
	qf_json_open(row, '[');
	put_reason(row, s, near->listening > near->sound ? "heard by those who play " : "sounds like ", near->item,
		   near->listening + near->sound);
	if (a != playing.aired)
		put_reason(row, s, "goes on from ", a[-1].item, a->flow);
	qf_json_close(row, ']');
	put_num(row, "seeds", a->seeds);
	put_num(row, "flow", a->flow);
	put_num(row, "chance", a->chance);
	put_num(row, "listening", a->listening);
	put_num(row, "sound", a->sound);
	qf_json_close(row, '}');
}

static enum qf_status bar_disliked(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	bool *barred = arg;

	(void)e;
	for (size_t i = 0; i < t->n; i++)
		barred[t->heard[i].item] |= t->heard[i].barred;
	return QF_OK;
}

/* What this listener shall not hear into barred[l->lib.n]. */
static enum qf_status bar(struct qf_catalog *c, const struct cli_learned *l, int64_t user, bool *barred, struct qf_err *e)
{
	memcpy(barred, l->lib.missing, l->lib.n * sizeof *barred);
	if (!user)
		return QF_OK;
	if (cli_listening(c, &l->lib, user, at_time, 0, bar_disliked, barred, e))
		return e->code;
	return cli_bar_recent(c, &l->lib, user, not_since, at_time, barred, e);
}

/* How many tracks are candidates for n. */
static size_t reach_for(size_t n)
{
	return 10 * n + 100 < n + REACH ? 10 * n + 100 : n + REACH;
}

static enum qf_status play(struct qf_catalog *c, const struct cli_learned *l, const struct cli_seeds *s, int64_t user, struct qf_err *e)
{
	struct cli_shown shown = { c, l, "radio", put_radio };
	size_t n = (size_t)count < l->lib.n ? (size_t)count : l->lib.n, found = 0;
	size_t reach = reach_for(n);
	bool *barred = qf_alloc(l->lib.n, sizeof *barred);
	struct qf_station station = { .n = n, .reach = reach < l->lib.n ? reach : l->lib.n, .least = LEAST, .drift = drift,
				      .spacing = (size_t)spacing, .seed = (uint64_t)seed, .artist = l->artist, .id = l->lib.id, .barred = barred };
	enum qf_status rc = QF_OK;

	playing.aired = qf_alloc(n, sizeof *playing.aired);
	playing.shown = qf_zalloc(n, sizeof *playing.shown);
	if (!barred || !playing.aired || !playing.shown)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->lib.n);
	if (rc == QF_OK)
		rc = bar(c, l, user, barred, e);
	if (rc == QF_OK)
		rc = qf_station_play(&station, &l->model, s->item, s->n, playing.aired, &found, e);
	for (size_t i = 0; i < found; i++)
		playing.shown[i].item = playing.aired[i].item;
	if (rc == QF_OK && found < n)
		cli_say("only %zu tracks are near enough", found);
	if (rc == QF_OK)
		rc = cli_show_tracks(&shown, playing.shown, found, e);
	qf_free(barred);
	qf_free(playing.aired);
	qf_free(playing.shown);
	return rc;
}

static enum qf_status answer(struct qf_catalog *c, struct cli_seeds *s, struct qf_err *e)
{
	struct cli_near wanted = { .seed = s->track, .seeds = s->n_said, .now = at_time, .best = reach_for((size_t)count) };
	struct cli_learned l = { 0 };
	bool all;
	enum qf_status rc = user_name ? qf_catalog_user(c, user_name, &wanted.user, e) : QF_OK;

	if (rc == QF_OK && user_name && !wanted.user)
		cli_say("nobody called '%s' has a history here: nothing is left out", user_name);
	if (rc == QF_OK)
		rc = cli_nearlist_open(&l, c, &wanted, &all, e);
	if (rc == QF_OK)
		rc = cli_seeds_place(s, &l, e);
	if (rc == QF_OK && s->n)
		rc = play(c, &l, s, wanted.user, e);
	cli_learned_close(&l);
	return rc;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct cli_seeds s = { 0 };
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	if (cli.n_operands == 0)
		cli_misuse("from where? (" CLI_SEEDS ")");
	if (!at_time)
		at_time = cli_now();
	if (cli_catalog_open(&c, QF_CATALOG_READ, &e))
		return cli_finish(cli_die(&e));
	if (qf_catalog_begin_read(c, &e) || cli_seeds_read(&s, c, &e) || answer(c, &s, &e))
		code = cli_die(&e);
	if (code == EXIT_OK && s.some_failed)
		code = EXIT_SOME;
	cli_seeds_free(&s);
	qf_catalog_close(c);
	return cli_finish(code);
}
