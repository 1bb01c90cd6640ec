/* Jobs live in a ring, by sequence number, from the one whose result is due next to the
 * newest. A job waits, is with a worker, or is done; results leave from the front of
 * the ring only, which is what keeps the order. A worker that is lost gives its queue
 * back: the first job of it is done, and failed, the others wait again. */
#define _GNU_SOURCE
#include "cli/pool.h"

#include "base/alloc.h"
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

enum { RING_MAX = 512, RECYCLE = 500, START_TRIES = 8, START_S = 30 };
static const size_t PARKED_MAX = (size_t)64 << 20; /* bytes of replies that wait for an earlier one */

enum job_state { JOB_WAITS, JOB_SENT, JOB_DONE };

struct job {
	enum job_state state;
	int fd; /* -1 once done */
	char name[WORKER_NAME + 1];
	double deadline_s;
	void *user;
	bool retried; /* it was with a worker that was lost for something before it */
	bool ok;
	char class[24];
	char text[QF_ERR_TEXT];
	char *reply; /* owned */
	size_t reply_n;
};

struct pool {
	struct pool_opts o;
	char path[PATH_MAX];
	struct job *ring; /* [cap], by sequence number % cap */
	size_t cap, waiting, parked;
	uint64_t first, next; /* due next; to be given to the next job */
	bool handed_out;      /* the first one's result is with the caller */
	struct pool_worker *workers;
	struct pollfd *polls;
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

static enum qf_status find_program(struct pool *p, struct qf_err *e)
{
	const char *dir = getenv("QFZZ_LIBEXEC");
	char self[PATH_MAX], *slash;
	ssize_t n;
	int len;

	if (dir && *dir) {
		len = snprintf(p->path, sizeof p->path, "%s/%s", dir, p->o.program);
	} else {
		n = readlink("/proc/self/exe", self, sizeof self - 1);
		if (n < 0)
			return qf_fail_errno(e, "/proc/self/exe: cannot read");
		self[n] = '\0';
		slash = strrchr(self, '/');
		len = snprintf(p->path, sizeof p->path, "%.*s/../libexec/qfzz/%s", slash ? (int)(slash - self) : 0, self, p->o.program);
	}
	if (len < 0 || (size_t)len >= sizeof p->path)
		return qf_fail(e, QF_EIO, "%s: the path to it is too long", p->o.program);
	if (access(p->path, X_OK) != 0)
		return qf_fail_errno(e, "%s: cannot run this worker (is qfzz installed as a whole?)", p->path);
	return QF_OK;
}

static size_t ring_size(const struct pool_opts *o)
{
	size_t n = (size_t)o->workers * (size_t)(2 * o->batch + 4);

	return n > RING_MAX ? RING_MAX : n;
}

enum qf_status pool_open(struct pool **out, const struct pool_opts *o, struct qf_err *e)
{
	struct pool *p;
	enum qf_status rc;

