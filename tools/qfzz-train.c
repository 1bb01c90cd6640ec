/* qfzz train - learns who likes what from the events of the catalog. */
#include "cli/cli.h"
#include "cli/codes.h"
#include "cli/ease.h"
#include "cli/fitting.h"
#include "cli/models.h"
#include "cli/store.h"
#include "cli/train_table.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define DUE 0.05 /* of the pairs changed by updates: then the model is to be trained whole */
enum { NOT_GIVEN = -1 };

static struct {
	int64_t rank, epochs;
	double alpha0, lambda, half_life;
} own = { NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN };
static int64_t seed = 1, at_time, began_at;
static bool warm, update, no_check, force;
static const char *model_text = "hybrid", *table, *factors;
static struct cli_settings settings;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'm', "model", "ENGINE:KEY=X,…", "hybrid; ials, which leaves the sound out; ease, for small catalogs; and its numbers, as qfzz evaluate takes them [hybrid]", &model_text, 0, 0, NULL },
	{ CLI_INT, 'k', "rank", "N", "numbers that describe a track's listeners [64]", &own.rank, 1, QF_RANK_MAX, NULL },
	{ CLI_INT, 0, "epochs", "N", "rounds of training [16]", &own.epochs, 1, 1000, NULL },
	{ CLI_NUM, 0, "alpha0", "X", "weight of what was not played, against 1 for a play [0.3]", &own.alpha0, 1e-6, 1000, NULL },
	{ CLI_NUM, 0, "lambda", "X", "how strongly rare tracks and users are held back [0.015]", &own.lambda, 1e-6, 1000, NULL },
	{ CLI_NUM, 0, "half-life", "DAYS", "after so many days a play counts half; 0: it never fades [0]", &own.half_life, 0, 36500, NULL },
	{ CLI_FLAG, 'w', "warm", NULL, "begin from the newest model of that rank, not from chance: a few --epochs will do", &warm, 0, 0, NULL },
	{ CLI_FLAG, 'U', "update", NULL, "only fold what is new or changed into the newest model, in seconds", &update, 0, 0, NULL },
	{ CLI_INT, 0, "seed", "N", "where the training starts; the same seed gives the same model [1]", &seed, 0, 9007199254740992.0, NULL },
	{ CLI_INT, 0, "now", "EPOCH", "the time to count ages from, in seconds since 1970 [the clock]", &at_time, 1, 9007199254740992.0, NULL },
	{ CLI_FLAG, 0, "no-check", NULL, "no second training that measures how well held-back tracks are found", &no_check, 0, 0, NULL },
	{ CLI_FLAG, 'f', "force", NULL, "train even if nothing has changed since the newest model", &force, 0, 0, NULL },
	{ CLI_TEXT, 0, "tsv", "FILE", "train on this table of USER, ITEM, WEIGHT and TIME in place of the catalog, and store nothing in it", &table, 0, 0, NULL },
	{ CLI_TEXT, 0, "factors", "FILE", "with --tsv: write side, name and numbers of every user and item there", &factors, 0, 0, NULL },
	{ .kind = CLI_END }
};

static const char *const examples[] = {
	"qfzz train",
	"qfzz train --half-life 180 --rank 128",
	"qfzz train --seed 7 --jobs 2 --no-check",
	"qfzz train --update",
	"qfzz train --warm --epochs 4",
	"qfzz train --model hybrid:rank=128,eps=3,lambda=0.02,polish=1",
	"qfzz train --model ease:lambda=100",
	"qfzz train --epochs 24 --alpha0 0.1 --lambda 0.003 --now 1700000000 --force",
	"qfzz train --tsv plays.tsv --rank 128 --factors factors.tsv",
	NULL
};

static const struct cli_column columns[] = { /* of what --dry-run says */
	{ "planned", "planned", 8 }, { "users", "users", -7 }, { "tracks", "tracks", -7 }, { "pairs", "pairs", -9 }, { 0 }
};

static const struct cli_tool tool = {
	.verb = "train",
	.stage = "learn",
	.purpose = "learn tastes from listening, for recommend and similar",
	.reads = "",
	.writes = "model.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_JOBS | CLI_DRY_RUN | CLI_HOLD,
	.columns = columns,
	.opts = opts,
	.examples = examples,
	.notes = "Plays, completes and replays count 1, 1 and 2, adds 2, likes 5, a skip takes one away; a dislike\n"
		 "takes the track out. The same events, seed and options give the same model, whatever --jobs is.\n"
		 "If nothing has changed since the newest model, it stays. Users need no training: recommend solves them anew\n"
		 "from their events. --update solves the tracks that came or have other listeners, then twice everything, with the\n"
		 "settings of the newest model, and says when so much has changed that a whole training is due. The keys of --model stand in\n"
		 "`qfzz evaluate --help`; cg=0 is Cholesky, polish=1 solves the last epoch exactly. The options win over them.\n"
		 "ease predicts each track from all others (Steck 2019): quick where up to some thousand tracks were heard, and for no\n"
		 "more than 20000. It keeps the 1000 nearest of each track (keep) in some 16 bytes a pair; has no chance, epochs or rank.",
};

