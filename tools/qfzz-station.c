/* qfzz-station - the settings of a station that make rebuilds: written, checked, and given to station.mk. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/station.h"
#include "cli/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *conf = "station.conf", *output;
static bool null, force;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'c', "conf", "FILE", "the settings [station.conf]", &conf, 0, 0, NULL },
	{ CLI_FLAG, '0', "null", NULL, "get: a NUL behind each value, in place of a newline", &null, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "settings: write FILE, whole or not at all; its mtime stays if nothing changed [standard output]", &output, 0, 0, NULL },
	{ CLI_FLAG, 'f', "force", NULL, "init: write station.mk anew if it is there; station.conf is never written over", &force, 0, 0, NULL },
	{ .kind = CLI_END }
};

static const char *const examples[] = {
	"qfzz station init radio music=$HOME/Music && cd radio && qfzz station check && make -j2 -f station.mk",
	"qfzz station check --conf /srv/radio/station.conf",
	"qfzz station get -0 listening.history | xargs -0 ls -l",
	"qfzz station settings -o work/settings.mk",
	"qfzz station init --force /srv/radio            # after an update of qfzz",
	NULL
};

static const struct cli_tool tool = {
	.verb = "station", .stage = "deliver", .purpose = "set up a station that make rebuilds every night",
	.operands = "init [FOLDER [NAME=MUSIC…]]|check|get SECTION.KEY…|settings", .reads = "", .writes = "", .common = 0,
	.opts = opts, .examples = examples,
	.notes = "init writes station.conf, with a comment on every setting, and station.mk, which make runs: see docs/STATION.md. Each\n"
		 "NAME=MUSIC is a dataset. check says what is wrong with the settings, line by line, and what they name that is not there: exit 2.\n"
		 "get prints values, paths absolute; settings is what make reads: variables, with no name of a file among them.",
};

/* ---- init ------------------------------------------------------------------------------------------------ */

/* "asc=music/asc" as "asc = /srv/music/asc", in the arena. */
static enum qf_status dataset_line(struct qf_arena *a, const char *operand, const char **line, struct qf_err *e)
{
	const char *equals = strchr(operand, '='), *folder;
	struct qf_buf b = { 0 };
	enum qf_status rc;

	if (!equals)
		cli_misuse("'%s': wanted is NAME=FOLDER", operand);
	rc = cli_absolute(equals + 1, a, &folder, e);
	if (rc != QF_OK)
		return rc;
	qf_buf_printf(&b, "%.*s = %s", (int)(equals - operand), operand, folder);
	rc = qf_buf_check(&b, e);
	*line = rc == QF_OK ? qf_arena_dup(a, b.p, b.len) : NULL;
	qf_buf_free(&b);
	return *line || rc != QF_OK ? rc : qf_fail(e, QF_ENOMEM, "out of memory");
}

/* The settings with these datasets; what could not stand in a file of settings is misuse. */
static enum qf_status fresh_settings(struct qf_buf *text, char **operand, size_t n, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	const char **line = qf_alloc(n + 1, sizeof *line);
	struct qf_settings s;
	enum qf_status rc = line ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");

	for (size_t i = 0; rc == QF_OK && i < n; i++)
		rc = dataset_line(&a, operand[i], &line[i], e);
	if (rc == QF_OK) {
		qf_settings_write(text, line, n);
		rc = qf_buf_check(text, e);
	}
	if (rc == QF_OK)
		rc = qf_settings_parse(text->p, text->len, &a, &s, e);
	if (rc == QF_OK && s.faults)
		cli_misuse("%s", s.fault[0].text);
	qf_free(line);
	qf_arena_free(&a);
	return rc;
}

