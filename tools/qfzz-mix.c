/* qfzz-mix - renders track rows as one file of sound, or one transition of them, to be heard and looked at. */
#define _GNU_SOURCE
#include "base/file.h"
#include "cli/cli.h"
#include "cli/mashups.h"
#include "cli/mixing.h"
#include "cli/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *output, *plot, *mashup;
static int64_t only, beats = 16, rate_hz = 44100, count = 25;
static double lufs = QF_MIX_LUFS, fade_s = 6, around_s = 10, stretch_percent = 6;
static int bits = 1;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'o', "output", "FILE.flac", "write FILE, whole or not at all", &output, 0, 0, NULL },
	{ CLI_INT, 0, "only", "K", "only the transition from the Kth track to the next", &only, 1, 1000000, NULL },
	{ CLI_NUM, 0, "around", "SECONDS", "of that one, what is heard before and behind [10]", &around_s, 0, 60, NULL },
	{ CLI_TEXT, 0, "plot", "FILE", "draw that one, as SVG, or as PNG by the suffix", &plot, 0, 0, NULL },
	{ CLI_NUM, 0, "loudness", "LUFS", "how loud every track is to be [-18]", &lufs, -40, -5, NULL },
	{ CLI_INT, 0, "beats", "N", "length of a crossing where beats can be matched, 4 to 64 [16]", &beats, 4, QF_MIX_BEATS, NULL },
	{ CLI_NUM, 0, "fade", "SECONDS", "length of a crossfade where they cannot [6]", &fade_s, 0.1, QF_MIX_CROSSING_S, NULL },
	{ CLI_NUM, 0, "max-stretch", "PERCENT", "how much faster or slower a track may run to be matched [6]", &stretch_percent, 0, 15, NULL },
	{ CLI_INT, 0, "rate", "HZ", "sample rate of FILE [44100]", &rate_hz, 8000, 192000, NULL },
	{ CLI_CHOICE, 0, "bits", "N", "of a sample of FILE, 16 or 24 [24]", &bits, 0, 0, "16|24" },
	{ CLI_TEXT, 0, "mashup", "TRACK", "render nothing; list which tracks can sound together with TRACK (track:ID or a path), the best first", &mashup, 0, 0, NULL },
	{ CLI_INT, 'n', "count", "N", "of those, at most so many [25]", &count, 1, 1000000, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "AT/FIT", "mix.at_s|mashup.score", -9 }, { "ARTIST", "artist", 20 }, { "TITLE", "title|path", 28 }, { "BPM", "features.tempo_bpm", -6 }, { "KEY", "features.camelot", 4 },
	{ "GAIN", "transition.gain_db", -6 }, { "THEN", "transition.kind", 12 }, { "LENGTH", "transition.length_s", -7 }, { "path", "path", 0 }, { 0 }
};
static const char *const examples[] = {
	"qfzz recommend --user me -n 40 | qfzz playlist --order harmonic --format ndjson - | qfzz mix -o evening.flac -",
	"qfzz query 'artist:Ann sort:year' | qfzz mix --only 3 --plot third.png -o third.flac -",
	"qfzz query 'tempo:60..200' | qfzz mix --mashup track:17 -n 10 -",
	NULL
};
static const struct cli_tool tool = {
	.verb = "mix", .stage = "deliver", .purpose = "render tracks as one mix, or one transition to hear and to look at; find mashups",
	.operands = "-", .reads = "track.v1", .writes = "track.v1", .common = CLI_CATALOG | CLI_FORMAT | CLI_HOLD, .opts = opts, .columns = columns,
	.examples = examples,
	.notes = "Tracks go over into each other as `qfzz playlist --transitions` says: beats on beats where that can be, else\n"
		 "crossfaded, neighbours of an album untouched. All are brought to one loudness; peaks stay under -1 dBTP.\n"
		 "What was heard (beats, keys, loudness) comes from the rows or the catalog: run `qfzz features` first.",
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

static int draw(const struct looking *k)
{
	struct canvas *c = NULL;
	struct qf_buf picture = { 0 };
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	if (canvas_open(&c, ends_with(plot, ".png") ? CANVAS_PNG : CANVAS_SVG, LOOKING_WIDE, LOOKING_HIGH, &e) == QF_OK)
		looking_draw(k, c);
	if (e.code || canvas_finish(c, &picture, &e) || qf_buf_check(&picture, &e) || qf_file_replace(plot, picture.p, picture.len, NULL, &e))
		code = cli_die(&e);
	canvas_close(c);
	qf_buf_free(&picture);
	return code;
}

static int run(struct mixing *x, const struct tracklist *l, struct qf_catalog *c)
{
	struct looking k = { 0 };
	struct qf_err e = { 0 };
	int code = plot && looking_open(&k, x->rate_hz, 2 * x->around_s + QF_MIX_CROSSING_S + 1, &e) ? cli_die(&e) : EXIT_OK;

	if (plot)
		x->look = &k;
	if (code == EXIT_OK)
		code = mixing_run(x, l, c);
	if (code < EXIT_USAGE && k.columns) {
		int drawn = draw(&k);

		code = drawn > code ? drawn : code;
	}
	looking_close(&k);
	return code;
}

static int open_catalog(struct qf_catalog **c)
{
	struct qf_err e = { 0 };
	enum qf_status rc = cli_catalog_open(c, QF_CATALOG_READ, &e);

	if (rc == QF_ENOTFOUND && !mashup)
		return EXIT_OK;
	return rc == QF_OK ? EXIT_OK : cli_die(&e); /* no transaction: a mix takes minutes, and each track is looked up once */
}

int main(int argc, char **argv)
{
	struct tracklist l = { .keep_rows = true };
	struct qf_catalog *c = NULL;
	struct mixing x = { 0 };
	char *here;
	int code;

	cli_start(&tool, argc, argv);
	signal(SIGXFSZ, SIG_IGN); /* a file that grows too far is a write that fails */
	if (cli.n_operands != 1 || strcmp(cli.operands[0], "-") != 0)
		cli_misuse("takes '-': track rows on standard input");
	if (mashup && (output || plot || only))
		cli_misuse("--mashup renders nothing: no -o, --only and --plot");
	if (!output && !plot && !mashup)
		cli_misuse("into which file? (-o FILE.flac)");
	if (output && !ends_with(output, ".flac"))
		cli_misuse("-o: '%s' does not end with .flac", output);
	if (plot && !only)
		cli_misuse("--plot draws one transition: --only K");
	x = (struct mixing){ .output = output, .rate_hz = (int)rate_hz, .bits = bits ? 24 : 16, .lufs = lufs, .only = (size_t)only, .around_s = around_s,
			     .how = { (int)beats, fade_s, stretch_percent / 100 } };
	l.here = here = getcwd(NULL, 0);
	if (!here)
		cli_say("current folder: %s", strerror(errno));
	code = here ? open_catalog(&c) : EXIT_FATAL;
	if (code == EXIT_OK)
		code = tracklist_read(&l, STDIN_FILENO);
	if (code < EXIT_USAGE) {
		int mixed = mashup ? mashups_print(&l, c, mashup, stretch_percent / 100, (size_t)count) : run(&x, &l, c);

		code = mixed > code ? mixed : code;
	}
	qf_catalog_close(c);
	tracklist_free(&l);
	free(here);
	return cli_finish(code);
}
