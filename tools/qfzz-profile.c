/* qfzz profile - what somebody hears, from their history: one row for programs, lines for people. */
#include "cli/cli.h"
#include "cli/learned.h"
#include "cli/listening.h"
#include "cli/profile.h"
#include "cli/store.h"

#include "base/alloc.h"
#include "catalog/facets.h"
#include "model/genremap.h"
#include "model/taste.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAP_GENRES = 16 };

static int64_t most = 10, neighbours = 5, at_time;

static const struct cli_opt opts[] = {
	{ CLI_INT, 'n', "count", "N", "how long a list may be [10]", &most, 1, 10000, NULL },
	{ CLI_INT, 0, "neighbours", "N", "how many users of like taste are named [5]", &neighbours, 0, 1000, NULL },
	{ CLI_INT, 0, "now", "EPOCH", "what is later is left out, in seconds since 1970 [the clock]", &at_time, 1, 9007199254740992.0, NULL },
	{ .kind = CLI_END }
};

static const struct cli_column columns[] = { /* of tsv */
	{ "user", "user", 0 }, { "events", "events", 0 }, { "matched", "matched", 0 }, { "tracks", "tracks", 0 }, { "artists", "artists", 0 },
	{ "tempo", "tempo.median", 0 }, { "energy", "energy.median", 0 }, { .head = NULL }
};

static const char *const examples[] = {
	"qfzz profile me --format table",
	"qfzz profile me | jq '.genres[:3], .quarters[-1]'",
	"qfzz profile me -n 50 --neighbours 0 | jq -c '.genre_map[] | [.genre, .x, .y]'",
	NULL
};

static const struct cli_tool tool = {
	.verb = "profile",
	.stage = "learn",
	.purpose = "tell what a user hears, when, and how it changed",
	.operands = "USER",
	.reads = "",
	.writes = "profile.v1",
	.common = CLI_CATALOG | CLI_FORMAT,
	.opts = opts,
	.columns = columns,
	.examples = examples,
	.notes = "Made from the catalog alone, of what is a sign of liking: plays, replays, likes and additions, each with its\n"
		 "weight. Shares are of what is known. Neighbours are those whose place among the factors lies in the same\n"
		 "direction (`qfzz train`); the genre map lays the user's genres on a plane by who listens, else by sound,\n"
		 "as seen from the average track.",
};

/* ---- the user's acts ---------------------------------------------------------------------------- */

struct diary {
	const struct qf_library *lib;
	struct qf_listen *act; /* [n] */
	size_t n, room;
	int64_t matched;
};

static enum qf_status take(void *arg, const struct qf_diary_row *r, struct qf_err *e)
{
	struct diary *d = arg;
	size_t item = qf_library_find(d->lib, r->track);
	double weight = qf_act_weight(qf_act_named(r->action));

	if (item == SIZE_MAX || r->at > at_time)
		return QF_OK;
	d->matched++;
	if (weight <= 0)
		return QF_OK;
	if (d->n == d->room) {
		size_t more = d->room ? 2 * d->room : 1024;
		struct qf_listen *p = qf_realloc(d->act, more, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu events", more);
		d->act = p;
		d->room = more;
	}
	d->act[d->n++] = (struct qf_listen){ (uint32_t)item, r->at, r->hour, r->weekday, (float)weight };
	return QF_OK;
}

/* ---- users of like taste -------------------------------------------------------------------------- */

struct ranked {
	int64_t user;
	double likeness;
};

struct community {
	const struct cli_learned *l;
	struct qf_foldin *foldin;
	float *own; /* [k] the user's place; length 1 once it is known */
	int64_t user;
	bool has_own;
	struct ranked *best; /* [n], the nearest first */
	size_t n;
	uint32_t *item; /* [lib.n] scratch */
	float *c;
};

static enum qf_status place_of(struct community *m, const struct cli_taste *t, const float **row, struct qf_err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->heard[i].weight > 0 && !t->heard[i].barred) {
			m->item[n] = t->heard[i].item;
			m->c[n++] = (float)(1 + log1p((double)t->heard[i].weight));
		}
	*row = qf_foldin_row(m->foldin);
	return qf_foldin_user(m->foldin, m->item, m->c, n, e);
}

