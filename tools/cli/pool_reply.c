#define _GNU_SOURCE
#include "cli/pool_reply.h"

#include "rows/json.h"
#include "rows/rows.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* ---- verdicts -------------------------------------------------------------------------------- */

/* As much of text as fits, cut between two characters. */
static void put_text(char *to, size_t cap, const char *text)
{
	size_t n = strlen(text);

	if (n >= cap)
		for (n = cap - 1; n && (text[n] & 0xc0) == 0x80; n--)
			;
	memcpy(to, text, n);
	to[n] = '\0';
}

void pool_verdict_set(struct pool_verdict *v, const char *class, const char *text)
{
	v->ok = false;
	snprintf(v->class, sizeof v->class, "%s", class);
	snprintf(v->text, sizeof v->text, "%s", text);
}

/* Of two failures the graver one names the class. -1: nothing that another decoder could mend. */
static int gravity(const struct pool_verdict *v)
{
	static const char *const classes[] = { "unsupported", "broken", "limit", "crashed" };

	for (int i = 0; i < 4; i++)
		if (strcmp(v->class, classes[i]) == 0)
			return i;
	return -1;
}

bool pool_verdict_may_retry(const struct pool_verdict *v)
{
	return !v->ok && gravity(v) >= 0;
}

void pool_verdict_join(struct pool_verdict *second, const struct pool_verdict *first)
{
	struct pool_verdict own = *second;
	char a[255], b[255];

	if (gravity(first) == 0)
		return;
	put_text(a, sizeof a, first->text);
	put_text(b, sizeof b, own.text);
	snprintf(second->text, sizeof second->text, "%s; %s", a, b);
	if (gravity(first) > gravity(&own))
		memcpy(second->class, first->class, sizeof second->class);
}

void pool_verdict_ended(struct pool_verdict *v, const char *name, int status, double after_s)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	char text[QF_ERR_TEXT];

	if (sig == SIGXCPU)
		snprintf(text, sizeof text, "%s used up its processor time, after %.1f s", name, after_s);
	else if (sig)
		snprintf(text, sizeof text, "%s %sdied of signal %d (%s) after %.1f s", name,
			 sig == SIGSYS ? "tried what a worker may not do, and " : "", sig, strsignal(sig), after_s);
	else
		snprintf(text, sizeof text, "%s left with code %d after %.1f s", name, WEXITSTATUS(status), after_s);
	pool_verdict_set(v, sig == SIGXCPU ? "limit" : "crashed", text);
}

/* ---- lines ------------------------------------------------------------------------------------- */

/* A short string out of a reply; false when it is none, or empty. */
static bool take_text(struct qf_span object, const char *key, char *to, size_t cap)
{
	struct qf_span v;
	struct qf_buf text = { 0 };
	bool good = qf_json_get(object, key, &v) && qf_json_to_text(v, &text) && text.len && !memchr(text.p, '\0', text.len);

	if (good)
		put_text(to, cap, text.p);
	qf_buf_free(&text);
	return good;
}

bool pool_reply_greeting(struct qf_span line, struct pool_greeting *out)
{
	struct qf_span v;

	return qf_row_check(line, NULL) == QF_OK && take_text(line, "worker", out->worker, sizeof out->worker) &&
	       qf_json_get(line, "protocol", &v) && qf_json_to_int(v, &out->protocol) &&
	       take_text(line, "sandbox", out->sandbox, sizeof out->sandbox);
}

static bool id_is(struct qf_span object, uint64_t id)
{
	struct qf_span v;
	int64_t n;

	return qf_json_get(object, "id", &v) && qf_json_to_int(v, &n) && n >= 0 && (uint64_t)n == id;
}

bool pool_reply_is_for(struct qf_span line, uint64_t id)
{
	return qf_row_check(line, NULL) == QF_OK && id_is(line, id);
}

const char *pool_reply_read(struct qf_span line, uint64_t id, struct pool_verdict *v)
{
	struct pool_verdict got = { 0 };
	struct qf_span ok;

	if (qf_row_check(line, NULL) != QF_OK)
		return "the worker's answer is not a row";
	if (!id_is(line, id))
		return "the worker answered for another file";
	if (!qf_json_get(line, "ok", &ok) || !qf_json_to_bool(ok, &got.ok))
		return "the worker's answer does not say whether it is one";
	if (!got.ok && (!take_text(line, "class", got.class, sizeof got.class) || !take_text(line, "text", got.text, sizeof got.text)))
		return "the worker's answer does not say what is wrong";
	*v = got;
	return NULL;
}
