/* qfzz-playlist - orders track rows and writes them as a playlist; reads playlists. */
#define _GNU_SOURCE
#include "cli/cli.h"
#include "cli/crossings.h"
#include "cli/duration.h"
#include "cli/kept.h"
#include "cli/listfile.h"
#include "cli/listout.h"
#include "cli/pipes.h"
#include "cli/rules.h"
#include "cli/served.h"
#include "cli/store.h"
#include "cli/tracklist.h"
#include "playlist/format.h"
#include "playlist/order.h"
#include "playlist/spelling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipes.gen.h" /* ready_made[] */

/* Those of the core first, in the order of qf_playlist_formats, then rows. */
#define FORMATS "m3u|pls|jspf|xspf|paths|ndjson"
enum { BY_SUFFIX = -1, NDJSON = 5 };

static const char *order_name, *output, *list_name, *profile_name, *read_file, *base_url, *root, *secret, *expires = "1h";
static const char *arc, *length, *include, *places, *user = "me", *not_since;
static int format = BY_SUFFIX, sign_form;
static int64_t at_time, seed, artist_gap = -1;
static bool clean, transitions;
static const char *keep, *command, *pipes_file;
static int64_t base, count = 50;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "read", "FILE", "read this playlist instead of rows, and match its entries to files and catalog", &read_file, 0, 0, NULL },
	{ CLI_TEXT, 0, "order", "ORDER", "input, score, harmonic (matching keys and tempos), energy, smooth (in sound), album or shuffle [input; energy with --arc]", &order_name, 0, 0, NULL },
	{ CLI_TEXT, 0, "arc", "CURVE", "of energy: warmup, peak, cooldown, wave, or heights like 0.2,1,0.4", &arc, 0, 0, NULL },
	{ CLI_INT, 0, "seed", "N", "of the shuffle: another number, another order [0]", &seed, 0, 9007199254740992.0, NULL },
	{ CLI_INT, 0, "artist-gap", "N", "at least N others between two tracks of one artist [shuffle: 5, as far as that can be]", &artist_gap, 0, 1000000, NULL },
	{ CLI_TEXT, 0, "length", "TIME", "choose tracks, rather early ones, that last so long within 1 %: 60min, 1:30:00", &length, 0, 0, NULL },
	{ CLI_TEXT, 0, "include", "TRACKS", "must be in: 17,42", &include, 0, 0, NULL },
	{ CLI_TEXT, 0, "at", "PLACES", "where tracks must stand: 1=17,-1=42 puts 17 first and 42 last", &places, 0, 0, NULL },
	{ CLI_FLAG, 0, "clean", NULL, "nothing that its tags call explicit", &clean, 0, 0, NULL },
	{ CLI_TEXT, 0, "not-since", "TIME", "nothing that the user heard within 36h, 7d, 2w, 6m or 1y", &not_since, 0, 0, NULL },
	{ CLI_FLAG, 0, "transitions", NULL, "add to each row how it goes over into the next one; only with ndjson", &transitions, 0, 0, NULL },
	{ CLI_TEXT, 'u', "user", "NAME", "who heard it, whose version --keep stores, for whom a ready-made list is [me]", &user, 0, 0, NULL },
	{ CLI_INT, 'n', "count", "N", "how many tracks a ready-made list is made from [50]", &count, 1, 1000000, NULL },
	{ CLI_TEXT, 0, "pipes", "FILE", "a table of pipes in place of the ready-made ones (form: datasets/readymade.tsv)", &pipes_file, 0, 0, NULL },
	{ CLI_TEXT, 0, "keep", "NAME", "keep the list in the catalog, as a new version of NAME unless nothing changed", &keep, 0, 0, NULL },
	{ CLI_INT, 0, "base", "VERSION", "of NAME, that was edited [the newest of the user, else the newest]", &base, 1, 9007199254740992.0, NULL },
	{ CLI_TEXT, 0, "command", "TEXT", "what made the rows, to be kept with the list", &command, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "write FILE, whole or not at all; its mtime stays if nothing changed [standard output]", &output, 0, 0, NULL },
	{ CLI_CHOICE, 0, "format", "FORMAT", "m3u, pls, jspf, xspf, paths or ndjson [by the suffix of FILE, else m3u; ndjson of --read, show, merge and run]", &format, 0, 0, FORMATS },
	{ CLI_TEXT, 0, "profile", "PLAYER", "how m3u and pls spell files: mpv, mpd, vlc, navidrome, rockbox, car, uri, ezstream or liquidsoap (with gain and cue points) [mpv]", &profile_name, 0, 0, NULL },
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
	"qfzz recommend --user me -n 200 | qfzz playlist --length 60min --arc peak --artist-gap 3 --clean -o run.m3u -",
	"qfzz query genre:soul | qfzz playlist --order shuffle --seed 7 --at 1=17 --include 42 --not-since 7d -o soul.m3u -",
	"qfzz query genre:house | qfzz playlist --order harmonic --transitions --format ndjson -",
	"qfzz query mood:calm | qfzz playlist --keep calm --command 'query mood:calm' - && qfzz playlist list && qfzz playlist show calm@1",
	"qfzz playlist ready && qfzz playlist run mood 'calm music for reading' --user me -n 100 --length 45min -o calm.m3u",
	"qfzz playlist diff road@1 road && qfzz playlist merge road@ana road@ben --keep road",
	"qfzz playlist --read friends.xspf | qfzz similar -n 20 -",
	"qfzz query mood:calm | qfzz playlist --base-url https://radio.example/music --root ~/Music --sign @key --expires 30m -o calm.m3u -",
	NULL
};
static const struct cli_tool tool = {
	.verb = "playlist", .stage = "deliver", .purpose = "order tracks and write playlists that players play",
	.operands = "-|list|show LIST|diff LIST LIST|merge [BASE] LIST LIST|drop NAME|ready|run NAME [OF]", .reads = "track.v1", .writes = "track.v1, playlist.v1, playlist-change.v1, pipe.v1", .common = CLI_CATALOG, .opts = opts, .examples = examples,
	.notes = "Reads track rows from standard input ('-'), or a playlist (--read) of any format written here. An M3U\n"
		 "names its files relative to the folder it stands in, so list and music can move together. What\n"
		 "`qfzz plan fit` chose is written instead of the original. With ndjson, rows of other types come first.\n\n"
		 "Lists are kept in the catalog with --keep: `list` names them, `show` writes one (as rows, or with -o as a\n"
		 "playlist), `diff` tells what turns one into another, `merge` joins two people's edits of what they had in\n"
		 "common (conflicts are named, exit 1), `drop` forgets one. A LIST is " KEPT_LIST ".\n\n"
		 "`ready` shows the ready-made lists: pipes that are kept as data, each with its command line; `run` makes one.",
	.pipes = ready_made,
};

