/* qfzz trust score, filter and top. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "rows/json.h"
#include "rows/rows.h"
#include "trust/hex.h"
#include "trust/reputation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct trust_scores {
	struct qf_society society;
	struct qf_buf said;    /* struct qf_opinion; while it is read, target numbers are places in `named` */
	struct qf_buf named;   /* struct qf_target of each record */
	struct qf_buf actors;  /* QF_KEY bytes each, rising */
	struct qf_target *target; /* [targets], rising */
	double *anchor, *weight;
	bool *agreed;
	uint32_t *person;
	struct qf_evidence *evidence;
	bool anchored;
};

/* ---- reading ------------------------------------------------------------------------------------------- */

static int by_target(const void *a, const void *b)
{
	const struct qf_target *x = a, *y = b;

	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : memcmp(x->id, y->id, sizeof x->id);
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, QF_KEY);
}

static uint32_t actor_of(const struct trust_scores *s, const uint8_t *key)
{
	const char *at = s->society.actors ? bsearch(key, s->actors.p, s->society.actors, QF_KEY, by_key) : NULL;

	return at ? (uint32_t)((size_t)(at - s->actors.p) / QF_KEY) : QF_NOBODY;
}

static uint32_t target_of(const struct trust_scores *s, const struct qf_target *t)
{
	const struct qf_target *at = s->society.targets ? bsearch(t, s->target, s->society.targets, sizeof *t, by_target) : NULL;

	return at ? (uint32_t)(at - s->target) : QF_NOBODY;
}

static enum qf_status take_record(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	struct trust_scores *s = ctx;
	struct qf_opinion o = { .delta = r->delta, .seq = r->seq, .ts = r->ts };
	struct qf_target t;

	memset(&t, 0, sizeof t); /* holes, too: they are compared and sorted as they are */
	if (!qf_deed_parse(r->action, &o.deed) || !qf_target_parse((struct qf_span){ r->target, strlen(r->target) }, &t))
		return qf_fail(e, QF_ECORRUPT, "trust record %lld: no action or no target; `qfzz trust verify` tells more", (long long)r->id);
	qf_buf_put(&s->said, &o, sizeof o);
	qf_buf_put(&s->named, &t, sizeof t);
	qf_buf_put(&s->actors, r->actor, QF_KEY);
	return qf_buf_check(&s->actors, e);
}

static enum qf_status take_peer(void *ctx, const uint8_t *key, double weight, struct qf_err *e)
{
	struct trust_scores *s = ctx;

	(void)weight;
	qf_buf_put(&s->actors, key, QF_KEY);
	return qf_buf_check(&s->actors, e);
}

static enum qf_status weigh_peer(void *ctx, const uint8_t *key, double weight, struct qf_err *e)
{
	struct trust_scores *s = ctx;

	(void)e;
	s->anchor[actor_of(s, key)] = weight;
	return QF_OK;
}

/* Sort `n` items of `size` bytes and leave each once; how many remain. */
static size_t each_once(void *p, size_t n, size_t size, int (*order)(const void *, const void *))
{
	char *c = p;
	size_t kept = 0;

	qsort(p, n, size, order);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || order(c + (kept - 1) * size, c + i * size) != 0)
			memmove(c + kept++ * size, c + i * size, size);
	return kept;
}

/* Numbers for actors and targets, by their order. The records come by actor, so that theirs are known as they stand. */
static enum qf_status number(struct trust_scores *s, const struct qf_genesis *g, struct qf_catalog *c, struct qf_err *e)
{
	size_t n = s->said.len / sizeof(struct qf_opinion);
	struct qf_opinion *said = (struct qf_opinion *)(void *)s->said.p;
	const struct qf_target *named = (const struct qf_target *)(const void *)s->named.p;
	char *speakers = n ? qf_memdup0(s->actors.p, n * QF_KEY) : NULL;

	s->target = qf_alloc(n + 1, sizeof *s->target);
	if ((n && !speakers) || !s->target) {
		qf_free(speakers);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu records", n);
	}
	if (n)
		memcpy(s->target, named, n * sizeof *named);
	for (size_t i = 0; i < g->n_anchors; i++)
		qf_buf_put(&s->actors, g->anchors[i], QF_KEY);
	if (qf_catalog_each_peer(c, take_peer, s, e) || qf_buf_check(&s->actors, e)) {
		qf_free(speakers);
		return e->code;
	}
	s->society.targets = n ? each_once(s->target, n, sizeof *s->target, by_target) : 0;
	s->society.actors = s->actors.len ? each_once(s->actors.p, s->actors.len / QF_KEY, QF_KEY, by_key) : 0;
	for (size_t i = 0; i < n; i++) {
		said[i].actor = actor_of(s, (const uint8_t *)speakers + i * QF_KEY);
		said[i].target = target_of(s, &named[i]);
	}
	s->society.said = said;
	s->society.n = n;
	qf_free(speakers);
	return QF_OK;
}

