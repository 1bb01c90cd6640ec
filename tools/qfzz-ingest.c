/* qfzz-ingest - scans folders into the catalog.
 *
 * The parent walks and compares what stat says with what the catalog knows; only new and
 * changed files are opened, and their descriptors go to worker processes, which read the
 * tags. Replies are stored in the order of the walk, in transactions of at most 500 files
 * or one second. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/pool.h"
#include "cli/store.h"
#include "cli/walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	READER_VERSION = 1 /* raise it to have known failures tried again */
};

static const struct pool_limit limit = { .cpu_s = 10, .wall_s = 60 }; /* of one file; most take a millisecond */

static const char *dataset_name;
static bool follow, require_sandbox;

static const struct cli_opt opts[] = {
	{ CLI_TEXT, 0, "dataset", "NAME", "put every file of this run into a dataset", &dataset_name, 0, 0, NULL },
	{ CLI_FLAG, 0, "follow", NULL, "follow symbolic links", &follow, 0, 0, NULL },
	{ CLI_FLAG, 0, "require-sandbox", NULL, "refuse to work where the kernel has no seccomp filters to hold the workers", &require_sandbox, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "id", "track", -7 }, { "artist", "artist", 26 }, { "title", "title|path", 34 }, { "album", "album", 26 }, { "path", "path", 0 },
	{ NULL, NULL, 0 }
};
static const char *const examples[] = {
	"qfzz ingest ~/Music",
	"qfzz ingest --dataset asc ~/Music/asc-music",
	"qfzz ingest                                   # look again at all folders known so far",
	"echo '{\"path\":\"/music/a.flac\"}' | qfzz ingest -  # store one, pass it on as a row",
	NULL
};
static const struct cli_tool tool = {
	.verb = "ingest", .stage = "collect", .purpose = "scan folders: read tags, notice what is new, changed or gone",
	.operands = "[PATH…|-]", .reads = "track.v1", .writes = "track.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_JOBS | CLI_DRY_RUN | CLI_HOLD,
	.opts = opts, .columns = columns, .examples = examples,
	.notes = "Without a PATH every known folder is scanned again. A file that did not change since (size and\n"
		 "modification time) is not opened. A bad file costs a row in the catalog's list of failures, and a\n"
		 "line here the first time; a file that vanished keeps all that is known of it.",
};

struct job { /* a file under way */
	int64_t root, size, mtime_ns, inode;
	int64_t known_id;    /* of the track, 0: new */
	bool had_failure;
	char *path;          /* absolute */
	const char *rel;     /* its part behind the root */
	char *row;           /* from stdin, to be passed on; NULL: none */
	size_t row_len;
};

struct known { /* what the catalog knows of one file */
	struct qf_file_state s;
	bool seen;
};

static struct qf_catalog *catalog; /* NULL: a dry run without a catalog */
static struct batch batch = { .max = 500 };
static struct pool *pool;
static int64_t dataset;
static struct qf_arena scratch;
static struct { uint64_t files, added, changed, back, gone, failed, known_failures, unchanged; } count;

/* ---- transactions -------------------------------------------------------------------------- */

static enum qf_status begin(struct qf_err *e)
{
	enum qf_status rc = batch_begin(&batch, e);

	if (rc == QF_OK && dataset_name && !dataset)
		rc = qf_catalog_dataset(catalog, dataset_name, batch.now, &dataset, e);
	return rc;
}

/* ---- storing one reply --------------------------------------------------------------------- */

static enum qf_status fail_file(const struct job *j, int64_t track, const char *class_name, const char *text, struct qf_err *e)
{
	struct qf_failure f = {
		.stage = tool.verb, .root = j->root, .path = j->rel, .track = track, .class_name = class_name, .message = text,
		.size = j->size, .mtime_ns = j->mtime_ns, .version = READER_VERSION, .at = batch.now,
	};
	bool known = false;
	enum qf_status rc = qf_catalog_put_failure(catalog, &f, &known, e);

	if (rc == QF_OK && !known) {
		count.failed++;
		cli_say("%s: %s (%s)", j->path, text, class_name);
	} else if (rc == QF_OK) {
		count.known_failures++;
	}
	return rc;
}

