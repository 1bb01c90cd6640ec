/* A plan of renditions as rows, or as files that make or a shell carry out. */
#define _GNU_SOURCE
#include "cli/plan.h"

#include "base/alloc.h"
#include "base/file.h"
#include "rows/rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct cli_column columns[] = {
	{ "JOB", "job", -6 }, { "TRACK", "track", -7 }, { "MAKE", "make", 28 }, { "KEEP", "keep", 24 }, { "DROP", "drop", 16 },
	{ "WHAT", "label", 40 }, { "path", "path", 0 }, { 0 }
};

struct writer {
	const struct plan_sources *s;
	const struct qf_menu *m;
	const struct qf_transcode *t;
	struct qf_plan_head *h;
	struct qf_arena texts; /* of the job under way */
	struct qf_job_rendition rendition[QF_JOB_RENDITIONS]; /* likewise */
	size_t file;           /* next of s->file */
};

/* ---- the job of one track --------------------------------------------------------------------------- */

static enum qf_status add_make(struct writer *w, struct qf_job *j, size_t i, size_t rung, struct qf_err *e)
{
	struct qf_job_rendition *r = &j->rendition[j->n];
	struct qf_buf file = { 0 };
	char hash[QF_HASH_HEX + 1];

	qf_rung_recipe(&w->m->rung[rung], &w->s->source[i], &r->recipe);
	qf_job_hash(j, &r->recipe, hash);
	qf_job_put_file(&file, j->track, w->m->rung[rung].name, hash, r->recipe.codec);
	r->act = QF_MAKE;
	r->rung = w->m->rung[rung].name;
	r->recipe_hash = qf_arena_dup(&w->texts, hash, QF_HASH_HEX);
	r->file = file.failed ? NULL : qf_arena_dup(&w->texts, file.p, file.len);
	r->bytes = qf_recipe_bytes(&r->recipe, &w->s->source[i]);
	qf_buf_free(&file);
	j->n++;
	return r->file && r->recipe_hash ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

/* What is there and on the plan stays; what is not goes, once there is something else; more than fits into a row goes next time. */
static void add_file(struct qf_job *j, const struct plan_file *f, unsigned mask)
{
	bool wanted = f->rung >= 0 ? mask >> f->rung & 1 : mask == 0;
	struct qf_job_rendition *r = &j->rendition[j->n];
	enum qf_codec codec;

	if (j->n == QF_JOB_RENDITIONS || !qf_codec_find(f->codec, &codec))
		return;
	*r = (struct qf_job_rendition){ .act = wanted ? QF_KEEP : QF_DROP, .rung = f->rung_name, .file = f->file, .recipe_hash = f->recipe_hash,
					.recipe = { codec, f->kbps, 0, f->seconds }, .bytes = f->bytes };
	j->n++;
}

static enum qf_status job_of(struct writer *w, size_t i, struct qf_job *j, struct qf_err *e)
{
	unsigned mask = w->t->mask[i], have = w->s->source[i].have;
	enum qf_status rc = QF_OK;

	qf_arena_reset(&w->texts);
	*j = w->s->job[i];
	j->rendition = w->rendition;
	for (size_t k = 0; rc == QF_OK && k < w->m->rungs; k++)
		if ((mask & ~have) >> k & 1)
			rc = add_make(w, j, i, k, e);
	while (w->file < w->s->files && w->s->file[w->file].source < i)
		w->file++;
	for (size_t k = w->file; k < w->s->files && w->s->file[k].source == i; k++)
		add_file(j, &w->s->file[k], mask);
	j->value = w->s->source[i].weight * w->m->worth[mask];
	j->reason = w->s->source[i].plays > 0 ? "played" : "not played lately";
	return rc;
}

static size_t count(const struct qf_job *j, enum qf_act act)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++)
		n += j->rendition[i].act == act;
	return n;
}

/* ---- rows on standard output --------------------------------------------------------------------------- */

/* For people: names of rungs instead of recipes. */
static void put_brief(struct qf_buf *row, const struct qf_job *j, const char *label)
{
	qf_json_open(row, '{');
	qf_json_opt_int(row, "job", j->job);
	qf_json_put_int(row, "track", j->track);
	for (int act = 0; act < QF_ACTS; act++) {
		qf_json_key(row, qf_act_names[act]);
		qf_json_open(row, '[');
		for (size_t i = 0; i < j->n; i++)
			if (j->rendition[i].act == (enum qf_act)act)
				qf_json_str(row, j->rendition[i].rung);
		qf_json_close(row, ']');
	}
	qf_json_put_str(row, "label", label);
	qf_row_put_path(row, j->path);
	qf_json_close(row, '}');
	qf_buf_putc(row, '\n');
}