	*out = NULL;
	if (o->workers < 1 || o->workers > 256 || o->batch < 1 || o->batch > WORKER_BATCH)
		return qf_fail(e, QF_EINVAL, "a pool of %d workers with %d files at once", o->workers, o->batch);
	p = qf_zalloc(1, sizeof *p);
	if (!p)
		return qf_fail(e, QF_ENOMEM, "out of memory for the workers");
	p->o = *o;
	p->cap = ring_size(o);
	p->ring = qf_zalloc(p->cap, sizeof *p->ring);
	p->workers = qf_zalloc((size_t)o->workers, sizeof *p->workers);
	p->polls = qf_zalloc((size_t)o->workers, sizeof *p->polls);
	if (!p->ring || !p->workers || !p->polls)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for the workers");
	else
		rc = find_program(p, e);
	for (int i = 0; p->workers && i < o->workers; i++)
		p->workers[i].fd = -1;
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
	for (int i = 0; p->workers && i < p->o.workers; i++)
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

static void job_failed(struct job *j, const char *class, const char *text)
{
	snprintf(j->class, sizeof j->class, "%s", class);
	snprintf(j->text, sizeof j->text, "%s", text);
	job_done(j);
}

/* The worker is of no more use. Its current job fails with class and text (class NULL: the
 * fault is not that job's), the others wait again. */
static void lose(struct pool *p, struct pool_worker *w, const char *class, const char *text)
{
	pool_worker_end(w, false);
	if (class && w->queued)
		job_failed(job_of(p, pool_worker_pop(w)), class, text);
	while (w->queued) {
		job_of(p, pool_worker_pop(w))->state = JOB_WAITS;
		p->waiting++;
	}
}

/* It ended by itself. */
static enum qf_status worker_gone(struct pool *p, struct pool_worker *w, struct qf_err *e)
{
	bool greeted = w->greeted;
	double s = now_s() - w->since;
	int status = pool_worker_end(w, false);
	char text[QF_ERR_TEXT];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "the worker died of signal %d (%s) after %.1f s", WTERMSIG(status),
			 strsignal(WTERMSIG(status)), s);
	else
		snprintf(text, sizeof text, "the worker left with code %d after %.1f s", WEXITSTATUS(status), s);
	lose(p, w, greeted ? "crashed" : NULL, text);
	if (!greeted && ++p->started_in_vain >= START_TRIES)
		return qf_fail(e, QF_EIO, "%s: does not start: %s", p->path, text);
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

static bool is_greeting(const struct pool *p, struct qf_span line)
{
	char name[64];
	struct qf_span v;
	int64_t protocol;

	return qf_row_check(line, NULL) == QF_OK && take_text(line, "worker", name, sizeof name) && strcmp(name, p->o.program) == 0 &&
	       qf_json_get(line, "protocol", &v) && qf_json_to_int(v, &protocol) && protocol == WORKER_PROTOCOL;
}

static enum qf_status take_line(struct pool *p, struct pool_worker *w, struct qf_span line, struct qf_err *e)
{
	struct job *j;
	const char *lie;

	if (!w->greeted) {
		if (!is_greeting(p, line))
			return qf_fail(e, QF_EIO, "%s: not a worker that goes with this program", p->path);
		w->greeted = true;
		w->since = now_s();
		p->started_in_vain = 0;
		return QF_OK;
	}
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
	j->reply = qf_memdup0(line.p, line.n);
	if (!j->reply)
		return qf_fail(e, QF_ENOMEM, "out of memory for a worker's answer");
	j->reply_n = line.n;
	p->parked += line.n;
	w->answered = pool_worker_pop(w);
	job_done(j);
	w->since = now_s();
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

/* The next up to n waiting jobs from *at on; *at ends behind the last. */
static size_t pick(struct pool *p, uint64_t *at, struct pool_item *items, size_t n)
{
	size_t k = 0;

	for (; *at < p->next && k < n; ++*at) {
		struct job *j = job_of(p, *at);

		if (j->state != JOB_WAITS || (p->parked > PARKED_MAX && *at != p->first))
			continue;
		items[k++] = (struct pool_item){ .id = *at, .fd = j->fd, .name = j->name };
	}
	return k;
}

/* How many files this worker should get now. A busy one gets more before it runs dry, but no
 * driblets; when little is left it is spread over all. */
static size_t portion(const struct pool *p, const struct pool_worker *w)
{
	size_t batch = (size_t)p->o.batch, workers = (size_t)p->o.workers, share = (p->waiting + workers - 1) / workers;

	if (w->queued > batch / 2 || (w->queued && (p->waiting < batch || batch == 1)) || (w->pid && w->files >= RECYCLE))
		return 0;
	return share < batch ? share : batch;
}

static enum qf_status feed(struct pool *p, struct pool_worker *w, uint64_t *at, struct qf_err *e)
{
	struct pool_item items[WORKER_BATCH];
	uint64_t from = *at;
	size_t n = pick(p, at, items, portion(p, w));
	enum qf_status rc;

