/* qfzz-package - renditions of a track as HTTP Live Streaming: segments, playlists with their true rates; and a linter of such. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "catalog/facets.h"
#include "catalog/rendition.h"
#include "cli/asking.h"
#include "cli/cli.h"
#include "cli/hlscheck.h"
#include "cli/packaging.h"
#include "cli/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *output, *where;
static int64_t target_s = 6;
static int form;
static bool lint;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 'o', "output", "FOLDER", "of FILEs: the folder to make; of tracks: where each gets a folder, called by its number", &output, 0, 0, NULL },
	{ CLI_TEXT, 0, "where", "QUERY", "without operands: only tracks that a query selects, as in `qfzz query`", &where, 0, 0, NULL },
	{ CLI_INT, 0, "target", "SECONDS", "how long a segment is, but for the last [6]", &target_s, 1, 60, NULL },
	{ CLI_CHOICE, 0, "segments", "FORM", "what AAC becomes: fragmented MP4, as all but MP3, or packed audio with ADTS headers [fmp4]", &form, 0, 0, "fmp4|adts" },
	{ CLI_FLAG, 0, "lint", NULL, "make nothing; read playlists, and say where they break RFC 8216 or what their files are", &lint, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "TRACK", "track", -7 }, { "SEGMENTS", "segments", -8 }, { "BYTES", "bytes", -10 }, { "SECTION", "section", 9 }, { "LEVEL", "level", 6 },
	{ "WHAT", "text|codecs", 60 }, { "FILE", "path", 60 }, { "path", "path", 0 }, { 0 }
};
static const char *const examples[] = {
	"qfzz package -o /srv/hls",
	"qfzz package -o /srv/hls --where @on-air",
	"qfzz encode --plan plan.ndjson | qfzz package -o /srv/hls -",
	"qfzz package -o song song-64.opus song-128.m4a song.flac",
	"qfzz package --lint song",
	NULL
};
static const struct cli_tool tool = {
	.verb = "package", .stage = "deliver", .purpose = "segment renditions for HLS, with playlists of their true sizes; lint such playlists",
	.operands = "[-|track:ID…|FILE…]", .reads = "rendition.v1", .writes = "package.v1 lint.v1", .common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts, .columns = columns, .examples = examples,
	.notes = "Without operands every track's renditions in the catalog, with track:ID those of some, with '-' rows of `qfzz encode`, with\n"
		 "FILEs the renditions of one track. Nothing is encoded anew: packets of AAC, MP3, Opus and FLAC are moved into segments\n"
		 "in a locked-in worker. A folder holds master.m3u8 (of several codecs the first of AAC, Opus, MP3, FLAC; the others have\n"
		 "master-opus.m3u8 and so on), a playlist of each rendition and their segments; it appears whole or not at all, and stays\n"
		 "untouched where it was made from the same renditions. Excerpts are no rendition of a whole track, and HLS has no\n"
		 "place for Vorbis: both are left out.\n\n"
		 "--lint takes playlists, or folders with their masters in them: exit 4 when a \"MUST\" of RFC 8216 is broken.",
};

/* ---- which renditions ------------------------------------------------------------------------------------- */

struct item {
	int64_t track;
	size_t place; /* as they came in */
	struct packaging_source source;
};

struct items {
	struct item *item; /* [n] */
	size_t n, cap, vorbis;
	struct qf_arena texts;
	const char *catalog; /* UUID, NULL: not known */
};

static enum qf_status add(struct items *l, int64_t track, const char *path, const char *rung, const char *sha256, struct qf_err *e)
{
	struct item *x;

	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 256;
		struct item *more = qf_realloc(l->item, cap, sizeof *more);

		if (!more)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu renditions", cap);
		l->item = more;
		l->cap = cap;
	}
	x = &l->item[l->n];
	*x = (struct item){ .track = track, .place = l->n, .source = { qf_arena_dup(&l->texts, path, strlen(path)), NULL, NULL } };
	if (rung)
		x->source.rung = qf_arena_dup(&l->texts, rung, strlen(rung));
	if (sha256)
		x->source.sha256 = qf_arena_dup(&l->texts, sha256, strlen(sha256));
	if (!x->source.path || (rung && !x->source.rung) || (sha256 && !x->source.sha256))
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu renditions", l->n);
	l->n++;
	return QF_OK;
}

