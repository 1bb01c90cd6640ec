/* alloc.h - every allocation of the core goes through here, so that a test can
 * make the nth one fail.
 *
 * The functions return NULL when memory runs out or when count * size does not
 * fit a size_t; the caller turns that into QF_ENOMEM with the words of its own
 * place. Memory is given back with qf_free(). */
#ifndef QF_BASE_ALLOC_H
#define QF_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

void *qf_alloc(size_t count, size_t size);  /* not cleared; a request of 0 bytes gives a valid pointer */
void *qf_zalloc(size_t count, size_t size); /* cleared */
void *qf_realloc(void *p, size_t count, size_t size); /* on failure p stays as it was */
char *qf_strdup(const char *s);
char *qf_memdup0(const void *p, size_t n); /* n bytes and a NUL behind them */
void qf_free(void *p); /* NULL is fine */

/* Tests only: the nth allocation from now (1 = the next) fails, once or from
 * then on for ever. 0 switches it off. Returns how many were asked for since
 * the last call. Not thread safe, like the tests that use it. */
unsigned long qf_alloc_fail_at(unsigned long nth, bool forever);

#endif
