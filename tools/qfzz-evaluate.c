/* qfzz evaluate - how well held-back listening is found, by any engine, beside the baselines. */
#include "cli/cli.h"
#include "cli/measured.h"
#include "cli/models.h"
#include "cli/store.h"
#include "cli/study.h"

#include "base/alloc.h"
#include "base/file.h"
#include "model/evaluate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS = 64, CUTS = 16, SHOWN = 4 /* cuts in a table */, DRAWN_AGAIN = 0x5eed /* validation draws otherwise than the test */ };

static struct cli_files files;
static const char *cuts = "10,20,100", *tune_by, *per_user;
static int split_kind, over;
static double share = -1;
static int64_t seed = 1, seeds = 1, resamples = 1000, at_time;
static bool by_group, no_baselines;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "train", "FILE", "learn from this table of USER, ITEM, WEIGHT and TIME in place of the catalog", &files.train, 0, 0, NULL },
	{ CLI_TEXT, 0, "fold-in", "FILE", "what is known of the test users; without it, what --train has of them", &files.fold_in, 0, 0, NULL },
	{ CLI_TEXT, 0, "held-out", "FILE", "what is to be found: a split that was made before", &files.held_out, 0, 0, NULL },
	{ CLI_TEXT, 0, "candidates", "FILE", "rank only these: lines of USER and ITEMs, besides what is held out", &files.candidates, 0, 0, NULL },
	{ CLI_TEXT, 0, "features", "FILE", "what is known of the items: ITEM, NAME and WEIGHT, as tags", &files.features, 0, 0, NULL },
	{ CLI_TEXT, 0, "scores", "FILE", "USER, ITEM and SCORE by another recommender, measured as the engine `given`", &files.scores, 0, 0, NULL },
	{ CLI_CHOICE, 0, "split", "HOW", "temporal, loo (leave one out), weak, strong or cold (tracks nobody heard) [temporal; without times weak]",
	  &split_kind, 0, 0, "auto|temporal|loo|weak|strong|cold" },
	{ CLI_NUM, 0, "share", "X", "how much is held out: of the listening, the tracks, the users [0.2; cold 0.1]", &share, 0.001, 0.9, NULL },
	{ CLI_TEXT, 'k', "cut", "LIST", "lengths of the lists that are judged [10,20,100]", &cuts, 0, 0, NULL },
	{ CLI_TEXT, 0, "tune", "METRIC@K", "what is compared, and by what the best of several values is chosen on a validation split [ndcg at the last K]", &tune_by, 0, 0, NULL },
	{ CLI_INT, 0, "seed", "N", "of the split, the training and the confidence intervals [1]", &seed, 0, 9007199254740992.0, NULL },
	{ CLI_INT, 0, "seeds", "N", "train so often, with this seed and the following, and take the mean [1]", &seeds, 1, 100, NULL },
	{ CLI_INT, 0, "resamples", "N", "of the bootstrap and of the comparison [1000]", &resamples, 10, 1000000, NULL },
	{ CLI_FLAG, 0, "groups", NULL, "rows for light to heavy listeners and for niche to mainstream taste as well", &by_group, 0, 0, NULL },
	{ CLI_CHOICE, 0, "over", "WHAT", "genre or era: the classes that calibration goes by, in a catalog [genre]", &over, 0, 0, "genre|era" },
	{ CLI_TEXT, 0, "per-user", "FILE", "write every user's values there, a row each", &per_user, 0, 0, NULL },
	{ CLI_FLAG, 0, "no-baselines", NULL, "only the models named", &no_baselines, 0, 0, NULL },
	{ CLI_INT, 0, "now", "EPOCH", "leave out what happened later, in seconds since 1970 [the clock]", &at_time, 1, 9007199254740992.0, NULL },
	{ .kind = CLI_END }
};

static const char *const examples[] = {
	"qfzz evaluate",
	"qfzz evaluate --split strong --seeds 3 ials:rank=64 ials:rank=128 --format table",
	"qfzz evaluate --split cold hybrid --groups --over era --seed 7 --resamples 200 --now 1700000000",
	"qfzz evaluate --train train.tsv --fold-in in.tsv --held-out out.tsv --tune ndcg@100 ials:rank=128,lambda=0.003/0.01 ease:lambda=30/100/300",
	"qfzz evaluate --train train.tsv --held-out test.tsv --candidates negatives.tsv -k 10 ials:rank=192 --per-user users.ndjson",
	"qfzz evaluate --train train.tsv --held-out test.tsv --scores theirs.tsv ials given --seeds 3",
	"qfzz evaluate --train plays.tsv --features tags.tsv --split weak --share 0.1 hybrid ials --no-baselines",
	NULL
};

