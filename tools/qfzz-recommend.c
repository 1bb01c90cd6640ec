/* qfzz recommend - tracks for a user, and why each of them. */
#include "cli/cli.h"
#include "cli/everyone.h"
#include "cli/leaning.h"
#include "cli/learned.h"
#include "cli/listening.h"
#include "cli/shortlist.h"
#include "cli/store.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define LEAST_SHARE 0.005 /* of a reason: less would print as 0.00 */
#define PART_DECIMALS 6
#define MAX_PER_ARTIST 3
#define ACTIVE_BEST 2000 /* candidates that an activity chooses among, at first */

static const char *user_name;
static int64_t count = 25, max_per_artist = MAX_PER_ARTIST, max_per_album, at_time;
static double variety;
static int diversity = QF_MMR;
static bool include_known, everyone;
static struct cli_wishes wish = { .discovery = -1 };

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'u', "user", "NAME", "for whom, as in the imported history", &user_name, 0, 0, NULL },
	{ CLI_FLAG, 0, "everyone", NULL, "for all users at once, a row list.v1 each; by listening alone, with -n and --include-known", &everyone, 0, 0, NULL },
	{ CLI_INT, 'n', "count", "N", "how many tracks [25]", &count, 1, 1000000, NULL },
	{ CLI_FLAG, 0, "include-known", NULL, "tracks that the user has already played, too", &include_known, 0, 0, NULL },
	{ CLI_NUM, 0, "discovery", "X", "0: known artists only, the dearest first; 0.5: known and new alike; 1: new artists only", &wish.discovery, 0, 1, NULL },
	{ CLI_TEXT, 0, "not-since", "TIME", "nothing that the user heard within 36h, 7d, 2w, 6m or 1y", &wish.not_since, 0, 0, NULL },
	{ CLI_TEXT, 0, "mood", "WORDS", "only what fits the words, as \"something upbeat\" (datasets/moods.tsv)", &wish.mood, 0, 0, NULL },
	{ CLI_TEXT, 0, "where", "QUERY", "only tracks that a query selects, as in `qfzz query`", &wish.where, 0, 0, NULL },
	{ CLI_TEXT, 0, "activity", "NAME", "rather what suits workout, running, study, sleep, party … (datasets/activities.tsv)", &wish.activity, 0, 0, NULL },
	{ CLI_TEXT, 0, "when", "TIME", "rather what the user hears now, at an hour (8), on sat, weekend, in the morning, evening …", &wish.when, 0, 0, NULL },
	{ CLI_TEXT, 0, "tz", "ZONE", "the clock that --when now is read from: +02:00, Europe/Berlin [this machine's]", &wish.tz, 0, 0, NULL },
	{ CLI_INT, 0, "max-per-artist", "N", "at most so many of one artist, 0: any number [3]", &max_per_artist, 0, 1000000, NULL },
	{ CLI_INT, 0, "max-per-album", "N", "at most so many of one album, 0: any number [0]", &max_per_album, 0, 1000000, NULL },
	{ CLI_NUM, 0, "variety", "X", "0: the best only, towards 1: each unlike the others [0]", &variety, 0, 1, NULL },
	{ CLI_CHOICE, 0, "diversity", "HOW", "what variety means: mmr, unlike the nearest one; dpp, unlike all together [mmr]", &diversity, 0, 0, "mmr|dpp" },
	{ CLI_NUM, 0, "calibrate", "X", "0: the best only, towards 1: genres in the shares that the user hears [0]", &wish.calibrate, 0, 1, NULL },
	{ CLI_INT, 0, "now", "EPOCH", "the time to count ages from, in seconds since 1970 [the clock]", &at_time, 1, 9007199254740992.0, NULL },
	{ .kind = CLI_END }
};

static const struct cli_column columns[] = {
	{ "score", "recommend.score", -6 }, { "artist", "artist", 22 }, { "title", "title|path", 28 }, { "why", "recommend.why", 48 },
	{ "path", "path", 0 }, { 0 }
};

static const char *const examples[] = {
	"qfzz recommend --user me -n 50",
	"qfzz recommend --user me -n 200 --variety 0.3 | qfzz playlist --order harmonic -o for-you.m3u -",
	"qfzz recommend --user me --include-known --max-per-artist 0 --now 1700000000",
	"qfzz recommend --user me --discovery 0.8 --max-per-album 1",
	"qfzz recommend --user me --activity workout --when 'weekend morning' --not-since 7d --include-known",
	"qfzz recommend --user me --mood 'calm acoustic' --where 'year:1990..' --diversity dpp --variety 0.4 --calibrate 0.5",
	"qfzz recommend --everyone -n 50 > lists.ndjson",
	NULL
};

