/* qfzz trust init, add and import: what comes into the pool. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/manifest.h"
#include "cli/store.h"
#include "rows/json.h"
#include "trust/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 4000 }; /* each transaction writes some pages of the index of hashes for nearly every record: fewer are faster */

/* ---- init ---------------------------------------------------------------------------------------- */

static void read_anchors(struct qf_genesis *g)
{
	const char *p = trust_opts.anchors;

	while (p && *p) {
		size_t n = strcspn(p, ",");
		char one[2 * QF_KEY + 2] = "";

		memcpy(one, p, n < sizeof one ? n : sizeof one - 1);
		if (g->n_anchors == QF_ANCHORS_MAX)
			cli_misuse("--anchors: at most %d", QF_ANCHORS_MAX);
		trust_public_key(one, "--anchors", g->anchors[g->n_anchors++]);
		p += n + (p[n] == ',');
	}
}

/* Block 0 with its only record. */
static enum qf_status begin_chain(struct qf_catalog *c, const struct qf_genesis *g, struct qf_span line, char *header, struct qf_err *e)
{
	struct qf_trust_block b = { .height = 0 };
	const struct qf_trust_record r = { .hash = g->id, .actor = g->actor, .seq = -1, .ts = g->ts, .action = "genesis", .target = "", .line = line };
	struct qf_work work = { 0, 0 };
	int64_t id;
	bool is_new;
	enum qf_status rc = qf_catalog_begin(c, e);

	if (rc != QF_OK)
		return rc;
	rc = qf_catalog_tip(c, &b, NULL);
	if (rc != QF_ENOTFOUND) {
		qf_catalog_rollback(c);
		return rc == QF_OK ? qf_fail(e, QF_EINVAL, "%s: a chain is there already", qf_catalog_path(c)) : qf_catalog_tip(c, &b, e);
	}
	qf_work_add(&work, g->rules.bits);
	qf_work_write(&work, b.work);
	qf_block_hash(header, b.hash);
	memset(b.prev, 0, sizeof b.prev);
	b.height = 0;
	memcpy(b.header, header, QF_BLOCK_HEADER);
	b.header[QF_BLOCK_HEADER] = '\0';
	rc = qf_catalog_put_trust(c, &r, &id, &is_new, e);
	if (rc == QF_OK)
		rc = qf_catalog_put_block(c, &b, &id, 1, e);
	if (rc == QF_OK)
		rc = qf_catalog_choose(c, b.hash, e);
	if (rc == QF_OK)
		return qf_catalog_commit(c, e);
	qf_catalog_rollback(c);
	return rc;
}

int trust_init(struct qf_catalog *c)
{
	struct qf_genesis g = { .rules = { trust_opts.bits >= 0 ? (unsigned)trust_opts.bits : 16, trust_opts.interval_s }, .ts = cli_now() };
	struct qf_block b = { .count = 1, .bits = g.rules.bits, .ts = g.ts };
	char header[QF_BLOCK_HEADER];
	uint8_t hash[QF_SHA256];
	struct qf_buf line = { 0 };
	struct qf_key k;
	struct qf_err e = { 0 };
	bool found = false;
	enum qf_status rc;

	trust_operands(0, 0, "no operands");
	if (!trust_opts.name || !qf_genesis_is_name(trust_opts.name))
		cli_misuse("init wants --name: 1 to 64 of a-z, 0-9, '.' and '-'");
	memcpy(g.name, trust_opts.name, strlen(trust_opts.name) + 1);
	memcpy(b.node, trust_node(), strlen(trust_node()) + 1);
	read_anchors(&g);
	rc = trust_key(&k, &e);
	if (rc == QF_OK) {
		memcpy(g.actor, k.public, QF_KEY);
		if (!trust_opts.anchors) /* whoever begins a chain vouches for it */
			memcpy(g.anchors[g.n_anchors++], k.public, QF_KEY);
		rc = qf_genesis_sign(&g, k.secret, &line, &e);
		if (rc == QF_OK) {
			size_t at = strlen("{\"rec\":"); /* the signed part lies between this and ,"sig":"…"} */
			struct qf_span rec = { line.p + at, line.len - at - strlen(",\"sig\":\"\"}") - 2 * QF_SIGNATURE };

			qf_record_leaf(rec, g.sig, b.root);
		}
	}
	qf_key_wipe(&k);
	if (rc == QF_OK) {
		qf_block_write(&b, header);
		rc = trust_search(header, b.bits, &found, &e);
	}
	if (rc == QF_OK && found)
		rc = begin_chain(c, &g, (struct qf_span){ line.p, line.len }, header, &e);
	qf_buf_free(&line);
	if (rc == QF_OK && found) {
		qf_block_hash(header, hash);
		rc = trust_print_block(&b, hash, &e);
	}
	return rc != QF_OK ? cli_die(&e) : found ? EXIT_OK : EXIT_SOME;
}

