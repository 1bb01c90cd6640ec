/* qfzz-quality - what a collection of music is worth, what spoils it and why, and whether it may be used at all. */
#include "base/alloc.h"
#include "base/file.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/curate.h"
#include "cli/judged.h"
#include "cli/store.h"
#include "cli/verdict.h"

#include <stdlib.h>
#include <string.h>

static double least = -1;
static bool explain, any_licence, duplicates, curated, print_weights;
static const char *max_bytes, *weights;
static int64_t max_tracks;
static int tier; /* 0: any */

static const struct cli_opt opts[] = {
	{ CLI_NUM, 0, "min", "X", "a gate: exit 4 where a score is below X or a file is refused, with the shortest list of repairs", &least, 0, 1, NULL },
	{ CLI_FLAG, 0, "any-licence", NULL, "--min: files that are refused for their licence do not close the gate", &any_licence, 0, 0, NULL },
	{ CLI_FLAG, 0, "explain", NULL, "one row more for each file that costs something, and all files by name", &explain, 0, 0, NULL },
	{ CLI_FLAG, 0, "duplicates", NULL, "instead: groups of files that are the same, which one to keep and why; without DATASET of all tracks", &duplicates, 0, 0, NULL },
	{ CLI_FLAG, 0, "curate", NULL, "instead: track rows of the best part, without what is refused, twice there or below --tier", &curated, 0, 0, NULL },
	{ CLI_TEXT, 0, "max-bytes", "SIZE", "--curate: at most so many bytes, as 700M or 4.5G (powers of 1000)", &max_bytes, 0, 0, NULL },
	{ CLI_INT, 0, "max-tracks", "N", "--curate: at most so many tracks", &max_tracks, 1, 1e9, NULL },
	{ CLI_CHOICE, 0, "tier", "TIER", "--curate: files that are any, medium (0.6 and up) or high (0.8) by themselves [any]", &tier, 0, 0, "any|medium|high" },
	{ CLI_TEXT, 0, "weights", "FILE", "weights and thresholds to use in place of ours, lines of NAME NUMBER", &weights, 0, 0, NULL },
	{ CLI_FLAG, 0, "print-weights", NULL, "print them in that form, those of --weights put in", &print_weights, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "dataset", "dataset|title|path", 26 }, { "score", "score|quality.score", -8 }, { "tier", "tier|how", 9 }, { "complete", "metrics.completeness", -9 },
	{ "consist.", "metrics.consistency", -9 }, { "size", "metrics.size", -9 }, { "diverse", "metrics.diversity", -9 },
	{ "licence", "metrics.licence|why", -9 }, { "refused", "refused|keep", -7 }, { "path", "path", 0 }, { 0 }
};
static const char *const examples[] = {
	"qfzz quality --format table                                 # every dataset",
	"qfzz quality sonic-pi-samples | jq '.losses[] | [.points, .reason]'",
	"qfzz quality sonic-pi-samples --min 0.7 --explain           # exit 4 if it is not worth that much",
	"qfzz quality my-music --min 0.5 --any-licence                # for one's own ears",
	"qfzz quality --duplicates | jq -r 'select(.keep | not) | .path'",
	"qfzz quality demo --curate --tier high --max-bytes 700M --max-tracks 100 | qfzz playlist -o best.m3u -",
	"qfzz quality --print-weights > my.weights && qfzz quality --weights my.weights --dry-run",
	NULL
};
static const struct cli_tool tool = {
	.verb = "quality", .stage = "judge", .purpose = "score datasets and files, with reasons; find duplicates; choose the best",
	.operands = "[DATASET…]", .reads = "", .writes = "quality.v1 quality-file.v1 duplicate.v1 track.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_DRY_RUN, .opts = opts, .columns = columns, .examples = examples,
	.notes = "score = 0.30 completeness + 0.25 consistency + 0.20 size + 0.15 diversity + 0.10 licence, each from 0 to 1 (docs/QUALITY.md).\n"
		 "Tiers: high from 0.8, medium from 0.6, low; a set with a file whose licence is not open is refused. Every point that\n"
		 "is lost stands in `losses` with its reason and files. Verdicts are stored (query fields quality and defects), but with\n"
		 "--dry-run. Run `qfzz features` first: what was not heard has no defects.",
};

static struct qf_rules rules;

/* ---- one dataset ---------------------------------------------------------------------------------- */

static enum qf_status flush(struct qf_buf *rows, struct qf_err *e)
{
	enum qf_status rc = qf_buf_check(rows, e);

	for (size_t at = 0; rc == QF_OK && at < rows->len;) {
		size_t n = strcspn(rows->p + at, "\n");

		cli_row((struct qf_span){ rows->p + at, n });
		at += n + 1;
	}
	qf_buf_clear(rows);
	return rc;
}

