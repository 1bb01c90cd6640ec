#define _GNU_SOURCE
#include "cli/store.h"

#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* Make every folder above the last name; one that exists is fine. */
static void make_folders(char *path)
{
	for (char *p = path + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(path, 0700);
			*p = '/';
		}
}

enum qf_status cli_catalog_open(struct qf_catalog **out, enum qf_catalog_mode mode, struct qf_err *e)
{
	const char *given = cli.catalog ? cli.catalog : env("QFZZ_CATALOG");
	struct qf_buf path = { 0 };
	enum qf_status rc;

	*out = NULL;
	if (given) {
		qf_buf_puts(&path, given);
	} else if (env("XDG_DATA_HOME") || env("HOME")) {
		qf_buf_puts(&path, env("XDG_DATA_HOME") ? env("XDG_DATA_HOME") : env("HOME"));
		qf_buf_puts(&path, env("XDG_DATA_HOME") ? "/qfzz/catalog.db" : "/.local/share/qfzz/catalog.db");
	} else {
		return qf_fail(e, QF_EINVAL, "no catalog: neither --catalog, QFZZ_CATALOG nor HOME is set");
	}
	rc = qf_buf_check(&path, e);
	if (rc == QF_OK && !given && mode == QF_CATALOG_WRITE)
		make_folders(path.p);
	if (rc == QF_OK)
		rc = qf_catalog_open(out, path.p, mode, (int)(cli.wait_s * 1000), cli_now(), e);
	qf_buf_free(&path);
	return rc;
}

enum qf_status cli_absolute(const char *operand, struct qf_arena *a, const char **out, struct qf_err *e)
{
	size_t n = strlen(operand);
	const char *slash;
	char *copy, *real;
	struct stat st;

	while (n > 1 && operand[n - 1] == '/')
		n--;
	copy = qf_arena_dup(a, operand, n);
	if (!copy)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	slash = strrchr(copy, '/');
	/* A folder is resolved as a whole; of a file only its folder is, so that a link keeps its name. */
	if ((stat(copy, &st) == 0 && S_ISDIR(st.st_mode)) || strcmp(copy, "/") == 0) {
		real = realpath(copy, NULL);
		slash = NULL;
	} else if (slash) {
		char *dir = qf_arena_dup(a, copy, slash == copy ? 1 : (size_t)(slash - copy));

		real = dir ? realpath(dir, NULL) : NULL;
	} else {
		real = realpath(".", NULL);
		slash = copy - 1;
	}
	if (!real)
		return qf_fail_errno(e, "%s", operand);
	if (slash) {
		size_t m = strcmp(real, "/") == 0 ? 0 : strlen(real);
		char *joined = qf_arena_get(a, m + strlen(slash + 1) + 2, 1);

		if (joined) {
			memcpy(joined, real, m);
			joined[m] = '/';
			strcpy(joined + m + 1, slash + 1);
		}
		*out = joined;
	} else {
		*out = qf_arena_dup(a, real, strlen(real));
	}
	free(real);
	return *out ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

enum qf_status cli_track_of_row(struct qf_catalog *c, struct qf_span object, struct qf_arena *a, int64_t *id,
				struct qf_track_ref *ref, struct qf_err *e)
{
	struct qf_track t;
	int64_t by_path = 0;
	enum qf_status rc = qf_row_track_ref(object, a, ref, e);

	*id = 0;
	if (rc != QF_OK)
		return rc;
	if (ref->id && !ref->catalog)
		return qf_fail(e, QF_EFORMAT, "\"track\":%lld without the catalog that it belongs to", (long long)ref->id);
	if (ref->id && strcmp(ref->catalog, qf_catalog_uuid(c)) != 0)
		return qf_fail(e, QF_EFORMAT, "track %lld belongs to another catalog (%s)", (long long)ref->id, ref->catalog);
	if (ref->path && (rc = qf_catalog_find_path(c, ref->path, &by_path, e)) != QF_OK)
		return rc;
	if (ref->id && ref->path && by_path != ref->id)
		return qf_fail(e, QF_EFORMAT, "track %lld is not the file %s", (long long)ref->id, ref->path);
	if (ref->id && !ref->path) {
		rc = qf_catalog_track(c, ref->id, QF_TRACK_BARE, a, &t, NULL, e);
		if (rc == QF_ENOTFOUND)
			return qf_fail(e, QF_EFORMAT, "track %lld is not in the catalog", (long long)ref->id);
		if (rc != QF_OK)
			return rc;
		ref->path = t.path;
	}
	*id = ref->id ? ref->id : by_path;
	return QF_OK;
}
