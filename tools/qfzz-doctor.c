/* qfzz-doctor - says what is wrong with the catalog, and mends it. */
#include "base/features.h"
#include "catalog/doctor.h"
#include "cli/cli.h"
#include "cli/store.h"
#include "rows/json.h"

static bool repair, quick;

static const struct cli_opt opts[] = {
	{ CLI_FLAG, 0, "repair", NULL, "mend what can be mended, after a backup beside the catalog", &repair, 0, 0, NULL },
	{ CLI_FLAG, 0, "quick", NULL, "leave out the comparison of indexes and the look at every file", &quick, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "SEVERITY", "severity", 8 }, { "CHECK", "check", 10 }, { "MENDED", "mended", 6 }, { "WHAT", "text", 90 }, { "MEND", "mend", 24 }, { NULL, NULL, 0 }
};
static const char *const examples[] = {
	"qfzz doctor",
	"qfzz doctor --quick --format ndjson | jq -r 'select(.severity != \"note\").text'",
	"qfzz doctor --repair",
	NULL
};
static const struct cli_tool tool = {
	.verb = "doctor", .stage = "look", .purpose = "say what is wrong with the catalog, and mend it",
	.reads = "", .writes = "doctor.v1", .common = CLI_CATALOG | CLI_FORMAT, .opts = opts, .columns = columns, .examples = examples,
	.notes = "One row for each thing that is found; nothing is printed about a healthy catalog. Exit 4 if there are\n"
		 "warnings or damage (left, after --repair); notes are no reason. A damaged file is never written to: what\n"
		 "can be read of it goes into a new catalog in its place, and it is kept as CATALOG.damaged-TIME. Backups\n"
		 "are called CATALOG.backup-TIME; those that a newer qfzz makes before it rewrites rows, CATALOG.backup-vN.",
};

struct tally {
	int64_t bad; /* warnings and damage that are left */
};

static enum qf_status show(void *user, const struct qf_finding *f, struct qf_err *e)
{
	static const char *const severities[] = { "note", "warning", "damage" };
	struct tally *t = user;
	struct qf_buf b = { 0 };

	t->bad += f->severity != QF_SEVERITY_NOTE && !f->mended;
	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "doctor.v1");
	qf_json_put_str(&b, "check", f->check);
	qf_json_put_str(&b, "severity", severities[f->severity]);
	qf_json_put_int(&b, "count", f->count);
	qf_json_put_str(&b, "text", f->text);
	qf_json_put_str(&b, "mend", f->mend);
	qf_json_put_bool(&b, "mended", f->mended);
	return cli_row_end(&b, e);
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };
	struct qf_buf path = { 0 };
	struct qf_err e = { 0 };
	enum qf_status rc;
	int code;

	cli_start(&tool, argc, argv);
	const struct qf_doctor d = { .report = show, .user = &t, .now = cli_now(), .wait_ms = (int)(cli.wait_s * 1000),
				     .features_version = QF_FEATURES_VERSION, .quick = quick };
	rc = cli_catalog_path(&path, &e);
	if (rc == QF_OK && repair)
		rc = qf_doctor_repair(path.p, &d, &e);
	if (rc == QF_OK)
		rc = qf_doctor_check(path.p, &d, &e);
	code = rc != QF_OK ? cli_die(&e) : t.bad ? EXIT_GATE : EXIT_OK;
	qf_buf_free(&path);
	return cli_finish(code);
}