/* [["artist","X"],…] of a reply. */
static enum qf_status read_tags(struct qf_span object, struct qf_scanned *s, struct qf_err *e)
{
	struct qf_span list, rest, k, pair, name, value;
	size_t n = 0;
	struct qf_tag *tags;

	if (!qf_json_get(object, "tags", &list))
		return QF_OK;
	for (rest = list; qf_json_next(&rest, &k, &pair);)
		n++;
	tags = qf_arena_get(&scratch, n ? n : 1, sizeof *tags);
	if (!tags)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	for (rest = list; qf_json_next(&rest, &k, &pair);) {
		if (!qf_json_next(&pair, &k, &name) || !qf_json_next(&pair, &k, &value))
			return qf_fail(e, QF_EFORMAT, "the reader sent a tag that is no pair");
		tags[s->n_tags].key = qf_json_dup(name, &scratch);
		tags[s->n_tags].value = qf_json_dup(value, &scratch);
		if (tags[s->n_tags].key && tags[s->n_tags].value) /* a value with a NUL in it is dropped */
			s->n_tags++;
	}
	s->tags = tags;
	return QF_OK;
}

static int64_t prop(struct qf_span object, const char *key, int64_t max)
{
	struct qf_span v;
	int64_t n;

	return qf_json_get(object, key, &v) && qf_json_to_int(v, &n) && n > 0 && n <= max ? n : 0;
}

static enum qf_status read_reply(const struct job *j, struct qf_span object, struct qf_scanned *s, struct qf_err *e)
{
	struct qf_span props, v;

	*s = (struct qf_scanned){
		.root = j->root, .path = j->rel, .size = j->size, .mtime_ns = j->mtime_ns, .inode = j->inode, .now = batch.now,
	};
	if (qf_json_get(object, "props", &props)) {
		s->duration_ms = prop(props, "duration_ms", INT64_MAX / 2);
		s->sample_rate_hz = (int)prop(props, "sample_rate_hz", 10000000);
		s->channels = (int)prop(props, "channels", 4096);
		s->bitrate_kbps = (int)prop(props, "bitrate_kbps", 10000000);
		if (qf_json_get(props, "codec", &v))
			s->codec = qf_json_dup(v, &scratch);
	}
	return read_tags(object, s, e);
}

/* The row as it came, with what we know set into it. */
static enum qf_status pass_on(const struct job *j, int64_t id, struct qf_err *e)
{
	enum { MOST = 32 };
	struct qf_row_edit edits[MOST];
	struct qf_span rest, key, value;
	char names[MOST][32];
	struct qf_track t;
	struct qf_buf mine = { 0 };
	size_t n = 0;
	enum qf_status rc = qf_catalog_track(catalog, id, QF_TRACK_BARE, &scratch, &t, NULL, e);

	if (rc != QF_OK)
		return rc;
	qf_row_put_track(&mine, qf_catalog_uuid(catalog), &t);
	rc = qf_buf_check(&mine, e);
	if (rc == QF_OK) {
		rest = (struct qf_span){ mine.p, mine.len - 1 };
		for (; n < MOST && qf_json_next(&rest, &key, &value); n++) {
			snprintf(names[n], sizeof names[n], "%.*s", (int)key.n - 2, key.p + 1);
			edits[n] = (struct qf_row_edit){ names[n], value };
		}
		qf_row_write(&batch.rows, (struct qf_span){ j->row, j->row_len }, edits, n);
	}
	qf_buf_free(&mine);
	return rc;
}

static enum qf_status store_track(const struct job *j, struct qf_span object, struct qf_err *e)
{
	struct qf_scanned s;
	struct qf_span damage, v;
	int64_t id;
	bool is_new, added;
	enum qf_status rc = read_reply(j, object, &s, e);