static enum qf_status take_own(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct community *m = arg;
	size_t k = m->l->model.factor.k;
	const float *row;
	double length;

	if (place_of(m, t, &row, e))
		return e->code;
	length = sqrt(qf_linear_dot(row, row, k));
	m->has_own = length > 0;
	for (size_t j = 0; j < k && m->has_own; j++)
		m->own[j] = (float)((double)row[j] / length);
	return QF_OK;
}

static enum qf_status rank_one(void *arg, const struct cli_taste *t, struct qf_err *e)
{
	struct community *m = arg;
	size_t k = m->l->model.factor.k, at = m->n;
	struct ranked r = { .user = t->user };
	const float *row;
	double length;

	if (t->user == m->user)
		return QF_OK;
	if (place_of(m, t, &row, e))
		return e->code;
	length = sqrt(qf_linear_dot(row, row, k));
	if (!(length > 0))
		return QF_OK;
	r.likeness = qf_linear_dot(m->own, row, k) / length;
	while (at > 0 && r.likeness > m->best[at - 1].likeness) /* equal ones come by rising number */
		at--;
	if (at == (size_t)neighbours)
		return QF_OK;
	m->n += m->n < (size_t)neighbours;
	memmove(&m->best[at + 1], &m->best[at], (m->n - 1 - at) * sizeof *m->best);
	m->best[at] = r;
	return QF_OK;
}

static enum qf_status find_neighbours(struct community *m, struct qf_catalog *c, struct qf_err *e)
{
	const struct cli_learned *l = m->l;
	double half_life = l->settings.half_life_days;

	if (!l->model.factor.v || neighbours == 0)
		return QF_OK;
	m->own = qf_alloc(l->model.factor.k, sizeof *m->own);
	m->best = qf_alloc((size_t)neighbours, sizeof *m->best);
	m->item = qf_alloc(l->lib.n, sizeof *m->item);
	m->c = qf_alloc(l->lib.n, sizeof *m->c);
	if (!m->own || !m->best || !m->item || !m->c)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", l->lib.n);
	if (qf_foldin_open(&m->foldin, &l->model.factor, l->model.gram, &l->model.p, e) ||
	    cli_listening(c, &l->lib, m->user, at_time, half_life, take_own, m, e))
		return e->code;
	return m->has_own ? cli_listening(c, &l->lib, 0, at_time, half_life, rank_one, m, e) : QF_OK;
}

static void close_community(struct community *m)
{
	qf_foldin_close(m->foldin);
	qf_free(m->own);
	qf_free(m->best);
	qf_free(m->item);
	qf_free(m->c);
}

/* ---- genres on a plane ------------------------------------------------------------------------------- */

/* The direction of a track: its factors, else its sound; NULL if neither is known. Of k numbers. */
static const float *direction(const struct cli_learned *l, size_t item, size_t *k)
{
	const struct qf_model *m = &l->model;
	const float *v = m->factor.v ? qf_matrix_row(&m->factor, item) : m->sound ? m->sound + item * m->dim : NULL;

	*k = m->factor.v ? m->factor.k : m->dim;
	return v && qf_linear_dot(v, v, *k) > 0 ? v : NULL;
}

static void add_scaled(double *sum, double by, const float *v, size_t k)
{
	for (size_t j = 0; j < k; j++)
		sum[j] += by * (double)v[j];
}

/* The sum of each genre's directions less as many of the library's mean: what all tracks share
 * would make all genres alike. mean[k] and count[n] are zeros. */
