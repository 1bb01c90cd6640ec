#define _GNU_SOURCE
#include "cli/pipes.h"

#include "base/file.h"
#include "playlist/reading.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGEST (1u << 20)
enum { NAME, OF, MEANING, PIPE, FIELDS };

/* ---- tables ---------------------------------------------------------------------------------------------- */

static bool read_line(struct qf_span line, struct qf_arena *a, struct cli_pipe *p)
{
	const char *field[FIELDS];

	for (int i = 0; i < FIELDS; i++) {
		const char *tab = memchr(line.p, '\t', line.n);
		size_t n = i < PIPE ? (tab ? (size_t)(tab - line.p) : 0) : line.n;

		if (n == 0 || (i == PIPE && tab))
			return false;
		field[i] = qf_arena_dup(a, line.p, n);
		if (!field[i])
			return false;
		line.p += n + (i < PIPE);
		line.n -= n + (i < PIPE);
	}
	*p = (struct cli_pipe){ field[NAME], strcmp(field[OF], "-") == 0 ? NULL : field[OF], field[MEANING], field[PIPE] };
	return true;
}

enum qf_status pipes_read(const char *file, struct qf_arena *a, const struct cli_pipe **out, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	struct qf_span rest, line;
	struct cli_pipe *table = NULL;
	size_t n = 0, number = 0, most = 2;
	enum qf_status rc = qf_file_read(file, &text, LARGEST, e);

	for (size_t i = 0; i < text.len; i++)
		most += text.p[i] == '\n';
	if (rc == QF_OK && (table = qf_arena_get(a, most, sizeof *table)) == NULL)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	rest = (struct qf_span){ text.p, text.len };
	while (rc == QF_OK && qf_reading_line(&rest, &line)) {
		number++;
		if (line.n && *line.p != '#' && !read_line(line, a, &table[n++]))
			rc = qf_fail(e, QF_EFORMAT, "%s: line %zu: name, what $of means, meaning and pipe are wanted, with tabs between", file, number);
	}
	if (rc == QF_OK)
		table[n] = (struct cli_pipe){ 0 };
	*out = table;
	qf_buf_free(&text);
	return rc;
}

const struct cli_pipe *pipes_find(const struct cli_pipe *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* ---- running --------------------------------------------------------------------------------------------- */

static void set_number(const char *name, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, v);
	setenv(name, text, 1);
}

/* Where this program lies comes first, so that a pipe meets the tools of its own version. */
static void set_path(void)
{
	char self[4096], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *old = getenv("PATH");
	struct qf_buf path = { 0 };

	if (n <= 0)
		return;
	self[n] = '\0';
	slash = strrchr(self, '/');
	qf_buf_printf(&path, "%.*s:%s", (int)(slash - self), self, old ? old : "/usr/bin:/bin");
	if (!path.failed)
		setenv("PATH", path.p, 1);
	qf_buf_free(&path);
}

static _Noreturn void become(const struct cli_pipe *p, const struct pipe_values *v, int out)
{
	setenv("user", v->user, 1);
	setenv("of", v->of, 1);
	set_number("n", (uint64_t)v->n);
	set_number("now", (uint64_t)v->now);
	set_number("seed", v->seed);
	if (cli.catalog)
		setenv("QFZZ_CATALOG", cli.catalog, 1);
	set_path();
	dup2(out, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", p->pipe, "qfzz-playlist", (char *)NULL);
	_exit(127);
}

int pipes_run(const struct cli_pipe *p, const struct pipe_values *v, struct tracklist *l)
{
	int fd[2], code, status = 0;
	pid_t child;

	if (pipe(fd) != 0 || (child = fork()) < 0) {
		cli_say("%s: %s", p->name, strerror(errno));
		return EXIT_FATAL;
	}
	if (child == 0) {
		close(fd[0]);
		become(p, v, fd[1]);
	}
	close(fd[1]);
	code = tracklist_read(l, fd[0]);
	close(fd[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return code;
	cli_say("%s: its pipe ended with exit code %d", p->name, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return code > EXIT_SOME ? code : EXIT_SOME;
}