	if (rc == QF_EFORMAT)
		return fail_file(j, 0, "crashed", e->text, e);
	if (rc == QF_OK)
		rc = qf_catalog_put_track(catalog, &s, &id, &is_new, e);
	if (rc == QF_OK && dataset)
		rc = qf_catalog_dataset_add(catalog, dataset, id, &added, e);
	if (rc != QF_OK)
		return rc;
	if (is_new)
		count.added++;
	else
		count.changed++;
	if (qf_json_get(object, "damage", &damage)) { /* it is in, but its owner should know */
		const char *class_name = qf_json_get(damage, "class", &v) ? qf_json_dup(v, &scratch) : NULL;
		const char *text = qf_json_get(damage, "text", &v) ? qf_json_dup(v, &scratch) : NULL;

		rc = fail_file(j, id, class_name ? class_name : "damaged", text ? text : "damaged", e);
	} else if (j->had_failure) {
		rc = qf_catalog_clear_failure(catalog, tool.verb, j->root, j->rel, e);
	}
	return rc == QF_OK && j->row ? pass_on(j, id, e) : rc;
}

static void free_job(void *user)
{
	struct job *j = user;

	if (j) {
		qf_free(j->path);
		qf_free(j->row);
	}
	qf_free(j);
}

static enum qf_status store_result(const struct pool_result *r, struct qf_err *e)
{
	struct job *j = r->user;
	enum qf_status rc = begin(e);

	qf_arena_reset(&scratch);
	pool_warn(pool);
	if (rc == QF_OK)
		rc = r->ok ? store_track(j, r->object, e) : fail_file(j, j->known_id, r->class, r->text, e);
	free_job(j);
	return rc == QF_OK ? batch_count(&batch, e) : rc;
}

/* Take results: all that are ready, and, if `drain`, all that are still to come. */
static enum qf_status take_results(bool drain, struct qf_err *e)
{
	struct pool_result r;
	bool got = true;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && got) {
		bool wait = drain || !pool_has_room(pool);

		rc = pool_next(pool, wait, &r, &got, e);
		if (rc == QF_OK && got)
			rc = store_result(&r, e);
	}
	return rc;
}

/* ---- one file ------------------------------------------------------------------------------- */

/* Queue a file to be read. `row` (may be NULL) is passed on once it is stored. */
static enum qf_status submit(int64_t root, const char *rel, const struct walk_file *f, const struct known *k,
			     struct qf_span row, struct qf_err *e)
{
	struct job *j = qf_zalloc(1, sizeof *j);
	struct qf_err why = { 0 };
	struct stat st;
	enum qf_status rc = QF_OK;
	int fd;

	if (!j || (j->path = qf_strdup(f->path)) == NULL || (row.p && (j->row = qf_memdup0(row.p, row.n)) == NULL)) {
		free_job(j);
		return qf_fail(e, QF_ENOMEM, "out of memory");
	}
	j->row_len = row.n;
	j->root = root;
	j->rel = j->path + (rel - f->path);
	j->size = f->size;
	j->mtime_ns = f->mtime_ns;
	j->inode = f->inode;
	j->known_id = k ? k->s.id : 0;
	j->had_failure = k && k->s.failure;
	fd = walk_open_file(f->path, follow, &st, &why);
	if (fd < 0) {
		rc = begin(e);
		if (rc == QF_OK)
			rc = fail_file(j, j->known_id, qf_status_name(why.code), why.text, e);
		free_job(j);
		return rc;
	}
	if (!pool_has_room(pool))
		rc = take_results(false, e);
	if (rc == QF_OK && !pool_has_room(pool)) { /* interrupted: nothing more is begun */
		close(fd);
		free_job(j);
		return QF_OK;
	}
	if (rc == QF_OK)
		rc = pool_submit(pool, fd, j->path, limit, j, e);
	else
		close(fd);
	if (rc != QF_OK)
		free_job(j);
	return rc;
}

/* A file that did not change: nothing to read, but it may be back, or new in the dataset. */
static enum qf_status keep(const struct known *k, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	bool in = true, added;

	count.unchanged++;
	count.known_failures += k->s.failure != NULL;
	if (!k->s.id)
		return QF_OK;
	if (k->s.missing_since) {
		rc = begin(e);
		if (rc == QF_OK)
			rc = qf_catalog_set_missing(catalog, k->s.id, 0, e);
		count.back++;
	}
	if (rc == QF_OK && dataset_name)
		rc = qf_catalog_dataset_has(catalog, dataset_name, k->s.id, &in, e);
	if (rc == QF_OK && !in) {
		rc = begin(e);
		if (rc == QF_OK)
			rc = qf_catalog_dataset_add(catalog, dataset, k->s.id, &added, e);
	}
	return rc;
}