/* ---- options to what they mean -------------------------------------------------------------- */

/* By the suffix; to standard output M3U, or `rows` as they are. */
static const struct qf_playlist_format *choose_format(bool rows)
{
	const struct qf_playlist_format *f = output ? qf_playlist_format_of(output) : NULL;
	size_t n = output ? strlen(output) : 0;

	if (format != BY_SUFFIX)
		return format == NDJSON ? NULL : &qf_playlist_formats[format];
	if ((rows && !output) || (n > 7 && strcmp(output + n - 7, ".ndjson") == 0))
		return NULL;
	return f ? f : qf_playlist_formats;
}

static const struct qf_profile *choose_profile(void)
{
	const struct qf_profile *p = profile_name ? qf_profile_find(profile_name) : qf_profiles;

	if (!p)
		cli_misuse("--profile: '%s' is none of mpv, mpd, vlc, navidrome, rockbox, car, uri, ezstream, liquidsoap", profile_name);
	return p;
}

static const struct qf_order *choose_order(void)
{
	const char *name = order_name ? order_name : arc ? "energy" : "input";
	const struct qf_order *o = qf_order_find(name);

	if (!o)
		cli_misuse("--order: '%s' is none of input, score, harmonic, energy, smooth, album, shuffle", name);
	if (arc && o->run != qf_order_energy)
		cli_misuse("--arc goes with the order energy, not with %s", name);
	return o;
}

static struct rules choose_rules(void)
{
	static double heights[RULES_ARC_MAX];
	struct rules r = { .order = choose_order(), .artist_gap = artist_gap, .include = include, .at = places, .user = user,
			   .not_since = not_since, .clean = clean, .now = at_time,
			   .how = { .seed = (uint64_t)seed, .artist_gap = artist_gap < 0 ? 5 : (size_t)artist_gap, .album_gap = 2 } };