static const struct cli_tool tool = {
	.verb = "recommend",
	.stage = "learn",
	.purpose = "choose tracks for a user, and say why",
	.reads = "",
	.writes = "track.v1 list.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_JOBS,
	.opts = opts,
	.columns = columns,
	.examples = examples,
	.notes = "A score of 1 is the best there is for this user. Listening (who plays this track plays what you play)\n"
		 "counts n / (n + 20) if n people have listened, its sound the rest. What the user disliked never comes.\n"
		 "A user without any history gets what most people play. What --discovery, --activity and --when add to a\n"
		 "score stands in recommend.parts, which add up to it; --variety, --diversity and --calibrate change the\n"
		 "order alone. --mood and --where leave out what does not fit. With --discovery, tracks that the user has\n"
		 "played are in the choice, too.",
};

struct mine { /* what the user heard */
	struct cli_heard *heard; /* [n_heard] */
	uint32_t *item;          /* [n] what is a sign of liking */
	float *c;
	size_t n_heard, n;
	struct cli_leaning lean;
	const struct cli_settings *settings; /* of the model */
};
static struct mine mine;

static enum qf_status take_history(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct mine *m = arg;

	m->heard = qf_alloc(t->n, sizeof *m->heard);
	m->item = qf_alloc(t->n, sizeof *m->item);
	m->c = qf_alloc(t->n, sizeof *m->c);
	if (!m->heard || !m->item || !m->c)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", t->n);
	memcpy(m->heard, t->heard, t->n * sizeof *m->heard);
	m->n_heard = t->n;
	for (size_t i = 0; i < t->n; i++) {
		const struct cli_heard *h = &t->heard[i];

		if (h->barred || h->weight <= 0)
			continue;
		m->item[m->n] = h->item;
		m->c[m->n++] = cli_confidence(h, m->settings->scale, m->settings->eps);
	}
	return QF_OK;
}

static void bar_known(struct mine *m)
{
	for (size_t i = 0; i < m->n_heard; i++)
		if (m->heard[i].barred || (!include_known && wish.discovery < 0))
			m->lean.barred[m->heard[i].item] = true;
}

static double share(double part, double other)
{
	part = part > 0 ? part : 0;
	other = other > 0 ? other : 0;
	return part + other > 0 ? part / (part + other) : 0;
}

static void put_popular(struct qf_buf *row, double listeners)
{
	struct qf_buf text = { 0 };

	qf_buf_printf(&text, "popular here: %.0f listener%s", listeners, listeners == 1 ? "" : "s");
	qf_json_strn(row, text.p, text.len);
	qf_buf_free(&text);
}

static const struct {
	const char *key, *more, *less; /* less: where the part is below 0 */
} parts[CLI_LEAN_PARTS] = {
	[CLI_LEAN_DISCOVERY] = { "discovery", "you know it, or its artist", "new to you would be better" },
	[CLI_LEAN_ACTIVITY] = { "activity", NULL, "not quite what suits the activity" },
	[CLI_LEAN_WHEN] = { "when", "you hear such at this time", "you hear such at other times" },
};

static void put_leanings(struct qf_buf *row, struct qf_buf *text, uint32_t item)
{
	for (size_t p = 0; p < CLI_LEAN_PARTS; p++) {
		double part = mine.lean.part[p] ? mine.lean.part[p][item] : 0;

		if (fabs(part) < LEAST_SHARE)
			continue;
		qf_buf_clear(text);
		qf_buf_printf(text, "%s (%+.2f)", part > 0 ? parts[p].more : parts[p].less, part);
		qf_json_strn(row, text->p, text->len);
	}
}

static void put_why(struct qf_buf *row, const struct cli_shown *s, const struct qf_recommended *r)
{
	struct qf_buf text = { 0 };
	double base = r->score - r->lean;
	size_t said = 0;

	for (size_t i = 0; i < r->n_why; i++) {
		const struct qf_reason *w = &r->why[i];
		struct qf_err e;

		qf_buf_clear(&text);
		if (w->listening + w->sound < LEAST_SHARE)
			continue;
		if (w->item == r->item) {
			qf_buf_puts(&text, "you play it yourself");
		} else {
			qf_buf_puts(&text, w->listening >= w->sound ? "because you played " : "sounds like ");
			if (cli_track_label(s->c, s->l->lib.id[w->item], &text, &e))
				continue;
		}
		qf_buf_printf(&text, " (%.2f)", w->listening + w->sound);
		qf_json_strn(row, text.p, text.len);
		said++;
	}
	if (r->popularity > 0)
		put_popular(row, (double)s->l->listeners[r->item]);
	else if (!said)
		qf_json_str(row, base > 0   ? "close to what you play as a whole"
				 : base < 0 ? "unlike what you play, but nothing closer is left"
					    : "nothing is known for or against it");
	put_leanings(row, &text, r->item);
	qf_buf_free(&text);
}