static bool unchanged(const struct known *k, const struct walk_file *f)
{
	return k && k->s.size == f->size && k->s.mtime_ns == f->mtime_ns;
}

static void say_planned(const char *path, const char *what)
{
	struct qf_buf row = { 0 };

	qf_json_open(&row, '{');
	qf_json_key(&row, "type");
	qf_json_str(&row, "track.v1");
	qf_row_put_path(&row, path);
	qf_json_key(&row, "planned");
	qf_json_str(&row, what);
	qf_row_end(&row);
	if (!row.failed)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
}

/* ---- a folder --------------------------------------------------------------------------------- */

struct folder {
	int64_t root;
	struct known *known; /* [n], in byte order of path */
	size_t n, cap;
	struct qf_arena paths;
};

static enum qf_status remember(void *user, const struct qf_file_state *s, struct qf_err *e)
{
	struct folder *d = user;

	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 1024;
		struct known *k = qf_realloc(d->known, cap, sizeof *k);

		if (!k)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu files", cap);
		d->known = k;
		d->cap = cap;
	}
	d->known[d->n] = (struct known){ .s = *s };
	d->known[d->n].s.path = qf_arena_dup(&d->paths, s->path, strlen(s->path));
	d->known[d->n].s.failure = s->failure ? qf_arena_dup(&d->paths, s->failure, strlen(s->failure)) : NULL;
	if (!d->known[d->n++].s.path)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu files", d->n);
	return QF_OK;
}

static struct known *look_up(const struct folder *d, const char *rel)
{
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int cmp = strcmp(d->known[mid].s.path, rel);

		if (cmp == 0)
			return &d->known[mid];
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static enum qf_status visit(struct folder *d, const char *root_path, const struct walk_file *f, struct qf_err *e)
{
	size_t n = strcmp(root_path, "/") == 0 ? 0 : strlen(root_path);
	const char *rel = f->path + n + (f->path[n] == '/');
	struct known *k = look_up(d, rel);

	count.files++;
	cli_progress(count.files, 0, "files");
	if (k)
		k->seen = true;
	if (unchanged(k, f))
		return cli.dry_run ? QF_OK : keep(k, e);
	if (cli.dry_run) {
		say_planned(f->path, k ? "changed" : "new");
		return QF_OK;
	}
	return submit(d->root, rel, f, k, (struct qf_span){ NULL, 0 }, e);
}

/* What the catalog knows below `rel` and the walk did not meet is gone for now. */
static enum qf_status mark_missing(struct folder *d, const char *rel, const struct qf_buf *unread, struct qf_err *e)
{
	size_t n = strlen(rel);
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < d->n; i++) {
		struct known *k = &d->known[i];
		bool below = strncmp(k->s.path, rel, n) == 0 && (!n || k->s.path[n] == '/' || !k->s.path[n]);
		bool hidden = false;

		if (k->seen || !below || (k->s.id && k->s.missing_since))
			continue;
		for (const char *p = unread->p; p && p < unread->p + unread->len; p += strlen(p) + 1)
			hidden |= strncmp(k->s.path, p, strlen(p)) == 0;
		if (hidden)
			continue;
		count.gone += k->s.id != 0;
		if (cli.dry_run) {
			say_planned(k->s.path, "gone");
			continue;
		}
		rc = begin(e);
		if (rc == QF_OK && k->s.id)
			rc = qf_catalog_set_missing(catalog, k->s.id, batch.now, e);
		if (rc == QF_OK && k->s.failure)
			rc = qf_catalog_clear_failure(catalog, tool.verb, d->root, k->s.path, e);
		if (rc == QF_OK)
			rc = batch_count(&batch, e);
	}
	return rc;
}

