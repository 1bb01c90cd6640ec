/* qfzz train - learns who likes what from the events of the catalog. */
#include "cli/cli.h"
#include "cli/codes.h"
#include "cli/learned.h"
#include "cli/listening.h"
#include "cli/store.h"
#include "cli/train_table.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "model/ials.h"
#include "model/metrics.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum {
	CHECK_LEAST = 5,   /* tracks of a user from which one is held back */
	CHECK_MOST = 1000, /* users of the check */
};
#define RIDGE 1.0 /* of the map from sound to factors, in units of one item's regularization */

static struct cli_settings settings = { .rank = 64, .epochs = 16, .alpha0 = 0.3, .lambda = 0.01 };
static int64_t seed = 1, at_time, began_at;
static bool no_check, force;
static const char *table, *factors;

static const struct cli_opt opts[] = {
	{ CLI_INT, 'k', "rank", "N", "numbers that describe a track's listeners [64]", &settings.rank, 1, QF_RANK_MAX, NULL },
	{ CLI_INT, 0, "epochs", "N", "rounds of training [16]", &settings.epochs, 1, 1000, NULL },
	{ CLI_NUM, 0, "alpha0", "X", "weight of what was not played, against 1 for a play [0.3]", &settings.alpha0, 1e-6, 1000, NULL },
	{ CLI_NUM, 0, "lambda", "X", "how strongly rare tracks and users are held back [0.01]", &settings.lambda, 1e-6, 1000, NULL },
	{ CLI_NUM, 0, "half-life", "DAYS", "after so many days a play counts half; 0: it never fades [0]", &settings.half_life_days, 0, 36500, NULL },
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
		 "If nothing has changed since the newest model, it stays.",
};

/* ---- what was listened to --------------------------------------------------------------- */

struct data {
	const struct qf_library *lib;
	struct qf_triple *triple; /* item: place in the library until number_items() */
	int64_t *user;            /* [users] ids */
	size_t *held;             /* [users] the triple that the check holds back, or SIZE_MAX */
	size_t n, room, users, user_room, items;
	int64_t *item_id;         /* [items] */
	uint32_t *place;          /* [items] in the library */
	float *played;            /* [items * 2] listeners, weighted plays */
	float *sound, *features;  /* [items * 64], [items * 65]: with a constant 1 */
	uint8_t hash[QF_SHA256];
};

static enum qf_status grow(void **p, size_t *room, size_t need, size_t size, struct qf_err *e)
{
	size_t more = *room ? *room : 256;
	void *q;

	while (more < need)
		more *= 2;
	if (*p && more == *room)
		return QF_OK;
	q = qf_realloc(*p, more, size);
	if (!q)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs of users and tracks", need);
	*p = q;
	*room = more;
	return QF_OK;
}

static bool counts(const struct cli_heard *h)
{
	return h->weight > 0 && !h->barred;
}

/* Of the tracks that a user likes, the one met last. */
static size_t newest(const struct cli_taste *t, size_t first)
{
	const struct cli_heard *best = NULL;
	size_t likes = 0, at = SIZE_MAX;

	for (size_t i = 0; i < t->n; i++) {
		if (!counts(&t->heard[i]))
			continue;
		if (!best || t->heard[i].first > best->first) {
			best = &t->heard[i];
			at = first + likes;
		}
		likes++;
	}
	return likes >= CHECK_LEAST ? at : SIZE_MAX;
}

static enum qf_status add_user(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct data *d = arg;
	size_t first = d->n, room = d->user_room;

	if (grow((void **)&d->triple, &d->room, d->n + t->n, sizeof *d->triple, e) ||
	    grow((void **)&d->user, &room, d->users + 1, sizeof *d->user, e) ||
	    grow((void **)&d->held, &d->user_room, d->users + 1, sizeof *d->held, e))
		return e->code;
	for (size_t i = 0; i < t->n; i++)
		if (counts(&t->heard[i]))
			d->triple[d->n++] = (struct qf_triple){ (uint32_t)d->users, t->heard[i].item, t->heard[i].weight };
	if (d->n == first)
		return QF_OK;
	d->user[d->users] = t->user;
	d->held[d->users++] = newest(t, first);
	return QF_OK;
}

