/* The pool against a worker that dies, hangs, floods, lies and tries to break out on request. FULL=1: each misdeed
 * twenty times. */
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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char libexec[] = "/tmp/qfzz-test-pool-XXXXXX";

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
enum { LOCKED = 0 }; /* no sandbox under a sanitizer */
#else
enum { LOCKED = 1 };
#endif

static const char *const links[] = { "bad", "bad2" };

/* A folder in which our worker goes by its two names. */
static int set_up(void **state)
{
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", target, sizeof target - 16);

	(void)state;
	if (n < 0 || !mkdtemp(libexec))
		return -1;
	target[n] = '\0';
	strcpy(strrchr(target, '/'), "/bad_worker");
	for (int i = 0; i < 2; i++) {
		snprintf(link, sizeof link, "%s/%s", libexec, links[i]);
		if (symlink(target, link) != 0)
			return -1;
	}
	unsetenv("QFZZ_SANDBOX");
	return setenv("QFZZ_LIBEXEC", libexec, 1);
}

static int tear_down(void **state)
{
	char link[PATH_MAX];

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(link, sizeof link, "%s/%s", libexec, links[i]);
		unlink(link);
	}
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

static const struct pool_limit patient = { .wall_s = 120, .cpu_s = 60 };

/* Only those that are waited for in vain are waited for briefly: a busy machine makes nobody guilty. */
static struct pool_limit limit_for(const char *name)
{
	struct pool_limit l = patient;

	if (strstr(name, "sleep"))
		l.wall_s = 1;
	if (strstr(name, "loop"))
		l.cpu_s = 1;
	return l;
}