static void say_summary(const struct qf_plan_head *h)
{
	struct qf_buf b = { 0 };

	qf_buf_printf(&b, "ladder %s, policy %s: %.3f GB of %.3f GB (all that it wants: %.3f GB)\n", h->ladder, h->policy, (double)h->bytes / 1e9,
		      (double)h->budget / 1e9, (double)h->wanted / 1e9);
	qf_buf_printf(&b, "value %.3f, LP bound %.3f, gap %.5f %%%s; %lld tracks: make %lld, keep %lld, drop %lld\n", h->value, h->bound,
		      100 * h->regret, h->optimal ? " (proven optimal)" : "", (long long)h->tracks, (long long)h->count[QF_MAKE],
		      (long long)h->count[QF_KEEP], (long long)h->count[QF_DROP]);
	cli_write(b.p, b.len);
	qf_buf_free(&b);
}

/* Jobs first, then tracks with nothing to make. */
static enum qf_status each_job(struct writer *w, enum qf_status (*fn)(void *arg, const struct qf_job *j, const char *label, struct qf_err *e),
			       void *arg, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	int64_t number = 0;

	for (int making = 1; making >= 0; making--) {
		w->file = 0;
		for (size_t i = 0; rc == QF_OK && i < w->s->n; i++) {
			struct qf_job j;

			rc = job_of(w, i, &j, e);
			if (rc != QF_OK || j.n == 0 || (count(&j, QF_MAKE) > 0) != making)
				continue;
			j.job = making ? ++number : 0;
			rc = fn(arg, &j, w->s->label[i], e);
		}
	}
	return rc;
}

static enum qf_status tally(void *arg, const struct qf_job *j, const char *label, struct qf_err *e)
{
	struct qf_plan_head *h = arg;

	(void)label, (void)e;
	h->jobs += j->job != 0;
	for (int act = 0; act < QF_ACTS; act++)
		h->count[act] += (int64_t)count(j, (enum qf_act)act);
	return QF_OK;
}

static enum qf_status print_job(void *arg, const struct qf_job *j, const char *label, struct qf_err *e)
{
	struct qf_buf *row = arg;
	enum qf_status rc;

	qf_buf_clear(row);
	if (cli.format == CLI_NDJSON)
		qf_job_put(row, j);
	else
		put_brief(row, j, label);
	rc = qf_buf_check(row, e);
	if (rc == QF_OK)
		cli_row((struct qf_span){ row->p, row->len });
	return rc;
}

static enum qf_status print_all(struct writer *w, struct qf_err *e)
{
	struct qf_buf row = { 0 };
	enum qf_status rc;

	plan_columns(columns);
	if (cli.format == CLI_TABLE) {
		say_summary(w->h);
	} else if (cli.format == CLI_NDJSON) {
		qf_plan_put_head(&row, w->h);
		if (qf_buf_check(&row, e) == QF_OK)
			cli_row((struct qf_span){ row.p, row.len });
	}
	rc = each_job(w, print_job, &row, e);
	qf_buf_free(&row);
	return rc;
}

/* ---- files ------------------------------------------------------------------------------------------------- */

struct files { /* plan.ndjson, or plan.0001.ndjson … where there are more jobs than one file takes, and what runs them */
	struct writer *w;
	char *stem;        /* as -o has it, without its ending: with folders */
	const char *name;  /* its last part: of letters, digits, ".", "_" and "-" */
	struct qf_buf rows, rules, none; /* none: rows with nothing to make */
	size_t shards, in_shard, shard;
};

static void put_stamp(struct qf_buf *out, const struct files *f, const struct qf_job *j)
{
	char hash[QF_HASH_HEX + 1];

	qf_job_stamp(j, hash);
	qf_buf_printf(out, "%s.ok/%lld-%s", f->name, (long long)j->track, hash);
}

