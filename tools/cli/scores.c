#include "cli/scores.h"

#include "base/alloc.h"
#include "catalog/trust.h"
#include "cli/cli.h"
#include "trust/hex.h"

#include <stdlib.h>
#include <string.h>

enum qf_status trust_genesis(struct qf_catalog *c, struct qf_genesis *g, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_span line;
	enum qf_status rc = qf_catalog_genesis(c, &a, &line, e);

	if (rc == QF_OK && (rc = qf_genesis_parse(g, line, e)) != QF_OK)
		qf_err_at(e, "block 0, record 0");
	qf_arena_free(&a);
	g->rec = (struct qf_span){ 0 };
	return rc;
}

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

static uint32_t actor_of(const struct cli_scores *s, const uint8_t *key)
{
	const char *at = s->society.actors ? bsearch(key, s->actors.p, s->society.actors, QF_KEY, by_key) : NULL;

	return at ? (uint32_t)((size_t)(at - s->actors.p) / QF_KEY) : QF_NOBODY;
}

uint32_t cli_scores_target(const struct cli_scores *s, const struct qf_target *t)
{
	const struct qf_target *at = s->society.targets ? bsearch(t, s->target, s->society.targets, sizeof *t, by_target) : NULL;

	return at ? (uint32_t)(at - s->target) : QF_NOBODY;
}

static enum qf_status take_record(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	struct cli_scores *s = ctx;
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
	struct cli_scores *s = ctx;

	(void)weight;
	qf_buf_put(&s->actors, key, QF_KEY);
	return qf_buf_check(&s->actors, e);
}

static enum qf_status weigh_peer(void *ctx, const uint8_t *key, double weight, struct qf_err *e)
{
	struct cli_scores *s = ctx;

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
static enum qf_status number(struct cli_scores *s, const struct qf_genesis *g, struct qf_catalog *c, struct qf_err *e)
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
		said[i].target = cli_scores_target(s, &named[i]);
	}
	s->society.said = said;
	s->society.n = n;
	qf_free(speakers);
	return QF_OK;
}

/* What this node knows of actors and targets. */
static enum qf_status know(struct cli_scores *s, const struct qf_genesis *g, struct qf_catalog *c, struct qf_err *e)
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

static enum qf_status read_all(struct cli_scores *s, const struct qf_genesis *g, struct qf_catalog *c, struct qf_err *e)
{
	enum qf_status rc = qf_catalog_each_trust(c, take_record, s, e);

	if (rc == QF_OK && (rc = number(s, g, c, e)) == QF_OK && (rc = know(s, g, c, e)) == QF_OK &&
	    (rc = qf_reputation_weigh(&s->society, s->weight, &s->anchored, e)) == QF_OK)
		rc = qf_reputation_judge(&s->society, s->weight, s->evidence, NULL, NULL, e);
	if (rc == QF_OK && !s->anchored && s->society.n)
		cli_say("the chain has no anchors: everybody weighs the same, and whoever makes keys makes the scores");
	return rc;
}

enum qf_status cli_scores_open(struct cli_scores **out, struct qf_catalog *c, int64_t as_of, int64_t half_life_s, struct qf_err *e)
{
	struct cli_scores *s = qf_zalloc(1, sizeof *s);
	struct qf_genesis g = { .n_anchors = 0 };
	enum qf_status rc = s ? trust_genesis(c, &g, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	*out = s;
	if (rc == QF_ENOTFOUND) { /* nobody has said anything */
		e->code = QF_OK;
		rc = know(s, &g, c, e);
	} else if (rc == QF_OK) {
		s->society.as_of = as_of;
		s->society.half_life_s = half_life_s;
		rc = read_all(s, &g, c, e);
	}
	if (rc == QF_OK)
		return rc;
	cli_scores_close(s);
	*out = NULL;
	return rc;
}

void cli_scores_close(struct cli_scores *s)
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

struct qf_evidence cli_scores_on(const struct cli_scores *s, const struct qf_target *t)
{
	uint32_t at = cli_scores_target(s, t);

	return at == QF_NOBODY ? (struct qf_evidence){ .r = 0 } : s->evidence[at];
}

/* ---- in queries ----------------------------------------------------------------------------------------- */

static struct { /* for the one catalog of this process, from the first track on that is asked for */
	struct qf_catalog *c;
	struct cli_scores *s;
	int64_t now;
} field;

static enum qf_status trust_of(void *ctx, const char *audio_id, double *trust, struct qf_err *e)
{
	struct qf_evidence v = { .r = 0 };
	struct qf_target t;

	(void)ctx;
	if (!field.s && cli_scores_open(&field.s, field.c, field.now, QF_HALF_LIFE_S, e) != QF_OK)
		return e->code;
	memset(&t, 0, sizeof t);
	t.kind = QF_TARGET_TRACK;
	if (strlen(audio_id) == 2 * sizeof t.id && qf_hex_decode(audio_id, sizeof t.id, t.id))
		v = cli_scores_on(field.s, &t);
	*trust = qf_reputation_trust(&v);
	return QF_OK;
}

static void forget(void *ctx)
{
	(void)ctx;
	cli_scores_close(field.s);
	field.s = NULL;
}

enum qf_status cli_trust_field(struct qf_catalog *c, int64_t now, struct qf_err *e)
{
	field.c = c;
	field.now = now;
	return qf_catalog_set_trust(c, trust_of, forget, NULL, e);
}
