/* err.h - how the core reports failure.
 *
 * A function that can fail returns enum qf_status, 0 being good, and takes the
 * caller's struct qf_err last. The error is filled once, where the cause is
 * known, in words that the owner of a music library can act on; callers further
 * up put the place in front (qf_err_at) and pass it on. Nothing here allocates,
 * so it works when memory is what ran out. The core never prints and never
 * exits: the tools do. */
#ifndef QF_BASE_ERR_H
#define QF_BASE_ERR_H

enum qf_status {
	QF_OK = 0,
	QF_EINVAL,       /* a broken contract or a bad option */
	QF_ENOMEM,       /* memory ran out */
	QF_EIO,          /* the system said no; its reason is in the text */
	QF_EFORMAT,      /* the input is damaged or not what it claims to be */
	QF_EUNSUPPORTED, /* well formed, but nothing that we handle */
	QF_ELIMIT,       /* a limit set on purpose was reached */
	QF_ENOTFOUND,    /* what was asked for is not there */
	QF_EBUSY,        /* the catalog stayed locked for the whole wait */
	QF_ECORRUPT      /* our own stored data fails its checks */
};

#define QF_ERR_TEXT 512

struct qf_err { /* all zero is ready for use */
	enum qf_status code;
	char text[QF_ERR_TEXT]; /* one sentence, UTF-8 where the input was */
};

/* Fill e and return code, so that a failure is one line:
 *     return qf_fail(e, QF_EFORMAT, "frame %zu: bad length %u", i, n);
 * e may be NULL when the caller wants only the code. */
enum qf_status qf_fail(struct qf_err *e, enum qf_status code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with the reason of the current errno behind it ("…: No space left on
 * device"). ENOMEM becomes QF_ENOMEM, everything else QF_EIO. */
enum qf_status qf_fail_errno(struct qf_err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Put the place in front of what went wrong: "a.flac: frame 3: bad length".
 * A long place is cut so that the cause stays readable. Returns e->code. */
enum qf_status qf_err_at(struct qf_err *e, const char *place);

/* "format", "limit", … : the class of a failure as rows and the catalog name it. */
const char *qf_status_name(enum qf_status code);

#endif