/* They add up to the score; those that were not asked for are left out. */
static void put_parts(struct qf_buf *row, const struct qf_recommended *r)
{
	qf_json_open(row, '{');
	qf_json_put_num(row, "listening", r->listening, PART_DECIMALS);
	qf_json_put_num(row, "sound", r->sound, PART_DECIMALS);
	qf_json_put_num(row, "popularity", r->popularity, PART_DECIMALS);
	for (size_t p = 0; p < CLI_LEAN_PARTS; p++)
		if (mine.lean.part[p])
			qf_json_put_num(row, parts[p].key, mine.lean.part[p][r->item], PART_DECIMALS);
	qf_json_close(row, '}');
}

static void put_recommend(struct qf_buf *row, const struct cli_shown *s, const struct qf_recommended *r)
{
	qf_json_open(row, '{');
	qf_json_put_num(row, "score", r->score, 4);
	qf_json_key(row, "why");
	qf_json_open(row, '[');
	put_why(row, s, r);
	qf_json_close(row, ']');
	qf_json_put_num(row, "listening", share(r->listening, r->sound), 3);
	qf_json_put_num(row, "sound", share(r->sound, r->listening), 3);
	qf_json_key(row, "parts");
	put_parts(row, r);
	qf_json_key(row, "model");
	if (s->l->row.id)
		qf_json_int(row, s->l->row.id);
	else
		qf_json_null(row);
	qf_json_close(row, '}');
}

/* One sentence about what the list is made of, when that is less than usual. */
static void say_basis(const struct cli_learned *l, const struct mine *m, int64_t user)
{
	bool played = false;

	for (size_t i = 0; i < l->lib.n && !played; i++)
		played = l->plays[i] > 0;
	if (!user)
		cli_say("nobody called '%s' has a history here: these are %s", user_name,
			played ? "the tracks that most people play" : "any tracks, since nobody has listened yet");
	else if (m->n == 0)
		cli_say("nothing that '%s' played counts as a liking: these are %s", user_name,
			played ? "the tracks that most people play" : "any tracks");
	else if (!qf_model_listens(&l->model) && l->lib.n_sounds == 0)
		cli_say("neither a model nor features are there: these are the tracks that most people play"
			" (`qfzz train`, `qfzz features`)");
	else if (!qf_model_listens(&l->model))
		cli_say("no model is trained: these go by sound alone (`qfzz train`)");
}

/* And about wishes that came to nothing. */
static void say_wishes(const struct mine *m, int64_t user, size_t found)
{
	if (found == 0)
		cli_say("no track is left that fits");
	if (wish.when && user && m->lean.timed == 0)
		cli_say("at what time of the day '%s' listens is not known: --when changes nothing", user_name);
	if (wish.calibrate > 0 && !m->lean.mix.kinds)
		cli_say("what genres '%s' hears is not known: --calibrate changes nothing", user_name);
}

/* On a shortlist are the `best` best without what they lean to: others score less than the last of these, for --activity
 * only takes away, and --discovery leaves them as they are. So those are sure that score more with it. */
static enum qf_status still_sure(const struct cli_learned *l, const struct mine *m, size_t best, size_t *sure, struct qf_err *e)
{
	double *score = qf_alloc(l->lib.n, sizeof *score);
	uint32_t *item = qf_alloc(best, sizeof *item);
	const struct qf_history h = { m->item, m->c, m->n };
	size_t n = 0;
	enum qf_status rc = score && item ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->lib.n);

	if (rc == QF_OK && (rc = qf_recommend_scores(&l->model, &h, m->lean.barred, score, e)) == QF_OK)
		rc = qf_pick(score, l->lib.n, &(struct qf_pick_rules){ .n = best, .barred = m->lean.barred }, item, &n, e);
	*sure = 0;
	for (size_t i = 0; rc == QF_OK && n && i < l->lib.n; i++)
		*sure += !m->lean.barred[i] && score[i] + m->lean.sum[i] > score[item[n - 1]];
	qf_free(score);
	qf_free(item);
	return rc;
}