/* ---- signing and storing -------------------------------------------------------------------------- */

struct adder {
	struct qf_catalog *c;
	struct batch batch;
	struct qf_key key;
	uint8_t chain[QF_SHA256];
	int64_t now, seq;
	const char *action; /* of rows that name none; NULL: they must */
	struct qf_buf line;
};

static enum qf_status show(struct adder *a, const struct qf_trust_record *row, struct qf_err *e)
{
	trust_put_record(&a->batch.rows, row, -1);
	qf_buf_putc(&a->batch.rows, '\n');
	return qf_buf_check(&a->batch.rows, e);
}

static enum qf_status begin_adding(struct adder *a, struct qf_catalog *c, bool sign, struct qf_err *e)
{
	struct qf_genesis g;

	*a = (struct adder){ .c = c, .batch = { .catalog = c, .max = BATCH, .now = cli_now() }, .now = cli_now() };
	if (trust_genesis(c, &g, e) || (sign && trust_key(&a->key, e)))
		return e->code;
	memcpy(a->chain, g.id, sizeof a->chain);
	return QF_OK;
}

static int end_adding(struct adder *a, enum qf_status rc, int code, struct qf_err *e)
{
	if (rc == QF_OK)
		rc = batch_end(&a->batch, code, NULL, e);
	batch_free(&a->batch);
	qf_buf_free(&a->line);
	qf_key_wipe(&a->key);
	return rc == QF_OK ? code : cli_die(e);
}

static enum qf_status add(struct adder *a, enum qf_deed deed, int64_t delta, const struct qf_target *t, int64_t ts, struct qf_err *e)
{
	struct qf_record r = { .deed = deed, .delta = delta, .ts = ts, .target = *t };
	struct trust_texts text;
	struct qf_trust_record row;
	bool is_new;
	int64_t id;

	if (!a->batch.open && (batch_begin(&a->batch, e) || qf_catalog_next_seq(a->c, a->key.public, &a->seq, e))) /* another one may have signed with this key */
		return e->code;
	memcpy(r.actor, a->key.public, QF_KEY);
	memcpy(r.chain, a->chain, sizeof r.chain);
	r.seq = a->seq;
	qf_buf_clear(&a->line);
	if (qf_record_sign(&r, a->key.secret, &a->line, e))
		return e->code == QF_EINVAL ? e->code = QF_EFORMAT : e->code; /* one record, not the run */
	row = trust_as_row((struct qf_span){ a->line.p, a->line.len }, &r, &text);
	if (qf_catalog_put_trust(a->c, &row, &id, &is_new, e))
		return e->code;
	a->seq++;
	return show(a, &row, e) == QF_OK ? batch_count(&a->batch, e) : e->code;
}

/* ---- add -------------------------------------------------------------------------------------------- */

/* A row of standard input: a track, or {"target":…}; its own "action" and "stars" come before the command's. */
static enum qf_status add_row(void *arg, struct qf_span row, struct qf_err *e)
{
	struct adder *a = arg;
	struct qf_arena texts = { 0 };
	struct qf_target t = { .kind = QF_TARGET_TRACK };
	struct qf_track_ref ref;
	struct qf_span v;
	int64_t id, stars = trust_opts.stars;
	char text[32];
	const char *action = a->action, *target = qf_json_get(row, "target", &v) ? qf_json_dup(v, &texts) : NULL;
	enum qf_deed deed;
	enum qf_status rc = QF_OK;

