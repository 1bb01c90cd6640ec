/* qfzz-playlist - orders track rows and writes them as a playlist; reads playlists. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/listfile.h"
#include "cli/listout.h"
#include "cli/store.h"
#include "cli/tracklist.h"
#include "playlist/format.h"
#include "playlist/order.h"
#include "playlist/place.h"
#include "playlist/spelling.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those of the core first, in the order of qf_playlist_formats, then rows. */
#define FORMATS "m3u|pls|jspf|xspf|paths|ndjson"
enum { BY_SUFFIX = -1, NDJSON = 5 };

static const char *order_name = "input", *output, *list_name, *profile_name, *read_file, *base_url, *root, *secret, *expires = "1h";
static int format = BY_SUFFIX, sign_form;
static int64_t at_time;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "read", "FILE", "read this playlist instead of rows, and match its entries to files and catalog", &read_file, 0, 0, NULL },
	{ CLI_TEXT, 0, "order", "ORDER", "input, score, harmonic (matching keys and tempos) or energy (calm to intense) [input]", &order_name, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "write FILE, whole or not at all; its mtime stays if nothing changed [standard output]", &output, 0, 0, NULL },
	{ CLI_CHOICE, 0, "format", "FORMAT", "m3u, pls, jspf, xspf, paths or ndjson [by the suffix of FILE, else m3u; of --read ndjson]", &format, 0, 0, FORMATS },
	{ CLI_TEXT, 0, "profile", "PLAYER", "how m3u and pls spell files: mpv, mpd, vlc, navidrome, rockbox, car or uri [mpv]", &profile_name, 0, 0, NULL },
	{ CLI_TEXT, 0, "name", "NAME", "title of the list [name of FILE without suffix]", &list_name, 0, 0, NULL },
	{ CLI_TEXT, 0, "base-url", "URL", "write URLs for players elsewhere: URL stands for the folder of --root", &base_url, 0, 0, NULL },
	{ CLI_TEXT, 0, "root", "FOLDER", "what --base-url stands for [the folder of the list]", &root, 0, 0, NULL },
	{ CLI_TEXT, 0, "sign", "KEY", "sign each URL for nginx's secure_link with this secret, or with that in a file: @FILE", &secret, 0, 0, NULL },
	{ CLI_CHOICE, 0, "sign-form", "FORM", "where the token stands: query, of a file; path, of a folder and all in it [query]", &sign_form, 0, 0, "query|path" },
	{ CLI_TEXT, 0, "expires", "TIME", "how long signed URLs are good: 90s, 30m, 12h, 7d [1h]", &expires, 0, 0, NULL },
	{ CLI_INT, 0, "now", "EPOCH", "the time to count from, in seconds since 1970 [the clock]", &at_time, 1, 9007199254740992.0, NULL },
	{ .kind = CLI_END }
};
static const char *const examples[] = {
	"qfzz query 'genre:jazz tempo:100..130' | qfzz playlist --order harmonic -o jazz.m3u -",
	"qfzz recommend --user me -n 50 | qfzz playlist --order energy --name 'Wake up' -o wake-up.jspf -",
	"qfzz query mood:calm | qfzz playlist --format paths - | head",
	"qfzz playlist --read friends.xspf | qfzz similar -n 20 -",
	"qfzz query mood:calm | qfzz playlist --base-url https://radio.example/music --root ~/Music --sign @key --expires 30m -o calm.m3u -",
	NULL
};
static const struct cli_tool tool = {
	.verb = "playlist", .stage = "deliver", .purpose = "order tracks and write playlists that players play",
	.operands = "-", .reads = "track.v1", .writes = "track.v1 (ndjson only)", .common = CLI_CATALOG, .opts = opts, .examples = examples,
	.notes = "Reads track rows from standard input ('-'), or a playlist (--read) of any format written here. An M3U\n"
		 "names its files relative to the folder it stands in, so list and music can move together. What\n"
		 "`qfzz plan fit` chose is written instead of the original. With ndjson, rows of other types come first.",
};

/* ---- options to what they mean -------------------------------------------------------------- */

static const struct qf_playlist_format *choose_format(void)
{
	const struct qf_playlist_format *f = output ? qf_playlist_format_of(output) : NULL;
	size_t n = output ? strlen(output) : 0;

	if (format != BY_SUFFIX)
		return format == NDJSON ? NULL : &qf_playlist_formats[format];
	if ((read_file && !output) || (n > 7 && strcmp(output + n - 7, ".ndjson") == 0))
		return NULL;
	return f ? f : qf_playlist_formats;
}

static const struct qf_profile *choose_profile(void)
{
	const struct qf_profile *p = profile_name ? qf_profile_find(profile_name) : qf_profiles;

	if (!p)
		cli_misuse("--profile: '%s' is none of mpv, mpd, vlc, navidrome, rockbox, car, uri", profile_name);
	return p;
}

static const struct qf_order *choose_order(void)
{
	const struct qf_order *o = qf_order_find(order_name);

	if (!o)
		cli_misuse("--order: '%s' is none of input, score, harmonic, energy", order_name);
	return o;
}

