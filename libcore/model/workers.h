/* workers.h - the same work on many numbered pieces, by several threads.
 *
 * Pieces are handed out one by one in rising order, so which thread does which
 * depends on the clock: the work on a piece must depend on nothing but its number
 * and must write nothing that another piece writes. Then the result is the same
 * for any number of threads. */
#ifndef QF_MODEL_WORKERS_H
#define QF_MODEL_WORKERS_H

#include <stddef.h>

#define QF_WORKERS_MAX 64

/* The number of threads that `jobs` means: 1 to QF_WORKERS_MAX. */
size_t qf_workers_clamp(size_t jobs);

/* Call work(arg, worker, piece) for every piece from 0 to pieces - 1 and come back
 * when all are done. `worker`, from 0 to jobs - 1, says whose scratch memory to
 * use. The calling thread is worker 0; where the system gives no more threads,
 * fewer do the same work. Allocates nothing, cannot fail. */
void qf_workers_run(size_t jobs, size_t pieces, void (*work)(void *arg, size_t worker, size_t piece), void *arg);

#endif