/* Tracks that anybody heard get numbers of their own, in the order of their ids. */
static enum qf_status number_items(struct data *d, struct qf_err *e)
{
	uint32_t *number = qf_zalloc(d->lib->n, sizeof *number);

	if (!number)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->lib->n);
	for (size_t i = 0; i < d->n; i++)
		number[d->triple[i].item] = 1;
	for (size_t i = 0; i < d->lib->n; i++)
		if (number[i])
			number[i] = (uint32_t)d->items++;
	d->item_id = qf_alloc(d->items, sizeof *d->item_id);
	d->place = qf_alloc(d->items, sizeof *d->place);
	d->played = qf_zalloc(d->items, 2 * sizeof *d->played);
	d->sound = qf_zalloc(d->items, QF_SOUND_DIM * sizeof *d->sound);
	d->features = qf_zalloc(d->items, (QF_SOUND_DIM + 1) * sizeof *d->features);
	if (!d->item_id || !d->place || !d->played || !d->sound || !d->features) {
		qf_free(number);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->items);
	}
	for (size_t i = 0; i < d->n; i++) {
		struct qf_triple *t = &d->triple[i];
		uint32_t at = t->item;

		t->item = number[at];
		d->item_id[t->item] = d->lib->id[at];
		d->place[t->item] = at;
		d->played[2 * t->item]++;
		d->played[2 * t->item + 1] += t->weight;
	}
	qf_free(number);
	return QF_OK;
}

static void copy_sounds(struct data *d)
{
	for (size_t i = 0; i < d->items; i++) {
		const float *sound = d->lib->sound + (size_t)d->place[i] * QF_SOUND_DIM;

		memcpy(d->sound + i * QF_SOUND_DIM, sound, QF_SOUND_DIM * sizeof *sound);
		memcpy(d->features + i * (QF_SOUND_DIM + 1), sound, QF_SOUND_DIM * sizeof *sound);
		d->features[i * (QF_SOUND_DIM + 1) + QF_SOUND_DIM] = qf_linear_dot(sound, sound, QF_SOUND_DIM) > 0 ? 1 : 0;
	}
}

/* Whom, what, how much, and how it sounds. */
static enum qf_status hash_data(struct data *d, struct qf_err *e)
{
	struct qf_sha256 *h;
	enum qf_status rc = qf_sha256_open(&h, e);

	if (rc != QF_OK)
		return rc;
	for (size_t i = 0; i < d->n; i++) {
		const struct qf_triple *t = &d->triple[i];

		qf_sha256_add(h, &d->user[t->user], sizeof *d->user);
		qf_sha256_add(h, &d->item_id[t->item], sizeof *d->item_id);
		qf_sha256_add(h, &t->weight, sizeof t->weight);
	}
	qf_sha256_add(h, d->sound, d->items * QF_SOUND_DIM * sizeof *d->sound);
	qf_sha256_end(h, d->hash);
	qf_sha256_close(h);
	return QF_OK;
}

static enum qf_status gather(struct data *d, struct qf_catalog *c, const struct qf_library *lib, struct qf_err *e)
{
	d->lib = lib;
	if (cli_listening(c, lib, 0, at_time, settings.half_life_days, add_user, d, e) || number_items(d, e))
		return e->code;
	copy_sounds(d);
	return hash_data(d, e);
}

static void free_data(struct data *d)
{
	qf_free(d->triple);
	qf_free(d->user);
	qf_free(d->held);
	qf_free(d->item_id);
	qf_free(d->place);
	qf_free(d->played);
	qf_free(d->sound);
	qf_free(d->features);
}

/* ---- training --------------------------------------------------------------------------- */

struct trained {
	struct qf_pairs x;
	struct qf_ials *m;
	struct qf_matrix gram;
};

static void free_trained(struct trained *t)
{
	qf_ials_close(t->m);
	qf_pairs_free(&t->x);
	qf_matrix_close(&t->gram);
}

/* The check's epochs come first. */
static bool progress(void *arg, size_t done, size_t epochs)
{
	size_t before = *(const bool *)arg || no_check ? 0 : epochs;

	cli_progress(before + done, no_check ? epochs : 2 * epochs, "epochs");
	return !cli.interrupted;
}

