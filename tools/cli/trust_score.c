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

/* Everything, at --as-of and with --half-life. */
static enum qf_status open_scores(struct cli_scores **s, struct qf_catalog *c, struct qf_err *e)
{
	return cli_scores_open(s, c, trust_opts.as_of ? trust_opts.as_of : cli_now(), (int64_t)(trust_opts.half_life_days * 86400), e);
}

/* ---- score ------------------------------------------------------------------------------------------------ */

struct works { /* the tracks of one creator */
	const struct cli_scores *s;
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
	v = cli_scores_on(w->s, &t);
	w->sum.r += v.r;
	w->sum.s += v.s;
	w->n++;
	return QF_OK;
}

struct reasons {
	const struct cli_scores *s;
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
	qf_json_put_str(w->b, "action", qf_deed_name(o->deed));
	qf_json_put_int(w->b, "ts", o->ts);
	qf_json_put_num(w->b, "weight", weight, 6);
	qf_json_put_num(w->b, "for", r, 6);
	qf_json_put_num(w->b, "against", against, 6);
	qf_json_close(w->b, '}');
}

/* The values that a row's "trust" and a score row share. */
static void put_values(struct qf_buf *b, const struct qf_evidence *v)
{
	qf_json_put_num(b, "score", qf_reputation_trust(v), 6);
	qf_json_put_num(b, "ledger", qf_reputation_ledger(v), 6);
	qf_json_put_int(b, "records", v->records);
}

static enum qf_status print_score(const struct cli_scores *s, struct qf_catalog *c, const struct qf_target *t, struct qf_err *e)
{
	struct qf_buf row = { 0 };
	struct qf_evidence v = cli_scores_on(s, t);
	char text[QF_TARGET_TEXT];

	qf_target_write(t, text);
	trust_begin(&row, "trust-score.v1");
	qf_json_put_str(&row, "target", text);
	put_values(&row, &v);
	qf_json_put_num(&row, "for", v.r, 6);
	qf_json_put_num(&row, "against", v.s, 6);
	if (t->kind == QF_TARGET_CREATOR) {
		struct works w = { .s = s, .creator = t, .sum = v };

		if (qf_catalog_each_work(c, take_work, &w, e)) {
			qf_buf_free(&row);
			return e->code;
		}
		qf_json_put_num(&row, "reputation", qf_reputation_creator(&w.sum), 6);
		qf_json_put_int(&row, "works", w.n);
	}
	if (trust_opts.explain) {
		struct qf_evidence *again = qf_alloc(s->society.targets + 1, sizeof *again);
		struct reasons why = { s, &row, cli_scores_target(s, t) };

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
	return cli_row_end(&row, e);
}

int trust_score(struct qf_catalog *c)
{
	char **text = trust_operands(1, SIZE_MAX, "one or more TARGETs");
	struct cli_scores *s;
	struct qf_err e = { 0 };
	enum qf_status rc = open_scores(&s, c, &e);
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
	cli_scores_close(s);
	return rc == QF_OK ? code : cli_die(&e);
}

/* ---- filter ------------------------------------------------------------------------------------------------- */

struct filter {
	const struct cli_scores *s;
	struct qf_catalog *c;
};

/* Pass the row on with what is known of its track, or drop it. */
static enum qf_status judge_row(void *arg, struct qf_span row, struct qf_err *e)
{
	const struct filter *f = arg;
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	struct qf_target t;
	struct qf_evidence v = { .r = 0 };
	struct qf_buf value = { 0 }, out = { 0 };
	char id[65] = "";
	int64_t track;
	enum qf_status rc;

	if (!qf_row_is(row, "track.v1")) {
		cli_row(row);
		return QF_OK;
	}
	memset(&t, 0, sizeof t);
	t.kind = QF_TARGET_TRACK;
	rc = cli_track_of_row(f->c, row, &a, &track, &ref, e);
	if (rc == QF_OK && track)
		rc = qf_catalog_audio_id(f->c, track, id, e);
	if (rc == QF_OK && id[0] && qf_hex_decode(id, QF_SHA256, t.id))
		v = cli_scores_on(f->s, &t);
	if (rc == QF_OK && qf_reputation_trust(&v) >= trust_opts.min) {
		qf_json_open(&value, '{');
		put_values(&value, &v);
		qf_json_close(&value, '}');
		rc = qf_buf_check(&value, e);
		if (rc == QF_OK)
			qf_row_write(&out, row, &(struct qf_row_edit){ "trust", { value.p, value.len } }, 1);
		if (rc == QF_OK && (rc = qf_buf_check(&out, e)) == QF_OK)
			cli_row((struct qf_span){ out.p, out.len });
	}
	qf_buf_free(&value);
	qf_buf_free(&out);
	qf_arena_free(&a);
	return rc;
}

int trust_filter(struct qf_catalog *c)
{
	char **dash = trust_operands(1, 1, "'-': rows on standard input");
	struct cli_scores *s;
	struct cli_input in = { .fd = STDIN_FILENO };
	struct qf_err e = { 0 };
	enum qf_status rc;

	if (strcmp(*dash, "-") != 0)
		cli_misuse("filter takes '-': rows on standard input");
	if (open_scores(&s, c, &e) != QF_OK)
		return cli_die(&e);
	rc = cli_each_row(&in, judge_row, &(struct filter){ s, c }, &e);
	cli_scores_close(s);
	return rc != QF_OK ? cli_die(&e) : in.bad ? EXIT_SOME : EXIT_OK;
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
	struct cli_scores *s;
	struct ranked *r = NULL;
	struct qf_err e = { 0 };
	enum qf_status rc;

	trust_operands(0, 0, "no operands");
	rc = open_scores(&s, c, &e);
	if (rc == QF_OK && (r = qf_alloc(s->society.targets + 1, sizeof *r)) == NULL)
		rc = qf_fail(&e, QF_ENOMEM, "out of memory");
	for (size_t i = 0; rc == QF_OK && i < s->society.targets; i++)
		r[i] = (struct ranked){ qf_reputation_trust(&s->evidence[i]), (uint32_t)i };
	if (rc == QF_OK && s->society.targets)
		qsort(r, s->society.targets, sizeof *r, by_trust);
	for (size_t i = 0; rc == QF_OK && i < s->society.targets && (int64_t)i < trust_opts.count; i++)
		rc = print_score(s, c, &s->target[r[i].target], &e);
	qf_free(r);
	cli_scores_close(s);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}
