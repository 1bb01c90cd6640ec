#include "cli/seeds.h"

#include "base/alloc.h"
#include "catalog/facets.h"
#include "cli/cli.h"
#include "cli/store.h"

#include <stdio.h>
#include <string.h>
#include <inttypes.h>
#include <unistd.h>

/* ---- what was said ---------------------------------------------------------------------- */

static enum qf_status add_seed(struct cli_seeds *s, int64_t id, const char *name, bool of_artist, struct qf_err *e)
{
	const char *kept = qf_arena_dup(&s->texts, name, strlen(name));

	if (s->n_said == s->said_room) {
		size_t more = s->said_room ? 2 * s->said_room : 64;
		struct cli_seed *p = qf_realloc(s->said, more, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", more);
		s->said = p;
		s->said_room = more;
	}
	if (!kept)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	s->said[s->n_said++] = (struct cli_seed){ id, kept, of_artist };
	return QF_OK;
}

struct artist { /* whose tracks are taken */
	struct cli_seeds *s;
	const char *name;
};

static enum qf_status add_track(void *arg, int64_t track, struct qf_err *e)
{
	struct artist *a = arg;

	return add_seed(a->s, track, a->name, true, e);
}

static enum qf_status add_artist(struct cli_seeds *s, struct qf_catalog *c, const char *operand, struct qf_err *e)
{
	struct artist a = { s, operand };
	size_t before = s->n_said;
	enum qf_status rc = qf_catalog_artist_tracks(c, operand + 7, add_track, &a, e);

	return rc == QF_OK && s->n_said == before ? add_seed(s, 0, operand, true, e) : rc;
}

struct reading {
	struct cli_seeds *s;
	struct qf_catalog *c;
};

static enum qf_status add_row(void *arg, struct qf_span row, struct qf_err *e)
{
	struct reading *r = arg;
	struct qf_arena a = { 0 };
	struct qf_track_ref ref;
	char name[32];
	int64_t id;
	enum qf_status rc = QF_OK;

	if (qf_row_is(row, "track.v1") && (rc = cli_track_of_row(r->c, row, &a, &id, &ref, e)) == QF_OK) {
		snprintf(name, sizeof name, "track:%" PRId64, ref.id);
		rc = add_seed(r->s, id, ref.path ? ref.path : name, false, e);
	}
	qf_arena_free(&a);
	return rc;
}

static enum qf_status add_rows(struct cli_seeds *s, struct qf_catalog *c, struct qf_err *e)
{
	struct cli_input in = { .fd = STDIN_FILENO };
	enum qf_status rc = cli_each_row(&in, add_row, &(struct reading){ s, c }, e);

	s->some_failed |= in.bad > 0;
	return rc;
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
	return rc == QF_OK ? add_seed(s, id, operand, false, e) : rc;
}

enum qf_status cli_seeds_read(struct cli_seeds *s, struct qf_catalog *c, struct qf_err *e)
{
	for (size_t i = 0; i < cli.n_operands; i++)
		if (add_operand(s, c, cli.operands[i], e))
			return e->code;
	s->track = qf_alloc(s->n_said, sizeof *s->track);
	if (!s->track)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", s->n_said);
	for (size_t i = 0; i < s->n_said; i++)
		s->track[i] = s->said[i].track;
	return QF_OK;
}

/* ---- what is known of it ---------------------------------------------------------------- */

static bool is_known(const struct cli_learned *l, size_t item)
{
	const float *sound = l->lib.sound + item * QF_SOUND_DIM;

	return qf_linear_dot(sound, sound, QF_SOUND_DIM) > 0 || qf_model_knows(&l->model, item);
}

/* A seed that helps nothing is a failed record, not the end. Tracks of an artist of which nothing is known are no
 * failure as long as another one speaks for them. */
static void complain(struct cli_seeds *s, const struct cli_learned *l, size_t first)
{
	const struct cli_seed *t = &s->said[first];

	if (t->of_artist)
		cli_say("%s: no track of such an artist is known (`qfzz ingest`, `qfzz features`)", t->name);
	else if (!t->track || qf_library_find(&l->lib, t->track) == SIZE_MAX)
		cli_say("%s: not in the catalog (`qfzz ingest`)", t->name);
	else
		cli_say("%s: neither its sound nor its listeners are known (`qfzz features`)", t->name);
	s->some_failed = true;
}

/* seen[l->lib.n]; returns whether there was anything to say of it. */
static bool place(struct cli_seeds *s, const struct cli_learned *l, const struct cli_seed *t, bool *seen)
{
	size_t item = t->track ? qf_library_find(&l->lib, t->track) : SIZE_MAX;

	if (item == SIZE_MAX || !is_known(l, item))
		return false;
	if (!seen[item])
		s->item[s->n++] = (uint32_t)item;
	seen[item] = true;
	return true;
}

enum qf_status cli_seeds_place(struct cli_seeds *s, const struct cli_learned *l, struct qf_err *e)
{
	bool *seen = qf_zalloc(l->lib.n, sizeof *seen), again = s->item != NULL;

	s->n = 0;
	if (!again)
		s->item = qf_alloc(s->n_said, sizeof *s->item);
	if (!seen || !s->item) {
		qf_free(seen);
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->lib.n);
	}
	for (size_t at = 0, n; at < s->n_said; at += n) { /* one operand, or all tracks of an artist */
		bool known = place(s, l, &s->said[at], seen);

		for (n = 1; s->said[at].of_artist && at + n < s->n_said && s->said[at + n].of_artist &&
			    strcmp(s->said[at + n].name, s->said[at].name) == 0; n++)
			known |= place(s, l, &s->said[at + n], seen);
		if (!known && !again)
			complain(s, l, at);
	}
	qf_free(seen);
	return QF_OK;
}

void cli_seeds_free(struct cli_seeds *s)
{
	qf_free(s->said);
	qf_free(s->track);
	qf_free(s->item);
	qf_arena_free(&s->texts);
	memset(s, 0, sizeof *s);
}