/* Without the triples that are held back, if `checking`. To be freed also after an error. */
static enum qf_status fit(struct trained *t, const struct data *d, bool checking, struct qf_err *e)
{
	struct qf_ials_prior prior = { d->features, QF_SOUND_DIM + 1, RIDGE };
	struct qf_ials_params p = qf_ials_defaults;
	struct qf_triple *kept = qf_alloc(d->n, sizeof *kept);
	size_t n = 0;

	memset(t, 0, sizeof *t);
	if (!kept)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu pairs", d->n);
	for (size_t i = 0; i < d->n; i++)
		if (!checking || d->held[d->triple[i].user] != i)
			kept[n++] = d->triple[i];
	p.rank = (size_t)settings.rank;
	p.alpha0 = settings.alpha0;
	p.lambda = settings.lambda;
	p.seed = (uint64_t)seed;
	p.jobs = (size_t)cli.jobs;
	if (qf_pairs_build(&t->x, kept, n, d->users, d->items, 1, 1, e) ||
	    qf_ials_open(&t->m, &t->x, d->user, d->item_id, d->lib->n_sounds ? &prior : NULL, &p, e) ||
	    qf_ials_train(t->m, (size_t)settings.epochs, progress, &checking, e) ||
	    qf_matrix_open(&t->gram, qf_ials_items(t->m)->k, qf_ials_items(t->m)->k, e) ||
	    qf_gramian(t->gram.v, qf_ials_items(t->m), 1, p.jobs, e))
		return e->code;
	return QF_OK;
}

/* ---- how good it is --------------------------------------------------------------------- */

struct check {
	size_t users;
	double recall, ndcg, popularity; /* sums over users: recall@20, NDCG@100, recall@20 of popularity */
	uint32_t *item; /* [items] of one history */
	float *c;
};

static enum qf_status check_user(struct check *k, const struct qf_model *m, const struct trained *t, const struct data *d,
				 size_t user, bool *barred, double *score, struct qf_err *e)
{
	const struct qf_history h = { k->item, k->c, qf_pairs_count(&t->x, user) }, nobody = { 0 };
	uint32_t truth = d->triple[d->held[user]].item;
	size_t rank;

	qf_pairs_row(&t->x, user, k->item, k->c);
	memset(barred, 0, d->items * sizeof *barred);
	for (size_t j = 0; j < h.n; j++)
		barred[h.item[j]] = true;
	if (qf_recommend_scores(m, &h, barred, score, e))
		return e->code;
	qf_metrics_ranks(score, d->items, barred, &truth, 1, &rank);
	k->recall += qf_metrics_recall(&rank, 1, 1, 20);
	k->ndcg += qf_metrics_ndcg(&rank, 1, 1, 100);
	if (qf_recommend_scores(m, &nobody, barred, score, e))
		return e->code;
	qf_metrics_ranks(score, d->items, barred, &truth, 1, &rank);
	k->popularity += qf_metrics_recall(&rank, 1, 1, 20);
	k->users++;
	return QF_OK;
}

/* Train without each user's newest track and look where it comes in the user's list. */
static enum qf_status run_check(struct check *k, const struct data *d, struct qf_err *e)
{
	struct trained t;
	double *score = qf_alloc(d->items, sizeof *score);
	bool *barred = qf_alloc(d->items, sizeof *barred);
	float *listeners = qf_zalloc(d->items, sizeof *listeners), *plays = qf_zalloc(d->items, sizeof *plays);
	enum qf_status rc = fit(&t, d, true, e);

	k->item = qf_alloc(d->items, sizeof *k->item);
	k->c = qf_alloc(d->items, sizeof *k->c);
	if (rc == QF_OK && (!score || !barred || !listeners || !plays || !k->item || !k->c))
		rc = qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", d->items);
	if (rc == QF_OK) {
		struct qf_model m = {
			.items = d->items, .factor = *qf_ials_items(t.m), .gram = t.gram.v,
			.p = { settings.alpha0, settings.lambda, 1, d->items }, .users = d->users,
			.sound = d->lib->n_sounds ? d->sound : NULL, .dim = QF_SOUND_DIM, .listeners = listeners, .plays = plays,
		};

		for (size_t i = 0; i < d->n; i++)
			if (d->held[d->triple[i].user] != i) {
				listeners[d->triple[i].item]++;
				plays[d->triple[i].item] += d->triple[i].weight;
			}
		for (size_t u = 0; rc == QF_OK && u < d->users && k->users < CHECK_MOST && !cli.interrupted; u++)
			if (d->held[u] != SIZE_MAX)
				rc = check_user(k, &m, &t, d, u, barred, score, e);
	}
	free_trained(&t);
	qf_free(score);
	qf_free(barred);
	qf_free(listeners);
	qf_free(plays);
	qf_free(k->item);
	qf_free(k->c);
	return rc;
}

