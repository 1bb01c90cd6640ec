/* Jobs live in a ring, by sequence number, from the one whose result is due next to the
 * newest. A job waits, is with a worker, or is done; results leave from the front of
 * the ring only, which is what keeps the order. A worker that is lost gives its queue
 * back: the first job of it has failed, the others wait again. A job that failed with the
 * first program waits once more, for the second.
 *
 * Each program has as many places for workers as may work at the same time; a place is
 * only given work while fewer than that are busy in all. */
#define _GNU_SOURCE
#include "cli/pool.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/pool_worker.h"
#include "rows/json.h"
#include "rows/rows.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RING_MAX = 512, RECYCLE = 500, RECYCLE_LOOK = 16, START_TRIES = 8, START_S = 30 };
static const size_t RECYCLE_GROWTH = (size_t)64 << 20; /* bytes of memory */
static const size_t PARKED_MAX = (size_t)64 << 20; /* bytes of replies that wait for an earlier one */

enum job_state { JOB_WAITS, JOB_SENT, JOB_DONE };

struct job {
	enum job_state state;
	int fd; /* -1 once done */
	char name[WORKER_NAME + 1];
	struct pool_limit limit;
	void *user;
	int program;  /* that it waits for or is with */
	bool retried; /* it was with a worker that was lost for something before it */
	bool ok;
	char class[24];
	char text[QF_ERR_TEXT];
	char first_class[24], first_text[QF_ERR_TEXT]; /* what the first program said, once it is with the second */
	char *reply; /* owned */
	size_t reply_n;
};

struct pool {
	struct pool_opts o;
	char path[2][PATH_MAX];  /* of the programs */
	struct job *ring;        /* [cap], by sequence number % cap */
	size_t cap, parked;
	size_t waiting[2];       /* jobs, for each program */
	uint64_t first, next; /* due next; to be given to the next job */
	bool handed_out;      /* the first one's result is with the caller */
	struct pool_worker *workers; /* [n_workers], those of the second program behind the others */
	struct pollfd *polls;
	int n_workers;
	bool unsealed, warned;
	int unsent;           /* sendings in a row that failed */
	int started_in_vain;  /* workers in a row that went before they greeted */
	double clock;         /* when the workers were last looked at */
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct job *job_of(struct pool *p, uint64_t id)
{
	return &p->ring[id % p->cap];
}

/* ---- life --------------------------------------------------------------------------------- */

static enum qf_status find_program(const char *program, char path[PATH_MAX], struct qf_err *e)
{
	const char *dir = getenv("QFZZ_LIBEXEC");
	char self[PATH_MAX], *slash;
	ssize_t n;
	int len;

	if (dir && *dir) {
		len = snprintf(path, PATH_MAX, "%s/%s", dir, program);
	} else {
		n = readlink("/proc/self/exe", self, sizeof self - 1);
		if (n < 0)
			return qf_fail_errno(e, "/proc/self/exe: cannot read");
		self[n] = '\0';
		slash = strrchr(self, '/');
		len = snprintf(path, PATH_MAX, "%.*s/../libexec/qfzz/%s", slash ? (int)(slash - self) : 0, self, program);
	}
	if (len < 0 || len >= PATH_MAX)
		return qf_fail(e, QF_EIO, "%s: the path to it is too long", program);
	if (access(path, X_OK) != 0)
		return qf_fail_errno(e, "%s: cannot run this worker (is qfzz installed as a whole?)", path);
	return QF_OK;
}

static size_t ring_size(const struct pool_opts *o)
{
	size_t n = (size_t)o->workers * (size_t)(2 * o->batch + 4);

	return n > RING_MAX ? RING_MAX : n;
}

enum qf_status pool_open(struct pool **out, const struct pool_opts *o, struct qf_err *e)
{
	const char *require = getenv("QFZZ_SANDBOX");
	struct pool *p;
	enum qf_status rc;

