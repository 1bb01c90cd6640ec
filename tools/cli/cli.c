#define _GNU_SOURCE
#include "cli/cli.h"

#include "rows/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct cli cli;

/* ---- options --------------------------------------------------------------------------- */

static bool ask_help, ask_version, ask_describe;

static const struct cli_opt catalog_opts[] = {
	{ CLI_TEXT, 0, "catalog", "FILE", "the catalog [$QFZZ_CATALOG, else $XDG_DATA_HOME/qfzz/catalog.db]", &cli.catalog, 0, 0, NULL },
	{ CLI_NUM, 0, "wait", "SECONDS", "how long to wait while another tool writes, then exit 75 [30]", &cli.wait_s, 0, 86400, NULL },
	{ .kind = CLI_END }
};
static const struct cli_opt format_opts[] = {
	{ CLI_CHOICE, 0, "format", "FORMAT", "ndjson, tsv, table or paths [table on a terminal, else ndjson]", &cli.format, 0, 0, "ndjson|tsv|table|paths" },
	{ CLI_TEXT, 0, "fields", "LIST", "columns of tsv and table, as title,features.tempo_bpm", &cli.fields, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_opt jobs_opts[] = {
	{ CLI_INT, 'j', "jobs", "N", "workers [number of processors]", &cli.jobs, 1, 256, NULL },
	{ .kind = CLI_END }
};
static const struct cli_opt dry_opts[] = {
	{ CLI_FLAG, 0, "dry-run", NULL, "say what would be done, change nothing", &cli.dry_run, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_opt every_opts[] = {
	{ CLI_FLAG, 'q', "quiet", NULL, "no progress and no summary on stderr", &cli.quiet, 0, 0, NULL },
	{ CLI_FLAG, 'h', "help", NULL, "this text", &ask_help, 0, 0, NULL },
	{ CLI_FLAG, 0, "version", NULL, "the version", &ask_version, 0, 0, NULL },
	{ CLI_FLAG, 0, "describe", NULL, "this tool as JSON: options, rows, exit codes, examples", &ask_describe, 0, 0, NULL },
	{ .kind = CLI_END }
};

/* The tool's own options first, then the common ones that it takes. Walks all of
 * them: *group and *at start as 0. */
static const struct cli_opt *next_opt(size_t *group, size_t *at)
{
	const struct { unsigned flag; const struct cli_opt *opts; } groups[] = {
		{ 0, cli.tool->opts }, { CLI_CATALOG, catalog_opts }, { CLI_FORMAT, format_opts },
		{ CLI_JOBS, jobs_opts }, { CLI_DRY_RUN, dry_opts }, { 0, every_opts },
	};

	for (; *group < sizeof groups / sizeof *groups; ++*group, *at = 0) {
		const struct cli_opt *o = groups[*group].opts;

		if (o && (groups[*group].flag & cli.tool->common) == groups[*group].flag && o[*at].kind != CLI_END)
			return &o[(*at)++];
	}
	return NULL;
}

static const struct cli_opt *find_long(const char *name, size_t n)
{
	const struct cli_opt *o;

	for (size_t g = 0, i = 0; (o = next_opt(&g, &i)) != NULL;)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct cli_opt *find_letter(char c)
{
	const struct cli_opt *o;

	for (size_t g = 0, i = 0; (o = next_opt(&g, &i)) != NULL;)
		if (o->letter == c)
			return o;
	return NULL;
}

static int choice_index(const char *choices, const char *v)
{
	size_t n = strlen(v);

	for (int i = 0; *choices; i++) {
		size_t len = strcspn(choices, "|");

		if (len == n && memcmp(choices, v, n) == 0)
			return i;
		choices += len + (choices[len] == '|');
	}
	return -1;
}

static void store_number(const struct cli_opt *o, const char *v)
{
	char *end;
	double x;

	errno = 0;
	x = strtod(v, &end);
	if (end == v || *end || errno)
		cli_misuse("--%s: '%s' is not a number", o->name, v);
	if (!(x >= o->lo && x <= o->hi))
		cli_misuse("--%s: %s is out of range (%g to %g)", o->name, v, o->lo, o->hi);
	if (o->kind == CLI_NUM)
		*(double *)o->to = x;
	else if (x != (double)(int64_t)x)
		cli_misuse("--%s: '%s' is not a whole number", o->name, v);
	else
		*(int64_t *)o->to = (int64_t)x;
}

static void store(const struct cli_opt *o, const char *v)
{
	int i;

	switch (o->kind) {
	case CLI_FLAG:
		*(bool *)o->to = true;
		break;
	case CLI_TEXT:
		*(const char **)o->to = v;
		break;
	case CLI_CHOICE:
		if ((i = choice_index(o->choices, v)) < 0)
			cli_misuse("--%s: '%s' is none of %s", o->name, v, o->choices);
		*(int *)o->to = i;
		if (o->to == &cli.format)
			cli.format_given = true;
		break;
	default:
		store_number(o, v);
	}
}

/* One argument that begins with a dash; returns how many arguments it took. */
static int take_option(int argc, char **argv, int i)
{
	const char *a = argv[i], *v = NULL;
	const struct cli_opt *o;
	size_t n;

	if (a[1] == '-') {
		n = strcspn(a + 2, "=");
		o = find_long(a + 2, n);
		if (!o)
			cli_misuse("no such option: %s", a);
		if (a[2 + n] == '=')
			v = a + 3 + n;
		if (o->kind == CLI_FLAG && v)
			cli_misuse("--%s takes no value", o->name);
	} else {
		o = find_letter(a[1]);
		if (!o)
			cli_misuse("no such option: %s", a);
		if (o->kind == CLI_FLAG && a[2])
			cli_misuse("no such option: %s (write -%c apart)", a, a[1]);
		if (a[2])
			v = a + 2;
	}
	if (o->kind == CLI_FLAG || v) {
		store(o, v);
		return 1;
	}
	if (i + 1 >= argc)
		cli_misuse("--%s needs a value (%s)", o->name, o->arg);
	store(o, argv[i + 1]);
	return 2;
}

/* ---- --help, --describe ---------------------------------------------------------------- */

static const struct { int code; const char *meaning; } exit_codes[] = {
	{ EXIT_OK, "all done" },
	{ EXIT_SOME, "done, but some records failed; each is named on stderr" },
	{ EXIT_USAGE, "misuse: an unknown option, a value out of range" },
	{ EXIT_FATAL, "the work could not be done: catalog, disk or memory" },
	{ EXIT_GATE, "a threshold that was asked for was not met" },
	{ EXIT_BUSY, "the catalog stayed busy: try again later" },
};

static void print_help(void)
{
	const struct cli_tool *t = cli.tool;
	const struct cli_opt *o;

	printf("qfzz %s - %s\n\nUsage: qfzz %s [OPTION]…%s%s\n\n", t->verb, t->purpose, t->verb, t->operands ? " " : "",
	       t->operands ? t->operands : "");
	if (t->notes)
		printf("%s\n\n", t->notes);
	for (size_t g = 0, i = 0; (o = next_opt(&g, &i)) != NULL;) {
		char left[64];

		snprintf(left, sizeof left, "%c%c%c --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
			 o->letter ? ',' : ' ', o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		printf("  %-26s %s\n", left, o->help);
	}
	if (t->examples && t->examples[0])
		printf("\nExamples:\n");
	for (size_t i = 0; t->examples && t->examples[i]; i++)
		printf("  %s\n", t->examples[i]);
}

static void describe_options(struct qf_buf *b)
{
	static const char *const kinds[] = { "flag", "integer", "number", "text", "choice" };
	const struct cli_opt *o;

	qf_json_key(b, "options");
	qf_json_open(b, '[');
	for (size_t g = 0, i = 0; (o = next_opt(&g, &i)) != NULL;) {
		qf_json_open(b, '{');
		qf_json_put_str(b, "name", o->name);
		if (o->letter) {
			qf_json_key(b, "letter");
			qf_json_strn(b, &o->letter, 1);
		}
		qf_json_put_str(b, "kind", kinds[o->kind]);
		qf_json_opt_str(b, "arg", o->arg);
		if (o->kind == CLI_INT || o->kind == CLI_NUM) {
			qf_json_put_num(b, "min", o->lo, 0);
			qf_json_put_num(b, "max", o->hi, 0);
		}
		qf_json_opt_str(b, "choices", o->choices);
		qf_json_put_str(b, "help", o->help);
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
}

void cli_put_pipe(struct qf_buf *b, const struct cli_pipe *p)
{
	const struct { const char *key, *value; } texts[] = {
		{ "type", "pipe.v1" }, { "name", p->name }, { "of", p->of }, { "meaning", p->meaning }, { "pipe", p->pipe },
	};

	qf_json_open(b, '{');
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		qf_json_put_str(b, texts[i].key, texts[i].value);
	qf_json_close(b, '}');
}

static void describe_pipes(struct qf_buf *b, const struct cli_pipe *p)
{
	qf_json_key(b, "pipes");
	qf_json_open(b, '[');
	for (; p->name; p++)
		cli_put_pipe(b, p);
	qf_json_close(b, ']');
}

static void print_describe(void)
{
	const struct cli_tool *t = cli.tool;
	const struct { const char *key, *value; } texts[] = {
		{ "type", "tool.v1" }, { "verb", t->verb }, { "stage", t->stage }, { "purpose", t->purpose },
		{ "version", QFZZ_VERSION }, { "operands", t->operands ? t->operands : "" },
		{ "reads", t->reads ? t->reads : "" }, { "writes", t->writes ? t->writes : "" }, { "notes", t->notes ? t->notes : "" },
	};
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		qf_json_put_str(&b, texts[i].key, texts[i].value);
	describe_options(&b);
	qf_json_key(&b, "exit_codes");
	qf_json_open(&b, '{');
	for (size_t i = 0; i < sizeof exit_codes / sizeof *exit_codes; i++) {
		char code[16];

		snprintf(code, sizeof code, "%d", exit_codes[i].code);
		qf_json_put_str(&b, code, exit_codes[i].meaning);
	}
	qf_json_close(&b, '}');
	qf_json_key(&b, "examples");
	qf_json_open(&b, '[');
	for (size_t i = 0; t->examples && t->examples[i]; i++)
		qf_json_str(&b, t->examples[i]);
	qf_json_close(&b, ']');
	if (t->pipes)
		describe_pipes(&b, t->pipes);
	qf_buf_puts(&b, "}\n");
	if (!b.failed)
		cli_write(b.p, b.len);
	qf_buf_free(&b);
}

/* ---- start and finish ------------------------------------------------------------------ */

static void on_signal(int sig)
{
	cli.interrupted = sig;
}

static void set_signals(void)
{
	struct sigaction hold = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND }; /* the second one ends it at once */
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	sigaction(SIGPIPE, &dfl, NULL);
	if (cli.tool->common & CLI_HOLD) {
		sigaction(SIGINT, &hold, NULL);
		sigaction(SIGTERM, &hold, NULL);
	}
}

/* Were one of them closed, the catalog could be opened as stdout. /dev/null for reading
 * keeps the place, and a write to it still fails. */
static void keep_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

void cli_start(const struct cli_tool *t, int argc, char **argv)
{
	bool ended = false;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	cli.tool = t;
	keep_standard_descriptors();
	cli.wait_s = 30;
	cli.jobs = cpus > 0 ? cpus : 1;
	set_signals();
	cli.operands = calloc((size_t)argc + 1, sizeof *cli.operands);
	if (!cli.operands) {
		cli_say("out of memory");
		exit(EXIT_FATAL);
	}
	for (int i = 1; i < argc;) {
		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
			i++;
		} else if (!ended && argv[i][0] == '-' && argv[i][1]) {
			i += take_option(argc, argv, i);
		} else {
			cli.operands[cli.n_operands++] = argv[i++];
		}
	}
	if (ask_help)
		print_help();
	else if (ask_version)
		printf("qfzz %s %s\n", t->verb, QFZZ_VERSION);
	else if (ask_describe)
		print_describe();
	if (ask_help || ask_version || ask_describe)
		exit(cli_finish(EXIT_OK));
	if (cli.n_operands && !t->operands)
		cli_misuse("takes no operands, but got '%s'", cli.operands[0]);
	if (!cli.format_given)
		cli.format = isatty(STDOUT_FILENO) ? CLI_TABLE : CLI_NDJSON;
}

int cli_finish(int code)
{
	cli_progress_end();
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_say("output: %s", errno ? strerror(errno) : "an earlier write failed");
		code = EXIT_FATAL;
	}
	free(cli.operands);
	cli.operands = NULL;
	return cli.interrupted ? 128 + (int)cli.interrupted : code;
}

int64_t cli_now(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long v = fixed ? strtoll(fixed, &end, 10) : 0;

	return fixed && *fixed && !*end && v >= 0 ? v : (int64_t)time(NULL);
}

double cli_clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int64_t cli_track_operand(const char *operand)
{
	char *end;
	long long id;

	if (strncmp(operand, "track:", 6) != 0)
		return 0;
	errno = 0;
	id = strtoll(operand + 6, &end, 10);
	if (errno || end == operand + 6 || *end || id < 1)
		cli_misuse("'%s': track:ID wants a number from 1", operand);
	return id;
}