/* A stamp of the job would say that it was done; the plan knows better: its files are not there. */
static void forget_stamp(const struct files *f, const struct qf_job *j)
{
	struct qf_buf path = { 0 };

	qf_buf_put(&path, f->stem, strlen(f->stem) - strlen(f->name));
	put_stamp(&path, f, j);
	if (!path.failed)
		unlink(path.p);
	qf_buf_free(&path);
}

static void put_plan_name(struct qf_buf *out, const struct files *f, const char *stem, size_t shard, const char *ending)
{
	if (f->shards > 1 && shard)
		qf_buf_printf(out, "%s.%04zu.%s", stem, shard, ending);
	else
		qf_buf_printf(out, "%s.%s", stem, ending);
}

static enum qf_status write_file(const struct files *f, size_t shard, const char *ending, const struct qf_buf *text, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	enum qf_status rc;

	put_plan_name(&path, f, f->stem, shard, ending);
	rc = qf_buf_check(text, e);
	if (rc == QF_OK)
		rc = qf_buf_check(&path, e);
	if (rc == QF_OK)
		rc = qf_file_replace(path.p, text->p, text->len, NULL, e);
	qf_buf_free(&path);
	return rc;
}

static const char *make_or_shell(void)
{
	return cli.format == PLAN_MAKE ? "mk" : "sh";
}

/* Run in the folder that it lies in; no name of a music file is in it. */
static void put_rule(struct files *f, const struct qf_job *j)
{
	struct qf_buf *out = &f->rules;
	bool make = cli.format == PLAN_MAKE;

	if (make) {
		qf_buf_puts(out, "all: ");
		put_stamp(out, f, j);
		qf_buf_putc(out, '\n');
	} else {
		qf_buf_puts(out, "[ -e ");
	}
	put_stamp(out, f, j);
	qf_buf_printf(out, make ? ": ; @$(QFZZ) encode -q --plan " : " ] || \"$QFZZ\" encode -q --plan ");
	put_plan_name(out, f, f->name, f->shard, "ndjson");
	qf_buf_printf(out, " --job %lld --stamp ", (long long)j->job);
	if (make)
		qf_buf_puts(out, "$@");
	else
		put_stamp(out, f, j);
	qf_buf_puts(out, make ? "\n" : " || code=$?\n");
}

static void begin_rules(struct files *f)
{
	static const char make[] = "# Made by qfzz plan. In this folder: make -j2 -f FILE; make -f FILE mirror removes what the plan drops and\n"
				   "# what is gone. Numbers only: what they mean stands in the plan beside it.\n"
				   "QFZZ ?= qfzz\n.DELETE_ON_ERROR:\n.SUFFIXES:\nMAKEFLAGS += -rR\n.PHONY: all mirror\nall:\nmirror: ; @$(QFZZ) encode -q --mirror --plan ";
	static const char shell[] = "#!/bin/sh\n# Made by qfzz plan. Numbers only: what they mean stands in the plan beside it.\n"
				    "cd \"$(dirname \"$0\")\" || exit 3\nQFZZ=${QFZZ:-qfzz} code=0\n";

	qf_buf_puts(&f->rules, cli.format == PLAN_MAKE ? make : shell);
	if (cli.format != PLAN_MAKE)
		return;
	put_plan_name(&f->rules, f, f->name, 0, "ndjson");
	qf_buf_putc(&f->rules, '\n');
}

static enum qf_status end_shard(struct files *f, struct qf_err *e)
{
	enum qf_status rc;

	if (cli.format == PLAN_SHELL)
		qf_buf_puts(&f->rules, "exit $code\n");
	if (f->shards == 1) /* the plan is one file */
		qf_buf_put(&f->rows, f->none.p, f->none.len);
	rc = write_file(f, f->shard, "ndjson", &f->rows, e);
	if (rc == QF_OK && cli.format >= PLAN_MAKE)
		rc = write_file(f, f->shard, make_or_shell(), &f->rules, e);
	qf_buf_clear(&f->rows);
	qf_buf_clear(&f->rules);
	f->in_shard = 0;
	return rc;
}

static void begin_shard(struct files *f)
{
	struct qf_plan_head h = *f->w->h;

	f->shard++;
	h.files = (int64_t)f->shards;
	if (f->shards > 1) {
		int64_t left = h.jobs - (int64_t)(f->shard - 1) * QF_PLAN_JOBS;

		h.jobs = left < QF_PLAN_JOBS ? left : QF_PLAN_JOBS;
	}
	qf_plan_put_head(&f->rows, &h);
	begin_rules(f);
}