	if (arc && !rules_arc(arc, heights, &r.how))
		cli_misuse("--arc: '%s' is none of warmup, peak, cooldown, wave, and no list of heights like 0.2,1,0.4", arc);
	if (length && !cli_duration(length, &r.length_ms))
		cli_misuse("--length: '%s' is no length of time like 60min, 90s, 2h, 1:30:00", length);
	return r;
}

/* ---- what is asked for ---------------------------------------------------------------------------- */

enum source { ROWS, READ, SHOW, MERGE, RUN, LIST, DIFF, DROP, READY };

static const struct act {
	const char *name;
	size_t least, most; /* operands behind the name */
	enum source source;
} acts[] = {
	{ "-", 0, 0, ROWS }, { "list", 0, 0, LIST }, { "show", 1, 1, SHOW }, { "diff", 2, 2, DIFF }, { "merge", 2, 3, MERGE }, { "drop", 1, 1, DROP },
	{ "ready", 0, 0, READY }, { "run", 1, 2, RUN },
};

static enum source choose_source(void)
{
	size_t n = cli.n_operands;

	if (read_file) {
		if (n)
			cli_misuse("--read takes no operands");
		return READ;
	}
	if (!n)
		cli_misuse("what? ('-' for track rows on standard input, list, show, diff, merge, drop, ready, run)");
	for (const struct act *a = acts; a < acts + sizeof acts / sizeof *acts; a++)
		if (strcmp(a->name, cli.operands[0]) == 0) {
			if (n - 1 < a->least || n - 1 > a->most)
				cli_misuse("'%s' takes %zu operands, not %zu", a->name, a->least, n - 1);
			return a->source;
		}
	cli_misuse("'%s' is none of -, list, show, diff, merge, drop, ready, run", cli.operands[0]);
}

/* The catalog, if something needs it. For matching alone it may be missing: then only files count. */
static int open_catalog(struct qf_catalog **c, enum source source, const struct rules *r)
{
	bool must = rules_want_catalog(r) || keep || (source != ROWS && source != READ && source != RUN), write = keep || source == DROP;
	struct qf_err e = { 0 };
	enum qf_status rc;

	if (source == READY || ((source == ROWS || source == RUN) && !must && !transitions))
		return EXIT_OK;
	rc = cli_catalog_open(c, write ? QF_CATALOG_WRITE : QF_CATALOG_READ, &e);
	if (rc == QF_ENOTFOUND && !must) {
		if (source == READ)
			cli_say("%s; entries are matched to files alone", e.text);
		return EXIT_OK;
	}
	return rc == QF_OK && (source == DROP || qf_catalog_begin_read(*c, &e) == QF_OK) ? EXIT_OK : cli_die(&e);
}

static const struct cli_pipe *ready_table(struct qf_arena *a)
{
	const struct cli_pipe *table = ready_made;
	struct qf_err e = { 0 };

	if (!pipes_file || pipes_read(pipes_file, a, &table, &e) == QF_OK)
		return table;
	cli_die(&e);
	return NULL;
}

static int show_ready(struct qf_arena *a)
{
	const struct cli_pipe *p = ready_table(a);
	struct qf_buf row = { 0 };
	struct qf_err e = { 0 };
	int code = p ? EXIT_OK : EXIT_FATAL;

	for (; code == EXIT_OK && p->name; p++) {
		qf_buf_clear(&row);
		cli_put_pipe(&row, p);
		if (qf_buf_check(&row, &e))
			code = cli_die(&e);
		else
			cli_row((struct qf_span){ row.p, row.len });
	}
	qf_buf_free(&row);
	return code;
}

static int run_ready(struct tracklist *l)
{
	const struct cli_pipe *table = ready_table(&l->texts), *p = table ? pipes_find(table, cli.operands[1]) : NULL;
	const struct pipe_values v = { .user = user, .of = cli.n_operands > 2 ? cli.operands[2] : "", .n = count, .now = at_time, .seed = (uint64_t)seed };

	if (!table)
		return EXIT_FATAL;
	if (!p)
		cli_misuse("'%s' is no ready-made list: `qfzz playlist ready` shows them", cli.operands[1]);
	if (!p->of && *v.of)
		cli_misuse("'%s' takes no operand", p->name);
	if (!command)
		command = p->pipe;
	return pipes_run(p, &v, l);
}