static struct cli_column columns[5 + 2 * SHOWN]; /* of a table: filled in by name_columns() */
static char column_text[5 + 2 * SHOWN][2][64];

static struct cli_tool tool = {
	.verb = "evaluate",
	.stage = "learn",
	.purpose = "measure how well held-back listening is found, beside baselines",
	.operands = "[ENGINE[:KEY=VALUE,…]…]",
	.reads = "",
	.writes = "evaluation.v1 evaluation-user.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_JOBS | CLI_HOLD,
	.columns = columns,
	.opts = opts,
	.examples = examples,
};

/* ---- what is asked ---------------------------------------------------------------------- */

static size_t cut[CUTS], n_cuts;

static void parse_cuts(void)
{
	const char *p = cuts;

	while (n_cuts < CUTS) {
		char *end;
		long v = strtol(p, &end, 10);

		if (end == p || v < 1 || v > 1000000 || (n_cuts && (size_t)v <= cut[n_cuts - 1]) || (*end && *end != ','))
			cli_misuse("--cut: '%s': rising whole numbers from 1 with commas between them were expected", cuts);
		cut[n_cuts++] = (size_t)v;
		if (!*end)
			return;
		p = end + 1;
	}
	cli_misuse("--cut: more than %d numbers", CUTS);
}

static void name_column(size_t *n, const char *head, const char *key, int width)
{
	snprintf(column_text[*n][0], sizeof column_text[*n][0], "%s", head);
	snprintf(column_text[*n][1], sizeof column_text[*n][1], "%s", key);
	columns[*n] = (struct cli_column){ column_text[*n][0], column_text[*n][1], width };
	++*n;
}

static void name_metric(size_t *n, const char *metric, size_t k, int width)
{
	char head[32], key[64];

	snprintf(head, sizeof head, "%s@%zu", metric, k);
	snprintf(key, sizeof key, "metrics.%s.mean", head);
	name_column(n, head, key, width);
}

/* The p is that of the metric by which models are chosen. */
static void name_columns(void)
{
	size_t n = 0, shown = n_cuts < SHOWN ? n_cuts : SHOWN;
	char p[64];

	name_column(&n, "set", "set", 10);
	name_column(&n, "model", "model", 40);
	if (by_group)
		name_column(&n, "group", "group", 10);
	for (size_t k = 0; k < shown; k++)
		name_metric(&n, "ndcg", cut[k], -9);
	for (size_t k = 0; k < shown; k++)
		name_metric(&n, "crecall", cut[k], -12);
	snprintf(p, sizeof p, "versus.metrics.%.40s.p", tune_by);
	name_column(&n, "p", p, -6);
}

static void check_files(void)
{
	if (!files.train && (files.fold_in || files.held_out || files.candidates || files.features || files.scores))
		cli_misuse("--fold-in, --held-out, --candidates, --features and --scores go with --train");
	if (files.fold_in && !files.held_out)
		cli_misuse("--fold-in goes with --held-out");
	if (files.candidates && !files.held_out)
		cli_misuse("--candidates goes with --held-out");
	if (files.held_out && split_kind)
		cli_misuse("--split is for listening that is not split yet; --held-out says that it is");
}

/* ---- models ----------------------------------------------------------------------------- */

struct asked {
	struct cli_model model[MODELS];
	bool baseline[MODELS];
	size_t n;
};

static void ask(struct asked *a, const char *text, bool baseline)
{
	struct qf_err e = { 0 };

	if (a->n == MODELS)
		cli_misuse("more than %d models", MODELS);
	if (cli_model_parse(&a->model[a->n], text, &e))
		cli_misuse("%s", e.text);
	for (size_t i = 0; baseline && i < a->n; i++)
		if (a->model[i].kind == a->model[a->n].kind)
			return;
	a->baseline[a->n++] = baseline;
}

/* Those of the command line first. Nobody has a cold track, so neighbours have nothing to say of it. */
static void ask_all(struct asked *a, const struct cli_study *s, enum qf_split_kind kind)
{
	for (size_t i = 0; i < cli.n_operands; i++)
		ask(a, cli.operands[i], false);
	if (cli.n_operands == 0 && s->scores.users)
		ask(a, "given", false);
	else if (cli.n_operands == 0)
		ask(a, s->features ? "hybrid" : "ials", false);
	if (no_baselines)
		return;
	if (kind != QF_SPLIT_COLD) {
		ask(a, "ease", true);
		ask(a, "itemknn", true);
		ask(a, "userknn", true);
	}
	if (s->features)
		ask(a, "content", true);
	ask(a, "popularity", true);
	if (s->train.times && kind != QF_SPLIT_COLD)
		ask(a, "trending", true);
}

