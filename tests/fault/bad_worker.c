/* bad_worker.c - a worker for test_pool that does what the name hint tells it to; the frame, the limits and the
 * lock are those of the real workers.
 *
 * A good reply carries the bytes at the start of its file, so that a test sees whose reply it got.
 * BAD_WORKER=stillborn|stranger: it does not come as far as a file. A hint that begins with
 * "1:" or "2:" is meant for the worker called "bad" or "bad2" only; the other is good. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/file.h"
#include "rows/json.h"
#include "worker/protocol.h"
#include "worker/serve.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct request {
	uint64_t id;
	int fd;
	const char *arg; /* behind the colon, "" if none */
};

static const char *program;

static void say(const char *line)
{
	qf_write_all(WORKER_FD, line, strlen(line), NULL);
}

static void sleep_for_ever(void)
{
	static uint32_t word;

	for (;;)
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL);
}

static void good(const struct request *r, size_t pad, struct qf_buf *out)
{
	char text[64];
	ssize_t n = pread(r->fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	worker_begin(out, r->id, true);
	qf_json_key(out, "content");
	qf_json_str(out, text);
	qf_json_key(out, "pad");
	qf_buf_putc(out, '"');
	while (pad--)
		qf_buf_putc(out, 'x');
	qf_buf_putc(out, '"');
	qf_json_close(out, '}');
}

/* ---- what can be done -------------------------------------------------------------------------------- */

static void ok(const struct request *r, struct qf_buf *out)
{
	good(r, 0, out);
}

static void bytes(const struct request *r, struct qf_buf *out)
{
	good(r, (size_t)atol(r->arg), out);
}

static void twice(const struct request *r, struct qf_buf *out)
{
	good(r, 0, out);
	qf_buf_putc(out, '\n');
	good(r, 0, out);
}

static void refuse(const struct request *r, struct qf_buf *out)
{
	worker_failed(out, r->id, "broken", "no music in it");
}

static void die(const struct request *r, struct qf_buf *out)
{
	(void)out;
	raise(atoi(r->arg));
}

static void segfault(const struct request *r, struct qf_buf *out)
{
	volatile char *volatile nowhere = NULL;

	(void)r, (void)out;
	signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would call it an exit */
	*nowhere = 1;
}

static void leave(const struct request *r, struct qf_buf *out)
{
	(void)out;
	_exit(atoi(r->arg));
}

static void loop(const struct request *r, struct qf_buf *out)
{
	(void)r, (void)out;
	for (volatile unsigned n = 0;; n++)
		;
}

static void asleep(const struct request *r, struct qf_buf *out)
{
	(void)r, (void)out;
	sleep_for_ever();
}

static void flood(const struct request *r, struct qf_buf *out)
{
	static char block[65536];

	(void)r, (void)out;
	memset(block, 'x', sizeof block);
	while (qf_write_all(WORKER_FD, block, sizeof block, NULL) == QF_OK)
		;
	_exit(0);
}

static void another(const struct request *r, struct qf_buf *out)
{
	worker_begin(out, r->id + 1, true);
	qf_json_close(out, '}');
}

static void garbage(const struct request *r, struct qf_buf *out)
{
	qf_buf_printf(out, "{\"id\":%llu,\"ok\":tru", (unsigned long long)r->id);
}

static void sizes(const struct request *r, struct qf_buf *out) /* a string that its line does not hold */
{
	qf_buf_printf(out, "{\"id\":%llu,\"ok\":true,\"content\":\"file", (unsigned long long)r->id);
}

static void mute(const struct request *r, struct qf_buf *out)
{
	qf_buf_printf(out, "{\"id\":%llu,\"ok\":false}", (unsigned long long)r->id);
}

static void vanish(const struct request *r, struct qf_buf *out)
{
	(void)r, (void)out;
	close(WORKER_FD);
	sleep_for_ever();
}

static void writes(const struct request *r, struct qf_buf *out) /* into the file that it was handed */
{
	if (pwrite(r->fd, "mine", 4, 0) == 4)
		good(r, 0, out);
}

static void hog(const struct request *r, struct qf_buf *out)
{
	struct piece { struct piece *next; } *all = NULL, *p;
	struct qf_err e = { 0 };

	while ((p = qf_alloc(16 << 20, 1)) != NULL) {
		p->next = all;
		all = p;
	}
	while ((p = all) != NULL) {
		all = p->next;
		qf_free(p);
	}
	qf_fail(&e, QF_ENOMEM, "out of memory after much of it");
	worker_refused(out, r->id, &e);
}

static void forks(const struct request *r, struct qf_buf *out)
{
	for (int i = 0; i < 3; i++) /* were it let, it should not last */
		if (fork() == 0)
			_exit(0);
	good(r, 0, out);
}

static void connects(const struct request *r, struct qf_buf *out)
{
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		good(r, 0, out);
}

static void opens(const struct request *r, struct qf_buf *out)
{
	if (open("/etc/passwd", O_RDONLY) >= 0 || open("/proc/self/environ", O_RDONLY) >= 0 || open("/dev/tty", O_WRONLY) >= 0)
		good(r, 0, out);
	else
		abort();
}

static void executes(const struct request *r, struct qf_buf *out)
{
	if (execl("/bin/true", "true", (char *)NULL) != 0)
		good(r, 0, out);
}

static const struct deed {
	const char *name;
	void (*act)(const struct request *r, struct qf_buf *out);
} deeds[] = {
	{ "ok", ok }, { "bytes", bytes }, { "twice", twice }, { "refuse", refuse }, { "die", die }, { "segfault", segfault },
	{ "exit", leave }, { "loop", loop }, { "sleep", asleep }, { "flood", flood }, { "another", another }, { "garbage", garbage },
	{ "sizes", sizes }, { "mute", mute }, { "vanish", vanish }, { "writes", writes }, { "hog", hog }, { "forks", forks },
	{ "connects", connects }, { "opens", opens }, { "executes", executes },
};

static void answer(void *user, const struct worker_file *f, struct qf_buf *out)
{
	const char *colon, *name = f->name;
	struct request r = { .id = f->id, .fd = f->fd, .arg = "" };
	size_t n;

	(void)user;
	if ((name[0] == '1' || name[0] == '2') && name[1] == ':')
		name = (name[0] == '2') == (strcmp(program, "bad2") == 0) ? name + 2 : "ok";
	colon = strchr(name, ':');
	n = colon ? (size_t)(colon - name) : strlen(name);
	if (colon)
		r.arg = colon + 1;
	for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
		if (strlen(deeds[i].name) == n && memcmp(deeds[i].name, name, n) == 0) {
			deeds[i].act(&r, out);
			return;
		}
	worker_failed(out, f->id, "broken", "the test asks for what nobody can do");
}

int main(int argc, char **argv)
{
	const char *how = getenv("BAD_WORKER"), *slash = argc ? strrchr(argv[0], '/') : NULL;
	struct worker w = { .answer = answer };

	w.program = program = slash ? slash + 1 : "bad";
	if (how && strcmp(how, "stillborn") == 0)
		_exit(7);
	if (how && strcmp(how, "stranger") == 0) {
		say("{\"worker\":\"somebody-else\",\"protocol\":3,\"sandbox\":\"full\"}\n");
		sleep_for_ever();
	}
	if (how && strcmp(how, "unsealed") == 0) { /* as on a kernel without seccomp */
		say("{\"worker\":\"bad\",\"protocol\":3,\"sandbox\":\"limits\"}\n");
		sleep_for_ever();
	}
	return worker_serve(&w);
}
