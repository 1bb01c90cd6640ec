/* qfzz plan transcode: from the catalog to a plan of renditions. */
#include "cli/plan.h"

#include "base/hash.h"
#include "cli/store.h"

#include <stdio.h>
#include <string.h>

static const char *const policies[] = { "knapsack", "play-count", "tiers" };

static enum qf_store policy(void)
{
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
		if (!plan_asked.policy || strcmp(plan_asked.policy, policies[i]) == 0)
			return (enum qf_store)i;
	cli_misuse("--policy: '%s' is none of knapsack, play-count, tiers", plan_asked.policy);
}

/* What the plan was made from, in 64 hex digits: tracks, weights, levels, what was there, and the ladder. */
static enum qf_status hash_inputs(const struct plan_sources *s, const struct qf_menu *m, char out[2 * QF_SHA256 + 1], struct qf_err *e)
{
	struct qf_buf line = { 0 };
	struct qf_sha256 *h;
	uint8_t digest[QF_SHA256];
	enum qf_status rc = qf_sha256_open(&h, e);

	if (rc != QF_OK)
		return rc;
	for (size_t i = 0; i < m->rungs; i++)
		qf_buf_printf(&line, "%s %d %d %d %.3f %.6f\n", m->rung[i].name, (int)m->rung[i].recipe.codec, m->rung[i].recipe.kbps,
			      m->rung[i].recipe.effort, m->rung[i].recipe.seconds, m->rung[i].worth);
	for (size_t i = 0; i < s->n; i++) {
		const struct qf_job *j = &s->job[i];

		qf_buf_printf(&line, "%lld %lld %lld %.3f %.4f %u %lld %lld\n", (long long)j->track, (long long)j->size, (long long)j->mtime_ns,
			      s->source[i].weight, j->gain_db, s->source[i].have, (long long)s->source[i].other_bytes, (long long)s->source[i].cover_bytes);
		qf_sha256_add(h, line.p ? line.p : "", line.len);
		qf_buf_clear(&line);
	}
	qf_sha256_end(h, digest);
	qf_sha256_close(h);
	qf_buf_free(&line);
	for (int i = 0; i < QF_SHA256; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return QF_OK;
}

static enum qf_status decide(struct plan_sources *s, const struct qf_menu *m, enum qf_store how, const char *folder, struct qf_err *e)
{
	int64_t budget = plan_bytes("budget", plan_asked.budget);
	struct qf_transcode t = { 0 };
	char inputs[2 * QF_SHA256 + 1];
	enum qf_status rc = hash_inputs(s, m, inputs, e);

	if (rc == QF_OK)
		rc = qf_transcode_plan(m, how, s->source, s->n, budget - s->vanished_bytes, &t, e);
	if (rc == QF_OK) {
		struct qf_plan_head h = {
			.catalog = s->catalog, .folder = folder, .ladder = plan_asked.ladder, .policy = policies[how],
			.inputs = inputs, .budget = budget, .bytes = t.bytes + s->vanished_bytes, .wanted = t.wanted, .tracks = (int64_t)s->n,
			.value = t.value, .bound = t.bound, .regret = qf_transcode_regret(&t), .optimal = t.optimal,
		};

		rc = plan_write(s, m, &t, &h, e);
	}
	qf_transcode_free(&t);
	return rc;
}

int plan_transcode(void)
{
	struct plan_sources s = { 0 };
	struct qf_arena a = { 0 };
	struct qf_catalog *c = NULL;
	struct qf_menu m;
	struct qf_err e = { 0 };
	const char *folder;
	size_t n;
	const struct qf_rung *ladder = qf_ladder_find(plan_asked.ladder, &n);
	enum qf_store how = policy();
	int code = EXIT_OK;

	if (!ladder)
		cli_misuse("--ladder: '%s' is not in datasets/ladders.tsv", plan_asked.ladder);
	if (plan_asked.limit && plan_asked.loudness < 0)
		cli_misuse("--limit is for --loudness");
	plan_bytes("budget", plan_asked.budget);
	if (qf_menu_init(&m, ladder, n, &e) || cli_absolute(plan_asked.into, &a, &folder, &e) || cli_catalog_open(&c, QF_CATALOG_READ, &e) ||
	    qf_catalog_begin_read(c, &e) || plan_sources_read(&s, c, &m, folder, &e) || decide(&s, &m, how, folder, &e))
		code = cli_die(&e);
	if (code == EXIT_OK && s.vanished_bytes)
		cli_say("renditions of tracks that are gone%s take %lld bytes of the budget; `qfzz encode --mirror` removes those that are gone",
			plan_asked.where ? " or not selected" : "", (long long)s.vanished_bytes);
	if (code == EXIT_OK && s.unheard) {
		cli_say("%zu tracks were left out: their loudness is not known; `qfzz features` finds it", s.unheard);
		code = EXIT_SOME;
	}
	plan_sources_free(&s);
	qf_catalog_close(c);
	qf_arena_free(&a);
	return code;
}