/* The secret, or that of a file without its newline. */
static enum qf_status read_secret(struct qf_buf *out, struct qf_err *e)
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

struct served { /* what a struct qf_remote points to */
	struct qf_remote remote;
	struct qf_buf secret;
	char *root;
};

static int choose_remote(struct served *s)
{
	int64_t ms;
	struct qf_err e = { 0 };

	if (!base_url) {
		if (secret || root)
			cli_misuse("--%s wants --base-url", secret ? "sign" : "root");
		return EXIT_OK;
	}
	if (!qf_place_is_url(base_url))
		cli_misuse("--base-url: '%s' is no URL like https://host/music", base_url);
	if (!cli_duration(expires, &ms))
		cli_misuse("--expires: '%s' is no length of time like 90s, 30m, 12h, 7d", expires);
	if (secret && read_secret(&s->secret, &e))
		return cli_die(&e);
	s->root = root ? realpath(root, NULL) : listout_folder(output);
	if (!s->root) {
		if (root)
			cli_say("%s: %s", root, strerror(errno));
		return EXIT_FATAL;
	}
	s->remote = (struct qf_remote){ .url = base_url, .root = s->root, .secret = s->secret.p, .expires = at_time + ms / 1000,
					.sign = !secret ? QF_SIGN_NONE : sign_form ? QF_SIGN_PATH : QF_SIGN_QUERY };
	return EXIT_OK;
}

/* ---- the work ----------------------------------------------------------------------------------- */

/* The catalog for matching; without one only files count. */
static enum qf_status open_catalog(struct qf_catalog **c, struct qf_err *e)
{
	enum qf_status rc = cli_catalog_open(c, QF_CATALOG_READ, e);

	if (rc == QF_ENOTFOUND) {
		cli_say("%s; entries are matched to files alone", e->text);
		*e = (struct qf_err){ 0 };
		return QF_OK;
	}
	return rc == QF_OK ? qf_catalog_begin_read(*c, e) : rc;
}

static int read_list(struct listfile *f, struct tracklist *l)
{
	struct qf_err e = { 0 };
	int code;

	if (!read_file)
		return tracklist_read(l, STDIN_FILENO);
	code = open_catalog(&f->catalog, &e) ? cli_die(&e) : listfile_read(f, l);
	qf_catalog_close(f->catalog);
	f->catalog = NULL;
	return code;
}

static enum qf_status arrange(struct tracklist *l, const struct qf_order *order, struct qf_err *e)
{
	uint32_t *perm = qf_alloc(l->n, sizeof *perm);
	enum qf_status rc = perm ? order->run(l->entries, l->n, NULL, perm, e) : qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->n);

	if (rc == QF_OK)
		rc = tracklist_take(l, perm, l->n, e);
	qf_free(perm);
	return rc;
}

static int run(struct tracklist *l, struct listfile *from, struct listout *to, const struct qf_order *order)
{
	struct qf_buf note = { 0 };
	struct qf_err e = { 0 };
	int code = read_list(from, l), refused;

	if (code == EXIT_FATAL)
		return code;
	if (output && l->n == 0) { /* a producer that failed must not cost yesterday's list */
		cli_say("%s: no track came in; the file is left as it was", output);
		return EXIT_SOME;
	}
	if (arrange(l, order, &e))
		return cli_die(&e);
	qf_buf_printf(&note, "qfzz-playlist %s, order %s", QFZZ_VERSION, order->name);
	to->name = list_name ? list_name : from->title;
	to->note = from->note && order == qf_orders ? from->note : note.p;
	refused = listout_write(to, l);
	qf_buf_free(&note);
	return refused == EXIT_OK ? code : refused;
}

int main(int argc, char **argv)
{
	struct tracklist l = { 0 };
	struct served served = { 0 };
	struct listfile from = { 0 };
	struct listout to = { 0 };
	const struct qf_order *order;
	char *here;
	int code;

	cli_start(&tool, argc, argv);
	if (read_file ? cli.n_operands != 0 : cli.n_operands != 1 || strcmp(cli.operands[0], "-") != 0)
		cli_misuse(read_file ? "--read takes no operands" : "takes one operand, '-': track rows on standard input");
	order = choose_order();
	if (!at_time)
		at_time = cli_now();
	code = choose_remote(&served);
	to = (struct listout){ .format = choose_format(), .profile = choose_profile(), .remote = served.root ? &served.remote : NULL, .output = output };
	from = (struct listfile){ .file = read_file, .remote = to.remote, .profile = profile_name ? to.profile : NULL };
	l.keep_rows = to.format == NULL;
	l.here = here = getcwd(NULL, 0);
	if (!here) {
		cli_say("current folder: %s", strerror(errno));
		code = EXIT_FATAL;
	}
	if (code == EXIT_OK)
		code = run(&l, &from, &to, order);
	tracklist_free(&l);
	free(here);
	free(served.root);
	qf_buf_free(&served.secret);
	return cli_finish(code);
}
