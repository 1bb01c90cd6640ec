/* qfzz plan fit and prefetch: rows in a pipe, each with the file that the device is given. */
#include "cli/plan.h"
#include "cli/serving.h"
#include "cli/store.h"

#include "catalog/track.h"
#include "rows/rows.h"

#include <string.h>
#include <unistd.h>

static const struct cli_column columns[] = {
	{ "ARTIST", "artist", 24 }, { "TITLE", "title|path", 32 }, { "RUNG", "plan.rung", 12 }, { "KBPS", "plan.kbps", -6 },
	{ "BYTES", "plan.bytes", -10 }, { "FITS", "plan.fits", 5 }, { "path", "plan.path", 0 }, { 0 }
};

struct fitting {
	struct qf_catalog *c;
	struct qf_situation s;
	bool beginning;  /* of each the first seconds */
	int64_t left;    /* tracks that are still wanted; negative: all */
	struct qf_arena texts; /* of one track */
};

static void put_fit(struct qf_buf *b, const struct fitting *f, const struct serving *x, const struct qf_track *t)
{
	double seconds = (double)t->duration_ms / 1000;

	qf_json_open(b, '{');
	qf_row_put_path(b, x->path);
	qf_json_put_str(b, "device", f->s.device->name);
	qf_json_put_str(b, "policy", f->s.serving->name);
	qf_json_put_str(b, "network", f->s.network->name);
	qf_json_put_str(b, "rung", x->rung ? x->rung : "original");
	qf_json_opt_str(b, "codec", x->file.codec);
	qf_json_put_int(b, "kbps", x->file.kbps);
	qf_json_put_bool(b, "fits", x->fits);
	qf_json_put_bool(b, "plays", x->plays);
	qf_json_put_int(b, "buffer_ms", f->s.serving->buffer_ms);
	qf_json_put_bool(b, "adaptive", f->s.serving->adaptive);
	qf_json_put_int(b, "bytes", f->beginning ? qf_fit_beginning(x->file.bytes, t->duration_ms, plan_asked.seconds) : x->file.bytes);
	if (f->beginning) {
		qf_json_put_int(b, "from", 0);
		qf_json_put_num(b, "seconds", seconds > 0 && seconds < plan_asked.seconds ? seconds : plan_asked.seconds, 3);
	}
	qf_json_close(b, '}');
}

static enum qf_status fit_row(void *arg, struct qf_span row, struct qf_err *e)
{
	struct fitting *f = arg;
	struct qf_arena *a = &f->texts;
	struct qf_row_edit edit = { .key = "plan" };
	struct qf_track_ref ref;
	struct qf_track t;
	struct serving x;
	struct qf_buf plan = { 0 }, out = { 0 };
	int64_t id;
	enum qf_status rc;

	if (!qf_row_is(row, "track.v1")) {
		cli_row(row);
		return QF_OK;
	}
	if (f->left == 0)
		return QF_OK;
	f->left -= f->left > 0;
	qf_arena_reset(a);
	rc = cli_track_of_row(f->c, row, a, &id, &ref, e);
	if (rc == QF_OK && !id)
		rc = qf_fail(e, QF_ENOTFOUND, "%s: not in the catalog", ref.path);
	if (rc == QF_OK)
		rc = qf_catalog_track(f->c, id, QF_TRACK_BARE, a, &t, NULL, e);
	if (rc == QF_OK)
		rc = serving_choose(f->c, &f->s, &t, a, &x, e);
	if (rc != QF_OK)
		return rc;
	put_fit(&plan, f, &x, &t);
	edit.value = (struct qf_span){ plan.p, plan.len };
	if ((rc = qf_buf_check(&plan, e)) == QF_OK) {
		qf_row_write(&out, row, &edit, 1);
		rc = qf_buf_check(&out, e);
	}
	if (rc == QF_OK)
		cli_row((struct qf_span){ out.p, out.len });
	qf_buf_free(&plan);
	qf_buf_free(&out);
	return rc;
}

static int run(const char *act, bool beginning)
{
	struct fitting f = { .s = serving_situation(true), .beginning = beginning, .left = beginning ? plan_asked.next : -1 };
	struct cli_input in = { .fd = STDIN_FILENO };
	struct qf_err e = { 0 };
	enum qf_status rc;

	if (cli.n_operands != 2 || strcmp(cli.operands[1], "-") != 0)
		cli_misuse("%s takes one operand, '-': track rows on standard input", act);
	plan_columns(columns);
	if (cli_catalog_open(&f.c, QF_CATALOG_READ, &e))
		return cli_die(&e);
	rc = cli_each_row(&in, fit_row, &f, &e);
	qf_arena_free(&f.texts);
	qf_catalog_close(f.c);
	return rc != QF_OK ? cli_die(&e) : in.bad ? EXIT_SOME : EXIT_OK;
}

int plan_fit(void)
{
	return run("fit", false);
}

int plan_prefetch(void)
{
	return run("prefetch", true);
}
