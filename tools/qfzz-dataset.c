/* qfzz-dataset - sets of music: what is told of them, their manifests, what users think of them. */
#include "base/file.h"
#include "catalog/dataset.h"
#include "cli/cli.h"
#include "cli/dataset_add.h"
#include "cli/dataset_files.h"
#include "cli/store.h"
#include "rows/json.h"

#include <math.h>
#include <string.h>

static bool from_copyright, from_tags, croissant, datapackage;
static const char *set_name, *folder, *root, *user_name, *note, *output;
static int64_t stars;

static const struct cli_opt opts[] = {
	{ CLI_FLAG, 0, "from-deb-copyright", NULL, "add: FILE is a Debian copyright file (DEP-5), which tells the licence of each file of --folder", &from_copyright, 0, 0, NULL },
	{ CLI_FLAG, 0, "from-tags", NULL, "add: licences from the tags of the files (LICENSE, WCOP, COPYRIGHT)", &from_tags, 0, 0, NULL },
	{ CLI_TEXT, 0, "name", "NAME", "add: what the dataset is called [the id of the descriptor, or from the file]", &set_name, 0, 0, NULL },
	{ CLI_TEXT, 0, "folder", "FOLDER", "add: where its files lie [the folder of the descriptor]", &folder, 0, 0, NULL },
	{ CLI_TEXT, 0, "root", "FOLDER", "add: put in front of absolute paths of the descriptor, as for a package unpacked there", &root, 0, 0, NULL },
	{ CLI_FLAG, 0, "croissant", NULL, "export: JSON-LD by the Croissant format 1.1", &croissant, 0, 0, NULL },
	{ CLI_FLAG, 0, "datapackage", NULL, "export: datapackage.json of Frictionless", &datapackage, 0, 0, NULL },
	{ CLI_TEXT, 'o', "output", "FILE", "manifest, export: where it goes, whole or not at all [standard output]", &output, 0, 0, NULL },
	{ CLI_TEXT, 'u', "user", "NAME", "rate: who rates", &user_name, 0, 0, NULL },
	{ CLI_INT, 0, "stars", "N", "rate: from 1 to 5", &stars, 1, 5, NULL },
	{ CLI_TEXT, 0, "note", "TEXT", "rate: a word on it", &note, 0, 0, NULL },
	{ .kind = CLI_END }
};
static const struct cli_column columns[] = {
	{ "dataset", "dataset|path", 28 }, { "files", "tracks", -7 }, { "licence", "licence|state", 34 }, { "quality", "quality.score|message", -7 },
	{ "tier", "quality.tier", 8 }, { "stars", "rating.mean", -5 }, { "folder", "folder", 0 }, { 0 }
};
static const char *const examples[] = {
	"qfzz dataset add datasets/sonic-pi-samples.json --root unpacked",
	"qfzz dataset add --from-deb-copyright /usr/share/doc/hyperrogue-music/copyright --folder /usr/share/hyperrogue",
	"qfzz dataset add --from-tags --name jamendo-finds --folder ~/Music/jamendo",
	"qfzz dataset list --format table",
	"qfzz dataset manifest sonic-pi-samples -o SHA256SUMS",
	"qfzz dataset verify sonic-pi-samples                # names every file that differs; exit 4 if any does",
	"qfzz dataset export sonic-pi-samples --croissant -o croissant.json",
	"qfzz dataset rate sonic-pi-samples --user me --stars 5 --note 'clean, short'",
	"qfzz dataset show sonic-pi-samples && qfzz dataset remove sonic-pi-samples",
	NULL
};
static const struct cli_tool tool = {
	.verb = "dataset", .stage = "judge", .purpose = "register sets of music: descriptors, licences, manifests, ratings",
	.operands = "add|list|show|remove|manifest|verify|export|rate [FILE|NAME]", .reads = "", .writes = "dataset.v1 dataset-file.v1",
	.common = CLI_CATALOG | CLI_FORMAT | CLI_DRY_RUN | CLI_HOLD, .opts = opts, .columns = columns, .examples = examples,
	.notes = "add FILE reads a descriptor (schemas/descriptor.v1.json), over one of that name; the files of its folder must have been\n"
		 "scanned. manifest prints what `sha256sum -c` checks, sorted by the bytes of the paths; its SHA-256 is the id of\n"
		 "the set. A file that is reached through a symbolic link, or changes while it is hashed, is refused by name. remove\n"
		 "forgets the set and leaves its tracks. `qfzz quality` judges what is registered.",
};