/* ---- what it says ------------------------------------------------------------------------ */

static void put_count(struct qf_buf *out, const char *key, size_t n)
{
	qf_json_put_int(out, key, (int64_t)n);
}

static void put_mean(struct qf_buf *out, const char *key, double sum, size_t n)
{
	qf_json_put_num(out, key, sum / (double)n, 4);
}

struct learned { /* of one run */
	const struct cli_lesson *d;
	struct cli_fitted t;
	struct cli_check check;
	struct cli_folded folded;
	int64_t from;   /* the model it began from, 0: none */
	size_t changed; /* pairs folded in since a training of the whole */
	double loss;
};

static void put_metrics(struct qf_buf *out, const struct learned *l)
{
	const struct cli_check *k = &l->check;

	qf_json_open(out, '{');
	put_count(out, "users", l->d->users);
	put_count(out, "tracks", l->d->items);
	put_count(out, "pairs", l->d->n);
	put_count(out, "sounds", l->d->lib->n_sounds);
	if (l->t.m) {
		qf_json_put_num(out, "loss", l->loss, 3);
	} else if (l->d->n) {
		put_count(out, "neighbours", l->t.ease.n);
		put_count(out, "bytes", l->t.ease.n * (sizeof(uint32_t) + sizeof(float)));
	}
	if (l->from)
		put_count(out, "from_model", (size_t)l->from);
	if (update) {
		put_count(out, "folded_tracks", l->folded.tracks);
		put_count(out, "changed_pairs", l->changed);
	}
	if (k->users) {
		qf_json_key(out, "check");
		qf_json_open(out, '{');
		put_count(out, "users", k->users);
		put_mean(out, "recall_at_20", k->recall, k->users);
		put_mean(out, "ndcg_at_100", k->ndcg, k->users);
		put_mean(out, "popularity_recall_at_20", k->popularity, k->users);
		qf_json_close(out, '}');
	}
	qf_json_close(out, '}');
}

/* ---- storing ---------------------------------------------------------------------------- */

static enum qf_status put_matrices(struct qf_catalog *c, int64_t model, const struct cli_lesson *d, const struct cli_fitted *t,
				   struct qf_err *e)
{
	size_t rank = (size_t)settings.rank, k = t->gram.k;
	int64_t number[QF_RANK_MAX];
	const struct qf_matrix *map;

	for (size_t i = 0; i < QF_RANK_MAX; i++)
		number[i] = (int64_t)i;
	if (qf_catalog_put_vectors(c, model, "played", d->item_id, d->played, d->items, 2, 2, e))
		return e->code;
	if (!t->m)
		return cli_ease_put(c, model, d->item_id, &t->ease, e);
	map = qf_ials_map(t->m);
	if (qf_catalog_put_vectors(c, model, "track", d->item_id, qf_ials_items(t->m)->v, d->items, rank, k, e) ||
	    qf_catalog_put_vectors(c, model, "gramian", number, t->gram.v, rank, rank, k, e) ||
	    (map && qf_catalog_put_vectors(c, model, "map", number, map->v, map->rows, rank, k, e)))
		return e->code;
	return QF_OK;
}

static enum qf_status store(struct qf_catalog *c, struct qf_model_row *m, const struct cli_lesson *d, const struct cli_fitted *t,
			    struct qf_err *e)
{
	int64_t run;

	if (qf_catalog_begin(c, e))
		return e->code;
	if (qf_catalog_run_begin(c, tool.verb, QFZZ_VERSION, began_at, &run, e) || qf_catalog_put_model(c, m, e) ||
	    (d->n && put_matrices(c, m->id, d, t, e)) || qf_catalog_run_end(c, run, cli_now(), EXIT_OK, m->metrics, e)) {
		qf_catalog_rollback(c);
		return e->code;
	}
	return qf_catalog_commit(c, e);
}

static bool unchanged(const struct qf_model_row *old, const struct qf_model_row *now)
{
	return old->id && old->seed == now->seed && strcmp(old->kind, now->kind) == 0 && strcmp(old->params, now->params) == 0 &&
	       strcmp(old->data_hash, now->data_hash) == 0;
}