/* What this node knows of actors and targets. */
static enum qf_status know(struct trust_scores *s, const struct qf_genesis *g, struct qf_catalog *c, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	s->anchor = qf_zalloc(s->society.actors + 1, sizeof *s->anchor);
	s->weight = qf_zalloc(s->society.actors + 1, sizeof *s->weight);
	s->agreed = qf_zalloc(s->society.targets + 1, sizeof *s->agreed);
	s->person = qf_zalloc(s->society.targets + 1, sizeof *s->person);
	s->evidence = qf_zalloc(s->society.targets + 1, sizeof *s->evidence);
	if (!s->anchor || !s->weight || !s->agreed || !s->person || !s->evidence)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu targets", s->society.targets);
	rc = qf_catalog_each_peer(c, weigh_peer, s, e);
	for (size_t i = 0; i < g->n_anchors; i++)
		s->anchor[actor_of(s, g->anchors[i])] = 1;
	for (size_t i = 0; rc == QF_OK && i < s->society.targets; i++) {
		char text[QF_TARGET_TEXT];

		qf_target_write(&s->target[i], text);
		rc = qf_catalog_agrees(c, text, &s->agreed[i], e);
		s->person[i] = s->target[i].kind == QF_TARGET_CREATOR ? actor_of(s, s->target[i].id) : QF_NOBODY;
	}
	s->society.anchor = s->anchor;
	s->society.agreed = s->agreed;
	s->society.person = s->person;
	return rc;
}

static enum qf_status read_all(struct trust_scores *s, const struct qf_genesis *g, struct qf_catalog *c, struct qf_err *e)
{
	enum qf_status rc = qf_catalog_each_trust(c, take_record, s, e);

	if (rc == QF_OK && (rc = number(s, g, c, e)) == QF_OK && (rc = know(s, g, c, e)) == QF_OK &&
	    (rc = qf_reputation_weigh(&s->society, s->weight, &s->anchored, e)) == QF_OK)
		rc = qf_reputation_judge(&s->society, s->weight, s->evidence, NULL, NULL, e);
	if (rc == QF_OK && !s->anchored && s->society.n)
		cli_say("the chain has no anchors: everybody weighs the same, and whoever makes keys makes the scores");
	return rc;
}

enum qf_status trust_scores_open(struct trust_scores **out, struct qf_catalog *c, struct qf_err *e)
{
	struct trust_scores *s = qf_zalloc(1, sizeof *s);
	struct qf_genesis g = { .n_anchors = 0 };
	enum qf_status rc = s ? trust_genesis(c, &g, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	*out = s;
	if (rc == QF_ENOTFOUND) { /* nobody has said anything */
		e->code = QF_OK;
		rc = know(s, &g, c, e);
	} else if (rc == QF_OK) {
		s->society.as_of = trust_opts.as_of ? trust_opts.as_of : cli_now();
		s->society.half_life_s = (int64_t)(trust_opts.half_life_days * 86400);
		rc = read_all(s, &g, c, e);
	}
	if (rc == QF_OK)
		return rc;
	trust_scores_close(s);
	*out = NULL;
	return rc;
}

void trust_scores_close(struct trust_scores *s)
{
	if (!s)
		return;
	qf_buf_free(&s->said);
	qf_buf_free(&s->named);
	qf_buf_free(&s->actors);
	qf_free(s->target);
	qf_free(s->anchor);
	qf_free(s->weight);
	qf_free(s->agreed);
	qf_free(s->person);
	qf_free(s->evidence);
	qf_free(s);
}

static struct qf_evidence evidence_on(const struct trust_scores *s, const struct qf_target *t)
{
	uint32_t at = target_of(s, t);

	return at == QF_NOBODY ? (struct qf_evidence){ .r = 0 } : s->evidence[at];
}

/* ---- score ------------------------------------------------------------------------------------------------ */

struct works { /* the tracks of one creator */
	const struct trust_scores *s;
	const struct qf_target *creator;
	struct qf_evidence sum;
	int64_t n;
};

static enum qf_status take_work(void *ctx, const char *artist, const char *audio_id, struct qf_err *e)
{
	struct works *w = ctx;
	struct qf_target t;
	struct qf_evidence v;
	uint8_t id[QF_SHA256];

