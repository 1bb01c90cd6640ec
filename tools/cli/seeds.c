#include "cli/seeds.h"

#include "base/alloc.h"
#include "catalog/facets.h"
#include "cli/cli.h"
#include "cli/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_known(const struct cli_learned *l, size_t item)
{
	const float *sound = l->lib.sound + item * QF_SOUND_DIM;

	return qf_linear_dot(sound, sound, QF_SOUND_DIM) > 0 || qf_model_knows(&l->model, item);
}

/* A seed that helps nothing is a failed record, not the end. */
static enum qf_status add_seed(struct cli_seeds *s, int64_t id, const char *operand, struct qf_err *e)
{
	size_t item = id ? qf_library_find(&s->l->lib, id) : SIZE_MAX;

	if (item == SIZE_MAX || !is_known(s->l, item)) {
		cli_say(item == SIZE_MAX ? "%s: not in the catalog (`qfzz ingest`)"
					 : "%s: neither its sound nor its listeners are known (`qfzz features`)", operand);
		s->some_failed = true;
		return QF_OK;
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i] == item)
			return QF_OK;
	if (s->n == s->room) {
		size_t more = s->room ? 2 * s->room : 64;
		uint32_t *p = qf_realloc(s->item, more, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", more);
		s->item = p;
		s->room = more;
	}
	s->item[s->n++] = (uint32_t)item;
	return QF_OK;
}

struct artist { /* whose tracks are taken */
	struct cli_seeds *s;
	size_t tracks;
};

/* Tracks of an artist of which nothing is known are no failure: the others speak for them. */
static enum qf_status add_track(void *arg, int64_t track, struct qf_err *e)
{
	struct artist *a = arg;
	size_t item = qf_library_find(&a->s->l->lib, track);

	if (item == SIZE_MAX || !is_known(a->s->l, item))
		return QF_OK;
	a->tracks++;
	return add_seed(a->s, track, "track", e);
}

static enum qf_status add_artist(struct cli_seeds *s, struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	struct artist a = { .s = s };
	enum qf_status rc = qf_catalog_artist_tracks(c, operand + 7, add_track, &a, e);

	if (rc == QF_OK && a.tracks == 0) {
		cli_say("%s: no track of such an artist is known (`qfzz ingest`, `qfzz features`)", operand);
		s->some_failed = true;
	}
	return rc;
}

static enum qf_status add_rows(struct cli_seeds *s, struct qf_catalog *c, struct qf_err *e)
{
	struct qf_rows rows = { .fd = STDIN_FILENO };
	struct qf_arena a = { 0 };
	struct qf_row row;
	bool more = true;
	enum qf_status rc = QF_OK;

	while (more && (rc == QF_OK || rc == QF_EFORMAT)) {
		struct qf_track_ref ref = { 0 };
		int64_t id;
		char name[64];

		rc = qf_rows_next(&rows, &row, &more, e);
		if (rc == QF_OK && more && qf_row_is(row.object, "track.v1")) {
			snprintf(name, sizeof name, "row %zu", row.number);
			rc = cli_track_of_row(c, row.object, &a, &id, &ref, e);
			if (rc == QF_OK)
				rc = add_seed(s, id, ref.path ? ref.path : name, e);
			else
				qf_err_at(e, name);
		}
		if (rc == QF_EFORMAT) {
			cli_warn(e);
			s->some_failed = true;
		}
		qf_arena_reset(&a);
	}
	qf_rows_free(&rows);
	qf_arena_free(&a);
	return rc == QF_EFORMAT ? QF_OK : rc;
}

static enum qf_status add_operand(struct cli_seeds *s, struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	int64_t id = strcmp(operand, "-") == 0 ? 0 : cli_track_operand(operand);
	struct qf_arena a = { 0 };
	const char *path;
	enum qf_status rc = QF_OK;

	if (strcmp(operand, "-") == 0)
		return add_rows(s, c, e);
	if (strncmp(operand, "artist:", 7) == 0)
		return add_artist(s, c, operand, e);
	if (!id) {
		rc = cli_absolute(operand, &a, &path, e);
		if (rc == QF_OK) {
			rc = qf_catalog_find_path(c, path, &id, e);
		} else if (rc != QF_ENOMEM) { /* no such folder: a failed record like any other */
			cli_warn(e);
			s->some_failed = true;
			qf_arena_free(&a);
			return QF_OK;
		}
	}
	qf_arena_free(&a);
	return rc == QF_OK ? add_seed(s, id, operand, e) : rc;
}

enum qf_status cli_seeds_read(struct cli_seeds *s, struct qf_catalog *c, struct qf_err *e)
{
	for (size_t i = 0; i < cli.n_operands; i++)
		if (add_operand(s, c, cli.operands[i], e))
			return e->code;
	return QF_OK;
}

void cli_seeds_free(struct cli_seeds *s)
{
	qf_free(s->item);
	memset(s, 0, sizeof *s);
}