static struct pool *open_pool(int workers, int batch, const char *second)
{
	struct pool_opts o = { .program = "bad", .second = second, .workers = workers, .batch = batch };
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
static void run(struct pool *p, const char *const *names, int n, struct outcome *out)
{
	struct qf_err e = { 0 };
	int sent = 0, done = 0;

	for (;;) {
		struct pool_result r;
		bool got;

		while (sent < n && pool_has_room(p)) {
			assert_int_equal(pool_submit(p, numbered(sent), names[sent], limit_for(names[sent]), (void *)(intptr_t)sent, &e), QF_OK);
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

			snprintf(content, sizeof content, "\"content\":\"file %d\"", done);
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
		names[i] = i % 50 == 9 ? "bytes:200000" : "ok";
	for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
		struct pool *p = open_pool(shapes[s][0], shapes[s][1], NULL);

		run(p, names, N, out);
		for (int i = 0; i < N; i++)
			assert_true(out[i].ok && out[i].own);
		pool_close(p);
	}
}

struct deed {
	const char *name, *class, *text;
};

/* Every deed `each` times, six good files behind each: the good ones come through with their own content, and
 * each bad one is told for what it is. */
static void check_deeds(const struct deed *deeds, int n_deeds, int each, int batch)
{
	enum { EVERY = 7 };
	int n = n_deeds * each * EVERY;
	const char **names = calloc((size_t)n, sizeof *names);
	struct outcome *out = calloc((size_t)n, sizeof *out);
	struct pool *p = open_pool(2, batch, NULL);

	for (int i = 0; i < n; i++)
		names[i] = i % EVERY == 3 ? deeds[i / EVERY % n_deeds].name : "ok";
	run(p, names, n, out);
	for (int i = 0; i < n; i++) {
		const struct deed *d = &deeds[i / EVERY % n_deeds];

		if (i % EVERY != 3) {
			assert_true(out[i].ok && out[i].own);
			continue;
		}
		assert_false(out[i].ok);
		if (strcmp(out[i].class, d->class) != 0 || !strstr(out[i].text, d->text))
			fail_msg("%s: '%s' (%s) is not '%s' (%s)", d->name, out[i].text, out[i].class, d->text, d->class);
	}
	pool_close(p);
	free(out);
	free(names);
}

static int times(void)
{
	const char *full = getenv("FULL");

	return full && strcmp(full, "1") == 0 ? 20 : 3;
}

static void each_misdeed_costs_one_file_and_no_neighbour(void **state)
{
	static const struct deed deeds[] = {
		{ "segfault", "crashed", "bad died of signal 11" },
		{ "die:6", "crashed", "bad died of signal 6" },
		{ "die:9", "crashed", "signal 9" },
		{ "exit:3", "crashed", "left with code 3" },
		{ "loop", "limit", "bad used up its processor time" },
		{ "sleep", "limit", "no answer within the limit of 1.0 s" },
		{ "flood", "crashed", "has no end" },
		{ "another", "crashed", "another file" },
		{ "sizes", "crashed", "not a row" },
		{ "garbage", "crashed", "not a row" },
		{ "mute", "crashed", "does not say what is wrong" },
		{ "vanish", "crashed", "signal 9" },
		{ "writes", "crashed", "died of signal" },
		{ "refuse", "broken", "no music in it" },
	};
	int before = open_descriptors();

	(void)state;
	check_deeds(deeds, sizeof deeds / sizeof deeds[0], times(), 1);
	check_deeds(deeds, sizeof deeds / sizeof deeds[0], 2, 32);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

static void who_tries_to_break_out_dies_of_it(void **state)
{
	static const struct deed deeds[] = {
		{ "forks", "crashed", "tried what a worker may not do" },
		{ "executes", "crashed", "tried what a worker may not do" },
		{ "connects", "crashed", "tried what a worker may not do" },
		{ "opens", "crashed", "signal 6" }, /* it finds no file, and gives up */
		{ "hog", "limit", "out of memory" },
	};

	(void)state;
	if (!LOCKED)
		return; /* nothing holds them under a sanitizer */
	check_deeds(deeds, sizeof deeds / sizeof deeds[0], times(), 1);
	check_deeds(deeds, sizeof deeds / sizeof deeds[0], 1, 32);
}

static void what_the_first_gives_up_the_second_gets_once(void **state)
{
	static const struct { const char *name; bool ok; const char *class, *text; } deeds[] = {
		{ "ok", true, NULL, NULL },
		{ "1:segfault", true, NULL, NULL },
		{ "1:refuse", true, NULL, NULL },
		{ "1:exit:3", true, NULL, NULL },
		{ "2:segfault", true, NULL, NULL }, /* it never gets there */
		{ "segfault", false, "crashed", "bad died of signal 11" },
		{ "die:6", false, "crashed", "; bad2 died of signal 6" },
		{ "refuse", false, "broken", "no music in it; no music in it" },
	};
	enum { N = 48, DEEDS = sizeof deeds / sizeof deeds[0] };
	const char *names[N];
	struct outcome out[N];

	(void)state;
	for (int i = 0; i < N; i++)
		names[i] = deeds[i * 7 / 3 % DEEDS].name;
	for (int workers = 1; workers <= 3; workers++) {
		struct pool *p = open_pool(workers, workers == 3 ? 8 : 1, "bad2");

		run(p, names, N, out);
		pool_close(p);
		for (int i = 0; i < N; i++) {
			int d = i * 7 / 3 % DEEDS;

			assert_int_equal(out[i].ok, deeds[d].ok);
			if (deeds[d].ok)
				assert_true(out[i].own);
			else if (strcmp(out[i].class, deeds[d].class) != 0 || !strstr(out[i].text, deeds[d].text))
				fail_msg("%s: '%s' (%s)", deeds[d].name, out[i].text, out[i].class);
		}
	}
}

static void a_reply_too_many_costs_nothing(void **state)
{
	const char *names[] = { "ok", "twice", "bytes:100000", "twice", "ok", "ok" };
	struct outcome out[6];

	(void)state;
	for (int batch = 1; batch <= 6; batch++) {
		struct pool *p = open_pool(1, batch, NULL);

		run(p, names, 6, out);
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
	struct pool *p = open_pool(1, 32, NULL);

	(void)state;
	for (int i = 0; i < N; i++)
		names[i] = "ok";
	run(p, names, N, out);
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
	p = open_pool(1, 1, NULL);
	assert_int_equal(pool_submit(p, numbered(0), "ok", patient, NULL, e), QF_OK);
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
	assert_non_null(strstr(e.text, "does not start: bad left with code 7"));
}

static void a_worker_without_its_sandbox_is_refused_where_one_is_required(void **state)
{
	struct qf_err e = { 0 };

	(void)state;
	setenv("QFZZ_SANDBOX", "require", 1);
	assert_int_equal(first_result("unsealed", &e), QF_EUNSUPPORTED);
	assert_non_null(strstr(e.text, "no sandbox holds this worker (it says 'limits'), and one is required"));
	if (LOCKED)
		assert_int_equal(first_result("", &e), QF_OK);
	unsetenv("QFZZ_SANDBOX");
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
	assert_int_equal(pool_submit(p, numbered(0), "sleep", patient, NULL, &e), QF_OK);
	sigaction(SIGALRM, &act, NULL);
	alarm(1);
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(pool_next(p, true, &r, &got, &e), QF_OK);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_false(got);
	assert_int_equal(pool_outstanding(p), 1);
	assert_true(b.tv_sec - a.tv_sec < 30); /* and not the 120 s of the limit */
	pool_close(p);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static size_t dropped;

static void count_dropped(void *user)
{
	dropped += user != NULL;
}

static void what_no_worker_could_be_started_for_stays_the_callers(void **state)
{
	struct pool_opts o = { .program = "bad", .workers = 1, .batch = 1, .drop = count_dropped };
	struct qf_err e = { 0 };
	struct rlimit was, tight;
	struct pool *p;
	int fd;

	(void)state;
	assert_int_equal(pool_open(&p, &o, &e), QF_OK);
	fd = numbered(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	tight = (struct rlimit){ .rlim_cur = (rlim_t)fd + 1, .rlim_max = was.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	assert_int_equal(pool_submit(p, fd, "ok", patient, &dropped, &e), QF_EIO);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	pool_close(p);
	assert_int_equal(dropped, 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1); /* the file is the pool's all the same */
}

static void a_full_pool_refuses_and_closes_what_it_was_given(void **state)
{
	struct pool *p = open_pool(1, 1, NULL);
	struct qf_err e = { 0 };
	int before, fd;

	(void)state;
	for (int i = 0; pool_has_room(p); i++)
		assert_int_equal(pool_submit(p, numbered(i), "sleep", patient, NULL, &e), QF_OK);
	before = open_descriptors();
	fd = numbered(1000);
	assert_int_equal(pool_submit(p, fd, "ok", patient, NULL, &e), QF_ELIMIT);
	assert_int_equal(open_descriptors(), before);
	pool_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_come_in_the_order_of_submission),
		cmocka_unit_test(each_misdeed_costs_one_file_and_no_neighbour),
		cmocka_unit_test(who_tries_to_break_out_dies_of_it),
		cmocka_unit_test(what_the_first_gives_up_the_second_gets_once),
		cmocka_unit_test(a_reply_too_many_costs_nothing),
		cmocka_unit_test(workers_are_replaced_after_500_files),
		cmocka_unit_test(a_missing_worker_is_fatal_and_named),
		cmocka_unit_test(a_worker_that_does_not_start_is_fatal_and_says_why),
		cmocka_unit_test(a_worker_without_its_sandbox_is_refused_where_one_is_required),
		cmocka_unit_test(a_strange_program_is_not_taken_for_a_worker),
		cmocka_unit_test(a_signal_ends_the_wait),
		cmocka_unit_test(what_no_worker_could_be_started_for_stays_the_callers),
		cmocka_unit_test(a_full_pool_refuses_and_closes_what_it_was_given),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
