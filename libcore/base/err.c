#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum qf_status qf_fail(struct qf_err *e, enum qf_status code, const char *fmt, ...)
{
	if (e) {
		va_list ap;

		va_start(ap, fmt);
		e->code = code;
		vsnprintf(e->text, sizeof e->text, fmt, ap);
		va_end(ap);
	}
	return code;
}

enum qf_status qf_fail_errno(struct qf_err *e, const char *fmt, ...)
{
	int why = errno;
	enum qf_status code = why == ENOMEM ? QF_ENOMEM : QF_EIO;
	size_t n;
	va_list ap;

	if (!e)
		return code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	e->code = code;
	n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s", strerror(why));
	return code;
}

enum qf_status qf_err_at(struct qf_err *e, const char *place)
{
	char old[QF_ERR_TEXT];

	if (!e)
		return QF_EINVAL;
	memcpy(old, e->text, sizeof old);
	snprintf(e->text, sizeof e->text, "%.200s: %.300s", place, old);
	return e->code;
}

const char *qf_status_name(enum qf_status code)
{
	static const char *const names[] = {
		[QF_OK] = "ok",
		[QF_EINVAL] = "invalid",
		[QF_ENOMEM] = "memory",
		[QF_EIO] = "io",
		[QF_EFORMAT] = "format",
		[QF_EUNSUPPORTED] = "unsupported",
		[QF_ELIMIT] = "limit",
		[QF_ENOTFOUND] = "notfound",
		[QF_EBUSY] = "busy",
		[QF_ECORRUPT] = "corrupt",
	};

	return (size_t)code < sizeof names / sizeof *names ? names[code] : "unknown";
}