static void put_metrics(struct qf_buf *out, const struct data *d, const struct check *k, double loss)
{
	qf_json_open(out, '{');
	qf_json_key(out, "users");
	qf_json_int(out, (int64_t)d->users);
	qf_json_key(out, "tracks");
	qf_json_int(out, (int64_t)d->items);
	qf_json_key(out, "pairs");
	qf_json_int(out, (int64_t)d->n);
	qf_json_key(out, "sounds");
	qf_json_int(out, (int64_t)d->lib->n_sounds);
	if (d->n) {
		qf_json_key(out, "loss");
		qf_json_num(out, loss, 3);
	}
	if (k->users) {
		double n = (double)k->users;

		qf_json_key(out, "check");
		qf_json_open(out, '{');
		qf_json_key(out, "users");
		qf_json_int(out, (int64_t)k->users);
		qf_json_key(out, "recall_at_20");
		qf_json_num(out, k->recall / n, 4);
		qf_json_key(out, "ndcg_at_100");
		qf_json_num(out, k->ndcg / n, 4);
		qf_json_key(out, "popularity_recall_at_20");
		qf_json_num(out, k->popularity / n, 4);
		qf_json_close(out, '}');
	}
	qf_json_close(out, '}');
}

/* ---- storing ---------------------------------------------------------------------------- */

static enum qf_status put_matrices(struct qf_catalog *c, int64_t model, const struct data *d, const struct trained *t,
				   struct qf_err *e)
{
	size_t rank = (size_t)settings.rank, k = t->gram.k;
	int64_t number[QF_RANK_MAX];
	const struct qf_matrix *map = qf_ials_map(t->m);

	for (size_t i = 0; i < QF_RANK_MAX; i++)
		number[i] = (int64_t)i;
	if (qf_catalog_put_vectors(c, model, "track", d->item_id, qf_ials_items(t->m)->v, d->items, rank, k, e) ||
	    qf_catalog_put_vectors(c, model, "gramian", number, t->gram.v, rank, rank, k, e) ||
	    (map && qf_catalog_put_vectors(c, model, "map", number, map->v, map->rows, rank, k, e)))
		return e->code;
	return qf_catalog_put_vectors(c, model, "played", d->item_id, d->played, d->items, 2, 2, e);
}

static enum qf_status store(struct qf_catalog *c, struct qf_model_row *m, const struct data *d, const struct trained *t,
			    struct qf_err *e)
{
	int64_t run;