/* Of a track that is known to be one: the parts of the ladder that are no rendition for HLS are passed over. */
static enum qf_status add_rung(struct items *l, const struct qf_rendition *r, const char *path, struct qf_err *e)
{
	if (r->seconds > 0)
		return QF_OK;
	if (r->codec && strcmp(r->codec, "vorbis") == 0) {
		l->vorbis++;
		return QF_OK;
	}
	return add(l, r->track, path, r->rung, r->sha256, e);
}

static enum qf_status add_stored(void *arg, const struct qf_rendition *r, struct qf_err *e)
{
	struct qf_buf path = { 0 };
	enum qf_status rc = QF_OK;

	if (!r->vanished && r->track) {
		qf_buf_printf(&path, "%s/%s", r->folder, r->file);
		rc = qf_buf_check(&path, e);
		if (rc == QF_OK)
			rc = add_rung(arg, r, path.p, e);
	}
	qf_buf_free(&path);
	return rc;
}

static enum qf_status add_row(void *arg, struct qf_span row, struct qf_err *e)
{
	struct items *l = arg;
	struct qf_rendition r = { 0 };
	struct qf_track_ref ref;
	struct qf_span v;
	enum qf_status rc;

	if (!qf_json_get(row, "type", &v) || !qf_json_is(v, "rendition.v1") || qf_json_get(row, "removed", &v) || qf_json_get(row, "planned", &v))
		return QF_OK;
	rc = qf_row_track_ref(row, &l->texts, &ref, e);
	if (rc == QF_OK && (!ref.id || !ref.path))
		rc = qf_fail(e, QF_EFORMAT, "a rendition has \"track\" and \"path\"");
	if (rc != QF_OK)
		return rc;
	r.track = ref.id;
	r.rung = qf_json_get(row, "rung", &v) ? qf_json_dup(v, &l->texts) : NULL;
	r.codec = qf_json_get(row, "codec", &v) ? qf_json_dup(v, &l->texts) : NULL;
	r.sha256 = qf_json_get(row, "sha256", &v) ? qf_json_dup(v, &l->texts) : NULL;
	if (qf_json_get(row, "seconds", &v))
		qf_json_to_num(v, &r.seconds);
	if (!l->catalog)
		l->catalog = ref.catalog;
	return add_rung(l, &r, ref.path, e);
}

struct selecting {
	struct items *l;
	struct qf_catalog *c;
};

static enum qf_status add_selected(void *arg, int64_t track, struct qf_err *e)
{
	struct selecting *s = arg;

	return qf_catalog_renditions_of(s->c, track, add_stored, s->l, e);
}

static enum qf_status gather_where(struct items *l, struct qf_catalog *c, struct qf_err *e)
{
	struct selecting s = { l, c };
	struct qf_arena a = { 0 };
	struct qf_query q;
	enum qf_status rc = cli_ask(&q, c, where, cli_now(), &a, e);

	if (rc == QF_OK)
		rc = qf_catalog_selected(c, &q, add_selected, &s, e);
	qf_arena_free(&a);
	return rc;
}

static enum qf_status gather_tracks(struct items *l, struct qf_catalog *c, int *code, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < cli.n_operands; i++) {
		size_t before = l->n;

		rc = qf_catalog_renditions_of(c, cli_track_operand(cli.operands[i]), add_stored, l, e);
		if (rc == QF_OK && l->n == before) {
			cli_say("%s has no renditions for HLS; `qfzz plan transcode` and `qfzz encode` make some", cli.operands[i]);
			*code = EXIT_SOME;
		}
	}
	return rc;
}

static enum qf_status gather_stored(struct items *l, int *code, struct qf_err *e)
{
	struct qf_catalog *c = NULL;
	const char *uuid;
	enum qf_status rc = cli_catalog_open(&c, QF_CATALOG_READ, e);