	(void)e;
	memset(&t, 0, sizeof t);
	t.kind = QF_TARGET_TRACK;
	trust_creator(artist, id);
	if (memcmp(id, w->creator->id, sizeof id) != 0 || strlen(audio_id) != 64 || !qf_hex_decode(audio_id, QF_SHA256, t.id))
		return QF_OK;
	v = evidence_on(w->s, &t);
	w->sum.r += v.r;
	w->sum.s += v.s;
	w->n++;
	return QF_OK;
}

struct reasons {
	const struct trust_scores *s;
	struct qf_buf *b;
	uint32_t target;
};

static void put_reason(void *ctx, const struct qf_opinion *o, double weight, double r, double against)
{
	struct reasons *w = ctx;

	if (o->target != w->target)
		return;
	qf_json_open(w->b, '{');
	trust_put_hex(w->b, "actor", (const uint8_t *)w->s->actors.p + (size_t)o->actor * QF_KEY, QF_KEY);
	qf_json_key(w->b, "action");
	qf_json_str(w->b, qf_deed_name(o->deed));
	qf_json_key(w->b, "ts");
	qf_json_int(w->b, o->ts);
	qf_json_key(w->b, "weight");
	qf_json_num(w->b, weight, 6);
	qf_json_key(w->b, "for");
	qf_json_num(w->b, r, 6);
	qf_json_key(w->b, "against");
	qf_json_num(w->b, against, 6);
	qf_json_close(w->b, '}');
}

/* The values that a row's "trust" and a score row share. */
static void put_values(struct qf_buf *b, const struct qf_evidence *v)
{
	qf_json_key(b, "score");
	qf_json_num(b, qf_reputation_trust(v), 6);
	qf_json_key(b, "ledger");
	qf_json_num(b, qf_reputation_ledger(v), 6);
	qf_json_key(b, "records");
	qf_json_int(b, v->records);
}

static enum qf_status print_score(const struct trust_scores *s, struct qf_catalog *c, const struct qf_target *t, struct qf_err *e)
{
	struct qf_buf row = { 0 };
	struct qf_evidence v = evidence_on(s, t);
	char text[QF_TARGET_TEXT];

