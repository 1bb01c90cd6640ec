#define _GNU_SOURCE
#include "cli/pool_state.h"

#include <errno.h>
#include <stdio.h>

enum { START_S = 30 };

/* ---- work for the workers ----------------------------------------------------------------- */

/* The next up to n jobs from *at on that wait for a program; *at ends behind the last. */
static size_t pick(struct pool *p, int program, uint64_t *at, struct pool_item *items, size_t n)
{
	size_t k = 0;

	for (; *at < p->next && k < n; ++*at) {
		struct job *j = pool_job(p, *at);

		if (j->state != JOB_WAITS || j->program != program || (p->parked > POOL_PARKED_MAX && *at != p->first))
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
		w->since = pool_now_s();
	if (!pool_worker_send(w, items, n)) {
		*at = from;
		if (++p->unsent >= POOL_START_TRIES)
			return qf_fail_errno(e, "%s: cannot send files to this worker", p->path[w->program]);
		rc = pool_take_replies(p, w, e); /* if it is gone, learn how */
		if (rc == QF_OK && w->pid)
			pool_lose(p, w, NULL);
		return rc;
	}
	p->unsent = 0;
	for (size_t i = 0; i < n; i++)
		pool_job(p, items[i].id)->state = JOB_SENT;
	p->waiting[w->program] -= n;
	return QF_OK;
}

/* The second program's workers come first: what they wait for was submitted earlier. */
enum qf_status pool_dispatch(struct pool *p, struct qf_err *e)
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

/* ---- waiting ------------------------------------------------------------------------------ */

/* What the worker may take for what it is on: its start has a limit of its own, because a busy
 * machine must not make a file guilty. */
static double limit_of(struct pool *p, const struct pool_worker *w)
{
	double limit = pool_job(p, w->queue[w->first])->limit.wall_s;

	return w->greeted || limit > START_S ? limit : START_S;
}

static enum qf_status too_long(struct pool *p, struct pool_worker *w, double limit, struct qf_err *e)
{
	char text[128];

	snprintf(text, sizeof text, "%s: no answer within the limit of %.1f s", pool_name_of(p, w), limit);
	if (w->greeted) {
		pool_lose_for(p, w, "limit", text);
		return QF_OK;
	}
	pool_lose(p, w, NULL);
	return pool_stillborn(p, w, text, e);
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
	double now = pool_now_s(), left = p->o.interrupted ? 0.2 : 0.5;

	for (int i = 0; i < p->n_workers; i++) {
		const struct pool_worker *w = &p->workers[i];
		double until = w->queued ? w->since + limit_of(p, w) - now : left;

		left = until < left ? until : left;
	}
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

enum qf_status pool_turn(struct pool *p, bool wait, struct qf_err *e)
{
	enum qf_status rc = pool_dispatch(p, e);

	if (rc != QF_OK)
		return rc;
	for (int i = 0; i < p->n_workers; i++)
		p->polls[i] = (struct pollfd){ .fd = p->workers[i].fd, .events = POLLIN };
	if (poll(p->polls, (nfds_t)p->n_workers, wait ? patience(p) : 0) < 0 && errno != EINTR)
		return qf_fail_errno(e, "cannot wait for the workers");
	for (int i = 0; rc == QF_OK && i < p->n_workers; i++)
		if (p->workers[i].pid)
			rc = pool_take_replies(p, &p->workers[i], e);
	if (rc == QF_OK)
		rc = enforce_deadlines(p, pool_now_s(), e);
	return rc;
}
