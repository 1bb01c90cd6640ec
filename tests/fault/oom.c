/* oom.c - preloaded: the nth allocation of one program fails, once or for ever after.
 *   OOM_PROGRAM=qfzz-ingest OOM_AT=17 [OOM_EVER=1] LD_PRELOAD=…/oom.so qfzz ingest …
 * With OOM_COUNT=FILE the number of allocations is written there at the end. Allocations are
 * counted from the start of main, which the loader reaches after all constructors. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char *program_invocation_short_name;
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);

static long at, asked;
static int ever, armed;

static int refuse(void)
{
	if (!__atomic_load_n(&armed, __ATOMIC_RELAXED))
		return 0;
	asked++;
	if (at && (asked == at || (ever && asked > at))) {
		errno = ENOMEM;
		return 1;
	}
	return 0;
}

void *malloc(size_t n)
{
	return refuse() ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
	return refuse() ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
	return refuse() ? NULL : __libc_realloc(p, n);
}

static void report(void)
{
	const char *file = getenv("OOM_COUNT");
	FILE *f;

	armed = 0;
	f = file ? fopen(file, "w") : NULL;
	if (f) {
		fprintf(f, "%ld\n", asked);
		fclose(f);
	}
}

/* glibc calls main through this. */
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*rtld_fini)(void), void *stack_end)
{
	int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
	const char *program = getenv("OOM_PROGRAM");

	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	if (program && strcmp(program, program_invocation_short_name) == 0) {
		at = getenv("OOM_AT") ? atol(getenv("OOM_AT")) : 0;
		ever = getenv("OOM_EVER") != NULL;
		atexit(report);
		armed = 1;
	}
	return real(main, argc, argv, init, fini, rtld_fini, stack_end);
}
