#define _GNU_SOURCE
#include "catalog/writer.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 64 };

static char *name_of(const char *path)
{
	struct qf_buf b = { 0 };

	qf_buf_puts(&b, path);
	qf_buf_puts(&b, ".writer");
	if (!b.failed)
		return b.p;
	qf_buf_free(&b);
	return NULL;
}

/* "PID VERB" as it stands there; false: nothing does. */
static bool read_line(const char *path, long *pid, char verb[LINE])
{
	char line[LINE] = "", *name = name_of(path);
	int fd = name ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
	ssize_t n = fd >= 0 ? read(fd, line, sizeof line - 1) : 0;

	if (fd >= 0)
		close(fd);
	qf_free(name);
	return n > 0 && sscanf(line, "%ld %31[a-z-]", pid, verb) == 2 && *pid > 0;
}

void qf_writer_show(struct qf_writer *w, const char *path)
{
	char line[LINE], *name = w->pid ? name_of(path) : NULL;
	int n = snprintf(line, sizeof line, "%ld %s\n", w->pid, w->verb);
	int fd = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

	if (fd >= 0) {
		w->shown = write(fd, line, (size_t)n) == n;
		close(fd);
	}
	qf_free(name);
}

void qf_writer_hide(struct qf_writer *w, const char *path)
{
	char verb[LINE], *name;
	long pid;

	if (!w->shown || !read_line(path, &pid, verb) || pid != w->pid)
		return;
	name = name_of(path);
	if (name)
		unlink(name);
	qf_free(name);
	w->shown = false;
}

enum qf_status qf_writer_busy(const char *path, int wait_ms, struct qf_err *e)
{
	double s = wait_ms / 1000.0;
	char verb[LINE];
	long pid;

	if (read_line(path, &pid, verb) && (kill((pid_t)pid, 0) == 0 || errno == EPERM))
		return qf_fail(e, QF_EBUSY, "%s: qfzz %s (process %ld) has been writing for %.3g s; try again later, or wait longer (--wait)",
			       path, verb, pid, s);
	return qf_fail(e, QF_EBUSY, "%s: another tool has been writing for %.3g s; try again later, or wait longer (--wait)", path, s);
}