static enum qf_status walk_folder(struct folder *d, const char *root_path, const char *path, struct qf_err *e)
{
	size_t n = strcmp(root_path, "/") == 0 ? 0 : strlen(root_path);
	const char *rel = path[n] ? path + n + 1 : path + n;
	struct qf_buf unread = { 0 }; /* relative folders that could not be read, NUL between */
	struct walk *w;
	struct walk_file f;
	bool more = false;
	enum qf_status rc = walk_open(&w, path, follow, e);

	while (rc == QF_OK && !cli.interrupted && (rc = walk_next(w, &f, &more, e)) == QF_OK && more) {
		if (f.trouble) {
			count.failed++;
			cli_say("%s: %s", f.path, f.trouble);
			if (strlen(f.path) > n)
				qf_buf_put(&unread, f.path + n + 1, strlen(f.path + n + 1) + 1);
			else
				qf_buf_put(&unread, "", 1);
			continue;
		}
		rc = visit(d, root_path, &f, e);
	}
	walk_close(w);
	if (rc == QF_OK && !cli.interrupted)
		rc = qf_buf_check(&unread, e);
	if (rc == QF_OK && !cli.interrupted)
		rc = mark_missing(d, rel, &unread, e);
	qf_buf_free(&unread);
	return rc;
}

/* The root that holds a path; a new one is the folder itself, or the folder of the file. */
static enum qf_status find_root(const char *path, struct qf_arena *a, int64_t *id, const char **root_path, struct qf_err *e)
{
	struct stat st;
	char *copy;
	const char *rel = NULL;
	enum qf_status rc = QF_OK;
	size_t n;

	*id = 0;
	if (catalog)
		rc = qf_catalog_root_of(catalog, path, id, &rel, e);
	if (rc != QF_OK)
		return rc;
	if (stat(path, &st) != 0)
		return qf_fail(e, QF_ENOTFOUND, "%s: %s", path, strerror(errno));
	if (*id) {
		n = (size_t)(rel - path);
		n -= n > 1 && path[n - 1] == '/';
	} else {
		n = S_ISDIR(st.st_mode) ? strlen(path) : (size_t)(strrchr(path, '/') - path);
	}
	copy = qf_arena_dup(a, n ? path : "/", n ? n : 1);
	if (!copy)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	*root_path = copy;
	if (*id || cli.dry_run)
		return QF_OK;
	rc = begin(e);
	return rc == QF_OK ? qf_catalog_add_root(catalog, copy, id, e) : rc;
}

static enum qf_status ingest_path(const char *operand, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct folder d = { 0 };
	const char *path, *root_path;
	enum qf_status rc = cli_absolute(operand, &a, &path, e);

	if (rc == QF_OK)
		rc = find_root(path, &a, &d.root, &root_path, e);
	if (rc == QF_ENOTFOUND) { /* this operand is not there; the others may be */
		cli_warn(e);
		count.failed++;
		qf_arena_free(&a);
		return QF_OK;
	}
	if (rc == QF_OK && catalog)
		rc = qf_catalog_files(catalog, d.root, tool.verb, remember, &d, e);
	if (rc == QF_OK)
		rc = walk_folder(&d, root_path, path, e);
	if (rc == QF_OK && !cli.dry_run && !cli.interrupted)
		rc = take_results(true, e); /* jobs point into d no longer than this */
	qf_free(d.known);
	qf_arena_free(&d.paths);
	qf_arena_free(&a);
	return rc;
}

/* ---- rows on standard input ------------------------------------------------------------------ */

static enum qf_status ingest_row(struct qf_span object, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	struct walk_file f = { 0 };
	struct stat st;
	const char *path, *root_path;
	int64_t root, id;
	enum qf_status rc = cli_track_of_row(catalog, object, &a, &id, &ref, e);

	if (rc == QF_OK)
		rc = cli_absolute(ref.path, &a, &path, e);
	if (rc == QF_OK)
		rc = find_root(path, &a, &root, &root_path, e);
	if (rc == QF_OK && stat(path, &st) != 0)
		rc = qf_fail(e, QF_ENOTFOUND, "%s: %s", path, strerror(errno));
	if (rc == QF_OK) {
		size_t n = strcmp(root_path, "/") == 0 ? 0 : strlen(root_path);

		f = (struct walk_file){ .path = path, .size = st.st_size, .inode = (int64_t)st.st_ino,
					.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec };
		count.files++;
		rc = submit(root, path + n + 1, &f, NULL, object, e);
	}
	qf_arena_free(&a);
	return rc;
}

