#define _GNU_SOURCE
#include "cli/sound.h"

#include "base/buf.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/launch.h"
#include "cli/pool.h"
#include "cli/walk.h"
#include "rows/json.h"
#include "worker/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096, FRAME = SOUND_CHANNELS * sizeof(float) };
#define LOUDEST 64.0f /* times full scale: more is not sound */

/* ---- the process ------------------------------------------------------------------------------------- */

static void put_order(struct qf_buf *b, const char *path, int rate_hz, int64_t duration_ms)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

	qf_json_open(b, '{');
	qf_json_put_str(b, "name", dot ? dot : "");
	qf_json_put_int(b, "cpu_s", duration_ms > 0 ? 60 + duration_ms / 2000 : 3600);
	qf_json_put_int(b, "rate_hz", rate_hz);
	qf_json_close(b, '}');
}

static enum qf_status start(struct sound *s, const char *program, int source, int rate_hz, int64_t duration_ms, struct qf_err *e)
{
	char path[PATH_MAX];
	struct qf_buf order = { 0 };
	int pipe[2];
	struct launch l = { .path = path, .order = &order, .fds = &source, .n = 1 };
	enum qf_status rc = pool_find_program(program, path, e);

	if (rc == QF_OK && pipe2(pipe, O_CLOEXEC) != 0)
		return qf_fail_errno(e, "cannot make a pipe for a worker");
	if (rc != QF_OK)
		return rc;
	l.out = pipe[1];
	put_order(&order, s->path, rate_hz, duration_ms);
	rc = launch(&s->pid, &l, e);
	qf_buf_free(&order);
	close(pipe[1]);
	if (rc == QF_OK)
		s->pipe = pipe[0];
	else
		close(pipe[0]);
	return rc;
}

void sound_close(struct sound *s)
{
	int status;

	if (s->pid <= 0)
		return;
	close(s->pipe);
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
}

/* ---- what comes ---------------------------------------------------------------------------------------- */

/* n bytes; fewer at the end. QF_EIO: a signal asked to end, or the pipe broke. */
static enum qf_status take(struct sound *s, void *to, size_t n, size_t *got, struct qf_err *e)
{
	ssize_t k = 1;

	for (*got = 0; *got < n && k != 0;) {
		k = read(s->pipe, (char *)to + *got, n - *got);
		if (k > 0)
			*got += (size_t)k;
		else if (k < 0 && (errno != EINTR || cli.interrupted))
			return qf_fail_errno(e, "%s: cannot read from its decoder", s->path);
	}
	return QF_OK;
}

/* Behind the block of no frames. */
static enum qf_status read_answer(struct sound *s, struct qf_err *e)
{
	struct qf_buf answer = { 0 }, text = { 0 };
	struct qf_span object, v;
	bool ok;

	if (qf_file_read_fd(s->pipe, &answer, ANSWER_MAX, e) != QF_OK && e->code == QF_ENOMEM)
		return e->code;
	object = (struct qf_span){ answer.p, answer.len };
	if (!answer.len || qf_json_check(object, NULL) != QF_OK || !qf_json_get(object, "ok", &v) || !qf_json_to_bool(v, &ok))
		qf_fail(&s->why, QF_EFORMAT, "its decoder ended without an answer");
	else if (qf_json_get(object, ok ? "damage" : "text", &v) && qf_json_to_text(v, &text))
		qf_fail(&s->why, QF_EFORMAT, "%s%s", ok ? "damaged: " : "", text.p ? text.p : "");
	qf_buf_free(&answer);
	qf_buf_free(&text);
	return QF_OK;
}

/* The head of the next block; left 0: there is none. */
static enum qf_status next_block(struct sound *s, struct qf_err *e)
{
	size_t got;
	enum qf_status rc = take(s, &s->left, sizeof s->left, &got, e);

	if (rc != QF_OK)
		return rc;
	if (got == sizeof s->left && s->left == 0)
		return read_answer(s, e);
	if (got < sizeof s->left || s->left > SOUND_BLOCK) {
		s->left = 0;
		qf_fail(&s->why, QF_EFORMAT, "its decoder died");
	}
	return QF_OK;
}

/* A decoder that was taken over may say anything. */
static void tame(float *pcm, size_t samples)
{
	for (size_t i = 0; i < samples; i++)
		if (!(fabsf(pcm[i]) <= LOUDEST))
			pcm[i] = 0;
}

enum qf_status sound_read(void *sound, float *pcm, size_t frames, size_t *got, struct qf_err *e)
{
	struct sound *s = sound;
	size_t bytes = 0, n = s->left < frames ? s->left : frames;
	enum qf_status rc = n ? take(s, pcm, n * FRAME, &bytes, e) : QF_OK;

	*got = bytes / FRAME;
	if (rc != QF_OK || !n)
		return rc;
	tame(pcm, *got * SOUND_CHANNELS);
	s->left -= (uint32_t)*got;
	if (bytes < n * FRAME) {
		s->left = 0;
		qf_fail(&s->why, QF_EFORMAT, "its decoder died");
		return QF_OK;
	}
	return s->left ? QF_OK : next_block(s, e);
}

enum qf_status sound_open(struct sound *s, const char *path, int rate_hz, int64_t duration_ms, struct qf_err *e)
{
	static const char *const programs[] = { "qfzz-sound", "qfzz-sound-av" };
	struct stat st;
	int source = walk_open_file(path, true, &st, e);
	enum qf_status rc = QF_OK;

	*s = (struct sound){ .path = path };
	if (source < 0) {
		if (e->code == QF_EIO)
			e->code = QF_ENOTFOUND; /* of this track, not of the run */
		return qf_err_at(e, path);
	}
	for (size_t i = 0; rc == QF_OK && s->left == 0 && i < 2; i++) {
		sound_close(s);
		s->why = (struct qf_err){ 0 };
		rc = start(s, programs[i], source, rate_hz, duration_ms, e);
		if (rc == QF_OK)
			rc = next_block(s, e);
	}
	close(source);
	if (rc == QF_OK && s->left == 0) {
		rc = qf_fail(e, QF_EFORMAT, "%s", s->why.text);
		qf_err_at(e, path);
	}
	if (rc != QF_OK)
		sound_close(s);
	return rc;
}