static enum qf_status store(struct qf_catalog *c, const struct verdict *v, const char *row, struct qf_err *e)
{
	struct qf_buf words = { 0 };
	enum qf_status rc = qf_catalog_put_quality(c, v->j->set.id, v->report->score, qf_quality_tier_names[v->report->tier], row, cli_now(), e);

	for (size_t i = 0; rc == QF_OK && i < v->j->s.n; i++) {
		if (!v->j->file[i].track.id)
			continue;
		qf_buf_clear(&words);
		verdict_put_defects(&words, &v->j->member[i]);
		rc = qf_buf_check(&words, e);
		if (rc == QF_OK)
			rc = qf_catalog_put_track_quality(c, v->j->file[i].track.id, judged_score(v->j, i, &rules), words.len ? words.p : NULL, e);
	}
	qf_buf_free(&words);
	return rc;
}

static enum qf_status say_gate(const struct verdict *v, int *code)
{
	if (least < 0 || verdict_met(v))
		return QF_OK;
	*code = EXIT_GATE;
	if (v->report->refused && !any_licence)
		cli_say("%s: %zu of %zu files are refused for their licence: %s", v->j->set.name, v->report->refused, v->j->s.n,
			v->j->s.n ? "see licences" : "");
	if (v->report->score < least)
		cli_say("%s: %.4f is below %.4f%s", v->j->set.name, v->report->score, least, v->reached ? "" : ", and no repair gets it there");
	return QF_OK;
}

static enum qf_status judge(struct qf_catalog *c, const struct judged *j, int *code, struct qf_err *e)
{
	struct qf_report report;
	struct qf_repair *repairs = NULL;
	struct qf_buf rows = { 0 };
	struct verdict v = { .catalog = qf_catalog_uuid(c), .j = j, .rules = &rules, .report = &report, .min = least, .any_licence = any_licence, .whole = explain };
	enum qf_status rc = qf_quality_judge(&j->s, &rules, &report, e);

	if (rc == QF_OK && least >= 0 && !verdict_met(&v)) {
		rc = qf_quality_repairs(&j->s, &rules, &report, least, &repairs, &v.n_repairs, &v.reached, e);
		v.repair = repairs;
		if (rc == QF_OK)
			rc = qf_quality_drops(&j->s, &rules, &report, least, any_licence, &v.drops, e);
	}
	if (rc == QF_OK) {
		verdict_put(&rows, &v);
		rc = qf_buf_check(&rows, e);
	}
	if (rc == QF_OK && !cli.dry_run)
		rc = store(c, &v, rows.p, e);
	qf_buf_putc(&rows, '\n');
	for (size_t i = 0; rc == QF_OK && explain && i < j->s.n; i++)
		verdict_put_file(&rows, &v, i);
	if (rc == QF_OK)
		rc = flush(&rows, e);
	if (rc == QF_OK)
		say_gate(&v, code);
	if (rc == QF_OK && j->unheard)
		cli_say("%s: %zu files were not heard yet, so nothing is known to be wrong with them: `qfzz features`", j->set.name, j->unheard);
	qf_buf_free(&rows);
	qf_free(repairs);
	qf_drops_free(&v.drops);
	qf_report_free(&report);
	return rc;
}

/* ---- instead of judging ------------------------------------------------------------------------------ */

static enum qf_status show_duplicates(struct qf_catalog *c, const struct judged *j, struct qf_err *e)
{
	struct qf_buf rows = { 0 };

	for (size_t g = 0; g < j->dup.groups; g++)
		for (size_t i = j->dup.group[g]; i < j->dup.group[g + 1]; i++)
			verdict_put_duplicate(&rows, qf_catalog_uuid(c), j, i, g + 1);
	flush(&rows, e);
	qf_buf_free(&rows);
	return e->code;
}

static enum qf_status show_track(struct qf_catalog *c, const struct judged *j, size_t i, struct qf_buf *row, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_features f;
	struct qf_track t;
	struct qf_buf words = { 0 };
	enum qf_status rc = qf_catalog_track(c, j->file[i].track.id, QF_TRACK_BRIEF, &a, &t, &f, e);

	if (rc == QF_OK) {
		verdict_put_defects(&words, &j->member[i]);
		qf_row_begin_track(row, qf_catalog_uuid(c), &t);
		qf_json_key(row, "quality");
		qf_json_open(row, '{');
		qf_json_put_num(row, "score", judged_score(j, i, &rules), 4);
		qf_json_put_str(row, "defects", words.p ? words.p : "");
		qf_json_put_str(row, "licence", j->member[i].licence);
		qf_json_close(row, '}');
		qf_row_end(row);
		row->failed |= words.failed;
		rc = flush(row, e);
		qf_features_free(&f);
	}
	qf_buf_free(&words);
	qf_arena_free(&a);
	return rc;
}