static enum qf_status ingest_rows(struct qf_err *e)
{
	struct qf_rows rows = { .fd = STDIN_FILENO, .stop = &cli.interrupted };
	struct qf_row row;
	bool more = true;
	char place[32];
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && !cli.interrupted) {
		rc = qf_rows_next(&rows, &row, &more, e);
		if (rc == QF_OK && !more)
			break;
		if (rc == QF_OK && qf_row_is(row.object, "track.v1") && (rc = ingest_row(row.object, e)) != QF_OK) {
			snprintf(place, sizeof place, "line %zu", row.number);
			qf_err_at(e, place);
		} else if (rc == QF_OK && !qf_row_is(row.object, "track.v1")) {
			qf_row_write(&batch.rows, row.object, NULL, 0);
		}
		if (rc == QF_EFORMAT || rc == QF_ENOTFOUND) {
			cli_warn(e);
			count.failed++;
			rc = QF_OK;
		}
	}
	qf_rows_free(&rows);
	return rc == QF_OK && !cli.interrupted ? take_results(true, e) : rc;
}

/* ---- all of it -------------------------------------------------------------------------------- */

static enum qf_status rescan_one(void *user, const char *path, struct qf_err *e)
{
	(void)user;
	return cli.interrupted ? QF_OK : ingest_path(path, e);
}

static enum qf_status work(struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	if (cli.n_operands == 0) {
		size_t n = 0;

		if (catalog)
			rc = qf_catalog_roots(catalog, rescan_one, NULL, &n, e);
		if (rc == QF_OK && n == 0)
			rc = qf_fail(e, QF_EINVAL, "no folder was ever ingested; name one: qfzz ingest FOLDER");
	}
	for (size_t i = 0; rc == QF_OK && !cli.interrupted && i < cli.n_operands; i++) {
		if (strcmp(cli.operands[i], "-") == 0)
			rc = ingest_rows(e);
		else
			rc = ingest_path(cli.operands[i], e);
	}
	return rc;
}

static enum qf_status finish_run(int code, struct qf_err *e)
{
	char summary[256];
	enum qf_status rc;

	snprintf(summary, sizeof summary, "%llu files: %llu new, %llu changed, %llu unchanged, %llu gone, %llu back, %llu failed, %llu known failures",
		 (unsigned long long)count.files, (unsigned long long)count.added, (unsigned long long)count.changed,
		 (unsigned long long)count.unchanged, (unsigned long long)count.gone, (unsigned long long)count.back,
		 (unsigned long long)count.failed, (unsigned long long)count.known_failures);
	rc = batch_end(&batch, code, summary, e);
	if (rc == QF_OK && !cli.quiet && isatty(STDERR_FILENO))
		cli_say("%s", summary);
	return rc;
}

int main(int argc, char **argv)
{
	struct qf_err e = { 0 };
	struct pool_opts o = { .program = "qfzz-read", .batch = 16, .interrupted = &cli.interrupted, .drop = free_job };
	enum qf_status rc;
	int code;

	cli_start(&tool, argc, argv);
	batch.now = cli_now();
	o.workers = (int)cli.jobs;
	o.require_sandbox = require_sandbox;
	rc = cli_catalog_open(&catalog, cli.dry_run ? QF_CATALOG_READ : QF_CATALOG_WRITE, &e);
	if (rc == QF_ENOTFOUND && cli.dry_run)
		rc = QF_OK;
	batch.catalog = catalog;
	if (rc == QF_OK)
		rc = pool_open(&pool, &o, &e);
	if (rc == QF_OK)
		rc = work(&e);
	code = count.failed ? EXIT_SOME : EXIT_OK;
	if (rc == QF_OK)
		rc = finish_run(cli.interrupted ? 128 + (int)cli.interrupted : code, &e);
	if (rc != QF_OK)
		code = cli_die(&e);
	batch_free(&batch);
	pool_close(pool);
	qf_catalog_close(catalog);
	qf_arena_free(&scratch);
	return cli_finish(code);
}