static void add_directions(double *sum, double *mean, double *count, const struct cli_learned *l, const struct qf_facets *f,
			   const struct qf_shares *genre, size_t n)
{
	double tracks = 0;
	size_t k;

	for (size_t i = 0; i < f->n; i++) {
		const float *v = direction(l, i, &k);
		double by = v ? 1 / sqrt(qf_linear_dot(v, v, k)) : 0;

		if (!v)
			continue;
		add_scaled(mean, by, v, k);
		tracks++;
		for (size_t q = 0; q < QF_GENRES; q++)
			for (size_t g = 0; g < n; g++)
				if (f->genre[i * QF_GENRES + q] == genre->v[g].of) {
					add_scaled(sum + g * k, by, v, k);
					count[g]++;
				}
	}
	for (size_t g = 0; g < n && tracks > 0; g++)
		for (size_t j = 0; j < k; j++)
			sum[g * k + j] -= count[g] * mean[j] / tracks;
}

static void find_near(struct profile_group *g, const double *likeness, size_t own, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = g->n_near;

		if (i == own || !(likeness[i] > 0))
			continue;
		while (at > 0 && likeness[i] > g->near[at - 1].likeness)
			at--;
		if (at == PROFILE_NEAR)
			continue;
		g->n_near += g->n_near < PROFILE_NEAR;
		memmove(&g->near[at + 1], &g->near[at], (g->n_near - 1 - at) * sizeof *g->near);
		g->near[at] = (struct profile_near){ i, likeness[i] };
	}
}

/* Into group[n], n at most MAP_GENRES. */
static enum qf_status find_map(struct profile_group *group, size_t n, const struct cli_learned *l, const struct qf_facets *f,
			       const struct qf_shares *genre, struct qf_err *e)
{
	double likeness[MAP_GENRES * MAP_GENRES], place[MAP_GENRES][2], count[MAP_GENRES] = { 0 }, *sum;
	size_t k;

	memset(group, 0, n * sizeof *group);
	if (n == 0)
		return QF_OK;
	direction(l, 0, &k);
	sum = qf_zalloc(n + 1, k * sizeof *sum); /* the last row: the mean */
	if (!sum)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu genres", n);
	add_directions(sum, sum + n * k, count, l, f, genre, n);
	if (qf_genremap(sum, n, k, likeness, place, e) == QF_OK)
		for (size_t g = 0; g < n; g++) {
			group[g].genre = genre->v[g].of;
			group[g].x = place[g][0];
			group[g].y = place[g][1];
			find_near(&group[g], likeness + g * n, g, n);
		}
	qf_free(sum);
	return e->code;
}

/* ---- showing ------------------------------------------------------------------------------------------- */

struct names {
	struct qf_arena a;
	const char **artist, **track;
	int64_t *track_id;
};

static enum qf_status find_names(struct names *n, struct qf_catalog *c, const struct cli_learned *l, const struct qf_profile *p, struct qf_err *e)
{
	const struct qf_shares *artist = &p->aspect[QF_ASPECT_ARTIST], *track = &p->aspect[QF_ASPECT_TRACK];
	struct qf_buf label = { 0 };

	n->artist = qf_alloc((size_t)most, sizeof *n->artist);
	n->track = qf_alloc((size_t)most, sizeof *n->track);
	n->track_id = qf_alloc((size_t)most, sizeof *n->track_id);
	if (!n->artist || !n->track || !n->track_id)
		qf_fail(e, QF_ENOMEM, "out of memory for %lld names", (long long)most);
	for (size_t i = 0; !e->code && i < (size_t)most && i < artist->n; i++)
		qf_catalog_artist_name(c, artist->v[i].of, &n->a, &n->artist[i], e);
	for (size_t i = 0; !e->code && i < (size_t)most && i < track->n; i++) {
		n->track_id[i] = l->lib.id[track->v[i].of];
		qf_buf_clear(&label);
		if (cli_track_label(c, n->track_id[i], &label, e) == QF_OK && qf_buf_check(&label, e) == QF_OK &&
		    !(n->track[i] = qf_arena_dup(&n->a, label.p, label.len)))
			qf_fail(e, QF_ENOMEM, "out of memory for %lld names", (long long)most);
	}
	qf_buf_free(&label);
	return e->code;
}

