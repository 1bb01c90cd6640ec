#define _GNU_SOURCE
#include "cli/served.h"

#include "base/file.h"
#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/listout.h"
#include "playlist/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The secret, or that of a file without its newline. */
static enum qf_status read_secret(const char *secret, struct qf_buf *out, struct qf_err *e)
{
	if (*secret != '@') {
		qf_buf_puts(out, secret);
	} else {
		if (qf_file_read(secret + 1, out, 4096, e))
			return e->code;
		while (out->len && strchr("\r\n", out->p[out->len - 1]))
			out->p[--out->len] = '\0';
	}
	if (!out->len)
		return qf_fail(e, QF_EINVAL, "--sign: the secret is empty");
	return qf_buf_check(out, e);
}

int served_open(struct served *s, const struct serving *how)
{
	int64_t ms;
	struct qf_err e = { 0 };

	if (!how->url) {
		if (how->secret || how->root)
			cli_misuse("--%s wants --base-url", how->secret ? "sign" : "root");
		return EXIT_OK;
	}
	if (!qf_place_is_url(how->url))
		cli_misuse("--base-url: '%s' is no URL like https://host/music", how->url);
	if (!cli_duration(how->expires, &ms))
		cli_misuse("--expires: '%s' is no length of time like 90s, 30m, 12h, 7d", how->expires);
	if (how->secret && read_secret(how->secret, &s->secret, &e))
		return cli_die(&e);
	s->root = how->root ? realpath(how->root, NULL) : listout_folder(how->output);
	if (!s->root) {
		if (how->root)
			cli_say("%s: %s", how->root, strerror(errno));
		return EXIT_FATAL;
	}
	s->remote = (struct qf_remote){ .url = how->url, .root = s->root, .secret = s->secret.p, .expires = how->now + ms / 1000,
					.sign = !how->secret ? QF_SIGN_NONE : how->in_path ? QF_SIGN_PATH : QF_SIGN_QUERY };
	return EXIT_OK;
}

/* ---- the work ----------------------------------------------------------------------------------- */

void served_close(struct served *s)
{
	free(s->root);
	qf_buf_free(&s->secret);
}