	*out = NULL;
	if (o->workers < 1 || o->workers > 256 || o->batch < 1 || o->batch > WORKER_BATCH)
		return qf_fail(e, QF_EINVAL, "a pool of %d workers with %d files at once", o->workers, o->batch);
	p = qf_zalloc(1, sizeof *p);
	if (!p)
		return qf_fail(e, QF_ENOMEM, "out of memory for the workers");
	p->o = *o;
	if (require && strcmp(require, "require") == 0)
		p->o.require_sandbox = true;
	p->cap = ring_size(o);
	p->ring = qf_zalloc(p->cap, sizeof *p->ring);
	p->n_workers = o->workers * (o->second ? 2 : 1);
	p->workers = qf_zalloc((size_t)p->n_workers, sizeof *p->workers);
	p->polls = qf_zalloc((size_t)p->n_workers, sizeof *p->polls);
	if (!p->ring || !p->workers || !p->polls)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for the workers");
	else
		rc = find_program(o->program, p->path[0], e);
	if (rc == QF_OK && o->second)
		rc = find_program(o->second, p->path[1], e);
	for (int i = 0; p->workers && i < p->n_workers; i++) {
		p->workers[i].fd = -1;
		p->workers[i].program = i >= o->workers;
	}
	if (rc != QF_OK) {
		pool_close(p);
		return rc;
	}
	p->clock = now_s();
	*out = p;
	return QF_OK;
}

static void drop_job(struct pool *p, struct job *j)
{
	if (j->fd >= 0)
		close(j->fd);
	p->parked -= j->reply_n;
	qf_free(j->reply);
	*j = (struct job){ .fd = -1 };
}

void pool_close(struct pool *p)
{
	if (!p)
		return;
	for (int i = 0; p->workers && i < p->n_workers; i++)
		pool_worker_end(&p->workers[i], p->workers[i].queued == 0);
	for (; p->first < p->next; p->first++, p->handed_out = false) {
		if (p->o.drop && !p->handed_out)
			p->o.drop(job_of(p, p->first)->user);
		drop_job(p, job_of(p, p->first));
	}
	qf_free(p->polls);
	qf_free(p->workers);
	qf_free(p->ring);
	qf_free(p);
}

/* ---- jobs that are done -------------------------------------------------------------------- */

static void job_done(struct job *j)
{
	close(j->fd);
	j->fd = -1;
	j->state = JOB_DONE;
}

/* Of two failures the graver one names the class. */
static int gravity(const char *class)
{
	static const char *const classes[] = { "unsupported", "broken", "limit", "crashed" };

	for (int i = 0; i < 4; i++)
		if (strcmp(class, classes[i]) == 0)
			return i;
	return -1;
}

static void wait_for_the_second(struct pool *p, struct job *j)
{
	snprintf(j->first_class, sizeof j->first_class, "%s", j->class);
	snprintf(j->first_text, sizeof j->first_text, "%s", j->text);
	j->program = 1;
	j->retried = false;
	j->state = JOB_WAITS;
	p->waiting[1]++;
}

/* j->class and j->text say what is wrong: that is the end of it, or the second program's turn. */
static void job_failed(struct pool *p, struct job *j)
{
	char second[QF_ERR_TEXT];

	j->ok = false;
	if (p->o.second && j->program == 0 && gravity(j->class) >= 0) {
		wait_for_the_second(p, j);
		return;
	}
	if (j->program == 1 && strcmp(j->first_class, "unsupported") != 0) { /* that one had nothing to say of it */
		snprintf(second, sizeof second, "%s", j->text);
		snprintf(j->text, sizeof j->text, "%.254s; %.254s", j->first_text, second);
		if (gravity(j->first_class) > gravity(j->class))
			snprintf(j->class, sizeof j->class, "%s", j->first_class);
	}
	job_done(j);
}

/* The worker is of no more use. Its current job fails with class and text (class NULL: the
 * fault is not that job's), the others wait again. */
static void lose(struct pool *p, struct pool_worker *w, const char *class, const char *text)
{
	pool_worker_end(w, false);
	if (class && w->queued) {
		struct job *j = job_of(p, pool_worker_pop(w));

		snprintf(j->class, sizeof j->class, "%s", class);
		snprintf(j->text, sizeof j->text, "%s", text);
		job_failed(p, j);
	}
	while (w->queued) {
		job_of(p, pool_worker_pop(w))->state = JOB_WAITS;
		p->waiting[w->program]++;
	}
}

static const char *name_of(const struct pool *p, const struct pool_worker *w)
{
	return w->program ? p->o.second : p->o.program;
}

static void how_it_ended(const struct pool *p, const struct pool_worker *w, int status, char *text, size_t cap)
{
	double s = now_s() - w->since;
	const char *name = name_of(p, w);
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (sig == SIGXCPU)
		snprintf(text, cap, "%s used up its processor time, after %.1f s", name, s);
	else if (sig == SIGSYS)
		snprintf(text, cap, "%s tried what a worker may not do, and died of signal %d (%s) after %.1f s", name, sig, strsignal(sig), s);
	else if (sig)
		snprintf(text, cap, "%s died of signal %d (%s) after %.1f s", name, sig, strsignal(sig), s);
	else
		snprintf(text, cap, "%s left with code %d after %.1f s", name, WEXITSTATUS(status), s);
}

/* It ended by itself. */
static enum qf_status worker_gone(struct pool *p, struct pool_worker *w, struct qf_err *e)
{
	bool greeted = w->greeted;
	int status = pool_worker_end(w, false);
	bool limit = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
	char text[QF_ERR_TEXT];

