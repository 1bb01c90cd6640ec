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
#include "cli/pool_reply.h"
#include "cli/pool_worker.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	uint8_t audio_id[WORKER_AUDIO_ID];
	void *user;
	int program;  /* that it waits for or is with */
	bool retried; /* it was with a worker that was lost for something before it */
	struct pool_verdict v, first; /* first: the first program's, once it is with the second */
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

/* j->v says what is wrong: that is the end of it, or the second program's turn. */
static void job_failed(struct pool *p, struct job *j)
{
	if (p->o.second && j->program == 0 && pool_verdict_may_retry(&j->v)) {
		j->first = j->v;
		j->program = 1;
		j->retried = false;
		j->state = JOB_WAITS;
		p->waiting[1]++;
		return;
	}
	if (j->program == 1)
		pool_verdict_join(&j->v, &j->first);
	job_done(j);
}

/* The worker is of no more use. Its current job fails with v (NULL: the fault is not that
 * job's), the others wait again. */
static void lose(struct pool *p, struct pool_worker *w, const struct pool_verdict *v)
{
	pool_worker_end(w, false);
	if (v && w->queued) {
		struct job *j = job_of(p, pool_worker_pop(w));

		j->v = *v;
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

static void lose_for(struct pool *p, struct pool_worker *w, const char *class, const char *text)
{
	struct pool_verdict v;

	pool_verdict_set(&v, class, text);
	lose(p, w, &v);
}

/* It did not live to greet: that is no file's fault, but it cannot go on like that. */
static enum qf_status stillborn(struct pool *p, const struct pool_worker *w, const char *text, struct qf_err *e)
{
	if (++p->started_in_vain < START_TRIES)
		return QF_OK;
	return qf_fail(e, QF_EIO, "%s: does not start: %s", p->path[w->program], text);
}

/* It ended by itself. */
static enum qf_status worker_gone(struct pool *p, struct pool_worker *w, struct qf_err *e)
{
	struct pool_verdict v;

	pool_verdict_ended(&v, name_of(p, w), pool_worker_end(w, false), now_s() - w->since);
	lose(p, w, w->greeted ? &v : NULL);
	return w->greeted ? QF_OK : stillborn(p, w, v.text, e);
}

/* ---- replies ----------------------------------------------------------------------------------- */

static enum qf_status take_greeting(struct pool *p, struct pool_worker *w, struct qf_span line, struct qf_err *e)
{
	struct pool_greeting g;

	if (!pool_reply_greeting(line, &g) || strcmp(g.worker, name_of(p, w)) != 0 || g.protocol != WORKER_PROTOCOL)
		return qf_fail(e, QF_EIO, "%s: not a worker that goes with this program", p->path[w->program]);
	if (p->o.require_sandbox && strcmp(g.sandbox, "full") != 0 && strcmp(g.sandbox, "seccomp") != 0)
		return qf_fail(e, QF_EUNSUPPORTED, "%s: no sandbox holds this worker (it says '%s'), and one is required", g.worker, g.sandbox);
	if (strcmp(g.sandbox, "limits") == 0)
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
		lose(p, w, NULL);
		return QF_OK;
	}
	j = job_of(p, w->queue[w->first]);
	if ((lie = pool_reply_read(line, w->queue[w->first], &j->v)) != NULL) {
		j->retried = pool_reply_is_for(line, w->answered) && !j->retried; /* one more for the file before: not this one's fault */
		if (j->retried)
			lose(p, w, NULL);
		else
			lose_for(p, w, "crashed", lie);
		return QF_OK;
	}
	w->answered = pool_worker_pop(w);
	w->since = now_s();
	if (w->queued == 0 || w->answered % RECYCLE_LOOK == 0)
		w->spent = w->files >= RECYCLE || pool_worker_rss(w) > w->rss + RECYCLE_GROWTH;
	if (!j->v.ok) {
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
		lose_for(p, w, "crashed", "the worker's answer has no end");
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
		items[k++] = (struct pool_item){ .id = *at, .fd = j->fd, .name = j->name, .cpu_s = j->limit.cpu_s, .audio_id = j->audio_id };
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
			lose(p, w, NULL);
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

	snprintf(text, sizeof text, "%s: no answer within the limit of %.1f s", name_of(p, w), limit);
	if (w->greeted) {
		lose_for(p, w, "limit", text);
		return QF_OK;
	}
	lose(p, w, NULL);
	return stillborn(p, w, text, e);
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
	return pool_submit_known(p, fd, name, limit, NULL, user, e);
}

enum qf_status pool_submit_known(struct pool *p, int fd, const char *name, struct pool_limit limit, const uint8_t *audio_id, void *user,
				 struct qf_err *e)
{
	size_t len = strlen(name);
	struct job *j;

	if (p->next - p->first >= p->cap) {
		close(fd);
		return qf_fail(e, QF_ELIMIT, "the pool is full");
	}
	j = job_of(p, p->next++);
	*j = (struct job){ .state = JOB_WAITS, .fd = fd, .limit = limit, .user = user };
	if (audio_id)
		memcpy(j->audio_id, audio_id, sizeof j->audio_id);
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
	*r = (struct pool_result){ .user = j->user, .ok = j->v.ok, .object = { j->reply, j->reply_n } };
	r->class = j->v.ok ? NULL : j->v.class;
	r->text = j->v.ok ? NULL : j->v.text;
	*got = p->handed_out = true;
	return QF_OK;
}
