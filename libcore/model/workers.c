#define _POSIX_C_SOURCE 200809L
#include "model/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct team {
	void (*work)(void *arg, size_t worker, size_t piece);
	void *arg;
	size_t pieces;
	atomic_size_t next;
};

struct member {
	struct team *team;
	size_t worker;
	pthread_t thread;
};

size_t qf_workers_clamp(size_t jobs)
{
	return jobs < 1 ? 1 : jobs > QF_WORKERS_MAX ? QF_WORKERS_MAX : jobs;
}

static void *take_part(void *arg)
{
	struct member *m = arg;
	size_t piece;

	while ((piece = atomic_fetch_add(&m->team->next, 1)) < m->team->pieces)
		m->team->work(m->team->arg, m->worker, piece);
	return NULL;
}

void qf_workers_run(size_t jobs, size_t pieces, void (*work)(void *arg, size_t worker, size_t piece), void *arg)
{
	struct team team = { .work = work, .arg = arg, .pieces = pieces };
	struct member m[QF_WORKERS_MAX];
	sigset_t all, old;
	size_t n = 1;

	jobs = qf_workers_clamp(jobs);
	m[0] = (struct member){ .team = &team };
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are for the thread that called */
	for (; n < jobs && n < pieces; n++) {
		m[n] = (struct member){ .team = &team, .worker = n };
		if (pthread_create(&m[n].thread, NULL, take_part, &m[n]))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	take_part(&m[0]);
	while (--n)
		pthread_join(m[n].thread, NULL);
}
