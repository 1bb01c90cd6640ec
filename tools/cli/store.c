#define _GNU_SOURCE
#include "cli/store.h"

#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

enum qf_status cli_catalog_path(struct qf_buf *path, struct qf_err *e)
{
	const char *given = cli.catalog ? cli.catalog : env("QFZZ_CATALOG");

	if (given) {
		qf_buf_puts(path, given);
	} else if (env("XDG_DATA_HOME") || env("HOME")) {
		qf_buf_puts(path, env("XDG_DATA_HOME") ? env("XDG_DATA_HOME") : env("HOME"));
		qf_buf_puts(path, env("XDG_DATA_HOME") ? "/qfzz/catalog.db" : "/.local/share/qfzz/catalog.db");
	} else {
		return qf_fail(e, QF_EINVAL, "no catalog: neither --catalog, QFZZ_CATALOG nor HOME is set");
	}
	return qf_buf_check(path, e);
}

enum qf_status cli_catalog_open(struct qf_catalog **out, enum qf_catalog_mode mode, struct qf_err *e)
{
	bool given = cli.catalog || env("QFZZ_CATALOG");
	struct qf_buf path = { 0 };
	enum qf_status rc = cli_catalog_path(&path, e);

	*out = NULL;
	if (rc == QF_OK && !given && mode == QF_CATALOG_WRITE)
		make_folders(path.p);
	if (rc == QF_OK)
		rc = qf_catalog_open(out, path.p, mode, (int)(cli.wait_s * 1000), cli_now(), e);
	if (rc == QF_OK && mode == QF_CATALOG_WRITE)
		qf_catalog_sign(*out, cli.tool->verb, (long)getpid());
	qf_buf_free(&path);
	return rc;
}

static char *join(struct qf_arena *a, const char *dir, const char *name)
{
	size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir), m = strlen(name);
	char *out = qf_arena_get(a, n + m + 2, 1);

	if (out) {
		memcpy(out, dir, n);
		out[n] = '/';
		memcpy(out + n + 1, name, m + 1);
	}
	return out;
}

enum qf_status cli_absolute(const char *operand, struct qf_arena *a, const char **out, struct qf_err *e)
{
	size_t n = strlen(operand);
	const char *dir = ".", *name;
	char *copy, *real, *slash;
	struct stat st;

	while (n > 1 && operand[n - 1] == '/')
		n--;
	copy = qf_arena_dup(a, operand, n);
	if (!copy)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	name = copy;
	slash = strrchr(copy, '/');
	if (stat(copy, &st) == 0 && S_ISDIR(st.st_mode)) { /* resolved as a whole */
		dir = copy;
		name = NULL;
	} else if (slash) { /* only the folder is, so that a link to a file keeps its name */
		name = slash + 1;
		*slash = '\0';
		dir = slash == copy ? "/" : copy;
	}
	real = realpath(dir, NULL);
	if (!real && errno != ENOMEM) {
		qf_fail_errno(e, "%s", operand);
		return e->code = QF_ENOTFOUND;
	}
	if (!real)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	*out = name ? join(a, real, name) : qf_arena_dup(a, real, strlen(real));
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
	if (ref->id && ref->catalog && strcmp(ref->catalog, qf_catalog_uuid(c)) != 0)
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