	how_it_ended(p, w, status, text, sizeof text);
	lose(p, w, !greeted ? NULL : limit ? "limit" : "crashed", text);
	if (!greeted && ++p->started_in_vain >= START_TRIES)
		return qf_fail(e, QF_EIO, "%s: does not start: %s", p->path[w->program], text);
	return QF_OK;
}

/* ---- replies: nothing in them is believed unchecked ------------------------------------------ */

/* A short string out of a reply; false when it is none, or empty. */
static bool take_text(struct qf_span object, const char *key, char *to, size_t cap)
{
	struct qf_span v;
	struct qf_buf text = { 0 };
	bool good = qf_json_get(object, key, &v) && qf_json_to_text(v, &text) && text.len && !memchr(text.p, '\0', text.len);

	if (good)
		snprintf(to, cap, "%s", text.p);
	qf_buf_free(&text);
	return good;
}

/* NULL, or what is wrong with the line as the answer to job id. */
static const char *read_reply(struct job *j, uint64_t id, struct qf_span line)
{
	struct qf_span v;
	int64_t n;

	if (qf_row_check(line, NULL) != QF_OK)
		return "the worker's answer is not a row";
	if (!qf_json_get(line, "id", &v) || !qf_json_to_int(v, &n) || n < 0 || (uint64_t)n != id)
		return "the worker answered for another file";
	if (!qf_json_get(line, "ok", &v) || !qf_json_to_bool(v, &j->ok))
		return "the worker's answer does not say whether it is one";
	if (!j->ok && (!take_text(line, "class", j->class, sizeof j->class) || !take_text(line, "text", j->text, sizeof j->text)))
		return "the worker's answer does not say what is wrong";
	return NULL;
}

/* One more answer for the file before: not the fault of this one. */
static bool says_again(const struct pool_worker *w, struct qf_span line)
{
	struct qf_span v;
	int64_t n;

	return qf_row_check(line, NULL) == QF_OK && qf_json_get(line, "id", &v) && qf_json_to_int(v, &n) && n >= 0 &&
	       (uint64_t)n == w->answered;
}

static enum qf_status take_greeting(struct pool *p, struct pool_worker *w, struct qf_span line, struct qf_err *e)
{
	char name[64], sandbox[16];
	struct qf_span v;
	int64_t protocol;

	if (qf_row_check(line, NULL) != QF_OK || !take_text(line, "worker", name, sizeof name) || strcmp(name, name_of(p, w)) != 0 ||
	    !qf_json_get(line, "protocol", &v) || !qf_json_to_int(v, &protocol) || protocol != WORKER_PROTOCOL ||
	    !take_text(line, "sandbox", sandbox, sizeof sandbox))
		return qf_fail(e, QF_EIO, "%s: not a worker that goes with this program", p->path[w->program]);
	if (p->o.require_sandbox && strcmp(sandbox, "full") != 0 && strcmp(sandbox, "seccomp") != 0)
		return qf_fail(e, QF_EUNSUPPORTED, "%s: no sandbox holds this worker (it says '%s'), and one is required", name, sandbox);
	if (strcmp(sandbox, "limits") == 0)
		p->unsealed = true;
	w->greeted = true;
	w->rss = pool_worker_rss(w);
	w->since = now_s();
	p->started_in_vain = 0;
	return QF_OK;
}

static enum qf_status take_line(struct pool *p, struct pool_worker *w, struct qf_span line, struct qf_err *e)
{
	struct job *j;
	const char *lie;

	if (!w->greeted)
		return take_greeting(p, w, line, e);
	if (!w->queued) {
		lose(p, w, NULL, NULL);
		return QF_OK;
	}
	j = job_of(p, w->queue[w->first]);
	if ((lie = read_reply(j, w->queue[w->first], line)) != NULL) {
		bool again = says_again(w, line) && !j->retried;

		j->ok = false;
		j->retried = again;
		lose(p, w, again ? NULL : "crashed", lie);
		return QF_OK;
	}
	w->answered = pool_worker_pop(w);
	w->since = now_s();
	if (w->queued == 0 || w->answered % RECYCLE_LOOK == 0)
		w->spent = w->files >= RECYCLE || pool_worker_rss(w) > w->rss + RECYCLE_GROWTH;
	if (!j->ok) {
		job_failed(p, j);
		return QF_OK;
	}
	j->reply = qf_memdup0(line.p, line.n);
	if (!j->reply)
		return qf_fail(e, QF_ENOMEM, "out of memory for a worker's answer");
	j->reply_n = line.n;
	p->parked += line.n;
	job_done(j);
	return QF_OK;
}

static enum qf_status take_replies(struct pool *p, struct pool_worker *w, struct qf_err *e)
{
	enum qf_status rc = pool_worker_take(w, e);
	struct qf_span line;
	bool flood = false;