	if (rc == QF_OK) {
		uuid = qf_catalog_uuid(c);
		l->catalog = qf_arena_dup(&l->texts, uuid, strlen(uuid));
		rc = qf_catalog_begin_read(c, e);
	}
	if (rc == QF_OK && cli.n_operands)
		rc = gather_tracks(l, c, code, e);
	else if (rc == QF_OK)
		rc = where ? gather_where(l, c, e) : qf_catalog_renditions(c, NULL, add_stored, l, e);
	if (rc == QF_OK && !cli.n_operands && !l->n && !cli.quiet)
		cli_say("there are no renditions for HLS%s; `qfzz plan transcode` and `qfzz encode` make some", where ? " of what is selected" : "");
	qf_catalog_close(c);
	return rc;
}

static bool of_tracks(void)
{
	return !cli.n_operands || strncmp(cli.operands[0], "track:", 6) == 0;
}

static enum qf_status gather(struct items *l, int *code, struct qf_err *e)
{
	struct cli_input in = { .fd = STDIN_FILENO };
	enum qf_status rc = QF_OK;

	if (of_tracks())
		return gather_stored(l, code, e);
	if (strcmp(cli.operands[0], "-") == 0)
		rc = cli_each_row(&in, add_row, l, e);
	else
		for (size_t i = 0; rc == QF_OK && i < cli.n_operands; i++)
			rc = add(l, 0, cli.operands[i], NULL, NULL, e);
	if (in.bad)
		*code = EXIT_SOME;
	return rc;
}

static int by_track(const void *x, const void *y)
{
	const struct item *a = x, *b = y;

	return a->track != b->track ? (a->track > b->track) - (a->track < b->track) : (a->place > b->place) - (a->place < b->place);
}

/* ---- one package -------------------------------------------------------------------------------------------- */

static void put_media(struct qf_buf *b, const struct qf_hls_media *m)
{
	qf_json_open(b, '{');
	qf_json_put_str(b, "name", m->stem);
	qf_json_put_str(b, "codec", m->codec);
	qf_json_put_str(b, "codecs", m->codecs);
	qf_json_put_int(b, "bandwidth", qf_hls_peak_bps(m));
	qf_json_put_int(b, "average_bandwidth", qf_hls_average_bps(m));
	qf_json_put_int(b, "segments", (int64_t)m->n);
	qf_json_put_int(b, "duration_us", qf_hls_us(m));
	qf_json_close(b, '}');
}

static enum qf_status print_package(const struct items *l, const struct packaging *p, int64_t track, const struct package *made, struct qf_err *e)
{
	struct qf_buf b = { 0 }, path = { 0 };
	int64_t segments = 0;
	enum qf_status rc;

	for (size_t i = 0; i < made->n; i++)
		segments += (int64_t)made->media[i].n;
	qf_buf_printf(&path, "%s/%s/" QF_HLS_MASTER, p->folder, p->name);
	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "package.v1");
	if (track && l->catalog)
		qf_json_put_str(&b, "catalog", l->catalog);
	qf_json_opt_int(&b, "track", track);
	qf_row_put_path(&b, path.p ? path.p : "");
	qf_json_put_int(&b, "segments", segments);
	qf_json_put_int(&b, "bytes", made->bytes);
	qf_json_key(&b, "renditions");
	qf_json_open(&b, '[');
	for (size_t i = 0; i < made->n; i++)
		put_media(&b, &made->media[i]);
	qf_json_close(&b, ']');
	qf_json_close(&b, '}');
	b.failed |= path.failed;
	rc = qf_buf_check(&b, e);
	if (rc == QF_OK)
		cli_row((struct qf_span){ b.p, b.len });
	qf_buf_free(&b);
	qf_buf_free(&path);
	return rc;
}

/* Plans of several ladders may hold the same file. */
static bool is_twice(const struct item *item, size_t i)
{
	for (size_t k = 0; item[i].source.sha256 && k < i; k++)
		if (item[k].source.sha256 && strcmp(item[k].source.sha256, item[i].source.sha256) == 0)
			return true;
	return false;
}

