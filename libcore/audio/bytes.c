#define _GNU_SOURCE
#include "audio/bytes.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum qf_status qf_bytes_at(int fd, int64_t at, void *p, size_t n, size_t *got, struct qf_err *e)
{
	char *to = p;

	*got = 0;
	while (n) {
		ssize_t k = pread(fd, to, n, (off_t)at);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return qf_fail_errno(e, "cannot read at byte %lld", (long long)at);
		if (k == 0)
			break;
		to += k;
		at += k;
		n -= (size_t)k;
		*got += (size_t)k;
	}
	return QF_OK;
}

enum qf_status qf_bytes_size(int fd, int64_t *size, struct qf_err *e)
{
	struct stat st;

	*size = 0;
	if (fstat(fd, &st) != 0)
		return qf_fail_errno(e, "cannot stat");
	if (!S_ISREG(st.st_mode))
		return qf_fail(e, QF_EUNSUPPORTED, "not a regular file");
	*size = st.st_size;
	return QF_OK;
}
