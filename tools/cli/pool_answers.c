#define _GNU_SOURCE
#include "base/alloc.h"
#include "cli/pool_state.h"

#include <string.h>
#include <unistd.h>

enum { RECYCLE = 500, RECYCLE_LOOK = 16 };
static const size_t RECYCLE_GROWTH = (size_t)64 << 20; /* bytes of memory */

/* ---- jobs that are done, workers that are lost -------------------------------------------- */

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

void pool_lose(struct pool *p, struct pool_worker *w, const struct pool_verdict *v)
{
	pool_worker_end(w, false);
	if (v && w->queued) {
		struct job *j = pool_job(p, pool_worker_pop(w));

		j->v = *v;
		job_failed(p, j);
	}
	while (w->queued) {
		pool_job(p, pool_worker_pop(w))->state = JOB_WAITS;
		p->waiting[w->program]++;
	}
}

void pool_lose_for(struct pool *p, struct pool_worker *w, const char *class, const char *text)
{
	struct pool_verdict v;

	pool_verdict_set(&v, class, text);
	pool_lose(p, w, &v);
}

enum qf_status pool_stillborn(struct pool *p, const struct pool_worker *w, const char *text, struct qf_err *e)
{
	if (++p->started_in_vain < POOL_START_TRIES)
		return QF_OK;
	return qf_fail(e, QF_EIO, "%s: does not start: %s", p->path[w->program], text);
}

/* It ended by itself. */
static enum qf_status worker_gone(struct pool *p, struct pool_worker *w, struct qf_err *e)
{
	struct pool_verdict v;

	pool_verdict_ended(&v, pool_name_of(p, w), pool_worker_end(w, false), pool_now_s() - w->since);
	pool_lose(p, w, w->greeted ? &v : NULL);
	return w->greeted ? QF_OK : pool_stillborn(p, w, v.text, e);
}

/* ---- replies ------------------------------------------------------------------------------ */

static enum qf_status take_greeting(struct pool *p, struct pool_worker *w, struct qf_span line, struct qf_err *e)
{
	struct pool_greeting g;

	if (!pool_reply_greeting(line, &g) || strcmp(g.worker, pool_name_of(p, w)) != 0 || g.protocol != WORKER_PROTOCOL)
		return qf_fail(e, QF_EIO, "%s: not a worker that goes with this program", p->path[w->program]);
	if (p->o.require_sandbox && strcmp(g.sandbox, "full") != 0 && strcmp(g.sandbox, "seccomp") != 0)
		return qf_fail(e, QF_EUNSUPPORTED, "%s: no sandbox holds this worker (it says '%s'), and one is required", g.worker, g.sandbox);
	if (strcmp(g.sandbox, "limits") == 0)
		p->unsealed = true;
	w->greeted = true;
	w->rss = pool_worker_rss(w);
	w->since = pool_now_s();
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
		pool_lose(p, w, NULL);
		return QF_OK;
	}
	j = pool_job(p, w->queue[w->first]);
	if ((lie = pool_reply_read(line, w->queue[w->first], &j->v)) != NULL) {
		j->retried = pool_reply_is_for(line, w->answered) && !j->retried; /* one more for the file before: not this one's fault */
		if (j->retried)
			pool_lose(p, w, NULL);
		else
			pool_lose_for(p, w, "crashed", lie);
		return QF_OK;
	}
	w->answered = pool_worker_pop(w);
	w->since = pool_now_s();
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

enum qf_status pool_take_replies(struct pool *p, struct pool_worker *w, struct qf_err *e)
{
	enum qf_status rc = pool_worker_take(w, e);
	struct qf_span line;
	bool flood = false;

	while (rc == QF_OK && w->pid && pool_worker_line(w, &line, &flood))
		rc = take_line(p, w, line, e);
	if (rc == QF_OK && w->pid && flood)
		pool_lose_for(p, w, "crashed", "the worker's answer has no end");
	if (rc == QF_OK && w->pid && w->eof)
		rc = worker_gone(p, w, e);
	return rc;
}