/* ---- rows ------------------------------------------------------------------------------------- */

static void put_told(struct qf_buf *b, const struct qf_dataset *d, bool whole)
{
	static const char *const keys[] = { "name", "licence", "category", "creator", "url", "version" };
	struct qf_span object = { d->descriptor ? d->descriptor : "", d->descriptor ? strlen(d->descriptor) : 0 }, v;

	for (size_t i = 0; object.n && i < sizeof keys / sizeof *keys; i++)
		if (qf_json_get(object, keys[i], &v)) {
			qf_json_key(b, i ? keys[i] : "title");
			qf_json_raw(b, v);
		}
	if (whole) {
		qf_json_key(b, "descriptor");
		if (object.n)
			qf_json_raw(b, object);
		else
			qf_json_null(b);
	}
}

static enum qf_status show_one(const char *catalog, const struct qf_dataset *d, bool whole, struct qf_err *e)
{
	struct qf_buf b = { 0 };

	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "dataset.v1");
	qf_json_put_str(&b, "catalog", catalog);
	qf_json_put_str(&b, "dataset", d->name);
	put_told(&b, d, whole);
	qf_json_put_int(&b, "tracks", d->tracks);
	qf_json_put_int(&b, "told", d->told);
	qf_json_put_str(&b, "folder", d->folder);
	qf_json_put_str(&b, "manifest", d->manifest);
	qf_json_key(&b, "rating");
	qf_json_open(&b, '{');
	qf_json_put_int(&b, "count", d->ratings);
	qf_json_put_num(&b, "mean", d->ratings ? d->stars : (double)NAN, 2);
	qf_json_close(&b, '}');
	qf_json_key(&b, "quality");
	if (d->tier) {
		qf_json_open(&b, '{');
		qf_json_put_num(&b, "score", d->score, 4);
		qf_json_put_str(&b, "tier", d->tier);
		qf_json_close(&b, '}');
	} else {
		qf_json_null(&b);
	}
	return cli_row_end(&b, e);
}

/* ---- the acts ----------------------------------------------------------------------------------- */

static enum qf_status show(struct qf_catalog *c, const char *name, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_dataset d;
	enum qf_status rc = qf_catalog_dataset_get(c, name, &a, &d, e);

	if (rc == QF_OK)
		rc = show_one(qf_catalog_uuid(c), &d, true, e);
	qf_arena_free(&a);
	return rc;
}

static int do_add(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	struct dataset_add o = { .file = operand, .copyright = from_copyright, .tags = from_tags, .name = set_name, .folder = folder, .root = root,
				 .dry_run = cli.dry_run };
	struct qf_buf name = { 0 };

	if (dataset_add(c, &o, &name, e) == QF_OK && !cli.dry_run)
		show(c, name.p, e);
	qf_buf_free(&name);
	return EXIT_OK;
}

static int do_list(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_dataset *all;
	size_t n;

	(void)operand;
	if (qf_catalog_datasets(c, &a, &all, &n, e) == QF_OK)
		for (size_t i = 0; i < n && show_one(qf_catalog_uuid(c), &all[i], false, e) == QF_OK; i++)
			;
	qf_arena_free(&a);
	return EXIT_OK;
}

static int do_show(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	show(c, operand, e);
	return EXIT_OK;
}

/* Something on one dataset in a transaction. */
static void change(struct qf_catalog *c, const char *name, enum qf_status (*act)(struct qf_catalog *c, int64_t id, struct qf_err *e), struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_dataset d;

	if (qf_catalog_begin(c, e) == QF_OK && qf_catalog_dataset_get(c, name, &a, &d, e) == QF_OK && act(c, d.id, e) == QF_OK && !cli.dry_run)
		qf_catalog_commit(c, e);
	qf_catalog_rollback(c);
	qf_arena_free(&a);
}

static int do_remove(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	change(c, operand, qf_catalog_dataset_remove, e);
	return EXIT_OK;
}

static enum qf_status rate(struct qf_catalog *c, int64_t id, struct qf_err *e)
{
	return qf_catalog_dataset_rate(c, id, user_name, (int)stars, note, cli_now(), e);
}

static int do_rate(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	if (!user_name || !stars)
		cli_misuse("rate wants --user NAME and --stars 1 to 5");
	change(c, operand, rate, e);
	return EXIT_OK;
}

static enum qf_status give_out(const struct qf_buf *text, struct qf_err *e)
{
	if (output)
		return qf_file_replace(output, text->p ? text->p : "", text->len, NULL, e);
	cli_write(text->p ? text->p : "", text->len);
	return QF_OK;
}

