/* cli.h - what every qfzz tool shares: options, messages, output, progress, exit codes.
 *
 *     static const struct cli_opt opts[] = { …, { .kind = CLI_END } };
 *     static const struct cli_tool tool = { .verb = "query", … .opts = opts };
 *
 *     int main(int argc, char **argv)
 *     {
 *             cli_start(&tool, argc, argv);      // exits for --help and misuse
 *             …
 *             return cli_finish(code);           // a lost write is fatal
 *     }
 *
 * The option table is the one source of parsing, --help and --describe. Options may
 * follow operands; "--" ends them. stdout carries data, stderr messages. The catalog
 * side of the frame is cli/store.h, so that tools without a catalog do not link one. */
#ifndef QFZZ_CLI_CLI_H
#define QFZZ_CLI_CLI_H

#include "base/buf.h"
#include "base/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EXIT_OK = 0,
	EXIT_SOME = 1,  /* done, but some records failed: each one is named on stderr */
	EXIT_USAGE = 2,
	EXIT_FATAL = 3, /* catalog, disk, memory: the work could not be done */
	EXIT_GATE = 4,  /* a threshold that the caller asked for was not met */
	EXIT_BUSY = 75  /* the catalog stayed locked: try again later (EX_TEMPFAIL) */
};

enum cli_kind {
	CLI_FLAG,   /* bool *to */
	CLI_INT,    /* int64_t *to, within lo..hi */
	CLI_NUM,    /* double *to, within lo..hi */
	CLI_TEXT,   /* const char **to */
	CLI_CHOICE, /* int *to: index into choices, "a|b|c" */
	CLI_END
};

struct cli_opt {
	enum cli_kind kind;
	char letter;      /* 0: none */
	const char *name; /* without the dashes */
	const char *arg;  /* what the value is called, NULL for a flag */
	const char *help; /* one phrase, with the unit and the default in [] */
	void *to;
	double lo, hi;
	const char *choices;
};

/* A column of --format table and tsv. */
struct cli_column {
	const char *head;
	const char *key; /* of the row; "features.tempo_bpm" looks into a sub-object, "title|path" takes the first that is there
			    (in a table the path's last name) */
	int width;       /* characters in a table; negative: right-aligned; 0 ends the table's columns, tsv goes on */
};

/* A pipe that a tool keeps ready under a name. */
struct cli_pipe {
	const char *name, *of, *meaning, *pipe; /* of: what its operand means, NULL: it takes none */
};

enum cli_common { /* which of the common options a tool takes */
	CLI_CATALOG = 1, /* --catalog, --wait */
	CLI_FORMAT = 2,  /* --format, --fields */
	CLI_JOBS = 4,    /* -j, --jobs */
	CLI_DRY_RUN = 8,
	CLI_HOLD = 16    /* no option: SIGINT and SIGTERM only set cli.interrupted */
};

struct cli_tool {
	const char *verb, *stage, *purpose; /* "ingest", "collect", one phrase for `qfzz help` */
	const char *operands;               /* "PATH…" for the usage line; NULL: none are taken */
	const char *reads, *writes;         /* row types, for --describe; "" = none */
	unsigned common;                    /* enum cli_common */
	const struct cli_opt *opts;
	const struct cli_column *columns;   /* of rows, ended by one without head; NULL if no rows */
	const char *const *examples;        /* whole command lines, NULL-ended */
	const char *notes;                  /* more for --help, or NULL */
	const struct cli_pipe *pipes;       /* ended by a name of NULL; or NULL */
};

enum cli_format { CLI_NDJSON, CLI_TSV, CLI_TABLE, CLI_PATHS };

extern struct cli { /* filled by cli_start */
	const struct cli_tool *tool;
	char **operands; /* operands[n_operands] */
	size_t n_operands;
	const char *catalog; /* --catalog, or NULL */
	double wait_s;       /* for a locked catalog */
	int format;          /* enum cli_format */
	bool format_given;   /* --format was used */
	const char *fields;  /* "a,b.c" or NULL */
	int64_t jobs;
	bool quiet, dry_run;
	volatile sig_atomic_t interrupted; /* the signal, 0 = none */
} cli;

/* Parse; sets up signals (SIGPIPE dies quietly). Exits 0 for --help, --version and
 * --describe, 2 for misuse. */
void cli_start(const struct cli_tool *t, int argc, char **argv);

/* "qfzz ingest: …" on stderr, control bytes made visible. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_warn(const struct qf_err *e);

/* Misuse found after parsing: says it and exits 2. */
_Noreturn void cli_misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says why and returns the exit code: 75 for QF_EBUSY, 2 for QF_EINVAL, else 3. */
int cli_die(const struct qf_err *e);

/* One JSON object in the chosen format: NDJSON as it is, else by the tool's columns
 * or --fields. cli_row() takes it with or without its newline. */
void cli_row(struct qf_span object);

struct cli_input {
	int fd;           /* borrowed */
	const char *name; /* of the file, for messages; NULL: a pipe */
	size_t bad;       /* out: rows that were left out */
};

/* Each row of in->fd goes to fn. A line that is no row, and a row that fn refuses with QF_EFORMAT or QF_ENOTFOUND, is
 * told on stderr with its line and counted; the rest goes on. Any other error ends it, and is returned untold. Once
 * cli.interrupted is set it ends early, with QF_OK. */
enum qf_status cli_each_row(struct cli_input *in, enum qf_status (*fn)(void *arg, struct qf_span row, struct qf_err *e), void *arg, struct qf_err *e);

/* Close the object in b, give it to cli_row(), and free b. QF_ENOMEM: there was no room for it. */
enum qf_status cli_row_end(struct qf_buf *b, struct qf_err *e);
void cli_write(const void *p, size_t n); /* raw bytes to stdout */

/* Append a pipe as --describe shows it: an object with name, of, meaning and pipe. */
void cli_put_pipe(struct qf_buf *b, const struct cli_pipe *p);

/* Flush stdout; if anything of it was lost, say so and return 3. A signal gives
 * 128 + its number. Otherwise returns code. */
int cli_finish(int code);

/* A line on stderr, if that is a terminal and not --quiet: count, rate and time
 * left. total 0: not known yet. `what` is the plural ("tracks"). Cheap to call
 * often. cli_progress_end() wipes it; messages do so by themselves. */
void cli_progress(uint64_t done, uint64_t total, const char *what);
void cli_progress_end(void);

/* Seconds since the epoch, and microseconds for durations: the clock that the core
 * is given. SOURCE_DATE_EPOCH is honoured by cli_now(). */
int64_t cli_now(void);
double cli_clock_s(void);

/* "track:17": the number; 0 if the operand is no such thing (misuse exits). */
int64_t cli_track_operand(const char *operand);

#endif