	while (rc == QF_OK && w->pid && pool_worker_line(w, &line, &flood))
		rc = take_line(p, w, line, e);
	if (rc == QF_OK && w->pid && flood)
		lose(p, w, "crashed", "the worker's answer has no end");
	if (rc == QF_OK && w->pid && w->eof)
		rc = worker_gone(p, w, e);
	return rc;
}

/* ---- work for the workers -------------------------------------------------------------------- */

/* The next up to n jobs from *at on that wait for a program; *at ends behind the last. */
static size_t pick(struct pool *p, int program, uint64_t *at, struct pool_item *items, size_t n)
{
	size_t k = 0;

	for (; *at < p->next && k < n; ++*at) {
		struct job *j = job_of(p, *at);

		if (j->state != JOB_WAITS || j->program != program || (p->parked > PARKED_MAX && *at != p->first))
			continue;
		items[k++] = (struct pool_item){ .id = *at, .fd = j->fd, .name = j->name, .cpu_s = j->limit.cpu_s };
	}
	return k;
}

static int busy(const struct pool *p)
{
	int n = 0;

	for (int i = 0; i < p->n_workers; i++)
		n += p->workers[i].queued != 0;
	return n;
}

/* How many files this worker should get now. A busy one gets more before it runs dry, but no
 * driblets; when little is left it is spread over all. */
static size_t portion(const struct pool *p, const struct pool_worker *w)
{
	size_t batch = (size_t)p->o.batch, workers = (size_t)p->o.workers, waiting = p->waiting[w->program];
	size_t share = (waiting + workers - 1) / workers;

	if (w->queued > batch / 2 || (w->queued && (waiting < batch || batch == 1)) || (w->pid && w->spent))
		return 0;
	if (!w->queued && busy(p) >= p->o.workers)
		return 0;
	return share < batch ? share : batch;
}

static enum qf_status feed(struct pool *p, struct pool_worker *w, uint64_t *at, struct qf_err *e)
{
	struct pool_item items[WORKER_BATCH];
	uint64_t from = *at;
	size_t n = pick(p, w->program, at, items, portion(p, w));
	enum qf_status rc;

	if (n == 0)
		return QF_OK;
	if (!w->pid && (rc = pool_worker_start(w, p->path[w->program], e)) != QF_OK)
		return rc;
	if (w->queued == 0)
		w->since = now_s();
	if (!pool_worker_send(w, items, n)) {
		*at = from;
		if (++p->unsent >= START_TRIES)
			return qf_fail_errno(e, "%s: cannot send files to this worker", p->path[w->program]);
		rc = take_replies(p, w, e); /* if it is gone, learn how */
		if (rc == QF_OK && w->pid)
			lose(p, w, NULL, NULL);
		return rc;
	}
	p->unsent = 0;
	for (size_t i = 0; i < n; i++)
		job_of(p, items[i].id)->state = JOB_SENT;
	p->waiting[w->program] -= n;
	return QF_OK;
}

/* The second program's workers come first: what they wait for was submitted earlier. */
static enum qf_status dispatch(struct pool *p, struct qf_err *e)
{
	uint64_t at[2] = { p->first, p->first };
	enum qf_status rc = QF_OK;

	for (int i = 0; rc == QF_OK && i < p->n_workers; i++) {
		struct pool_worker *w = &p->workers[(i + p->n_workers - p->o.workers) % p->n_workers];

		if (w->pid && w->spent && w->queued == 0)
			pool_worker_end(w, true);
		if (p->waiting[w->program])
			rc = feed(p, w, &at[w->program], e);
	}
	return rc;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

/* What the worker may take for what it is on: its start has a limit of its own, because a busy
 * machine must not make a file guilty. */
static double limit_of(struct pool *p, const struct pool_worker *w)
{
	double limit = job_of(p, w->queue[w->first])->limit.wall_s;

	return w->greeted || limit > START_S ? limit : START_S;
}

static enum qf_status too_long(struct pool *p, struct pool_worker *w, double limit, struct qf_err *e)
{
	char text[128];
	bool greeted = w->greeted;

