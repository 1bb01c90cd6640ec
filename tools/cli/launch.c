#define _GNU_SOURCE
#include "cli/launch.h"

#include "base/file.h"

#include <errno.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

/* They are moved out of the way first, so that none is written over before it is copied. */
static int spawn(pid_t *pid, const struct launch *l, int in)
{
	enum { ASIDE = 64 };
	char *argv[] = { (char *)(uintptr_t)l->path, NULL };
	posix_spawn_file_actions_t files;
	int from[LAUNCH_FDS] = { in, l->out }, n = 2, rc = posix_spawn_file_actions_init(&files);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < l->n; i++)
		from[n++] = l->fds[i];
	for (int i = 0; rc == 0 && i < n; i++)
		rc = posix_spawn_file_actions_adddup2(&files, from[i], ASIDE + i);
	for (int i = 0; rc == 0 && i < n; i++)
		rc = posix_spawn_file_actions_adddup2(&files, ASIDE + i, i < 2 ? i : i + 1);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&files, n + 1);
	if (rc == 0)
		rc = posix_spawn(pid, l->path, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* In memory: unlike a pipe, a worker that is dead already cannot end us with a signal. -1: e says why. */
static int order_in_memory(const struct qf_buf *order, struct qf_err *e)
{
	int fd = -1;

	if (qf_buf_check(order, e) == QF_OK && (fd = memfd_create("order", MFD_CLOEXEC)) < 0)
		qf_fail_errno(e, "cannot make room for a worker's order");
	if (fd < 0 || (qf_write_all(fd, order->p, order->len, e) == QF_OK && lseek(fd, 0, SEEK_SET) == 0))
		return fd;
	close(fd);
	qf_fail(e, QF_EIO, "cannot write a worker's order");
	return -1;
}

enum qf_status launch(pid_t *pid, const struct launch *l, struct qf_err *e)
{
	int in = order_in_memory(l->order, e), bad;
	enum qf_status rc = QF_OK;

	*pid = 0;
	if (in < 0)
		return e->code;
	if ((bad = spawn(pid, l, in)) != 0) {
		errno = bad;
		*pid = 0;
		rc = qf_fail_errno(e, "%s: cannot start this worker", l->path);
	}
	close(in);
	return rc;
}
