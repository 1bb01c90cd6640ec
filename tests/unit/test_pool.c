/* The pool against a worker that dies, hangs, floods and lies on request. */
#define _GNU_SOURCE
#include "cli/pool.h"

#include "rows/json.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char libexec[] = "/tmp/qfzz-test-pool-XXXXXX";

static int set_up(void **state)
{
	char link[PATH_MAX], target[PATH_MAX];

	(void)state;
	if (!mkdtemp(libexec) || !realpath("tests/fault/bad_worker.py", target))
		return -1;
	snprintf(link, sizeof link, "%s/bad", libexec);
	return symlink(target, link) == 0 ? setenv("QFZZ_LIBEXEC", libexec, 1) : -1;
}

static int tear_down(void **state)
{
	char link[PATH_MAX];

	(void)state;
	snprintf(link, sizeof link, "%s/bad", libexec);
	unlink(link);
	return rmdir(libexec);
}

/* A file that holds its own number. */
static int numbered(int n)
{
	int fd = memfd_create("numbered", MFD_CLOEXEC);

	assert_true(fd >= 0);
	dprintf(fd, "file %d", n);
	return fd;
}

static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static struct pool *open_pool(int workers, int batch)
{
	struct pool_opts o = { .program = "bad", .workers = workers, .batch = batch };
	struct qf_err e = { 0 };
	struct pool *p;

	if (pool_open(&p, &o, &e) != QF_OK)
		fail_msg("%s", e.text);
	return p;
}

struct outcome {
	bool ok;
	char class[32], text[256];
	bool own; /* the reply carries the content of the file */
};

/* Submits all names, and collects all results, which must come in order. */
static void run(struct pool *p, const char *const *names, int n, double deadline_s, struct outcome *out)
{
	struct qf_err e = { 0 };
	int sent = 0, done = 0;

	for (;;) {
		struct pool_result r;
		bool got;

		while (sent < n && pool_has_room(p)) {
			assert_int_equal(pool_submit(p, numbered(sent), names[sent], deadline_s, (void *)(intptr_t)sent, &e), QF_OK);
			sent++;
		}
		if (pool_next(p, true, &r, &got, &e) != QF_OK)
			fail_msg("%s", e.text);
		if (!got)
			break;
		assert_int_equal((intptr_t)r.user, done);
		out[done] = (struct outcome){ .ok = r.ok };
		if (r.ok) {
			char content[32];

			snprintf(content, sizeof content, "\"content\": \"file %d\"", done);
			out[done].own = memmem(r.object.p, r.object.n, content, strlen(content)) != NULL;
		} else {
			snprintf(out[done].class, sizeof out[done].class, "%s", r.class);
			snprintf(out[done].text, sizeof out[done].text, "%s", r.text);
		}
		done++;
	}
	assert_int_equal(done, n);
	assert_int_equal(pool_outstanding(p), 0);
}

static void results_come_in_the_order_of_submission(void **state)
{
	enum { N = 300 };
	const char *names[N];
	struct outcome out[N];
	static const int shapes[][2] = { { 1, 1 }, { 1, 32 }, { 2, 1 }, { 2, 8 }, { 3, 32 } };

	(void)state;
	for (int i = 0; i < N; i++)
		names[i] = i % 50 == 7 ? "slow:0.05" : i % 50 == 9 ? "bytes:200000" : "ok";
	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
		struct pool *p = open_pool(shapes[s][0], shapes[s][1]);

		run(p, names, N, 10, out);
		for (int i = 0; i < N; i++)
			assert_true(out[i].ok && out[i].own);
		pool_close(p);
	}
}