static enum qf_status package_one(const struct items *l, const struct item *item, size_t n, const char *folder, const char *name, int *code, struct qf_err *e)
{
	struct packaging_source *source = qf_alloc(n, sizeof *source);
	struct packaging p = { folder, name, target_s, form == 1, source, n };
	struct package made = { 0 };
	struct qf_arena texts = { 0 };
	size_t left_out = 0;
	enum qf_status rc = source ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for %zu renditions", n);

	for (size_t i = p.n = 0; rc == QF_OK && i < n; i++)
		if (!is_twice(item, i))
			source[p.n++] = item[i].source;
	if (rc == QF_OK)
		rc = packaging_run(&p, &texts, &made, &left_out, e);
	if (rc == QF_OK && made.n && !cli.quiet)
		rc = print_package(l, &p, item->track, &made, e);
	if (left_out)
		*code = EXIT_SOME;
	package_free(&made);
	qf_arena_free(&texts);
	qf_free(source);
	return rc;
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

/* The parts of a path: the folder that is there or is made, and the last name. */
static enum qf_status split(struct qf_arena *a, const char **folder, const char **name, struct qf_err *e)
{
	size_t n = strlen(output);
	const char *whole, *slash;
	char *bare;

	while (n > 1 && output[n - 1] == '/')
		n--;
	bare = qf_arena_dup(a, output, n);
	if (!bare)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (cli_absolute(bare, a, &whole, e))
		return e->code;
	slash = strrchr(whole, '/');
	if (slash == whole)
		return qf_fail(e, QF_EINVAL, "--output: '%s' is no folder to make", output);
	*name = slash + 1;
	*folder = qf_arena_dup(a, whole, (size_t)(slash - whole));
	return *folder ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

static enum qf_status package_tracks(struct items *l, int *code, struct qf_err *e)
{
	const char *folder;
	enum qf_status rc = cli_absolute(output, &l->texts, &folder, e);

	qsort(l->item, l->n, sizeof *l->item, by_track);
	for (size_t i = 0, n; rc == QF_OK && i < l->n; i += n) {
		char name[24];

		for (n = 1; i + n < l->n && l->item[i + n].track == l->item[i].track; n++)
			;
		snprintf(name, sizeof name, "%" PRId64, l->item[i].track);
		cli_progress(i, l->n, "renditions");
		rc = package_one(l, &l->item[i], n, folder, name, code, e);
	}
	cli_progress_end();
	return rc;
}

static int package_all(void)
{
	struct items l = { 0 };
	struct qf_err e = { 0 };
	const char *folder = NULL, *name = NULL;
	int code = EXIT_OK;
	enum qf_status rc = gather(&l, &code, &e);

	if (rc == QF_OK && l.n && l.item[0].track)
		rc = package_tracks(&l, &code, &e);
	else if (rc == QF_OK && l.n && (rc = split(&l.texts, &folder, &name, &e)) == QF_OK)
		rc = package_one(&l, l.item, l.n, folder, name, &code, &e);
	if (rc != QF_OK)
		code = cli_die(&e);
	else if (l.vorbis && !cli.quiet)
		cli_say("%zu renditions in Vorbis are left out: HLS has no place for them", l.vorbis);
	qf_free(l.item);
	qf_arena_free(&l.texts);
	return code;
}

static int lint_all(void)
{
	struct qf_err e = { 0 };
	bool conforms = true;

	for (size_t i = 0; i < cli.n_operands; i++)
		if (hlscheck_run(cli.operands[i], &conforms, &e))
			return cli_die(&e);
	return conforms ? EXIT_OK : EXIT_GATE;
}

int main(int argc, char **argv)
{
	cli_start(&tool, argc, argv);
	if (lint && (!cli.n_operands || output))
		cli_misuse("--lint takes playlists, and writes none");
	if (cli.n_operands > 1 && strcmp(cli.operands[0], "-") == 0)
		cli_misuse("'-' stands alone");
	if (where && cli.n_operands)
		cli_misuse("--where goes without operands");
	if (!lint && !output)
		cli_misuse("where to? (-o FOLDER)");
	return cli_finish(lint ? lint_all() : package_all());
}