static enum qf_status show(const struct profile_shown *s, struct qf_err *e)
{
	bool lines = cli.format == CLI_TABLE && !cli.fields;
	struct qf_buf b = { 0 };

	if (lines)
		profile_put_lines(&b, s);
	else
		profile_put_row(&b, s);
	if (qf_buf_check(&b, e) == QF_OK && lines)
		cli_write(b.p, b.len);
	else if (!e->code)
		cli_row((struct qf_span){ b.p, b.len });
	qf_buf_free(&b);
	return e->code;
}

/* The names of those in m->best, who are numbered as they are listed. */
static enum qf_status name_neighbours(struct profile_neighbour *out, const struct community *m, struct qf_catalog *c, struct qf_arena *a,
				      struct qf_err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		out[i].likeness = m->best[i].likeness;
		if (qf_catalog_user_name(c, m->best[i].user, a, &out[i].user, e))
			return e->code;
	}
	return QF_OK;
}

static enum qf_status profile(struct qf_catalog *c, const struct cli_learned *l, const char *user, struct qf_err *e)
{
	struct qf_facets f = { 0 };
	struct qf_profile p = { 0 };
	struct diary d = { .lib = &l->lib };
	struct community m = { .l = l };
	struct names names = { 0 };
	struct profile_group group[MAP_GENRES];
	struct profile_neighbour *near = qf_alloc((size_t)neighbours, sizeof *near);
	struct profile_shown s = { .catalog = qf_catalog_uuid(c), .user = user, .profile = &p, .facets = &f, .neighbour = near, .group = group,
				   .most = (size_t)most, .model = l->row.id };

	if (!near)
		qf_fail(e, QF_ENOMEM, "out of memory for %lld neighbours", (long long)neighbours);
	if (e->code || qf_catalog_person(c, user, &s.person, e) || qf_catalog_facets(c, true, &f, e) ||
	    qf_catalog_diary(c, s.person.id, take, &d, e) || qf_profile_make(&p, d.act, d.n, &f, e))
		goto out;
	m.user = s.person.id;
	s.groups = p.aspect[QF_ASPECT_GENRE].n < MAP_GENRES ? p.aspect[QF_ASPECT_GENRE].n : MAP_GENRES;
	if (find_neighbours(&m, c, e) || name_neighbours(near, &m, c, &names.a, e) ||
	    find_map(group, s.groups, l, &f, &p.aspect[QF_ASPECT_GENRE], e) || find_names(&names, c, l, &p, e))
		goto out;
	s.matched = d.matched;
	s.artist = names.artist;
	s.track = names.track;
	s.track_id = names.track_id;
	s.neighbours = m.n;
	if (d.n == 0)
		cli_say("nothing that '%s' did is a sign of liking for a track that is here", user);
	show(&s, e);
out:
	qf_arena_free(&names.a);
	qf_free(names.artist);
	qf_free(names.track);
	qf_free(names.track_id);
	close_community(&m);
	qf_free(d.act);
	qf_free(near);
	qf_profile_free(&p);
	qf_facets_free(&f);
	return e->code;
}

int main(int argc, char **argv)
{
	struct qf_catalog *c;
	struct cli_learned l = { 0 };
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	cli_start(&tool, argc, argv);
	if (cli.n_operands != 1)
		cli_misuse("of whom? (one user, as in the imported history)");
	if (!at_time)
		at_time = cli_now();
	if (cli_catalog_open(&c, QF_CATALOG_READ, &e))
		return cli_finish(cli_die(&e));
	if (qf_catalog_begin_read(c, &e) || cli_learned_open(&l, c, at_time, &e) || profile(c, &l, cli.operands[0], &e))
		code = cli_die(&e);
	cli_learned_close(&l);
	qf_catalog_close(c);
	return cli_finish(code);
}