	if (qf_json_get(row, "action", &v))
		action = qf_json_dup(v, &texts);
	if (qf_json_get(row, "stars", &v) && (!qf_json_to_int(v, &stars) || stars < 1 || stars > 5))
		rc = qf_fail(e, QF_EFORMAT, "\"stars\" is not 1 to 5");
	if (rc == QF_OK && (!action || !qf_deed_parse(action, &deed)))
		rc = qf_fail(e, QF_EFORMAT, "no action of that name");
	if (rc == QF_OK && deed == QF_RATING && !stars)
		rc = qf_fail(e, QF_EFORMAT, "a rating wants its stars");
	if (rc == QF_OK && !target && (rc = cli_track_of_row(a->c, row, &texts, &id, &ref, e)) == QF_OK) {
		snprintf(text, sizeof text, "track:%" PRId64, id);
		target = text;
	}
	if (rc == QF_OK)
		rc = trust_target(a->c, target, &t, e);
	if (rc == QF_OK)
		rc = add(a, deed, qf_deed_delta(deed, (int)stars), &t, a->now, e);
	qf_arena_free(&texts);
	return rc;
}

static int add_rows(struct adder *a, const char *action, struct qf_err *e)
{
	struct cli_input in = { .fd = STDIN_FILENO };
	enum qf_status rc;

	a->action = action;
	rc = cli_each_row(&in, add_row, a, e);
	return end_adding(a, rc, in.bad ? EXIT_SOME : EXIT_OK, e);
}

struct telling {
	struct adder *a;
	struct qf_buf acts; /* struct act, as they were asked for: the walk must not be written under */
};
struct act {
	struct qf_target t;
	enum qf_deed deed;
	int64_t day;
};

static enum qf_status note_act(void *ctx, const char *audio_id, const char *action, int64_t day, struct qf_err *e)
{
	struct telling *t = ctx;
	struct act act = { .t = { .kind = QF_TARGET_TRACK }, .day = day ? day : t->a->now - t->a->now % 86400 };

	if (day && (day < QF_TIME_MIN || day > t->a->now))
		return QF_OK; /* a clock that was not set */
	if (!qf_hex_decode(audio_id, QF_SHA256, act.t.id) || !qf_deed_parse(action, &act.deed))
		return QF_OK;
	qf_buf_put(&t->acts, &act, sizeof act);
	return qf_buf_check(&t->acts, e);
}

/* What the user has done and was not told yet. Days, not times, and only what the pseudonym's key says. */
static int add_events(struct adder *a, struct qf_err *e)
{
	struct telling t = { .a = a };
	const char *user = trust_opts.user ? trust_opts.user : "me";
	uint8_t key[QF_KEY];
	bool known;
	enum qf_status rc = qf_catalog_pseudonym(a->c, user, key, &known, e);

	if (rc == QF_OK && known && memcmp(key, a->key.public, QF_KEY) != 0)
		rc = qf_fail(e, QF_EINVAL, "%s: another key stands for this user", user);
	if (rc == QF_OK && !known) {
		cli_say("%s: what %s heard, likes and dislikes will be signed under the pseudonymous key of %s. What is mined and exported cannot be"
			" recalled: forgetting a user drops who it was, and what still waits, not what is in blocks", user, user, trust_opts.key);
		if (!trust_opts.consent)
			cli_misuse("%s has to agree to that: --consent", user);
		rc = batch_begin(&a->batch, e);
		if (rc == QF_OK && (rc = qf_catalog_next_seq(a->c, a->key.public, &a->seq, e)) == QF_OK)
			rc = qf_catalog_set_pseudonym(a->c, user, a->key.public, e);
	}
	if (rc == QF_OK)
		rc = qf_catalog_each_untold(a->c, user, note_act, &t, e);
	for (size_t i = 0; rc == QF_OK && i < t.acts.len && !cli.interrupted; i += sizeof(struct act)) {
		struct act act;

		memcpy(&act, t.acts.p + i, sizeof act);
		rc = add(a, act.deed, qf_deed_delta(act.deed, 0), &act.t, act.day, e);
	}
	qf_buf_free(&t.acts);
	return end_adding(a, rc, EXIT_OK, e);
}

/* The dataset of --manifest, once every file in it was found to be what it says. */
static enum qf_status verified_dataset(struct adder *a, struct qf_target *t, struct qf_err *e)
{
	char text[QF_TARGET_TEXT];

