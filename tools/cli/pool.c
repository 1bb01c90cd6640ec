/* The caller's side of the pool, and its life. How jobs go round: pool_state.h. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/pool_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RING_MAX = 512 };

double pool_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct job *pool_job(struct pool *p, uint64_t id)
{
	return &p->ring[id % p->cap];
}

const char *pool_name_of(const struct pool *p, const struct pool_worker *w)
{
	return w->program ? p->o.second : p->o.program;
}

/* ---- life --------------------------------------------------------------------------------- */

enum qf_status pool_find_program(const char *program, char path[PATH_MAX], struct qf_err *e)
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
		rc = pool_find_program(o->program, p->path[0], e);
	if (rc == QF_OK && o->second)
		rc = pool_find_program(o->second, p->path[1], e);
	for (int i = 0; p->workers && i < p->n_workers; i++) {
		p->workers[i].fd = -1;
		p->workers[i].program = i >= o->workers;
	}
	if (rc != QF_OK) {
		pool_close(p);
		return rc;
	}
	p->clock = pool_now_s();
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
			p->o.drop(pool_job(p, p->first)->user);
		drop_job(p, pool_job(p, p->first));
	}
	qf_free(p->polls);
	qf_free(p->workers);
	qf_free(p->ring);
	qf_free(p);
}

/* ---- the caller's side -------------------------------------------------------------------- */

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
	return p->next - p->first < p->cap && p->parked <= POOL_PARKED_MAX;
}

enum qf_status pool_submit(struct pool *p, int fd, const char *name, struct pool_limit limit, void *user, struct qf_err *e)
{
	return pool_submit_known(p, fd, name, limit, NULL, user, e);
}

enum qf_status pool_submit_known(struct pool *p, int fd, const char *name, struct pool_limit limit, const uint8_t *audio_id, void *user,
				 struct qf_err *e)
{
	size_t len = strlen(name);
	enum qf_status rc;
	struct job *j;

	if (p->next - p->first >= p->cap) {
		close(fd);
		return qf_fail(e, QF_ELIMIT, "the pool is full");
	}
	j = pool_job(p, p->next++);
	*j = (struct job){ .state = JOB_WAITS, .fd = fd, .limit = limit, .user = user };
	if (audio_id)
		memcpy(j->audio_id, audio_id, sizeof j->audio_id);
	snprintf(j->name, sizeof j->name, "%s", len > WORKER_NAME ? name + (len - WORKER_NAME) : name);
	p->waiting[0]++;
	if (p->waiting[0] < (size_t)p->o.batch)
		return QF_OK;
	rc = pool_dispatch(p, e);
	if (rc != QF_OK)
		j->user = NULL;
	return rc;
}

static void release_last(struct pool *p)
{
	if (!p->handed_out)
		return;
	drop_job(p, pool_job(p, p->first++));
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

		j = pool_job(p, p->first);
		if (j->state == JOB_DONE)
			break;
		if (!first && (!wait || (p->o.interrupted && *p->o.interrupted)))
			return QF_OK;
		if ((rc = pool_turn(p, wait && !(p->o.interrupted && *p->o.interrupted), e)) != QF_OK)
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
