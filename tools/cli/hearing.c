#include "cli/hearing.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/acousticbrainz.h"
#include "cli/explain.h"
#include "cli/plot.h"

#include <stdio.h>
#include <string.h>

struct hearing hearing;

static bool ends(const char *name, const char *ending)
{
	size_t n = strlen(name);

	return n > 4 && strcmp(name + n - 4, ending) == 0;
}

void hearing_check(void)
{
	if (!hearing_wanted())
		return;
	if (hearing.explain + (hearing.plot != NULL) + (hearing.export != 0) > 1)
		cli_misuse("--explain, --plot and --export exclude each other");
	if (!cli.n_operands)
		cli_misuse("--explain, --plot and --export need to be told which tracks");
	if (hearing.plot && !ends(hearing.plot, ".svg") && !ends(hearing.plot, ".png"))
		cli_misuse("--plot %s: pictures are SVG or PNG, so the name must end in .svg or .png", hearing.plot);
	if (hearing.plot && (cli.n_operands != 1 || strcmp(cli.operands[0], "-") == 0))
		cli_misuse("--plot draws one track");
}

bool hearing_wanted(void)
{
	return hearing.explain || hearing.plot || hearing.export;
}

static enum qf_status draw(struct qf_buf *out, const char *title, const struct qf_features *f, struct qf_err *e)
{
	struct qf_buf clean = { 0 };
	struct canvas *c = NULL;
	enum qf_status rc = canvas_open(&c, ends(hearing.plot, ".png") ? CANVAS_PNG : CANVAS_SVG, PLOT_WIDE, PLOT_HIGH, e);

	qf_utf8_clean(&clean, title, strlen(title)); /* names of files need not be text */
	if (rc == QF_OK)
		rc = qf_buf_check(&clean, e);
	if (rc == QF_OK) {
		plot_features(c, clean.p, f);
		rc = canvas_finish(c, out, e);
	}
	canvas_close(c);
	qf_buf_free(&clean);
	return rc;
}

static enum qf_status show(const struct qf_track *t, const char *title, const struct qf_features *f, struct qf_err *e)
{
	struct qf_buf b = { 0 };
	enum qf_status rc = QF_OK;

	if (hearing.plot)
		rc = draw(&b, title, f, e);
	else if (hearing.explain)
		explain_features(&b, t->path, f);
	else
		acousticbrainz_put(&b, t, f);
	if (rc == QF_OK)
		rc = qf_buf_check(&b, e);
	if (rc == QF_OK && hearing.plot)
		rc = qf_file_replace(hearing.plot, b.p, b.len, NULL, e);
	else if (rc == QF_OK)
		cli_write(b.p, b.len);
	qf_buf_free(&b);
	return rc;
}

/* Under "artist - title", else under the file's name. */
static enum qf_status show_track(const struct qf_track *t, const struct qf_features *f, struct qf_err *e)
{
	struct qf_buf title = { 0 };
	const char *slash = strrchr(t->path, '/');
	enum qf_status rc;

	if (t->title)
		qf_buf_printf(&title, "%s%s%s", t->artist ? t->artist : "", t->artist ? " - " : "", t->title);
	else
		qf_buf_puts(&title, slash ? slash + 1 : t->path);
	rc = qf_buf_check(&title, e);
	if (rc == QF_OK)
		rc = show(t, title.p, f, e);
	qf_buf_free(&title);
	return rc;
}

enum qf_status hearing_show(struct qf_catalog *c, int64_t id, const char *path, const struct qf_features *f, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_track t = { .path = path };
	enum qf_status rc = QF_OK;

	if (c)
		rc = qf_catalog_track(c, id, QF_TRACK_BARE, &a, &t, NULL, e);
	if (rc == QF_OK)
		rc = show_track(&t, f, e);
	qf_arena_free(&a);
	return rc;
}

enum qf_status hearing_show_stored(struct qf_catalog *c, int64_t id, bool *shown, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_track t = { 0 };
	struct qf_features f;
	enum qf_status rc;

	*shown = false;
	qf_features_init(&f);
	rc = qf_catalog_track(c, id, QF_TRACK_FULL, &a, &t, &f, e);
	if (rc == QF_OK && t.features && t.features_version == QF_FEATURES_VERSION) {
		*shown = true;
		rc = show_track(&t, t.features, e);
	}
	qf_features_free(&f);
	qf_arena_free(&a);
	return rc;
}