static int do_manifest(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	struct dataset_files f = { .n = 0 };
	struct qf_buf text = { 0 };
	char id[65];
	size_t failed = 0;
	enum qf_status rc = qf_catalog_begin(c, e);

	if (rc == QF_OK)
		rc = dataset_files_open(&f, c, operand, e);
	if (rc == QF_OK)
		rc = dataset_manifest(c, &f, true, &text, id, &failed, e);
	if (rc == QF_OK && !failed && !cli.interrupted)
		rc = qf_catalog_dataset_manifest(c, f.set.id, id, e);
	if (rc == QF_OK && !cli.dry_run)
		rc = qf_catalog_commit(c, e);
	qf_catalog_rollback(c);
	if (rc == QF_OK && !cli.interrupted)
		rc = give_out(&text, e);
	dataset_files_close(&f);
	qf_buf_free(&text);
	return failed ? EXIT_SOME : EXIT_OK;
}

static int do_verify(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	struct dataset_files f = { .n = 0 };
	size_t all = 0, wrong = 0;
	enum qf_status rc = dataset_files_open(&f, c, operand, e);

	if (rc == QF_OK)
		rc = dataset_verify(&f, &all, &wrong, e);
	if (rc == QF_OK && wrong)
		cli_say("%zu of %zu files are not as they were told", wrong, all);
	if (rc == QF_OK)
		*e = (struct qf_err){ .code = QF_OK }; /* of single files: they were told in rows */
	dataset_files_close(&f);
	return wrong ? EXIT_GATE : EXIT_OK;
}

static int do_export(struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	struct dataset_files f = { .n = 0 };
	struct qf_buf text = { 0 };

	if (croissant == datapackage)
		cli_misuse("export wants --croissant or --datapackage");
	if (dataset_files_open(&f, c, operand, e) == QF_OK && dataset_export(&f, croissant, &text, e) == QF_OK)
		give_out(&text, e);
	dataset_files_close(&f);
	qf_buf_free(&text);
	return EXIT_OK;
}

static const struct act {
	const char *name;
	size_t operands; /* 1: a name or file */
	enum qf_catalog_mode mode;
	int (*run)(struct qf_catalog *c, const char *operand, struct qf_err *e); /* exit code; e tells of failure */
} acts[] = {
	{ "add", 1, QF_CATALOG_WRITE, do_add },       { "list", 0, QF_CATALOG_READ, do_list },
	{ "show", 1, QF_CATALOG_READ, do_show },      { "remove", 1, QF_CATALOG_WRITE, do_remove },
	{ "manifest", 1, QF_CATALOG_WRITE, do_manifest }, { "verify", 1, QF_CATALOG_READ, do_verify },
	{ "export", 1, QF_CATALOG_READ, do_export },  { "rate", 1, QF_CATALOG_WRITE, do_rate },
};

static const struct act *find_act(const char *name)
{
	for (size_t i = 0; name && i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, name) == 0)
			return &acts[i];
	cli_misuse("%s%s%s: add, list, show, remove, manifest, verify, export or rate?", name ? "'" : "do what", name ? name : "",
		   name ? "' is no act" : "");
}

static void check_add(void)
{
	if (from_copyright && from_tags)
		cli_misuse("--from-deb-copyright and --from-tags are two things");
	if (from_copyright && !folder)
		cli_misuse("--from-deb-copyright wants the --folder of the files");
	if (from_tags && !folder && !set_name)
		cli_misuse("--from-tags wants a --folder, or the --name of a dataset that was ingested");
}

int main(int argc, char **argv)
{
	const struct act *act;
	struct qf_catalog *c = NULL;
	struct qf_err e = { 0 };
	size_t wanted;
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	act = find_act(cli.n_operands ? cli.operands[0] : NULL);
	wanted = act->operands;
	if (act->run == do_add && from_tags)
		wanted = 0;
	if (act->run == do_add)
		check_add();
	if (cli.n_operands != 1 + wanted)
		cli_misuse("%s wants %s", act->name, wanted ? act->run == do_add ? "one FILE" : "the NAME of one dataset" : "nothing more");
	if (cli_catalog_open(&c, act->mode, &e) == QF_OK)
		code = act->run(c, wanted ? cli.operands[1] : NULL, &e);
	if (e.code != QF_OK)
		code = cli_die(&e);
	qf_catalog_close(c);
	return cli_finish(code);
}