static struct qf_pick_rules rules_of(const struct cli_learned *l, const struct mine *m, size_t sure)
{
	return (struct qf_pick_rules){
		.n = (size_t)count < l->lib.n ? (size_t)count : l->lib.n,
		.barred = m->lean.barred,
		.sure = sure,
		.lean = m->lean.sum,
		.artist = l->artist,
		.max_per_artist = (size_t)max_per_artist,
		.album = m->lean.facets.album,
		.max_per_album = (size_t)max_per_album,
		.variety = variety,
		.diversity = { .kind = (enum qf_diversity_kind)diversity },
		.calibrate = wish.calibrate,
		.mix = m->lean.mix.kinds ? &m->lean.mix : NULL,
	};
}

/* The `sure` best of l are there, 0: all. *enough: the list is as long as it can be. */
static enum qf_status recommend(struct qf_catalog *c, const struct cli_learned *l, struct mine *m, int64_t user, size_t sure,
				bool *enough, struct qf_err *e)
{
	struct cli_shown shown = { c, l, "recommend", put_recommend };
	struct qf_pick_rules rules;
	struct qf_recommended *out = NULL;
	size_t n = 0;

	m->settings = &l->settings;
	if ((user && cli_listening(c, &l->lib, user, at_time, l->settings.half_life_days, take_history, m, e)) ||
	    cli_leaning_open(&m->lean, c, &l->lib, user, m->heard, m->n_heard, &wish, e))
		return e->code;
	bar_known(m);
	if (sure && m->lean.sum) {
		if (still_sure(l, m, sure, &sure, e) || sure == 0)
			return e->code;
	}
	rules = rules_of(l, m, sure);
	out = qf_alloc(rules.n, sizeof *out);
	if (!out)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->lib.n);
	if (qf_recommend(&l->model, &(struct qf_history){ m->item, m->c, m->n }, &rules, out, &n, e) == QF_OK) {
		*enough = !sure || n == (size_t)count;
		if (*enough) {
			say_basis(l, m, user);
			say_wishes(m, user, n);
			cli_show_tracks(&shown, out, n, e);
		}
	}
	qf_free(out);
	return e->code;
}

static void forget(struct mine *m)
{
	cli_leaning_close(&m->lean);
	qf_free(m->heard);
	qf_free(m->item);
	qf_free(m->c);
	memset(m, 0, sizeof *m);
}

/* Whether the best are those by listening and sound, as a shortlist has them, or less. */
static bool is_short(void)
{
	return !wish.when;
}

static bool has_wishes(void)
{
	return !is_short() || wish.calibrate > 0 || wish.discovery >= 0 || wish.mood || wish.where || wish.activity || wish.not_since;
}

/* How many of the best to begin with. */
static size_t first_best(void)
{
	if (wish.activity)
		return ACTIVE_BEST + 2 * (size_t)count;
	return variety > 0 || wish.calibrate > 0 ? QF_VARIETY_POOL((size_t)count) : 2 * (size_t)count + 50;
}

/* From a shortlist if the library is large, from a longer one if the rules leave too few. */
static enum qf_status answer(struct qf_catalog *c, struct qf_err *e)
{
	struct cli_wish wanted = { .now = at_time, .known_too = include_known || wish.discovery >= 0, .not_since = wish.not_since,
				  .discovery = wish.discovery };
	struct cli_ids only = { 0 };
	enum qf_status rc = qf_catalog_user(c, user_name, &wanted.user, e);
	bool all = false, enough = false;

	wish.now = at_time;
	wish.by_album = max_per_album > 0;
	if (is_short())
		wanted.best = first_best();
	if (rc == QF_OK)
		rc = cli_wished(&only, c, &wish, e);
	if (wish.where || wish.mood)
		wanted.only = wish.only = &only;
	for (; rc == QF_OK && !enough; wanted.best *= 4) {
		struct cli_learned l;

		rc = cli_shortlist_open(&l, c, &wanted, &all, e);
		if (rc == QF_OK)
			rc = recommend(c, &l, &mine, wanted.user, all ? 0 : wanted.best, &enough, e);
		cli_learned_close(&l);
		forget(&mine);
	}
	cli_ids_free(&only);
	return rc;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	if (!everyone && (!user_name || !*user_name))
		cli_misuse("--user says for whom");
	if (everyone && (user_name || has_wishes() || max_per_album > 0 || max_per_artist != MAX_PER_ARTIST || variety > 0))
		cli_misuse("--everyone goes with -n, --include-known and --now only");
	if (!at_time)
		at_time = cli_now();
	if (cli_catalog_open(&c, QF_CATALOG_READ, &e))
		return cli_finish(cli_die(&e));
	if (qf_catalog_begin_read(c, &e) || (everyone ? cli_everyone(c, (size_t)count, include_known, at_time, &e) : answer(c, &e)))
		code = cli_die(&e);
	qf_catalog_close(c);
	return cli_finish(code);
}