	t->kind = QF_TARGET_DATASET;
	if (manifest_check(trust_opts.manifest, trust_opts.folder, t->id, e))
		return e->code;
	qf_target_write(t, text);
	if (batch_begin(&a->batch, e) || qf_catalog_next_seq(a->c, a->key.public, &a->seq, e))
		return e->code;
	return qf_catalog_set_agreed(a->c, text, a->now, e);
}

int trust_add(struct qf_catalog *c)
{
	struct adder a;
	struct qf_target t;
	struct qf_err e = { 0 };
	enum qf_deed deed = QF_INTERACTION;
	char **operand = trust_operands(trust_opts.from_events ? 0 : 1, trust_opts.from_events ? 0 : 2,
					trust_opts.from_events ? "nothing else with --from-events" : "an ACTION and a TARGET, or '-' for rows");
	bool rows = !trust_opts.from_events && strcmp(operand[cli.n_operands - 2], "-") == 0;
	enum qf_status rc;

	if (!trust_opts.from_events && strcmp(operand[0], "-") != 0 && !qf_deed_parse(operand[0], &deed))
		cli_misuse("'%s' is none of interaction, rating, verification, report, vouch, retraction", operand[0]);
	if (!trust_opts.from_events && !rows && !operand[1] && !trust_opts.manifest)
		cli_misuse("add %s: about what? TARGET, or '-' for rows", operand[0]);
	if (deed == QF_RATING && !trust_opts.stars && !rows)
		cli_misuse("a rating wants --stars 1 to 5");
	rc = begin_adding(&a, c, true, &e);
	if (rc != QF_OK)
		return end_adding(&a, rc, EXIT_OK, &e);
	if (trust_opts.from_events)
		return add_events(&a, &e);
	if (rows)
		return add_rows(&a, strcmp(operand[0], "-") == 0 ? NULL : operand[0], &e);
	rc = trust_opts.manifest ? verified_dataset(&a, &t, &e) : trust_target(c, operand[1], &t, &e);
	if (rc == QF_OK)
		rc = add(&a, deed, qf_deed_delta(deed, (int)trust_opts.stars), &t, a.now, &e);
	if (rc == QF_EFORMAT) {
		batch_free(&a.batch);
		cli_warn(&e);
		return end_adding(&a, QF_OK, EXIT_SOME, &e);
	}
	return end_adding(&a, rc, EXIT_OK, &e);
}

/* ---- import ------------------------------------------------------------------------------------------- */

/* One line of another node's pool. */
static enum qf_status take_line(void *arg, struct qf_span line, struct qf_err *e)
{
	struct adder *a = arg;
	struct qf_record r;
	struct trust_texts text;
	struct qf_trust_record row;
	struct qf_span header;
	bool is_new, is_block;
	int64_t id;

	if (qf_chain_line(line, &is_block, &header, e))
		return e->code;
	if (is_block)
		return qf_fail(e, QF_EFORMAT, "a block: `qfzz trust merge` takes whole chains");
	if (qf_record_parse(&r, line, e))
		return e->code;
	if (memcmp(r.chain, a->chain, sizeof r.chain) != 0)
		return qf_fail(e, QF_EFORMAT, "the record belongs to another chain");
	if (r.ts > a->now + QF_BLOCK_FUTURE_S)
		return qf_fail(e, QF_EFORMAT, "its time is more than two hours ahead");
	if (!qf_record_signed(&r))
		return qf_fail(e, QF_EFORMAT, "the signature is not good");
	if (batch_begin(&a->batch, e))
		return e->code;
	row = trust_as_row(line, &r, &text);
	if (qf_catalog_put_trust(a->c, &row, &id, &is_new, e))
		return e->code;
	if (is_new && show(a, &row, e))
		return e->code;
	return batch_count(&a->batch, e);
}

int trust_import(struct qf_catalog *c)
{
	const char *path = trust_operands(1, 1, "one FILE of records, or '-'")[0];
	struct cli_input in = { .fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC) };
	struct adder a;
	struct qf_err e = { 0 };
	enum qf_status rc;

	if (in.fd < 0) {
		qf_fail_errno(&e, "%s", path);
		return cli_die(&e);
	}
	rc = begin_adding(&a, c, false, &e);
	if (rc == QF_OK)
		rc = cli_each_row(&in, take_line, &a, &e);
	if (in.fd > STDIN_FILENO)
		close(in.fd);
	return end_adding(&a, rc, in.bad ? EXIT_SOME : EXIT_OK, &e);
}
