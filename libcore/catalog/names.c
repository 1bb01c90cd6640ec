#include "catalog/names.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static size_t slot_of(char kind, const unsigned char *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (unsigned char)kind;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return (size_t)((h ^ h >> 32) % QF_NAMES);
}

int64_t qf_names_get(const struct qf_names *t, char kind, const void *name, size_t n)
{
	size_t i = slot_of(kind, name, n);
	bool same = t->slot[i].name && t->slot[i].kind == kind && t->slot[i].n == n && memcmp(t->slot[i].name, name, n) == 0;

	return same ? t->slot[i].id : 0;
}

void qf_names_put(struct qf_names *t, char kind, const void *name, size_t n, int64_t id)
{
	size_t i = slot_of(kind, name, n);
	char *copy = n <= QF_NAME_MAX ? qf_memdup0(name, n) : NULL;

	if (!copy)
		return;
	qf_free(t->slot[i].name);
	t->slot[i].name = copy;
	t->slot[i].n = n;
	t->slot[i].kind = kind;
	t->slot[i].id = id;
}

void qf_names_forget(struct qf_names *t)
{
	for (size_t i = 0; i < QF_NAMES; i++) {
		qf_free(t->slot[i].name);
		t->slot[i].name = NULL;
	}
}
