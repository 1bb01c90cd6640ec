/* qfzz similar - tracks that are like one or several others. */
#include "cli/cli.h"
#include "cli/learned.h"
#include "cli/nearlist.h"
#include "cli/seeds.h"
#include "cli/store.h"

#include "base/alloc.h"

#define LEAST_SHARE 0.005 /* of a reason: less would print as 0.00 */

static int64_t count = 25, max_per_artist = 3, at_time;
static double variety;

static const struct cli_opt opts[] = {
	{ CLI_INT, 'n', "count", "N", "how many tracks [25]", &count, 1, 1000000, NULL },
	{ CLI_INT, 0, "max-per-artist", "N", "at most so many of one artist, 0: any number [3]", &max_per_artist, 0, 1000000, NULL },
	{ CLI_NUM, 0, "variety", "X", "0: the most alike only, towards 1: each unlike the others [0]", &variety, 0, 1, NULL },
	{ .kind = CLI_END }
};

static const struct cli_column columns[] = {
	{ "score", "similar.score", -6 }, { "artist", "artist", 24 }, { "title", "title|path", 32 }, { "BPM", "features.tempo_bpm", -6 },
	{ "key", "features.camelot", 4 }, { "path", "path", 0 }, { 0 }
};

static const char *const examples[] = {
	"qfzz similar track:17 -n 20",
	"qfzz similar --max-per-artist 0 --variety 0.2 song.flac track:17",
	"qfzz similar 'artist:Miles Davis' -n 10",
	"qfzz query 'mood:calm' | qfzz similar -n 50 -",
	NULL
};

static const struct cli_tool tool = {
	.verb = "similar",
	.stage = "learn",
	.purpose = "find tracks like those given",
	.operands = "TRACK…",
	.reads = "track.v1",
	.writes = "track.v1",
	.common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts,
	.columns = columns,
	.examples = examples,
	.notes = "TRACK is " CLI_SEEDS ". A score of 1 is the same; it blends who listens\n"
		 "(with the weight n / (n + 20) for n listeners of the less known of the two) and how it sounds.\n"
		 "Of several tracks the mean counts. None of the given ones is in the result.",
};

static void put_similar(struct qf_buf *row, const struct cli_shown *s, const struct qf_recommended *r)
{
	struct qf_buf text = { 0 };
	struct qf_err e;

	qf_json_open(row, '{');
	qf_json_put_num(row, "score", r->score, 4);
	qf_json_key(row, "why");
	qf_json_open(row, '[');
	for (size_t i = 0; i < r->n_why; i++) {
		const struct qf_reason *w = &r->why[i];

		if (w->listening + w->sound < LEAST_SHARE)
			continue;
		qf_buf_clear(&text);
		qf_buf_puts(&text, w->listening > w->sound ? "heard by those who play " : "sounds like ");
		if (cli_track_label(s->c, s->l->lib.id[w->item], &text, &e))
			continue;
		qf_buf_printf(&text, " (%.2f)", w->listening + w->sound);
		qf_json_strn(row, text.p, text.len);
	}
	qf_json_close(row, ']');
	qf_json_put_num(row, "listening", r->listening, 4);
	qf_json_put_num(row, "sound", r->sound, 4);
	qf_json_close(row, '}');
	qf_buf_free(&text);
}

/* The `sure` nearest of l are there, 0: all. *enough: the list is as long as it can be. */
static enum qf_status show(struct qf_catalog *c, const struct cli_learned *l, const struct cli_seeds *s, size_t sure, bool *enough,
			   struct qf_err *e)
{
	struct cli_shown shown = { c, l, "similar", put_similar };
	struct qf_pick_rules rules = { .barred = l->lib.missing, .artist = l->artist, .max_per_artist = (size_t)max_per_artist,
				       .variety = variety, .sure = sure };
	struct qf_recommended *out;
	size_t n;
	enum qf_status rc;

	rules.n = (size_t)count < l->lib.n ? (size_t)count : l->lib.n;
	out = qf_alloc(rules.n, sizeof *out);
	if (!out)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", rules.n);
	rc = qf_similar(&l->model, s->item, s->n, &rules, out, &n, e);
	*enough = !sure || n == (size_t)count;
	if (rc == QF_OK && *enough)
		rc = cli_show_tracks(&shown, out, n, e);
	qf_free(out);
	return rc;
}

/* From a list of the nearest if the library is large, from a longer one if the rules leave too few. */
static enum qf_status answer(struct qf_catalog *c, struct cli_seeds *s, struct qf_err *e)
{
	struct cli_near wanted = { .seed = s->track, .seeds = s->n_said, .now = at_time };
	bool all = false, enough = false;
	enum qf_status rc = QF_OK;

	wanted.best = variety > 0 ? QF_VARIETY_POOL((size_t)count) : 2 * (size_t)count + 50;
	for (; rc == QF_OK && !enough; wanted.best *= 4) {
		struct cli_learned l;

		rc = cli_nearlist_open(&l, c, &wanted, &all, e);
		if (rc == QF_OK)
			rc = cli_seeds_place(s, &l, e);
		enough = s->n == 0;
		if (rc == QF_OK && !enough)
			rc = show(c, &l, s, all ? 0 : wanted.best, &enough, e);
		cli_learned_close(&l);
	}
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
		cli_misuse("like which track? (" CLI_SEEDS ")");
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