static void say_planned(const struct cli_lesson *d, bool nothing)
{
	struct qf_buf row = { 0 };

	qf_json_open(&row, '{');
	qf_json_put_str(&row, "type", "model.v1");
	qf_json_put_str(&row, "planned", nothing ? "nothing" : update ? "update" : "train");
	put_count(&row, "users", d->users);
	put_count(&row, "tracks", d->items);
	put_count(&row, "pairs", d->n);
	qf_buf_puts(&row, "}\n");
	if (!row.failed)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
}

static void say_result(const struct qf_model_row *m, const struct learned *l)
{
	const struct cli_check *k = &l->check;
	double share = l->d->n ? (double)l->changed / (double)l->d->n : 0;

	if (share > DUE)
		cli_say("%.0f %% of the pairs of users and tracks have changed since the last whole training: `qfzz train --warm` is due",
			100 * share);
	if (cli.quiet || !isatty(STDERR_FILENO))
		return;
	cli_say("model %" PRId64 ": %zu users, %zu tracks, %zu pairs", m->id, l->d->users, l->d->items, l->d->n);
	if (update)
		cli_say("%zu tracks are new or have other listeners than in model %" PRId64, l->folded.tracks, l->from);
	if (k->users)
		cli_say("of the track that each of %zu users met last, %.0f %% are among their first 20 (by popularity: %.0f %%)",
			k->users, 100 * k->recall / (double)k->users, 100 * k->popularity / (double)k->users);
}

/* ---- training --------------------------------------------------------------------------- */

static enum qf_status learn(struct learned *l, const struct cli_earlier *earlier, struct qf_err *e)
{
	const size_t rounds = (size_t)settings.epochs;
	struct cli_fitting f = { &settings, (uint64_t)seed, earlier, 0, no_check ? rounds : 2 * rounds };
	enum qf_status rc = QF_OK;

	if (update) {
		rc = cli_fit_update(&l->t, l->d, &f, &l->folded, e);
		l->changed = earlier->changed + l->folded.pairs;
	} else {
		if (!no_check)
			rc = cli_fit_check(&l->check, l->d, &f, e);
		f.epochs_before = no_check ? 0 : rounds;
		if (rc == QF_OK)
			rc = cli_fit(&l->t, l->d, &f, false, e);
	}
	return rc == QF_OK && l->t.m ? qf_ials_loss(l->t.m, &l->loss, e) : rc;
}

/* An update is new if there is anything to fold in, a training also if it is another one. */
static bool nothing_to_do(const struct qf_model_row *old, const struct qf_model_row *now)
{
	if (force)
		return false;
	return update ? strcmp(old->data_hash, now->data_hash) == 0 : unchanged(old, now);
}

/* All of it. On an interrupt nothing is stored. */
static enum qf_status train(struct qf_catalog *c, const struct cli_lesson *d, const struct qf_model_row *old, const struct cli_earlier *earlier,
			    struct qf_err *e)
{
	struct qf_buf params = { 0 }, metrics = { 0 }, hash = { 0 };
	struct learned l = { .d = d, .from = earlier ? old->id : 0 };
	struct qf_model_row m = { .created_at = at_time, .seed = seed, .kind = !d->n ? "sound" : settings.by_ease ? "ease" : "ials" };
	enum qf_status rc = QF_OK;

	cli_put_settings(&params, &settings);
	qf_buf_hex(&hash, d->hash, sizeof d->hash);
	if ((rc = qf_buf_check(&params, e)) != QF_OK || (rc = qf_buf_check(&hash, e)) != QF_OK)
		goto out;
	m.params = params.p;
	m.data_hash = hash.p;
	if (cli.dry_run)
		say_planned(d, nothing_to_do(old, &m));
	if (cli.dry_run || nothing_to_do(old, &m))
		goto out;
	if (d->n)
		rc = learn(&l, earlier, e);
	if (rc != QF_OK || cli.interrupted)
		goto out;
	put_metrics(&metrics, &l);
	m.metrics = metrics.p;
	rc = qf_buf_check(&metrics, e);
	if (rc == QF_OK)
		rc = store(c, &m, d, &l.t, e);
	if (rc == QF_OK)
		say_result(&m, &l);
out:
	cli_fitted_free(&l.t);
	qf_buf_free(&params);
	qf_buf_free(&metrics);
	qf_buf_free(&hash);
	return rc;
}

/* The settings, and the model to begin from. */
static enum qf_status choose_settings(const struct qf_model_row *old, bool *from_old, struct qf_err *e)
{
	struct cli_settings before;

