#define _GNU_SOURCE
#include "cli/segmenting.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/launch.h"
#include "cli/pool.h"
#include "cli/walk.h"
#include "rows/json.h"
#include "worker/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INIT_MOST = 1 << 16, SEGMENTS_MOST = 1 << 20, STEM_MOST = 40 };
#define LONGEST_US (INT64_C(1000000) * 86400 * 366)

/* ---- the worker's answer, by lines and by bytes ------------------------------------------------------ */

struct stream {
	int fd;
	size_t at, n;
	char buf[65536];
};

static bool refill(struct stream *s)
{
	ssize_t k;

	do
		k = read(s->fd, s->buf, sizeof s->buf);
	while (k < 0 && errno == EINTR);
	s->at = 0;
	s->n = k > 0 ? (size_t)k : 0;
	return k > 0;
}

/* A line without its newline; false at the end, and where none ends in time. */
static bool read_line(struct stream *s, struct qf_buf *line)
{
	qf_buf_clear(line);
	while (line->len < SEGMENT_LINE && !line->failed && (s->at < s->n || refill(s))) {
		const char *p = s->buf + s->at, *nl = memchr(p, '\n', s->n - s->at);
		size_t k = nl ? (size_t)(nl - p) : s->n - s->at;

		qf_buf_put(line, p, k);
		s->at += k + (nl != NULL);
		if (nl)
			return line->len < SEGMENT_LINE && !line->failed;
	}
	return false;
}

/* *cut: the stream ended before its time. */
static enum qf_status copy(struct stream *s, int64_t bytes, int to, bool *cut, struct qf_err *e)
{
	while (bytes > 0 && !*cut) {
		size_t k;

		*cut = s->at == s->n && !refill(s);
		k = s->n - s->at < (uint64_t)bytes ? s->n - s->at : (size_t)bytes;
		if (qf_write_all(to, s->buf + s->at, k, e))
			return e->code;
		s->at += k;
		bytes -= (int64_t)k;
	}
	return QF_OK;
}

/* ---- what its lines say; nothing of them is believed unseen -------------------------------------------- */

static bool is_stem(const char *s)
{
	size_t n = s ? strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

	return n > 0 && n < STEM_MOST && !s[n];
}

static const char *plain_text(struct qf_span object, const char *key, struct qf_arena *a)
{
	struct qf_span v;
	const char *s = qf_json_get(object, key, &v) ? qf_json_dup(v, a) : NULL;

	return s && *s && strlen(s) < STEM_MOST && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.")] == '\0' ? s : NULL;
}

static bool whole(struct qf_span object, const char *key, int64_t least, int64_t most, int64_t *out)
{
	struct qf_span v;

	return qf_json_get(object, key, &v) && qf_json_to_int(v, out) && *out >= least && *out <= most;
}

static const char *known_suffix(struct qf_span object)
{
	static const char *const suffixes[] = { ".m4s", ".aac", ".mp3" };
	struct qf_span v;

	for (size_t i = 0; qf_json_get(object, "suffix", &v) && i < sizeof suffixes / sizeof *suffixes; i++)
		if (qf_json_is(v, suffixes[i]))
			return suffixes[i];
	return NULL;
}

struct run {
	const struct segmenting *s;
	const struct workshop *w;
	struct qf_arena *a;
	struct segmented *out;
	struct stream in;
	bool cut, ended;
};

static enum qf_status put_file(struct run *r, void name_of(struct qf_buf *out, const struct qf_hls_media *m, size_t i), size_t i, int64_t bytes,
			       struct qf_err *e)
{
	struct qf_buf name = { 0 };
	enum qf_status rc;
	int fd = -1;

	name_of(&name, &r->out->media, i);
	rc = qf_buf_check(&name, e);
	if (rc == QF_OK && (fd = workshop_file(r->w, name.p, e)) < 0)
		rc = e->code;
	if (rc == QF_OK && (rc = copy(&r->in, bytes, fd, &r->cut, e)) != QF_OK)
		qf_err_at(e, name.p);
	if (fd >= 0 && close(fd) != 0 && rc == QF_OK)
		rc = qf_fail_errno(e, "%s: cannot write", name.p);
	r->out->bytes += bytes;
	qf_buf_free(&name);
	return rc;
}

static void init_name(struct qf_buf *out, const struct qf_hls_media *m, size_t i)
{
	(void)i;
	qf_hls_put_init(out, m);
}

static enum qf_status nonsense(struct run *r, struct qf_err *e)
{
	r->cut = true;
	return qf_fail(e, QF_EFORMAT, "the worker's answer makes no sense");
}

static enum qf_status take_head(struct run *r, struct qf_span line, struct qf_err *e)
{
	struct qf_hls_media *m = &r->out->media;
	const char *codec = plain_text(line, "codec", r->a);
	char stem[STEM_MOST + 24];
	int64_t init;

	m->suffix = known_suffix(line);
	m->codecs = plain_text(line, "codecs", r->a);
	if (m->stem || !codec || !is_stem(codec) || !m->codecs || !m->suffix || !whole(line, "init", 0, INIT_MOST, &init))
		return nonsense(r, e);
	snprintf(stem, sizeof stem, is_stem(r->s->rung) ? "%s" : "%s-%zu", is_stem(r->s->rung) ? r->s->rung : codec, r->s->number);
	m->codec = codec;
	m->stem = qf_arena_dup(r->a, stem, strlen(stem));
	m->init = init > 0;
	if (!m->stem)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	return m->init ? put_file(r, init_name, 0, init, e) : QF_OK;
}

static enum qf_status take_segment(struct run *r, struct qf_span line, struct qf_err *e)
{
	struct segmented *o = r->out;
	struct qf_hls_segment x;
	enum qf_status rc;