	qf_target_write(t, text);
	trust_begin(&row, "trust-score.v1");
	qf_json_key(&row, "target");
	qf_json_str(&row, text);
	put_values(&row, &v);
	qf_json_key(&row, "for");
	qf_json_num(&row, v.r, 6);
	qf_json_key(&row, "against");
	qf_json_num(&row, v.s, 6);
	if (t->kind == QF_TARGET_CREATOR) {
		struct works w = { .s = s, .creator = t, .sum = v };

		if (qf_catalog_each_work(c, take_work, &w, e)) {
			qf_buf_free(&row);
			return e->code;
		}
		qf_json_key(&row, "reputation");
		qf_json_num(&row, qf_reputation_creator(&w.sum), 6);
		qf_json_key(&row, "works");
		qf_json_int(&row, w.n);
	}
	if (trust_opts.explain) {
		struct qf_evidence *again = qf_alloc(s->society.targets + 1, sizeof *again);
		struct reasons why = { s, &row, target_of(s, t) };

		if (!again) {
			qf_buf_free(&row);
			return qf_fail(e, QF_ENOMEM, "out of memory");
		}
		qf_json_key(&row, "evidence");
		qf_json_open(&row, '[');
		if (s->society.n)
			qf_reputation_judge(&s->society, s->weight, again, put_reason, &why, e);
		qf_json_close(&row, ']');
		qf_free(again);
	}
	return trust_print(&row, e);
}

int trust_score(struct qf_catalog *c)
{
	char **text = trust_operands(1, SIZE_MAX, "one or more TARGETs");
	struct trust_scores *s;
	struct qf_err e = { 0 };
	enum qf_status rc = trust_scores_open(&s, c, &e);
	int code = EXIT_OK;

	for (; rc == QF_OK && *text; text++) {
		struct qf_target t;

		memset(&t, 0, sizeof t);
		rc = trust_target(c, *text, &t, &e);
		if (rc == QF_OK)
			rc = print_score(s, c, &t, &e);
		if (rc == QF_EFORMAT) {
			cli_warn(&e);
			code = EXIT_SOME;
			rc = QF_OK;
		}
	}
	trust_scores_close(s);
	return rc == QF_OK ? code : cli_die(&e);
}

/* ---- filter ------------------------------------------------------------------------------------------------- */

/* Pass the row on with what is known of its track, or drop it. */
static enum qf_status judge_row(const struct trust_scores *s, struct qf_catalog *c, struct qf_span row, struct qf_buf *out, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	struct qf_target t;
	struct qf_evidence v = { .r = 0 };
	struct qf_buf value = { 0 };
	char id[65] = "";
	int64_t track;
	enum qf_status rc = cli_track_of_row(c, row, &a, &track, &ref, e);

	memset(&t, 0, sizeof t);
	t.kind = QF_TARGET_TRACK;
	if (rc == QF_OK && track)
		rc = qf_catalog_audio_id(c, track, id, e);
	if (rc == QF_OK && id[0] && qf_hex_decode(id, QF_SHA256, t.id))
		v = evidence_on(s, &t);
	if (rc == QF_OK && qf_reputation_trust(&v) >= trust_opts.min) {
		qf_json_open(&value, '{');
		put_values(&value, &v);
		qf_json_close(&value, '}');
		rc = qf_buf_check(&value, e);
		if (rc == QF_OK)
			qf_row_write(out, row, &(struct qf_row_edit){ "trust", { value.p, value.len } }, 1);
	}
	qf_buf_free(&value);
	qf_arena_free(&a);
	return rc;
}

static int filter(const struct trust_scores *s, struct qf_catalog *c, struct qf_err *e)
{
	struct qf_rows in = { .fd = STDIN_FILENO };
	struct qf_row row;
	struct qf_buf out = { 0 };
	bool more = true;
	int code = EXIT_OK;

	while (more && code != EXIT_FATAL && !cli.interrupted) {
		enum qf_status rc = qf_rows_next(&in, &row, &more, e);

		qf_buf_clear(&out);
		if (rc == QF_OK && more && !qf_row_is(row.object, "track.v1")) {
			qf_row_write(&out, row.object, NULL, 0);
		} else if (rc == QF_OK && more && (rc = judge_row(s, c, row.object, &out, e)) != QF_OK) {
			char place[32];

			snprintf(place, sizeof place, "line %zu", row.number);
			qf_err_at(e, place);
		}
		if (rc == QF_OK)
			rc = qf_buf_check(&out, e);
		if (rc == QF_OK && out.len)
			cli_row((struct qf_span){ out.p, out.len });
		if (rc == QF_EFORMAT) {
			cli_warn(e);
			code = EXIT_SOME;
			more = true;
		} else if (rc != QF_OK) {
			code = cli_die(e);
		}
	}
	qf_rows_free(&in);
	qf_buf_free(&out);
	return code;
}

int trust_filter(struct qf_catalog *c)
{
	char **dash = trust_operands(1, 1, "'-': rows on standard input");
	struct trust_scores *s;
	struct qf_err e = { 0 };
	int code;

	if (strcmp(*dash, "-") != 0)
		cli_misuse("filter takes '-': rows on standard input");
	if (trust_scores_open(&s, c, &e) != QF_OK)
		return cli_die(&e);
	code = filter(s, c, &e);
	trust_scores_close(s);
	return code;
}

/* ---- top ------------------------------------------------------------------------------------------------------ */

struct ranked {
	double trust;
	uint32_t target;
};

static int by_trust(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return x->trust != y->trust ? (x->trust > y->trust ? -1 : 1) : (x->target > y->target) - (x->target < y->target);
}

int trust_top(struct qf_catalog *c)
{
	struct trust_scores *s;
	struct ranked *r = NULL;
	struct qf_err e = { 0 };
	enum qf_status rc;

	trust_operands(0, 0, "no operands");
	rc = trust_scores_open(&s, c, &e);
	if (rc == QF_OK && (r = qf_alloc(s->society.targets + 1, sizeof *r)) == NULL)
		rc = qf_fail(&e, QF_ENOMEM, "out of memory");
	for (size_t i = 0; rc == QF_OK && i < s->society.targets; i++)
		r[i] = (struct ranked){ qf_reputation_trust(&s->evidence[i]), (uint32_t)i };
	if (rc == QF_OK && s->society.targets)
		qsort(r, s->society.targets, sizeof *r, by_trust);
	for (size_t i = 0; rc == QF_OK && i < s->society.targets && (int64_t)i < trust_opts.count; i++)
		rc = print_score(s, c, &s->target[r[i].target], &e);
	qf_free(r);
	trust_scores_close(s);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}