	*from_old = false;
	if (update && old->id && strcmp(old->kind, "ease") == 0)
		return qf_fail(e, QF_ENOTFOUND, "the newest model is of ease, which is solved whole: `qfzz train --model ease`");
	if (update && (!old->id || strcmp(old->kind, "ials") != 0))
		return qf_fail(e, QF_ENOTFOUND, "there is no model of listening to update: `qfzz train` makes one");
	if ((!update && !warm) || !old->id || strcmp(old->kind, "ials") != 0)
		return QF_OK;
	if (cli_get_settings(&before, old, e))
		return e->code;
	if (update) {
		settings = before;
		settings.update = true;
		seed = old->seed;
	}
	*from_old = before.rank == settings.rank;
	settings.warm = settings.warm || *from_old;
	if (!*from_old)
		cli_say("the newest model has the rank %" PRId64 ": this one begins by chance", before.rank);
	return QF_OK;
}

static enum qf_status train_on_catalog(struct qf_catalog *c, struct qf_err *e)
{
	struct qf_library lib = { 0 };
	struct qf_model_row old;
	struct qf_arena texts = { 0 };
	struct cli_lesson d = { 0 };
	struct cli_earlier earlier = { 0 };
	bool from_old = false;
	enum qf_status rc = qf_catalog_begin_read(c, e);

	if (rc != QF_OK)
		return rc;
	if ((rc = qf_catalog_model(c, &old, &texts, e)) == QF_OK && (rc = choose_settings(&old, &from_old, e)) == QF_OK &&
	    (rc = qf_catalog_library(c, &lib, e)) == QF_OK &&
	    (rc = cli_lesson_read(&d, c, &lib, at_time, settings.half_life_days, e)) == QF_OK && from_old)
		rc = cli_earlier_open(&earlier, c, &old, e);
	qf_catalog_rollback(c); /* the view is read; others may write while this computes */
	if (rc == QF_OK && d.n == 0)
		cli_say("nobody has listened to any of the %zu tracks yet: recommendations go by sound alone until"
			" `qfzz events` has brought a history", lib.n);
	if (rc == QF_OK)
		rc = train(c, &d, &old, from_old ? &earlier : NULL, e);
	cli_earlier_free(&earlier);
	cli_lesson_free(&d);
	qf_library_free(&lib);
	qf_arena_free(&texts);
	if (rc == QF_OK && !cli.dry_run && !cli.interrupted)
		rc = cli_codes_refresh(c, at_time, e);
	return rc;
}

static int train_on_table(void)
{
	struct cli_table_training t = { .path = table, .factors = factors, .s = &settings, .seed = (uint64_t)seed, .now = at_time };
	struct qf_err e = { 0 };

	return cli_train_table(&t, &e) ? cli_die(&e) : EXIT_OK;
}

/* --model, and what the options say besides. */
static enum qf_status read_options(struct qf_err *e)
{
	const struct { const char *key; double value; } given[] = {
		{ "rank", (double)own.rank }, { "epochs", (double)own.epochs }, { "alpha0", own.alpha0 }, { "lambda", own.lambda },
		{ "half_life", own.half_life },
	};
	struct cli_model m;

	if (cli_model_parse(&m, model_text, e))
		return e->code;
	if (strcmp(m.kind->name, "hybrid") != 0 && strcmp(m.kind->name, "ials") != 0 && strcmp(m.kind->name, "ease") != 0)
		return qf_fail(e, QF_EINVAL, "%s is no engine that can be stored: hybrid, ials and ease are", m.kind->name);
	if (cli_model_points(&m) > 1)
		return qf_fail(e, QF_EINVAL, "'%.60s' has several values for one key: `qfzz evaluate` chooses among them", model_text);
	for (size_t i = 0; i < sizeof given / sizeof *given; i++)
		if (given[i].value >= 0 && cli_model_set(&m, given[i].key, given[i].value, e))
			return e->code;
	cli_settings_from(&settings, &m);
	if (settings.by_ease && (warm || update || table))
		return qf_fail(e, QF_EINVAL, "ease is solved whole, and from the catalog: it goes with none of --warm, --update and --tsv");
	return QF_OK;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	if (!at_time)
		at_time = cli_now();
	began_at = cli_now();
	if (factors && !table)
		cli_misuse("--factors goes with --tsv");
	if (update && (warm || table))
		cli_misuse("--update goes with neither --warm nor --tsv");
	if (read_options(&e))
		cli_misuse("%s", e.text);
	if (table)
		return cli_finish(train_on_table());
	if (cli_catalog_open(&c, cli.dry_run ? QF_CATALOG_READ : QF_CATALOG_WRITE, &e))
		return cli_finish(cli_die(&e));
	if (train_on_catalog(c, &e))
		code = cli_die(&e);
	qf_catalog_close(c);
	return cli_finish(code);
}