static enum qf_status check_needs(const struct cli_model *m, const struct cli_study *s, struct qf_err *e)
{
	if (m->kind->wants_features && !s->features)
		return qf_fail(e, QF_ENOTFOUND, "%s goes by features of the tracks, and there are none", m->kind->name);
	if (m->kind->wants_times && !s->train.times)
		return qf_fail(e, QF_ENOTFOUND, "%s goes by times, and there are none", m->kind->name);
	if (m->kind == &qf_engine_given && !s->scores.users)
		return qf_fail(e, QF_ENOTFOUND, "given wants --scores");
	return QF_OK;
}

/* ---- measuring -------------------------------------------------------------------------- */

struct run {
	const struct cli_study *s;
	const struct cli_study_shown *shown;
	struct asked asked;
	struct qf_split_rules rules;
	struct qf_task test, validation;
	struct cli_measured first; /* what the others are compared with */
	struct qf_buf users;       /* of --per-user */
	size_t fits, fitted;       /* for the progress */
	double *tune_mean;         /* [columns] scratch */
};

static bool go_on(void *arg, size_t done, size_t cases)
{
	(void)arg;
	(void)done;
	(void)cases;
	return !cli.interrupted;
}

/* One fit for each seed, all cases asked, the mean taken. */
static enum qf_status measure(struct run *r, const struct qf_task *t, struct cli_measured *m, struct qf_err *e)
{
	const struct qf_evaluation how = {
		.k = cut, .n_k = n_cuts, .jobs = (size_t)cli.jobs, .vector = r->s->vector.rows ? &r->s->vector : NULL,
		.class = r->s->class.rows ? &r->s->class : NULL, .progress = go_on,
	};
	const struct qf_engine_kind *kind = m->model.kind;
	size_t times = kind->by_chance ? (size_t)seeds : 1;

	for (size_t i = 0; i < times && !cli.interrupted; i++) {
		struct qf_measured one = { 0 };
		void *state;
		enum qf_status st = kind->fit(&state, t, m->model.value, (uint64_t)seed + i, (size_t)cli.jobs, e);

		if (st == QF_OK)
			st = qf_evaluate(&one, t, kind, state, &how, e);
		kind->close(state);
		if (st != QF_OK) {
			qf_measured_free(&one);
			return st;
		}
		if (cli_measured_add(m, &one, e))
			return e->code;
		cli_progress(++r->fitted, r->fits, "fits");
	}
	cli_measured_mean(m);
	cli_model_label(&m->label, &m->model);
	return qf_buf_check(&m->label, e);
}

/* Every combination of the values on the validation split; the best of them is taken. */
static enum qf_status tune(struct run *r, struct cli_model *model, struct qf_err *e)
{
	size_t points = cli_model_points(model), column = cli_measured_column(r->shown, tune_by), best = 0;
	double best_mean = -1;

	if (!r->validation.cases && cli_study_again(&r->validation, r->s, &r->test, &r->rules, e))
		return qf_err_at(e, "validation");
	for (size_t i = 0; i < points && !cli.interrupted; i++) {
		struct cli_measured m = { .model = *model };
		double mean = 0;
		enum qf_status st;

		cli_model_take(&m.model, i);
		st = measure(r, &r->validation, &m, e);
		if (st == QF_OK && !cli.interrupted) {
			for (size_t s = 0; s < m.seeds; s++)
				mean += m.by_seed[s * m.m.columns + column] / (double)m.seeds;
			st = cli_measured_show(r->shown, &r->validation, "validation", &m, NULL, e);
		}
		cli_measured_free(&m);
		if (st != QF_OK)
			return st;
		if (mean > best_mean) {
			best = i;
			best_mean = mean;
		}
	}
	cli_model_take(model, best);
	return QF_OK;
}

static enum qf_status measure_model(struct run *r, size_t i, struct qf_err *e)
{
	struct cli_measured m = { .model = r->asked.model[i] };
	enum qf_status st = check_needs(&m.model, r->s, e);

