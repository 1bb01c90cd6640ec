#include "base/arena.h"

#include "base/alloc.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

struct qf_arena_block {
	struct qf_arena_block *next;
	size_t cap;
	alignas(max_align_t) char bytes[];
};

static struct qf_arena_block *add_block(struct qf_arena *a, size_t need)
{
	size_t cap = need > 16384 ? need : 16384;
	struct qf_arena_block **at = a->now ? &a->now->next : &a->first;
	struct qf_arena_block *b;

	if (cap > SIZE_MAX - sizeof *b)
		return NULL;
	b = qf_alloc(1, sizeof *b + cap);
	if (!b)
		return NULL;
	b->cap = cap;
	b->next = *at;
	*at = b;
	return b;
}

void *qf_arena_get(struct qf_arena *a, size_t count, size_t size)
{
	struct qf_arena_block *next;
	size_t n = count * size, start;

	if (size && count > (SIZE_MAX - alignof(max_align_t)) / size)
		return NULL;
	for (;;) {
		start = (a->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
		if (a->now && start <= a->now->cap && n <= a->now->cap - start)
			break;
		/* the next block of an earlier record, or a new one in front of it */
		next = a->now ? a->now->next : a->first;
		if (!next || next->cap < n)
			next = add_block(a, n);
		if (!next)
			return NULL;
		a->now = next;
		a->used = 0;
	}
	a->used = start + n;
	return a->now->bytes + start;
}

char *qf_arena_dup(struct qf_arena *a, const void *p, size_t n)
{
	char *copy = n < SIZE_MAX ? qf_arena_get(a, n + 1, 1) : NULL;

	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

void qf_arena_reset(struct qf_arena *a)
{
	a->now = a->first;
	a->used = 0;
}

void qf_arena_free(struct qf_arena *a)
{
	for (struct qf_arena_block *b = a->first, *next; b; b = next) {
		next = b->next;
		qf_free(b);
	}
	memset(a, 0, sizeof *a);
}
