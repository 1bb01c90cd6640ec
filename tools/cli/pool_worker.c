#define _GNU_SOURCE
#include "cli/pool_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { QUEUE = 2 * WORKER_BATCH };

/* Descriptors: /dev/null, our stdout and stderr, the socket as 3, nothing else. Signals: as in a new process. */
static int spawn(pid_t *pid, const char *path, int socket)
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	if ((rc = posix_spawn_file_actions_init(&files)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attr)) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return rc;
	}
	if ((rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, socket, WORKER_FD)) == 0 &&
	    (rc = posix_spawn_file_actions_addclosefrom_np(&files, WORKER_FD + 1)) == 0 &&
	    (rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0 &&
	    (rc = posix_spawnattr_setsigmask(&attr, &none)) == 0 && (rc = posix_spawnattr_setsigdefault(&attr, &all)) == 0)
		rc = posix_spawn(pid, path, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

enum qf_status pool_worker_start(struct pool_worker *w, const char *path, struct qf_err *e)
{
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return qf_fail_errno(e, "cannot make a socket for a worker");
	rc = spawn(&w->pid, path, pair[1]);
	close(pair[1]);
	if (rc != 0) {
		close(pair[0]);
		w->pid = 0;
		errno = rc;
		return qf_fail_errno(e, "%s: cannot start this worker", path);
	}
	w->fd = pair[0];
	w->greeted = w->eof = w->spent = false;
	w->answered = UINT64_MAX;
	w->files = w->first = w->queued = w->line = w->looked = 0;
	return QF_OK;
}

/* ---- sending ------------------------------------------------------------------------------ */

struct packed {
	unsigned char p[sizeof(struct worker_batch) + WORKER_BATCH * (sizeof(struct worker_request) + WORKER_NAME)];
	size_t n;
};

static void pack(struct packed *out, const void *p, size_t n)
{
	memcpy(out->p + out->n, p, n);
	out->n += n;
}

static void pack_batch(struct packed *out, int *fds, const struct pool_item *items, size_t n)
{
	struct worker_batch head = { .magic = WORKER_MAGIC, .count = (uint32_t)n };

	out->n = sizeof head;
	for (size_t i = 0; i < n; i++) {
		size_t len = strnlen(items[i].name, WORKER_NAME);
		struct worker_request r = { .id = items[i].id, .name_len = (uint32_t)len, .cpu_s = items[i].cpu_s };

		memcpy(r.audio_id, items[i].audio_id, sizeof r.audio_id);
		pack(out, &r, sizeof r);
		pack(out, items[i].name, len);
		fds[i] = items[i].fd;
	}
	head.bytes = (uint32_t)(out->n - sizeof head);
	memcpy(out->p, &head, sizeof head);
}

bool pool_worker_send(struct pool_worker *w, const struct pool_item *items, size_t n)
{
	union { struct cmsghdr align; char p[CMSG_SPACE(WORKER_BATCH * sizeof(int))]; } control;
	int fds[WORKER_BATCH];
	struct packed data;
	struct iovec v = { data.p, 0 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control.p, .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c;
	ssize_t sent;

	pack_batch(&data, fds, items, n);
	v.iov_len = data.n;
	memset(&control, 0, sizeof control);
	c = CMSG_FIRSTHDR(&m);
	*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(n * sizeof(int)) };
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	do
		sent = sendmsg(w->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent != (ssize_t)data.n) /* it is dead, or it does not read: two batches always fit */
		return false;
	for (size_t i = 0; i < n; i++)
		w->queue[(w->first + w->queued++) % QUEUE] = items[i].id;
	w->files += n;
	return true;
}

uint64_t pool_worker_pop(struct pool_worker *w)
{
	uint64_t id = w->queue[w->first];

	w->first = (w->first + 1) % QUEUE;
	w->queued--;
	return id;
}

/* ---- receiving ---------------------------------------------------------------------------- */

enum qf_status pool_worker_take(struct pool_worker *w, struct qf_err *e)
{
	qf_buf_consume(&w->in, w->line);
	w->line = 0;
	while (!w->eof && w->in.len <= WORKER_LINE) {
		char *to = qf_buf_reserve(&w->in, 65536);
		ssize_t k;

		if (!to)
			return qf_buf_check(&w->in, e);
		k = recv(w->fd, to, 65536, MSG_DONTWAIT);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (k <= 0)
			w->eof = true;
		else
			w->in.len += (size_t)k;
	}
	return QF_OK;
}

bool pool_worker_line(struct pool_worker *w, struct qf_span *line, bool *flood)
{
	const char *p, *nl;

	qf_buf_consume(&w->in, w->line);
	w->line = 0;
	p = w->in.p;
	nl = w->in.len > w->looked ? memchr(p + w->looked, '\n', w->in.len - w->looked) : NULL;
	*flood = (nl ? (size_t)(nl - p) + 1 : w->in.len) > WORKER_LINE;
	w->looked = nl ? 0 : w->in.len;
	if (!nl || *flood)
		return false;
	*line = (struct qf_span){ p, (size_t)(nl - p) };
	w->line = line->n + 1;
	return true;
}

size_t pool_worker_rss(const struct pool_worker *w)
{
	char path[64], text[128];
	unsigned long pages = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)w->pid); /* proc(5): size, resident, … in pages */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return sscanf(text, "%*u %lu", &pages) == 1 ? pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

/* ---- the end ------------------------------------------------------------------------------ */

/* Nothing more is said: it may go. Waits until its end of the socket is closed. */
static void let_go(struct pool_worker *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	char rest[256];

	shutdown(w->fd, SHUT_WR);
	while (poll(&p, 1, 1000) > 0 && recv(w->fd, rest, sizeof rest, MSG_DONTWAIT) > 0)
		;
}

int pool_worker_end(struct pool_worker *w, bool gently)
{
	int status = 0;

	if (!w->pid)
		return 0;
	if (gently)
		let_go(w);
	kill(w->pid, SIGKILL); /* one that is already ending keeps the status that it ended with */
	close(w->fd);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	w->pid = 0;
	w->fd = -1;
	qf_buf_free(&w->in);
	return status;
}