	if (qf_catalog_begin(c, e))
		return e->code;
	if (qf_catalog_run_begin(c, tool.verb, QFZZ_VERSION, began_at, &run, e) || qf_catalog_put_model(c, m, e) ||
	    (t->m && put_matrices(c, m->id, d, t, e)) || qf_catalog_run_end(c, run, cli_now(), EXIT_OK, m->metrics, e)) {
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

static void say_planned(const struct data *d, bool nothing)
{
	struct qf_buf row = { 0 };

	qf_json_open(&row, '{');
	qf_json_key(&row, "type");
	qf_json_str(&row, "model.v1");
	qf_json_key(&row, "planned");
	qf_json_str(&row, nothing ? "nothing" : "train");
	qf_json_key(&row, "users");
	qf_json_int(&row, (int64_t)d->users);
	qf_json_key(&row, "tracks");
	qf_json_int(&row, (int64_t)d->items);
	qf_json_key(&row, "pairs");
	qf_json_int(&row, (int64_t)d->n);
	qf_buf_puts(&row, "}\n");
	if (!row.failed)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
}

static void say_result(const struct qf_model_row *m, const struct data *d, const struct check *k)
{
	if (cli.quiet || !isatty(STDERR_FILENO))
		return;
	cli_say("model %" PRId64 ": %zu users, %zu tracks, %zu pairs", m->id, d->users, d->items, d->n);
	if (k->users)
		cli_say("of the track that each of %zu users met last, %.0f %% are among their first 20 (by popularity: %.0f %%)",
			k->users, 100 * k->recall / (double)k->users, 100 * k->popularity / (double)k->users);
}

/* All of it. On an interrupt nothing is stored. */
static enum qf_status train(struct qf_catalog *c, struct data *d, const struct qf_model_row *old, struct qf_err *e)
{
	struct qf_buf params = { 0 }, metrics = { 0 }, hash = { 0 };
	struct trained t = { 0 };
	struct check k = { 0 };
	struct qf_model_row m = { .created_at = at_time, .seed = seed, .kind = d->n ? "ials" : "sound" };
	double loss = 0;
	enum qf_status rc = QF_OK;

	cli_put_settings(&params, &settings);
	qf_buf_hex(&hash, d->hash, sizeof d->hash);
	if ((rc = qf_buf_check(&params, e)) != QF_OK || (rc = qf_buf_check(&hash, e)) != QF_OK)
		goto out;
	m.params = params.p;
	m.data_hash = hash.p;
	if (cli.dry_run)
		say_planned(d, !force && unchanged(old, &m));
	if (cli.dry_run || (!force && unchanged(old, &m)))
		goto out;
	if (d->n && !no_check)
		rc = run_check(&k, d, e);
	if (rc == QF_OK && d->n && (rc = fit(&t, d, false, e)) == QF_OK)
		rc = qf_ials_loss(t.m, &loss, e);
	if (rc != QF_OK || cli.interrupted)
		goto out;
	put_metrics(&metrics, d, &k, loss);
	m.metrics = metrics.p;
	rc = qf_buf_check(&metrics, e);
	if (rc == QF_OK)
		rc = store(c, &m, d, &t, e);
	if (rc == QF_OK)
		say_result(&m, d, &k);
out:
	free_trained(&t);
	qf_buf_free(&params);
	qf_buf_free(&metrics);
	qf_buf_free(&hash);
	return rc;
}

static int train_on_table(void)
{
	struct cli_table_training t = {
		.path = table, .factors = factors, .p = qf_ials_defaults, .epochs = (size_t)settings.epochs,
		.half_life_days = settings.half_life_days, .scale = 1, .eps = 1, .now = at_time,
	};
	struct qf_err e = { 0 };

	t.p.rank = (size_t)settings.rank;
	t.p.alpha0 = settings.alpha0;
	t.p.lambda = settings.lambda;
	t.p.seed = (uint64_t)seed;
	t.p.jobs = (size_t)cli.jobs;
	return cli_train_table(&t, &e) ? cli_die(&e) : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct qf_library lib = { 0 };
	struct qf_model_row old;
	struct qf_arena texts = { 0 };
	struct data d = { 0 };
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	if (!at_time)
		at_time = cli_now();
	began_at = cli_now();
	if (factors && !table)
		cli_misuse("--factors goes with --tsv");
	if (table)
		return cli_finish(train_on_table());
	if (cli_catalog_open(&c, cli.dry_run ? QF_CATALOG_READ : QF_CATALOG_WRITE, &e))
		return cli_finish(cli_die(&e));
	if (qf_catalog_begin_read(c, &e) ||
	    qf_catalog_library(c, &lib, &e) || qf_catalog_model(c, &old, &texts, &e) || gather(&d, c, &lib, &e))
		code = cli_die(&e);
	qf_catalog_rollback(c); /* the view is read; others may write while this computes */
	if (code == EXIT_OK && d.n == 0)
		cli_say("nobody has listened to any of the %zu tracks yet: recommendations go by sound alone until"
			" `qfzz events` has brought a history", lib.n);
	if (code == EXIT_OK && train(c, &d, &old, &e))
		code = cli_die(&e);
	free_data(&d);
	qf_library_free(&lib);
	if (code == EXIT_OK && !cli.dry_run && !cli.interrupted && cli_codes_refresh(c, at_time, &e))
		code = cli_die(&e);
	qf_arena_free(&texts);
	qf_catalog_close(c);
	return cli_finish(code);
}