	if (n == 0)
		return QF_OK;
	if (!w->pid && (rc = pool_worker_start(w, p->path, e)) != QF_OK)
		return rc;
	if (w->queued == 0)
		w->since = now_s();
	if (!pool_worker_send(w, items, n)) {
		*at = from;
		if (++p->unsent >= START_TRIES)
			return qf_fail_errno(e, "%s: cannot send files to this worker", p->path);
		rc = take_replies(p, w, e); /* if it is gone, learn how */
		if (rc == QF_OK && w->pid)
			lose(p, w, NULL, NULL);
		return rc;
	}
	p->unsent = 0;
	for (size_t i = 0; i < n; i++)
		job_of(p, items[i].id)->state = JOB_SENT;
	p->waiting -= n;
	return QF_OK;
}

static enum qf_status dispatch(struct pool *p, struct qf_err *e)
{
	uint64_t at = p->first;
	enum qf_status rc = QF_OK;

	for (int i = 0; rc == QF_OK && i < p->o.workers; i++) {
		struct pool_worker *w = &p->workers[i];

		if (w->pid && w->files >= RECYCLE && w->queued == 0)
			pool_worker_end(w, true);
		if (p->waiting)
			rc = feed(p, w, &at, e);
	}
	return rc;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

/* What the worker may take for what it is on: its start has a limit of its own, because a busy
 * machine must not make a file guilty. */
static double limit_of(struct pool *p, const struct pool_worker *w)
{
	double limit = job_of(p, w->queue[w->first])->deadline_s;

	return w->greeted || limit > START_S ? limit : START_S;
}

static enum qf_status too_long(struct pool *p, struct pool_worker *w, double limit, struct qf_err *e)
{
	char text[128];
	bool greeted = w->greeted;

	snprintf(text, sizeof text, "no answer within the limit of %.1f s", limit);
	lose(p, w, greeted ? "limit" : NULL, text);
	if (!greeted && ++p->started_in_vain >= START_TRIES)
		return qf_fail(e, QF_EIO, "%s: does not start: %s", p->path, text);
	return QF_OK;
}

/* Kill what took too long. Only time in which the pool looked counts: a caller who was away
 * for a minute must not find its workers guilty. */
static enum qf_status enforce_deadlines(struct pool *p, double now, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	double away = now - p->clock - 1;

	for (int i = 0; rc == QF_OK && i < p->o.workers; i++) {
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

	for (int i = 0; i < p->o.workers; i++) {
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
	for (int i = 0; i < p->o.workers; i++)
		p->polls[i] = (struct pollfd){ .fd = p->workers[i].fd, .events = POLLIN };
	if (poll(p->polls, (nfds_t)p->o.workers, wait ? patience(p) : 0) < 0 && errno != EINTR)
		return qf_fail_errno(e, "cannot wait for the workers");
	for (int i = 0; rc == QF_OK && i < p->o.workers; i++)
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

bool pool_has_room(const struct pool *p)
{
	return p->next - p->first < p->cap && p->parked <= PARKED_MAX;
}

enum qf_status pool_submit(struct pool *p, int fd, const char *name, double deadline_s, void *user, struct qf_err *e)
{
	size_t len = strlen(name);
	struct job *j;

	if (p->next - p->first >= p->cap) {
		close(fd);
		return qf_fail(e, QF_ELIMIT, "the pool is full");
	}
	j = job_of(p, p->next++);
	*j = (struct job){ .state = JOB_WAITS, .fd = fd, .deadline_s = deadline_s, .user = user };
	snprintf(j->name, sizeof j->name, "%s", len > WORKER_NAME ? name + (len - WORKER_NAME) : name);
	p->waiting++;
	return p->waiting >= (size_t)p->o.batch ? dispatch(p, e) : QF_OK;
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
