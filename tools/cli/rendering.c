#define _GNU_SOURCE
#include "cli/rendering.h"

#include "base/file.h"
#include "cli/launch.h"
#include "cli/pool.h"
#include "rows/json.h"
#include "worker/render.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096 };

/* ---- the order ------------------------------------------------------------------------------------ */

static void put_num(struct qf_buf *b, const char *key, double v)
{
	qf_json_put_num(b, key, v, 6);
}

/* The serial number of an Ogg stream follows from what the rendition is, so that it is the same when it is made again. */
static double serial_of(const struct qf_job_rendition *r)
{
	unsigned serial = 0;

	sscanf(r->recipe_hash, "%8x", &serial);
	return (double)serial;
}

static void put_order(struct qf_buf *b, const struct rendering *r)
{
	const struct qf_job *j = r->job;
	const char *slash = j->path ? strrchr(j->path, '/') : NULL, *dot = slash ? strrchr(slash, '.') : NULL;
	double seconds = (double)j->duration_ms / 1000;

	qf_json_open(b, '{');
	qf_json_put_str(b, "name", dot ? dot : "");
	qf_json_put_int(b, "cpu_s", (int64_t)(60 + seconds * (double)(r->n + 1) / 2));
	put_num(b, "gain_db", j->gain_db);
	if (isfinite(j->limit_dbtp))
		put_num(b, "limit_dbtp", j->limit_dbtp);
	qf_json_put_bool(b, "waveform", true);
	qf_json_key(b, "outputs");
	qf_json_open(b, '[');
	for (size_t i = 0; i < j->n; i++) {
		const struct qf_job_rendition *x = &j->rendition[i];

		if (x->act != QF_MAKE)
			continue;
		qf_json_open(b, '{');
		qf_json_put_str(b, "codec", qf_codec_names[x->recipe.codec]);
		put_num(b, "kbps", x->recipe.kbps);
		put_num(b, "effort", x->recipe.effort);
		put_num(b, "seconds", x->recipe.seconds);
		put_num(b, "start_s", j->start_s);
		put_num(b, "serial", serial_of(x));
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
	qf_json_close(b, '}');
}

/* ---- the process ------------------------------------------------------------------------------------- */

/* Everything that it says, and how it ended. */
static enum qf_status converse(const char *path, const struct rendering *r, struct qf_buf *answer, int *status, struct qf_err *e)
{
	struct qf_buf order = { 0 };
	int out[2], fds[1 + RENDERINGS] = { r->source };
	struct launch l = { .path = path, .order = &order, .fds = fds, .n = r->n + 1 };
	pid_t pid = 0;
	enum qf_status rc;

	if (pipe2(out, O_CLOEXEC) != 0)
		return qf_fail_errno(e, "cannot make a pipe for a worker");
	l.out = out[1];
	memcpy(fds + 1, r->fds, r->n * sizeof *fds);
	put_order(&order, r);
	rc = launch(&pid, &l, e);
	qf_buf_free(&order);
	close(out[1]);
	if (rc == QF_OK)
		rc = qf_file_read_fd(out[0], answer, ANSWER_MAX, e);
	close(out[0]);
	while (pid > 0 && waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return rc;
}

/* ---- the answer -------------------------------------------------------------------------------------- */

static enum qf_status died(struct rendered *out, const char *path, int status, struct qf_arena *a, struct qf_err *e)
{
	const char *name = strrchr(path, '/');
	char text[128];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "%s died of signal %d", name + 1, WTERMSIG(status));
	else
		snprintf(text, sizeof text, "%s ended without an answer (exit %d)", name + 1, WEXITSTATUS(status));
	out->class_name = WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL) ? "limit" : "crashed";
	out->text = qf_arena_dup(a, text, strlen(text));
	return out->text ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

static enum qf_status read_answer(struct rendered *out, struct qf_span object, struct qf_arena *a, struct qf_err *e)
{
	struct qf_span v;
	bool ok;

	if (!qf_json_get(object, "ok", &v) || !qf_json_to_bool(v, &ok))
		return qf_fail(e, QF_EFORMAT, "an answer without \"ok\"");
	if (ok) {
		out->damage = qf_json_get(object, "damage", &v) ? qf_json_dup(v, a) : NULL;
		return QF_OK;
	}
	out->class_name = qf_json_get(object, "class", &v) ? qf_json_dup(v, a) : NULL;
	out->text = qf_json_get(object, "text", &v) ? qf_json_dup(v, a) : NULL;
	if (!out->class_name || !out->text)
		return qf_fail(e, QF_EFORMAT, "an answer without class or text");
	return strcmp(out->class_name, "output") == 0 ? qf_fail(e, QF_EIO, "%s", out->text) : QF_OK;
}

static enum qf_status run_one(const char *path, const struct rendering *r, struct rendered *out, struct qf_arena *a, struct qf_err *e)
{
	struct qf_buf answer = { 0 };
	struct qf_err why = { 0 };
	int status = 0;
	enum qf_status rc = converse(path, r, &answer, &status, e);

	*out = (struct rendered){ 0 };
	if (rc == QF_OK) {
		struct qf_span object = { answer.p, answer.len };

		if (!answer.len || !WIFEXITED(status) || WEXITSTATUS(status) != 0 || qf_json_check(object, &why) != QF_OK)
			rc = died(out, path, status, a, e);
		else
			rc = read_answer(out, object, a, e);
	}
	qf_buf_free(&answer);
	return rc;
}

static enum qf_status empty_files(const struct rendering *r, struct qf_err *e)
{
	for (size_t i = 0; i < r->n; i++)
		if (ftruncate(r->fds[i], 0) != 0 || lseek(r->fds[i], 0, SEEK_SET) != 0)
			return qf_fail_errno(e, "cannot begin a rendition anew");
	return QF_OK;
}

static bool worth_another_try(const struct rendered *out)
{
	return out->class_name && (strcmp(out->class_name, "unsupported") == 0 || strcmp(out->class_name, "broken") == 0 ||
				   strcmp(out->class_name, "crashed") == 0);
}

static bool makes_aac(const struct qf_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->rendition[i].act == QF_MAKE && j->rendition[i].recipe.codec == QF_CODEC_AAC)
			return true;
	return false;
}

enum qf_status rendering_run(const struct rendering *r, struct rendered *out, struct qf_arena *a, struct qf_err *e)
{
	const char *const programs[] = { makes_aac(r->job) ? "qfzz-render-aac" : "qfzz-render", "qfzz-render-av" };
	enum qf_status rc = QF_OK;

	for (size_t i = 0; i < 2 && rc == QF_OK && (i == 0 || worth_another_try(out)); i++) {
		char path[PATH_MAX];

		rc = pool_find_program(programs[i], path, e);
		if (rc == QF_OK && i > 0)
			rc = empty_files(r, e);
		if (rc == QF_OK)
			rc = run_one(path, r, out, a, e);
	}
	return rc;
}