static enum qf_status write_job(void *arg, const struct qf_job *j, const char *label, struct qf_err *e)
{
	struct files *f = arg;
	struct qf_job own = *j;
	enum qf_status rc = QF_OK;

	(void)label;
	if (!j->job) {
		qf_job_put(&f->none, j);
		return qf_buf_check(&f->none, e);
	}
	if (f->in_shard == QF_PLAN_JOBS)
		rc = end_shard(f, e);
	if (rc == QF_OK && f->in_shard == 0)
		begin_shard(f);
	own.job = (int64_t)++f->in_shard;
	qf_job_put(&f->rows, &own);
	put_rule(f, &own);
	forget_stamp(f, &own);
	return rc == QF_OK ? qf_buf_check(&f->rows, e) : rc;
}

/* Where there are several files: what has nothing to make, and what runs them one after the other. */
static enum qf_status write_driver(struct files *f, struct qf_err *e)
{
	struct qf_plan_head h = *f->w->h;
	enum qf_status rc;

	h.files = (int64_t)f->shards;
	h.jobs = 0;
	qf_plan_put_head(&f->rows, &h);
	qf_buf_put(&f->rows, f->none.p, f->none.len);
	rc = write_file(f, 0, "ndjson", &f->rows, e);
	if (rc != QF_OK || cli.format < PLAN_MAKE)
		return rc;
	begin_rules(f);
	if (cli.format == PLAN_MAKE)
		qf_buf_printf(&f->rules, "all: ; +@code=0; for i in %s.????.mk; do $(MAKE) --no-print-directory -f $$i || code=$$?; done; exit $$code\n", f->name);
	else
		qf_buf_printf(&f->rules, "for i in %s.????.sh; do sh ./$i || code=$?; done\nexit $code\n", f->name);
	return write_file(f, 0, make_or_shell(), &f->rules, e);
}

/* -o without its ending; misuse if the name could not stand in a Makefile as it is. */
static char *stem_of(const char *output, const char **name)
{
	size_t n = strlen(output);
	const char *slash = strrchr(output, '/'), *last = slash ? slash + 1 : output, *dot = strrchr(last, '.');
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	char *stem;

	if (dot && dot != last && (strcmp(dot, ".mk") == 0 || strcmp(dot, ".sh") == 0 || strcmp(dot, ".ndjson") == 0))
		n = (size_t)(dot - output);
	if (strspn(last, plain) != strlen(last) || *last == '-' || *last == '.' || *last == '\0')
		cli_misuse("-o: '%s': a name of letters, digits, '.', '_' and '-' is wanted, for it stands in the Makefile", last);
	stem = qf_memdup0(output, n);
	*name = stem ? stem + (last - output) : NULL;
	return stem;
}

static enum qf_status write_files(struct writer *w, struct qf_err *e)
{
	struct files f = { .w = w, .shards = (size_t)((w->h->jobs + QF_PLAN_JOBS - 1) / QF_PLAN_JOBS) };
	enum qf_status rc;

	f.stem = stem_of(plan_asked.output, &f.name);
	if (!f.stem)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	rc = each_job(w, write_job, &f, e);
	if (rc == QF_OK && f.shard == 0) { /* nothing to make: a plan all the same */
		f.shards = 1;
		begin_shard(&f);
	}
	if (rc == QF_OK)
		rc = end_shard(&f, e);
	if (rc == QF_OK && f.shards > 1)
		rc = write_driver(&f, e);
	qf_buf_free(&f.rows);
	qf_buf_free(&f.rules);
	qf_buf_free(&f.none);
	qf_free(f.stem);
	return rc;
}

enum qf_status plan_write(const struct plan_sources *s, const struct qf_menu *m, const struct qf_transcode *t, struct qf_plan_head *h,
			  struct qf_err *e)
{
	struct writer w = { .s = s, .m = m, .t = t, .h = h };
	enum qf_status rc;

	if (cli.format >= PLAN_MAKE && !plan_asked.output)
		cli_misuse("--format make and shell write files: -o NAME.mk (the plan, NAME.ndjson, comes beside it)");
	rc = each_job(&w, tally, h, e);
	if (rc == QF_OK)
		rc = plan_asked.output ? write_files(&w, e) : print_all(&w, e);
	qf_arena_free(&w.texts);
	return rc;
}
