/* qfzz recommend - tracks for a user, and why each of them. */
#include "cli/cli.h"
#include "cli/learned.h"
#include "cli/listening.h"
#include "cli/shortlist.h"
#include "cli/store.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define LEAST_SHARE 0.005 /* of a reason: less would print as 0.00 */

static const char *user_name;
static int64_t count = 25, max_per_artist = 3, at_time;
static double variety;
static bool include_known;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'u', "user", "NAME", "for whom, as in the imported history", &user_name, 0, 0, NULL },
	{ CLI_INT, 'n', "count", "N", "how many tracks [25]", &count, 1, 1000000, NULL },
	{ CLI_FLAG, 0, "include-known", NULL, "tracks that the user has already played, too", &include_known, 0, 0, NULL },
	{ CLI_INT, 0, "max-per-artist", "N", "at most so many of one artist, 0: any number [3]", &max_per_artist, 0, 1000000, NULL },
	{ CLI_NUM, 0, "variety", "X", "0: the best only, towards 1: each unlike the others [0]", &variety, 0, 1, NULL },
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
	NULL
};

static const struct cli_tool tool = {
	.verb = "recommend",
	.stage = "learn",
	.purpose = "choose tracks for a user, and say why",
	.reads = "",
	.writes = "track.v1",
	.common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts,
	.columns = columns,
	.examples = examples,
	.notes = "A score of 1 is the best there is for this user. Listening (who plays this track plays what you play)\n"
		 "counts n / (n + 20) if n people have listened, its sound the rest. What the user disliked never comes.\n"
		 "A user without any history gets what most people play.",
};

struct mine { /* what the user heard */
	uint32_t *item;
	float *c;
	bool *barred; /* [library] */
	size_t n, room;
};

static enum qf_status take_history(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct mine *m = arg;

	m->item = qf_alloc(t->n, sizeof *m->item);
	m->c = qf_alloc(t->n, sizeof *m->c);
	if (!m->item || !m->c)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", t->n);
	for (size_t i = 0; i < t->n; i++) {
		const struct cli_heard *h = &t->heard[i];

		if (h->barred || !include_known)
			m->barred[h->item] = true;
		if (h->barred || h->weight <= 0)
			continue;
		m->item[m->n] = h->item;
		m->c[m->n++] = cli_confidence(h);
	}
	return QF_OK;
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

static void put_why(struct qf_buf *row, const struct cli_shown *s, const struct qf_recommended *r)
{
	struct qf_buf text = { 0 };
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
		qf_json_str(row, r->score > 0   ? "close to what you play as a whole"
				 : r->score < 0 ? "unlike what you play, but nothing closer is left"
						: "nothing is known for or against it");
	qf_buf_free(&text);
}

static void put_recommend(struct qf_buf *row, const struct cli_shown *s, const struct qf_recommended *r)
{
	qf_json_open(row, '{');
	qf_json_key(row, "score");
	qf_json_num(row, r->score, 4);
	qf_json_key(row, "why");
	qf_json_open(row, '[');
	put_why(row, s, r);
	qf_json_close(row, ']');
	qf_json_key(row, "listening");
	qf_json_num(row, share(r->listening, r->sound), 3);
	qf_json_key(row, "sound");
	qf_json_num(row, share(r->sound, r->listening), 3);
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
	else if (!l->model.factor.v && l->lib.n_sounds == 0)
		cli_say("neither a model nor features are there: these are the tracks that most people play"
			" (`qfzz train`, `qfzz features`)");
	else if (!l->model.factor.v)
		cli_say("no model is trained: these go by sound alone (`qfzz train`)");
}

/* *enough: the list is as long as it can be. */
static enum qf_status recommend(struct qf_catalog *c, const struct cli_learned *l, struct mine *m, int64_t user, bool all,
				bool *enough, struct qf_err *e)
{
	struct cli_shown shown = { c, l, "recommend", put_recommend };
	struct qf_pick_rules rules = { .artist = l->artist, .max_per_artist = (size_t)max_per_artist, .variety = variety };
	struct qf_recommended *out;
	size_t n = 0;
	enum qf_status rc = QF_OK;

	m->barred = qf_alloc(l->lib.n, sizeof *m->barred);
	rules.n = (size_t)count < l->lib.n ? (size_t)count : l->lib.n;
	rules.barred = m->barred;
	out = qf_alloc(rules.n, sizeof *out);
	if (!m->barred || !out)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->lib.n);
	if (rc == QF_OK)
		memcpy(m->barred, l->lib.missing, l->lib.n * sizeof *m->barred);
	if (rc == QF_OK && user)
		rc = cli_listening(c, &l->lib, user, at_time, l->settings.half_life_days, take_history, m, e);
	if (rc == QF_OK)
		rc = qf_recommend(&l->model, &(struct qf_history){ m->item, m->c, m->n }, &rules, out, &n, e);
	*enough = all || n == (size_t)count;
	if (rc == QF_OK && *enough) {
		say_basis(l, m, user);
		rc = cli_show_tracks(&shown, out, n, e);
	}
	qf_free(out);
	return rc;
}

/* From a shortlist if the library is large, from a longer one if the rules leave too few. */
static enum qf_status answer(struct qf_catalog *c, struct qf_err *e)
{
	struct cli_wish wish = { .now = at_time, .known_too = include_known, .best = 2 * (size_t)count + 50 };
	enum qf_status rc = qf_catalog_user(c, user_name, &wish.user, e);
	bool all = false, enough = false;

	if (variety > 0)
		wish.best = QF_VARIETY_POOL((size_t)count);
	for (; rc == QF_OK && !enough; wish.best *= 4) {
		struct cli_learned l;
		struct mine m = { 0 };

		rc = cli_shortlist_open(&l, c, &wish, &all, e);
		if (rc == QF_OK)
			rc = recommend(c, &l, &m, wish.user, all, &enough, e);
		cli_learned_close(&l);
		qf_free(m.item);
		qf_free(m.c);
		qf_free(m.barred);
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	if (!user_name || !*user_name)
		cli_misuse("--user says for whom");
	if (!at_time)
		at_time = cli_now();
	if (cli_catalog_open(&c, QF_CATALOG_READ, &e))
		return cli_finish(cli_die(&e));
	if (qf_catalog_begin_read(c, &e) || answer(c, &e))
		code = cli_die(&e);
	qf_catalog_close(c);
	return cli_finish(code);
}