	if (!o->media.stem || o->media.n == SEGMENTS_MOST || !whole(line, "bytes", 1, SEGMENT_MOST, &x.bytes) || !whole(line, "us", 1, LONGEST_US, &x.us))
		return nonsense(r, e);
	if (o->media.n == o->cap) {
		size_t cap = o->cap ? 2 * o->cap : 64;
		struct qf_hls_segment *more = qf_realloc(o->segment, cap, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu segments", cap);
		o->media.segment = o->segment = more;
		o->cap = cap;
	}
	rc = put_file(r, qf_hls_put_segment, o->media.n, x.bytes, e);
	o->segment[o->media.n++] = x;
	return rc;
}

static enum qf_status take_end(struct run *r, struct qf_span line, bool ok, struct qf_err *e)
{
	struct qf_span v;

	r->ended = true;
	if (ok)
		return r->out->media.n ? QF_OK : nonsense(r, e);
	r->out->text = qf_json_get(line, "text", &v) ? qf_json_dup(v, r->a) : NULL;
	return r->out->text ? QF_OK : nonsense(r, e);
}

static enum qf_status take_lines(struct run *r, struct qf_err *e)
{
	struct qf_buf line = { 0 };
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && !r->ended && !r->cut && read_line(&r->in, &line)) {
		struct qf_span object = { line.p, line.len }, v;
		bool ok;

		if (qf_json_check(object, NULL) != QF_OK)
			rc = nonsense(r, e);
		else if (qf_json_get(object, "ok", &v) && qf_json_to_bool(v, &ok))
			rc = take_end(r, object, ok, e);
		else if (qf_json_get(object, "codec", &v))
			rc = take_head(r, object, e);
		else
			rc = take_segment(r, object, e);
	}
	qf_buf_free(&line);
	return rc;
}

/* ---- the run ---------------------------------------------------------------------------------------------- */

static void put_order(struct qf_buf *b, const struct segmenting *s, int64_t bytes)
{
	const char *slash = strrchr(s->path, '/'), *dot = strrchr(slash ? slash : s->path, '.');

	qf_json_open(b, '{');
	qf_json_put_str(b, "name", dot ? dot : "");
	qf_json_put_int(b, "cpu_s", 30 + bytes / 1000000); /* a second for a megabyte is ten times what it takes */
	qf_json_put_int(b, "target_s", s->target_s);
	qf_json_put_bool(b, "adts", s->adts);
	qf_json_close(b, '}');
}

/* A worker that died, or lied, failed on this file. */
static enum qf_status judge(struct run *r, int status, enum qf_status rc, struct qf_err *e)
{
	char text[80] = "the worker's answer makes no sense";

	if ((rc != QF_OK && rc != QF_EFORMAT) || (rc == QF_OK && r->ended))
		return rc;
	if (rc == QF_OK && WIFSIGNALED(status))
		snprintf(text, sizeof text, "qfzz-segment died of signal %d", WTERMSIG(status));
	else if (rc == QF_OK)
		snprintf(text, sizeof text, "qfzz-segment ended without an answer (exit %d)", WEXITSTATUS(status));
	*e = (struct qf_err){ 0 };
	r->out->text = qf_arena_dup(r->a, text, strlen(text));
	return r->out->text ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

static enum qf_status converse(struct run *r, int source, int64_t bytes, struct qf_err *e)
{
	char program[PATH_MAX];
	struct qf_buf order = { 0 };
	int answer[2] = { -1, -1 }, status = 0;
	pid_t pid = 0;
	enum qf_status rc = pool_find_program("qfzz-segment", program, e);

	put_order(&order, r->s, bytes);
	if (rc == QF_OK && pipe2(answer, O_CLOEXEC) != 0)
		rc = qf_fail_errno(e, "cannot make a pipe for a worker");
	if (rc == QF_OK)
		rc = launch(&pid, &(struct launch){ program, &order, answer[1], &source, 1 }, e);
	qf_buf_free(&order);
	if (answer[1] >= 0)
		close(answer[1]);
	r->in.fd = answer[0];
	if (rc == QF_OK)
		rc = take_lines(r, e);
	if (answer[0] >= 0)
		close(answer[0]); /* whoever still writes is ended by that */
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 ? judge(r, status, rc, e) : rc;
}

enum qf_status segmenting_run(const struct segmenting *s, const struct workshop *w, struct qf_arena *a, struct segmented *out, struct qf_err *e)
{
	struct run *r = qf_zalloc(1, sizeof *r);
	struct stat st;
	enum qf_status rc;
	int fd;

	*out = (struct segmented){ 0 };
	if (!r)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	*r = (struct run){ .s = s, .w = w, .a = a, .out = out };
	fd = walk_open_file(s->path, true, &st, e);
	if (fd < 0)
		rc = e->code == QF_EIO ? (e->code = QF_ENOTFOUND) : e->code;
	else
		rc = converse(r, fd, st.st_size, e);
	if (fd >= 0)
		close(fd);
	qf_free(r);
	return rc;
}

void segmented_drop(struct segmented *s, const struct workshop *w)
{
	struct qf_buf name = { 0 };

	for (size_t i = 0; s->media.stem && i <= s->media.n; i++) {
		qf_buf_clear(&name);
		if (i < s->media.n)
			qf_hls_put_segment(&name, &s->media, i);
		else
			qf_hls_put_init(&name, &s->media);
		if (!name.failed)
			unlinkat(w->fd, name.p, 0);
	}
	qf_buf_free(&name);
	segmented_free(s);
}

void segmented_free(struct segmented *s)
{
	qf_free(s->segment);
	*s = (struct segmented){ .text = s->text };
}
