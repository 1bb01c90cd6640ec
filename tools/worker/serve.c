#define _GNU_SOURCE
#include "worker/serve.h"

#include "base/err.h"
#include "base/file.h"
#include "rows/json.h"
#include "worker/protocol.h"
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct batch {
	size_t count;
	int fds[WORKER_BATCH];
	struct worker_request requests[WORKER_BATCH];
	char names[WORKER_BATCH][WORKER_NAME + 1];
};

/* What holds from the first moment. The lock comes when everything is warm. */
static void confine(void)
{
	if (!getenv("QFZZ_WORKER_DEBUG")) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0) {
			dup2(null, 1);
			dup2(null, 2);
			close(null);
		}
	}
	sandbox_limit(0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
}

/* ---- receiving ---------------------------------------------------------------------------- */

/* The first bytes of a batch and its descriptors. Returns the number of bytes, 0 at the end. */
static size_t receive_first(struct worker_batch *head, int fds[WORKER_BATCH], size_t *n_fds)
{
	union { struct cmsghdr align; char p[CMSG_SPACE(WORKER_BATCH * sizeof(int))]; } control;
	struct iovec v = { head, sizeof *head };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control.p, .msg_controllen = sizeof control.p };
	struct cmsghdr *c;
	ssize_t n;

	*n_fds = 0;
	do
		n = recvmsg(WORKER_FD, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *n_fds * sizeof(int));
	}
	return (size_t)n;
}

static bool receive(void *p, size_t n)
{
	char *to = p;

	while (n) {
		ssize_t k = recv(WORKER_FD, to, n, MSG_WAITALL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		to += k;
		n -= (size_t)k;
	}
	return true;
}

/* 1: a batch; 0: the parent hung up; -1: this is not our protocol. */
static int next_batch(struct batch *b)
{
	struct worker_batch head;
	size_t n_fds, got = receive_first(&head, b->fds, &n_fds);

	if (got == 0)
		return 0;
	if (!receive((char *)&head + got, sizeof head - got))
		return -1;
	if (head.magic != WORKER_MAGIC || head.count > WORKER_BATCH || head.count != n_fds)
		return -1;
	b->count = head.count;
	for (size_t i = 0; i < b->count; i++) {
		struct worker_request *r = &b->requests[i];

		if (!receive(r, sizeof *r) || r->name_len > WORKER_NAME || !receive(b->names[i], r->name_len))
			return -1;
		b->names[i][r->name_len] = '\0';
	}
	return 1;
}

/* ---- answering ---------------------------------------------------------------------------- */

void worker_begin(struct qf_buf *out, uint64_t id, int ok)
{
	qf_json_open(out, '{');
	qf_json_put_int(out, "id", (int64_t)id);
	qf_json_put_bool(out, "ok", ok);
}

void worker_failed(struct qf_buf *out, uint64_t id, const char *class, const char *text)
{
	worker_begin(out, id, false);
	qf_json_put_str(out, "class", class);
	qf_json_put_str(out, "text", text);
	qf_json_close(out, '}');
}

void worker_refused(struct qf_buf *out, uint64_t id, const struct qf_err *e)
{
	static const struct { enum qf_status code; const char *class; } classes[] = {
		{ QF_EFORMAT, "broken" }, { QF_EUNSUPPORTED, "unsupported" }, { QF_ELIMIT, "limit" },
		{ QF_ENOMEM, "limit" }, { QF_EIO, "io" },
	};
	const char *class = "broken";

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (classes[i].code == e->code)
			class = classes[i].class;
	worker_failed(out, id, class, e->text);
}

static bool greet(const char *program, const char *sandbox)
{
	struct qf_buf out = { 0 };
	bool good;

	qf_json_open(&out, '{');
	qf_json_put_str(&out, "worker", program);
	qf_json_put_int(&out, "protocol", WORKER_PROTOCOL);
	qf_json_put_str(&out, "sandbox", sandbox);
	qf_json_close(&out, '}');
	qf_buf_putc(&out, '\n');
	good = !out.failed && qf_write_all(WORKER_FD, out.p, out.len, NULL) == QF_OK;
	qf_buf_free(&out);
	return good;
}

/* One file; false when the parent takes no more. */
static bool serve_one(const struct batch *b, size_t i, const struct worker *w, struct qf_buf *out)
{
	static const uint8_t none[WORKER_AUDIO_ID];
	const struct worker_request *r = &b->requests[i];
	const struct worker_file f = {
		.id = r->id, .fd = b->fds[i], .name = b->names[i],
		.audio_id = memcmp(r->audio_id, none, sizeof none) ? r->audio_id : NULL,
	};
	uint64_t id = r->id;

	qf_buf_clear(out);
	sandbox_cpu(r->cpu_s);
	w->answer(w->user, &f, out);
	close(b->fds[i]);
	if (out->failed || out->len >= WORKER_LINE) {
		bool failed = out->failed;

		qf_buf_free(out);
		worker_failed(out, id, "limit",
			      failed ? "out of memory for what is in the file" : "more is in the file than an answer may hold");
	}
	qf_buf_putc(out, '\n');
	return !out->failed && qf_write_all(WORKER_FD, out->p, out->len, NULL) == QF_OK;
}

int worker_serve(const struct worker *w)
{
	struct qf_buf out = { 0 };
	struct batch b;
	int more;

	confine();
	if (w->warm_up)
		w->warm_up(w->user);
	sandbox_cpu(1); /* libseccomp 2.5 loops for ever when memory runs out while it writes the filter */
	if (!greet(w->program, sandbox_lock()))
		return 1;
	sandbox_cpu(0);
	while ((more = next_batch(&b)) > 0)
		for (size_t i = 0; i < b.count; i++)
			if (!serve_one(&b, i, w, &out))
				return 1;
	qf_buf_free(&out);
	return more < 0 ? 1 : 0;
}