	snprintf(text, sizeof text, "%s: no answer within the limit of %.1f s", name_of(p, w), limit);
	lose(p, w, greeted ? "limit" : NULL, text);
	if (!greeted && ++p->started_in_vain >= START_TRIES)
		return qf_fail(e, QF_EIO, "%s: does not start: %s", p->path[w->program], text);
	return QF_OK;
}

/* Kill what took too long. Only time in which the pool looked counts: a caller who was away
 * for a minute must not find its workers guilty. */
static enum qf_status enforce_deadlines(struct pool *p, double now, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	double away = now - p->clock - 1;

	for (int i = 0; rc == QF_OK && i < p->n_workers; i++) {
		struct pool_worker *w = &p->workers[i];
		double limit;

		if (!w->pid || !w->queued)
			continue;
		if (away > 0)
			w->since += away;
		limit = limit_of(p, w);
		if (now - w->since > limit)
			rc = too_long(p, w, limit, e);
	}
	p->clock = now;
	return rc;
}

/* Milliseconds until the next deadline, at most half a second, so that time away is noticed
 * and a signal that came just before is not slept over. */
static int patience(struct pool *p)
{
	double now = now_s(), left = p->o.interrupted ? 0.2 : 0.5;

	for (int i = 0; i < p->n_workers; i++) {
		const struct pool_worker *w = &p->workers[i];
		double until = w->queued ? w->since + limit_of(p, w) - now : left;

		left = until < left ? until : left;
	}
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

/* Hand out work, take in answers, keep the time. Waits only if `wait`. */
static enum qf_status turn(struct pool *p, bool wait, struct qf_err *e)
{
	enum qf_status rc = dispatch(p, e);

	if (rc != QF_OK)
		return rc;
	for (int i = 0; i < p->n_workers; i++)
		p->polls[i] = (struct pollfd){ .fd = p->workers[i].fd, .events = POLLIN };
	if (poll(p->polls, (nfds_t)p->n_workers, wait ? patience(p) : 0) < 0 && errno != EINTR)
		return qf_fail_errno(e, "cannot wait for the workers");
	for (int i = 0; rc == QF_OK && i < p->n_workers; i++)
		if (p->workers[i].pid)
			rc = take_replies(p, &p->workers[i], e);
	if (rc == QF_OK)
		rc = enforce_deadlines(p, now_s(), e);
	return rc;
}

/* ---- the caller's side --------------------------------------------------------------------------- */

size_t pool_outstanding(const struct pool *p)
{
	return (size_t)(p->next - p->first) - p->handed_out;
}

void pool_warn(struct pool *p)
{
	if (p->unsealed && !p->warned)
		cli_say("this kernel has no seccomp filters: the workers run with limits on memory and time, but without a sandbox");
	p->warned = p->unsealed;
}

bool pool_has_room(const struct pool *p)
{
	return p->next - p->first < p->cap && p->parked <= PARKED_MAX;
}

enum qf_status pool_submit(struct pool *p, int fd, const char *name, struct pool_limit limit, void *user, struct qf_err *e)
{
	size_t len = strlen(name);
	struct job *j;

	if (p->next - p->first >= p->cap) {
		close(fd);
		return qf_fail(e, QF_ELIMIT, "the pool is full");
	}
	j = job_of(p, p->next++);
	*j = (struct job){ .state = JOB_WAITS, .fd = fd, .limit = limit, .user = user };
	snprintf(j->name, sizeof j->name, "%s", len > WORKER_NAME ? name + (len - WORKER_NAME) : name);
	p->waiting[0]++;
	return p->waiting[0] >= (size_t)p->o.batch ? dispatch(p, e) : QF_OK;
}

static void release_last(struct pool *p)
{
	if (!p->handed_out)
		return;
	drop_job(p, job_of(p, p->first++));
	p->handed_out = false;
}

enum qf_status pool_next(struct pool *p, bool wait, struct pool_result *r, bool *got, struct qf_err *e)
{
	struct job *j = NULL;

	*got = false;
	*r = (struct pool_result){ 0 };
	release_last(p);
	for (bool first = true; p->first < p->next; first = false) {
		enum qf_status rc;

		j = job_of(p, p->first);
		if (j->state == JOB_DONE)
			break;
		if (!first && (!wait || (p->o.interrupted && *p->o.interrupted)))
			return QF_OK;
		if ((rc = turn(p, wait && !(p->o.interrupted && *p->o.interrupted), e)) != QF_OK)
			return rc;
	}
	if (!j)
		return QF_OK;
	*r = (struct pool_result){ .user = j->user, .ok = j->ok, .object = { j->reply, j->reply_n } };
	r->class = j->ok ? NULL : j->class;
	r->text = j->ok ? NULL : j->text;
	*got = p->handed_out = true;
	return QF_OK;
}