static void each_misdeed_costs_one_file_and_no_neighbour(void **state)
{
	static const struct { const char *name, *class, *text; } deeds[] = {
		{ "die:11", "crashed", "signal 11" },
		{ "die:9", "crashed", "signal 9" },
		{ "exit:3", "crashed", "left with code 3" },
		{ "loop", "limit", "no answer within the limit of 1.5 s" },
		{ "flood", "crashed", "has no end" },
		{ "liar", "crashed", "another file" },
		{ "garbage", "crashed", "not a row" },
		{ "mute", "crashed", "does not say what is wrong" },
		{ "vanish", "crashed", "signal 9" },
		{ "refuse", "format", "no music in it" },
	};
	enum { DEEDS = sizeof deeds / sizeof deeds[0], EACH = 7, N = DEEDS * EACH * 2 };
	const char *names[N];
	struct outcome out[N];
	int before = open_descriptors();

	(void)state;
	for (int i = 0; i < N; i++)
		names[i] = i % EACH == 3 ? deeds[i / EACH % DEEDS].name : "ok";
	for (int batch = 1; batch <= 32; batch += 31) {
		struct pool *p = open_pool(2, batch);

		run(p, names, N, 1.5, out);
		for (int i = 0; i < N; i++) {
			int d = i / EACH % DEEDS;

			if (i % EACH != 3) {
				assert_true(out[i].ok && out[i].own);
				continue;
			}
			assert_false(out[i].ok);
			assert_string_equal(out[i].class, deeds[d].class);
			if (!strstr(out[i].text, deeds[d].text))
				fail_msg("'%s' does not say '%s'", out[i].text, deeds[d].text);
		}
		pool_close(p);
	}
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

static void a_reply_too_many_costs_nothing(void **state)
{
	const char *names[] = { "ok", "twice", "slow:0.2", "twice", "ok", "ok" };
	struct outcome out[6];

	(void)state;
	for (int batch = 1; batch <= 6; batch++) {
		struct pool *p = open_pool(1, batch);

		run(p, names, 6, 10, out);
		for (int i = 0; i < 6; i++)
			assert_true(out[i].ok && out[i].own);
		pool_close(p);
	}
}

static void workers_are_replaced_after_500_files(void **state)
{
	enum { N = 1100 };
	static const char *names[N];
	static struct outcome out[N];
	struct pool *p = open_pool(1, 32);

	(void)state;
	for (int i = 0; i < N; i++)
		names[i] = "ok";
	run(p, names, N, 10, out);
	for (int i = 0; i < N; i++)
		assert_true(out[i].ok && out[i].own);
	pool_close(p);
}

static void a_missing_worker_is_fatal_and_named(void **state)
{
	struct pool_opts o = { .program = "nobody", .workers = 1, .batch = 1 };
	struct qf_err e = { 0 };
	struct pool *p;

	(void)state;
	assert_int_equal(pool_open(&p, &o, &e), QF_EIO);
	assert_null(p);
	assert_non_null(strstr(e.text, "nobody: cannot run this worker"));
}

static enum qf_status first_result(const char *behaviour, struct qf_err *e)
{
	struct pool *p;
	struct pool_result r;
	enum qf_status rc;
	bool got;

	setenv("BAD_WORKER", behaviour, 1);
	p = open_pool(1, 1);
	assert_int_equal(pool_submit(p, numbered(0), "ok", 10, NULL, e), QF_OK);
	rc = pool_next(p, true, &r, &got, e);
	pool_close(p);
	unsetenv("BAD_WORKER");
	return rc;
}

static void a_worker_that_does_not_start_is_fatal_and_says_why(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(first_result("stillborn", &e), QF_EIO);
	assert_non_null(strstr(e.text, "does not start: the worker left with code 7"));
}

static void a_strange_program_is_not_taken_for_a_worker(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	assert_int_equal(first_result("stranger", &e), QF_EIO);
	assert_non_null(strstr(e.text, "not a worker that goes with this program"));
}

static volatile sig_atomic_t stop;

static void on_alarm(int sig)
{
	(void)sig;
	stop = 1;
}

static void a_signal_ends_the_wait(void **state)
{
	struct pool_opts o = { .program = "bad", .workers = 1, .batch = 1, .interrupted = &stop };
	struct sigaction act = { .sa_handler = on_alarm };
	struct qf_err e = { 0 };
	struct pool_result r;
	struct timespec a, b;
	struct pool *p;
	bool got;

	(void)state;
	assert_int_equal(pool_open(&p, &o, &e), QF_OK);
	assert_int_equal(pool_submit(p, numbered(0), "loop", 60, NULL, &e), QF_OK);
	sigaction(SIGALRM, &act, NULL);
	alarm(1);
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(pool_next(p, true, &r, &got, &e), QF_OK);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_false(got);
	assert_int_equal(pool_outstanding(p), 1);
	assert_true(b.tv_sec - a.tv_sec < 5);
	pool_close(p);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_full_pool_refuses_and_closes_what_it_was_given(void **state)
{
	struct pool *p = open_pool(1, 1);
	struct qf_err e = { 0 };
	int before, fd;

	(void)state;
	for (int i = 0; pool_has_room(p); i++)
		assert_int_equal(pool_submit(p, numbered(i), "loop", 60, NULL, &e), QF_OK);
	before = open_descriptors();
	fd = numbered(1000);
	assert_int_equal(pool_submit(p, fd, "ok", 60, NULL, &e), QF_ELIMIT);
	assert_int_equal(open_descriptors(), before);
	pool_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_come_in_the_order_of_submission),
		cmocka_unit_test(each_misdeed_costs_one_file_and_no_neighbour),
		cmocka_unit_test(a_reply_too_many_costs_nothing),
		cmocka_unit_test(workers_are_replaced_after_500_files),
		cmocka_unit_test(a_missing_worker_is_fatal_and_named),
		cmocka_unit_test(a_worker_that_does_not_start_is_fatal_and_says_why),
		cmocka_unit_test(a_strange_program_is_not_taken_for_a_worker),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(a_full_pool_refuses_and_closes_what_it_was_given),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