/* "4.5G"; 0: no size. */
static int64_t read_size(const char *text)
{
	static const char units[] = "kmgt";
	char *end, c;
	const char *unit;
	double v = strtod(text, &end);

	c = (char)(*end >= 'A' && *end <= 'Z' ? *end + 32 : *end);
	unit = c ? strchr(units, c) : NULL;
	for (const char *p = unit ? units : unit; p && p <= unit; p++)
		v *= 1000;
	if (end == text || (*end && (!unit || end[1])) || !(v >= 1 && v < 9e18))
		return 0;
	return (int64_t)v;
}

static enum qf_status show_best(struct qf_catalog *c, const struct judged *j, struct qf_err *e)
{
	const double scores[] = { 0, rules.medium, rules.high };
	struct curate_limits limits = { .bytes = max_bytes ? read_size(max_bytes) : 0, .tracks = (size_t)max_tracks, .score = scores[tier] };
	bool *take = qf_alloc(j->s.n, sizeof *take);
	struct qf_buf row = { 0 };
	enum qf_status rc = take ? curate(j, &rules, &limits, take, e) : qf_fail(e, QF_ENOMEM, "out of memory");

	for (size_t i = 0; rc == QF_OK && i < j->s.n; i++)
		if (take[i])
			rc = show_track(c, j, i, &row, e);
	qf_buf_free(&row);
	qf_free(take);
	return rc;
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static enum qf_status take(struct qf_catalog *c, const char *name, int *code, struct qf_err *e)
{
	struct judged j = { .unheard = 0 };
	enum qf_status rc = judged_open(&j, c, name, &rules, e);

	if (rc == QF_OK)
		rc = duplicates ? show_duplicates(c, &j, e) : curated ? show_best(c, &j, e) : judge(c, &j, code, e);
	judged_close(&j);
	return rc;
}

static enum qf_status take_all(struct qf_catalog *c, int *code, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_dataset *all;
	size_t n = 0;
	enum qf_status rc = qf_catalog_datasets(c, &a, &all, &n, e);

	if (rc == QF_OK && n == 0)
		cli_say("no dataset is known: `qfzz dataset add`, or `qfzz ingest --dataset NAME FOLDER`");
	for (size_t i = 0; rc == QF_OK && i < n; i++)
		rc = take(c, all[i].name, code, e);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status work(struct qf_catalog *c, int *code, struct qf_err *e)
{
	bool writes = !duplicates && !curated && !cli.dry_run;
	enum qf_status rc = writes ? qf_catalog_begin(c, e) : qf_catalog_begin_read(c, e);

	for (size_t i = 0; rc == QF_OK && i < cli.n_operands; i++)
		rc = take(c, cli.operands[i], code, e);
	if (rc == QF_OK && cli.n_operands == 0)
		rc = duplicates ? take(c, NULL, code, e) : take_all(c, code, e);
	if (rc == QF_OK && writes)
		rc = qf_catalog_commit(c, e);
	qf_catalog_rollback(c);
	return rc;
}

static enum qf_status read_weights(struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc = QF_OK;

	rules = qf_rules_default;
	if (weights)
		rc = qf_file_read(weights, &text, 1 << 16, e);
	if (rc == QF_OK && weights && (rc = qf_rules_read(&rules, text.p ? text.p : "", text.len, e)) != QF_OK)
		qf_err_at(e, weights);
	qf_buf_free(&text);
	return rc;
}

static void check_options(void)
{
	if (duplicates + curated + print_weights > 1)
		cli_misuse("--duplicates, --curate and --print-weights are three things");
	if (!curated && (max_bytes || max_tracks || tier))
		cli_misuse("--max-bytes, --max-tracks and --tier go with --curate");
	if (curated && cli.n_operands == 0)
		cli_misuse("--curate wants the DATASET");
	if (max_bytes && !read_size(max_bytes))
		cli_misuse("--max-bytes: '%s' is no size (700M, 4.5G)", max_bytes);
}

int main(int argc, char **argv)
{
	struct qf_catalog *c = NULL;
	struct qf_buf text = { 0 };
	struct qf_err e = { 0 };
	int code = EXIT_OK;
	bool reads;

	cli_start(&tool, argc, argv);
	check_options();
	reads = duplicates || curated || cli.dry_run;
	if (read_weights(&e)) {
		code = cli_die(&e);
	} else if (print_weights) {
		qf_rules_put(&text, &rules);
		cli_write(text.p ? text.p : "", text.len);
	} else if (cli_catalog_open(&c, reads ? QF_CATALOG_READ : QF_CATALOG_WRITE, &e) || work(c, &code, &e)) {
		code = cli_die(&e);
	}
	qf_buf_free(&text);
	qf_catalog_close(c);
	return cli_finish(code);
}
