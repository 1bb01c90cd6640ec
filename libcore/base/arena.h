/* arena.h - memory for one record: taken piece by piece, given back at once.
 *
 * Pieces are aligned for any type and live until the arena is reset or freed.
 * A reset keeps the memory for the next record. */
#ifndef QF_BASE_ARENA_H
#define QF_BASE_ARENA_H

#include <stddef.h>

struct qf_arena_block;

struct qf_arena { /* all zero is ready for use */
	struct qf_arena_block *first, *now;
	size_t used; /* of now */
};

void *qf_arena_get(struct qf_arena *a, size_t count, size_t size); /* NULL: out of memory */
char *qf_arena_dup(struct qf_arena *a, const void *p, size_t n);   /* n bytes and a NUL; NULL: out of memory */
void qf_arena_reset(struct qf_arena *a);
void qf_arena_free(struct qf_arena *a); /* all zero again */

#endif
