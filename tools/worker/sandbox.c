#define _GNU_SOURCE
#include "worker/sandbox.h"

#include "worker/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* ---- limits --------------------------------------------------------------------------------- */

static void set_limit(int what, rlim_t most)
{
	setrlimit((__rlimit_resource_t)what, &(struct rlimit){ most, most }); /* a wish: without it the parent's clock remains */
}

void sandbox_limit(uint64_t file_bytes)
{
	if (!getenv("QFZZ_WORKER_DEBUG")) /* else stderr may well be a file that grows */
		set_limit(RLIMIT_FSIZE, (rlim_t)file_bytes);
	set_limit(RLIMIT_CORE, 0);
	if (SANITIZED)
		return;
	set_limit(RLIMIT_AS, (rlim_t)1 << 30);
	set_limit(RLIMIT_NOFILE, WORKER_FD + 1 + WORKER_BATCH + 12);
	if (geteuid() != 0)
		set_limit(RLIMIT_NPROC, 0);
}

void sandbox_cpu(unsigned seconds)
{
	struct timespec used;
	struct rlimit most;

	if (getrlimit(RLIMIT_CPU, &most) != 0 || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
		return;
	most.rlim_cur = seconds ? (rlim_t)used.tv_sec + 1 + seconds : most.rlim_max;
	setrlimit(RLIMIT_CPU, &most);
}

/* ---- Landlock: linux/landlock.h of Debian 12 is older than what its kernels may know ----------- */

struct ruleset {
	uint64_t files, net, scoped;
};

/* By version of the interface: which rights there are to be taken away, and how much of struct ruleset it knows. */
static const struct { uint64_t files, net, scoped; size_t size; } rights[] = {
	{ 0x1fff, 0, 0, 8 },  /* 1: execute, read, write, list, make and remove each kind */
	{ 0x3fff, 0, 0, 8 },  /* 2: refer */
	{ 0x7fff, 0, 0, 8 },  /* 3: truncate */
	{ 0x7fff, 3, 0, 16 }, /* 4: bind and connect TCP */
	{ 0xffff, 3, 0, 16 }, /* 5: ioctl on devices */
	{ 0xffff, 3, 3, 24 }, /* 6: abstract sockets and signals to the outside */
};

static bool landlock(void)
{
	enum { CREATE_RULESET = 444, RESTRICT_SELF = 446, VERSION = 1 };
	long version = syscall(CREATE_RULESET, NULL, 0, VERSION);
	size_t known = sizeof rights / sizeof rights[0], i;
	struct ruleset r;
	bool good;
	int fd;

	if (version < 1)
		return false;
	i = (size_t)version < known ? (size_t)version - 1 : known - 1;
	r = (struct ruleset){ rights[i].files, rights[i].net, rights[i].scoped };
	fd = (int)syscall(CREATE_RULESET, &r, rights[i].size, 0);
	if (fd < 0)
		return false;
	good = syscall(RESTRICT_SELF, fd, 0) == 0;
	close(fd);
	return good;
}

/* ---- seccomp ------------------------------------------------------------------------------------- */

/* Measured with strace over all formats and the malformed files; what no run used is not here,
 * but for abort()'s own and the two that end a process. */
static const int allowed[] = {
	SCMP_SYS(read),   SCMP_SYS(pread64), SCMP_SYS(lseek),  SCMP_SYS(fstat),    SCMP_SYS(write),
	SCMP_SYS(close),  SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(munmap), SCMP_SYS(mremap),         SCMP_SYS(brk),
	SCMP_SYS(madvise), SCMP_SYS(futex),  SCMP_SYS(exit),   SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(restart_syscall),
};

static const int absent[] = { /* answered with ENOENT */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
	SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
};

/* One rule on one argument: where it compares as said, the call is answered by `action`. */
static bool narrow(scmp_filter_ctx f, uint32_t action, int call, struct scmp_arg_cmp c)
{
	return seccomp_rule_add_array(f, action, call, 1, &c) == 0;
}

static struct scmp_arg_cmp arg(unsigned which, enum scmp_compare how, uint64_t a, uint64_t b)
{
	return (struct scmp_arg_cmp){ .arg = which, .op = how, .datum_a = a, .datum_b = b };
}

/* Calls that are harmless with certain arguments only. */
static bool add_narrow(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp not_executable = arg(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp own_cpu[] = { arg(0, SCMP_CMP_EQ, 0, 0), arg(1, SCMP_CMP_EQ, RLIMIT_CPU, 0) };

	return narrow(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), not_executable) && narrow(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), not_executable) &&
	       narrow(f, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), arg(3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0)) && /* how glibc says fstat */
	       narrow(f, SCMP_ACT_ERRNO(ENOENT), SCMP_SYS(newfstatat), arg(3, SCMP_CMP_NE, AT_EMPTY_PATH, 0)) &&
	       narrow(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), arg(1, SCMP_CMP_EQ, F_GETFL, 0)) &&
	       narrow(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), arg(0, SCMP_CMP_EQ, (uint64_t)getpid(), 0)) && /* raise, abort */
	       seccomp_rule_add_array(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, own_cpu) == 0; /* sandbox_cpu() */
}

static bool seccomp(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool good = f && seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0;

	for (size_t i = 0; good && i < sizeof allowed / sizeof allowed[0]; i++)
		good = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	for (size_t i = 0; good && i < sizeof absent / sizeof absent[0]; i++)
		good = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOENT), absent[i], 0) == 0;
	good = good && add_narrow(f) && seccomp_load(f) == 0;
	seccomp_release(f);
	return good;
}

static bool wanted(void)
{
	const char *say = getenv("QFZZ_SANDBOX"), *preload = getenv("LD_PRELOAD");

	if (SANITIZED || (preload && strstr(preload, "vgpreload")))
		return false;
	return !say || strcmp(say, "off") != 0;
}

const char *sandbox_lock(void)
{
	bool walled;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!wanted())
		return "off";
	walled = landlock();
	if (!seccomp())
		return "limits";
	return walled ? "full" : "seccomp";
}