/* Unless it is there. */
static enum qf_status write_new(const char *folder, const char *name, bool over, const char *text, size_t n, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	enum qf_status rc;

	qf_buf_printf(&path, "%s/%s", folder, name);
	rc = qf_buf_check(&path, e);
	if (rc == QF_OK && !over && access(path.p, F_OK) == 0)
		cli_say("%s is there already, and stays as it is", path.p);
	else if (rc == QF_OK)
		rc = qf_file_replace(path.p, text, n, NULL, e);
	qf_buf_free(&path);
	return rc;
}

static int init(void)
{
	const char *folder = cli.n_operands > 1 ? cli.operands[1] : ".";
	struct qf_buf text = { 0 };
	struct qf_err e = { 0 };
	enum qf_status rc = fresh_settings(&text, cli.operands + 2, cli.n_operands > 2 ? cli.n_operands - 2 : 0, &e);

	if (rc == QF_OK && mkdir(folder, 0777) != 0 && errno != EEXIST)
		rc = qf_fail_errno(&e, "%s", folder);
	if (rc == QF_OK)
		rc = write_new(folder, "station.conf", false, text.p, text.len, &e);
	if (rc == QF_OK)
		rc = write_new(folder, "station.mk", force, station_makefile, strlen(station_makefile), &e);
	qf_buf_free(&text);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}

/* ---- the others ----------------------------------------------------------------------------------------------- */

static int check(const struct station *st)
{
	struct qf_err e = { 0 };
	size_t n;

	if (station_complain(st, true, &n, &e))
		return cli_die(&e);
	return n ? EXIT_USAGE : EXIT_OK;
}

static int get(const struct station *st)
{
	struct qf_buf out = { 0 };
	struct qf_err e = { 0 };

	for (size_t i = 1; i < cli.n_operands; i++)
		if (!station_put_value(&out, st, cli.operands[i], null ? '\0' : '\n'))
			cli_misuse("there is no setting '%s' (as gate.min-quality, datasets.NAME)", cli.operands[i]);
	if (qf_buf_check(&out, &e))
		return cli_die(&e);
	cli_write(out.p ? out.p : "", out.len);
	qf_buf_free(&out);
	return EXIT_OK;
}

static int settings(const struct station *st)
{
	struct qf_buf out = { 0 };
	struct qf_err e = { 0 };
	size_t n;
	enum qf_status rc = station_complain(st, false, &n, &e);

	if (rc == QF_OK && n)
		return EXIT_USAGE;
	station_put_make(&out, st);
	if (rc == QF_OK)
		rc = qf_buf_check(&out, &e);
	if (rc == QF_OK && output)
		rc = qf_file_replace(output, out.p, out.len, NULL, &e);
	else if (rc == QF_OK)
		cli_write(out.p, out.len);
	qf_buf_free(&out);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}

static const struct act {
	const char *name;
	size_t least, most; /* operands behind the name */
	int (*run)(const struct station *st);
} acts[] = { { "init", 0, SIZE_MAX, NULL }, { "check", 0, 0, check }, { "get", 1, SIZE_MAX, get }, { "settings", 0, 0, settings } };

static const struct act *find_act(void)
{
	size_t n = cli.n_operands;

	for (size_t i = 0; n && i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, cli.operands[0]) == 0) {
			if (n - 1 < acts[i].least || n - 1 > acts[i].most)
				cli_misuse("%s wants %s", acts[i].name, acts[i].least ? "a setting: SECTION.KEY" : "nothing more");
			return &acts[i];
		}
	cli_misuse("%s%s%s: init, check, get or settings?", n ? "'" : "do what", n ? cli.operands[0] : "", n ? "' is no act" : "");
}

int main(int argc, char **argv)
{
	struct station st = { 0 };
	struct qf_err e = { 0 };
	const struct act *act;
	int code;

	cli_start(&tool, argc, argv);
	act = find_act();
	if (!act->run)
		code = init();
	else if (station_read(&st, conf, &e))
		code = cli_die(&e);
	else
		code = act->run(&st);
	station_free(&st);
	return cli_finish(code);
}