	if (st == QF_OK && cli_model_points(&m.model) > 1)
		st = tune(r, &m.model, e);
	if (st == QF_OK)
		st = measure(r, &r->test, &m, e);
	if (st == QF_OK && !cli.interrupted) {
		if (per_user)
			cli_measured_users(&r->users, r->shown, &r->test, &m);
		st = cli_measured_show(r->shown, &r->test, "test", &m, r->first.seeds ? &r->first : NULL, e);
	}
	if (st == QF_OK && !cli.interrupted && !r->first.seeds)
		r->first = m;
	else
		cli_measured_free(&m);
	return st;
}

static enum qf_status measure_all(struct run *r, struct qf_err *e)
{
	enum qf_status st = QF_OK;

	for (size_t i = 0; i < r->asked.n; i++) {
		size_t points = cli_model_points(&r->asked.model[i]), times = r->asked.model[i].kind->by_chance ? (size_t)seeds : 1;

		r->fits += times * (points > 1 ? points + 1 : 1);
	}
	for (size_t i = 0; st == QF_OK && i < r->asked.n && !cli.interrupted; i++) {
		st = measure_model(r, i, e);
		if (st == QF_ELIMIT && r->asked.baseline[i]) { /* too large for it: the others still speak */
			cli_warn(e);
			*e = (struct qf_err){ 0 };
			st = QF_OK;
		}
	}
	if (st == QF_OK && per_user && !cli.interrupted && (st = qf_buf_check(&r->users, e)) == QF_OK)
		st = qf_file_replace(per_user, r->users.p ? r->users.p : "", r->users.len, NULL, e);
	return st;
}

/* What a split is called, and by what rules one like it is drawn for validation. */
static enum qf_split_kind choose_kind(const struct cli_study *s, const char **name)
{
	enum qf_split_kind kind = s->train.times ? QF_SPLIT_TEMPORAL : QF_SPLIT_WEAK;

	if (split_kind)
		kind = (enum qf_split_kind)(split_kind - 1);
	else if (files.candidates)
		kind = QF_SPLIT_LOO;
	else if (files.held_out)
		kind = files.fold_in ? QF_SPLIT_STRONG : QF_SPLIT_WEAK;
	*name = files.held_out ? "given" : qf_split_name(kind);
	return kind;
}

static enum qf_status evaluate(const struct cli_study *s, struct qf_err *e)
{
	struct cli_study_shown shown = {
		.k = cut, .n_k = n_cuts, .seed = (uint64_t)seed, .seeds = (size_t)seeds, .resamples = (size_t)resamples, .groups = by_group,
		.users = &s->users,
	};
	struct run r = { .s = s, .shown = &shown };
	enum qf_status st;

	r.rules.kind = choose_kind(s, &shown.split);
	r.rules.share = share > 0 ? share : r.rules.kind == QF_SPLIT_COLD ? 0.1 : 0.2;
	r.rules.seed = (uint64_t)seed;
	if (cli_measured_column(&shown, tune_by) == SIZE_MAX)
		cli_misuse("--tune: '%s' is none of the metrics at %s", tune_by, cuts);
	ask_all(&r.asked, s, r.rules.kind);
	st = cli_study_split(&r.test, s, &r.rules, e);
	r.rules.seed ^= DRAWN_AGAIN;
	if (st == QF_OK)
		st = measure_all(&r, e);
	qf_task_free(&r.test);
	qf_task_free(&r.validation);
	cli_measured_free(&r.first);
	qf_buf_free(&r.users);
	return st;
}

static enum qf_status open_catalog_study(struct cli_study *s, struct qf_err *e)
{
	struct qf_catalog *c;
	enum qf_status st = cli_catalog_open(&c, QF_CATALOG_READ, e);

	if (st == QF_OK && (st = qf_catalog_begin_read(c, e)) == QF_OK)
		st = cli_study_from_catalog(s, c, at_time ? at_time : cli_now(), over == 1, e);
	qf_catalog_close(c);
	return st;
}

int main(int argc, char **argv)
{
	struct qf_buf notes = { 0 };
	struct cli_study s = { 0 };
	struct qf_err e = { 0 };
	char last[32];
	int code = EXIT_OK;

	cli_model_list(&notes);
	tool.notes = notes.p;
	cli_start(&tool, argc, argv);
	parse_cuts();
	snprintf(last, sizeof last, "ndcg@%zu", cut[n_cuts - 1]);
	if (!tune_by)
		tune_by = last;
	check_files();
	name_columns();
	if ((files.train ? cli_study_from_files(&s, &files, &e) : open_catalog_study(&s, &e)) || evaluate(&s, &e))
		code = cli_die(&e);
	cli_study_free(&s);
	qf_buf_free(&notes);
	return cli_finish(code);
}
