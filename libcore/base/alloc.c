#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Counted only while a test has armed the fault, so that threads that allocate
 * in a real run share nothing. */
static bool armed, fail_forever;
static unsigned long asked, fail_nth;

static bool refuse(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return true;
	if (!armed)
		return false;
	asked++;
	return fail_nth && (asked == fail_nth || (fail_forever && asked > fail_nth));
}

unsigned long qf_alloc_fail_at(unsigned long nth, bool forever)
{
	unsigned long n = asked;

	asked = 0;
	fail_nth = nth;
	fail_forever = forever;
	armed = nth != 0;
	return n;
}

void *qf_alloc(size_t count, size_t size)
{
	size_t n = count * size;

	return refuse(count, size) ? NULL : malloc(n ? n : 1);
}

void *qf_zalloc(size_t count, size_t size)
{
	return refuse(count, size) ? NULL : calloc(count ? count : 1, size ? size : 1);
}

void *qf_realloc(void *p, size_t count, size_t size)
{
	size_t n = count * size;

	return refuse(count, size) ? NULL : realloc(p, n ? n : 1);
}

char *qf_memdup0(const void *p, size_t n)
{
	char *copy = n < SIZE_MAX ? qf_alloc(n + 1, 1) : NULL;

	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *qf_strdup(const char *s)
{
	return qf_memdup0(s, strlen(s));
}

void qf_free(void *p)
{
	free(p);
}