static int merge(struct qf_catalog *c, struct tracklist *l, struct kept_parents *parents)
{
	char **last = cli.operands + cli.n_operands - 2;
	const char *const lists[3] = { cli.n_operands == 4 ? last[-1] : NULL, last[0], last[1] };

	return kept_merge(c, lists, l, parents);
}

static int read_tracks(enum source source, struct listfile *from, struct tracklist *l, struct kept_parents *parents)
{

	switch (source) {
	case READ:
		return listfile_read(from, l);
	case SHOW:
		return kept_load(from->catalog, cli.operands[1], l);
	case RUN:
		return run_ready(l);
	case MERGE:
		return merge(from->catalog, l, parents);
	default:
		return tracklist_read(l, STDIN_FILENO);
	}
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static int keep_list(struct qf_catalog *c, const struct rules *r, const struct kept_parents *parents, const struct tracklist *l)
{
	struct kept_new new = { .name = keep, .user = user, .order = r->order->name, .command = command, .seed = (uint64_t)seed, .now = at_time,
				.from = *parents, .print = !output };

	if (base)
		new.from.parent = base;
	return kept_store(c, &new, l);
}

static int run(enum source source, struct tracklist *l, struct listfile *from, struct listout *to, const struct rules *r)
{
	struct kept_parents parents = { 0 };
	struct qf_buf note = { 0 };
	int code = read_tracks(source, from, l, &parents);

	if (code != EXIT_FATAL)
		code = worse(code, rules_apply(r, l, from->catalog));
	if (code >= EXIT_USAGE)
		return code;
	if ((output || keep) && l->n == 0) { /* a producer that failed must not cost yesterday's list */
		cli_say("%s: no track came in; the %s is left as it was", output ? output : keep, output ? "file" : "list");
		return EXIT_SOME;
	}
	qf_buf_printf(&note, "qfzz-playlist %s, order %s", QFZZ_VERSION, r->order->name);
	to->name = list_name ? list_name : from->title;
	to->note = from->note && r->order == qf_orders ? from->note : note.p;
	if (transitions && (code = worse(code, crossings_add(l, from->catalog))) >= EXIT_USAGE)
		return code;
	if (output || !keep)
		code = worse(code, listout_write(to, l));
	if (keep && code < EXIT_USAGE)
		code = worse(code, keep_list(from->catalog, r, &parents, l));
	qf_buf_free(&note);
	return code;
}

static int act(enum source source, struct tracklist *l, struct listfile *from, struct listout *to, const struct rules *r)
{
	switch (source) {
	case LIST:
		return kept_list(from->catalog);
	case DIFF:
		return kept_diff(from->catalog, cli.operands[1], cli.operands[2], l->here);
	case READY:
		return show_ready(&l->texts);
	case DROP:
		return kept_drop(from->catalog, cli.operands[1]);
	default:
		return run(source, l, from, to, r);
	}
}

int main(int argc, char **argv)
{
	struct tracklist l = { 0 };
	struct served served = { 0 };
	struct listfile from = { 0 };
	struct listout to = { 0 };
	struct rules rules;
	enum source source;
	char *here;
	int code;

	cli_start(&tool, argc, argv);
	source = choose_source();
	if (!at_time)
		at_time = cli_now();
	rules = choose_rules();
	code = served_open(&served, &(struct serving){ .url = base_url, .root = root, .secret = secret, .expires = expires, .output = output,
							.in_path = sign_form == 1, .now = at_time });
	to = (struct listout){ .format = choose_format(source != ROWS), .profile = choose_profile(), .remote = served.root ? &served.remote : NULL,
			       .output = output };
	from = (struct listfile){ .file = read_file, .remote = to.remote, .profile = profile_name ? to.profile : NULL };
	l.keep_rows = to.format == NULL;
	if (transitions && to.format)
		cli_misuse("--transitions stand in rows: --format ndjson");
	l.here = here = getcwd(NULL, 0);
	if (!here) {
		cli_say("current folder: %s", strerror(errno));
		code = EXIT_FATAL;
	}
	if (code == EXIT_OK)
		code = open_catalog(&from.catalog, source, &rules);
	if (code == EXIT_OK)
		code = act(source, &l, &from, &to, &rules);
	qf_catalog_close(from.catalog);
	tracklist_free(&l);
	free(here);
	served_close(&served);
	return cli_finish(code);
}
