/* qfzz plan library: candidates to add, tracks to do without, as a list for somebody to look at. */
#define _GNU_SOURCE
#include "cli/plan.h"
#include "cli/store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "catalog/rendition.h"
#include "plan/collection.h"
#include "rows/rows.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct cli_column columns[] = {
	{ "ACTION", "action", 6 }, { "SCORE", "score", -6 }, { "PLAYS", "plays", -6 }, { "DAYS", "days", -6 },
	{ "ARTIST", "candidate.artist|artist", 24 }, { "TITLE", "candidate.title|label|path", 40 }, { "path", "path", 0 }, { 0 }
};

struct genre {
	char *name; /* folded */
	int64_t plays;
};

struct proposal {
	double order;      /* the highest first */
	size_t n;          /* then as they came */
	const char *row;
	size_t len;
};

struct shelf { /* proposals of one kind */
	struct proposal *v;
	size_t n, room;
};

struct library {
	struct genre *genre;
	size_t genres, genre_room;
	int64_t top;           /* plays of the genre with the most */
	struct shelf add, remove;
	struct qf_arena texts;
	struct qf_catalog *c;
};

static enum qf_status no_memory(struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory");
}

/* ---- genres ------------------------------------------------------------------------------------------- */

static enum qf_status fold(struct library *l, const char *text, size_t n, char **out, struct qf_err *e)
{
	struct qf_buf b = { 0 };
	enum qf_status rc = qf_text_fold(&b, text, n, e);

	*out = rc == QF_OK ? qf_arena_dup(&l->texts, b.p ? b.p : "", b.len) : NULL;
	qf_buf_free(&b);
	return rc == QF_OK && !*out ? no_memory(e) : rc;
}

static struct genre *find_genre(const struct library *l, const char *name)
{
	for (size_t i = 0; i < l->genres; i++)
		if (strcmp(l->genre[i].name, name) == 0)
			return &l->genre[i];
	return NULL;
}

static enum qf_status add_genre(struct library *l, const char *text, size_t n, int64_t plays, struct qf_err *e)
{
	char *name;
	struct genre *g;

	if (fold(l, text, n, &name, e))
		return e->code;
	g = find_genre(l, name);
	if (!g && l->genres == l->genre_room) {
		size_t more = l->genre_room ? 2 * l->genre_room : 64;

		g = qf_realloc(l->genre, more, sizeof *g);
		if (!g)
			return no_memory(e);
		l->genre = g;
		l->genre_room = more;
		g = NULL;
	}
	if (!g) {
		g = &l->genre[l->genres++];
		*g = (struct genre){ name, 0 };
	}
	g->plays += plays;
	l->top = g->plays > l->top ? g->plays : l->top;
	return QF_OK;
}

/* "Rock; Folk" counts for both. */
static enum qf_status take_genres(void *arg, const char *genres, int64_t plays, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && *genres) {
		size_t n = strcspn(genres, ";");

		if (n)
			rc = add_genre(arg, genres, n, plays, e);
		genres += n;
		genres += strspn(genres, "; ");
	}
	return rc;
}

static enum qf_status genre_match(struct library *l, struct qf_span row, double *match, struct qf_err *e)
{
	struct qf_span list, key, item;

	*match = 0;
	if (!qf_json_get(row, "genres", &list))
		return QF_OK;
	while (qf_json_next(&list, &key, &item)) {
		struct qf_buf text = { 0 };
		char *name = NULL;
		enum qf_status rc = QF_OK;
		const struct genre *g;

		if (qf_json_to_text(item, &text))
			rc = fold(l, text.p ? text.p : "", text.len, &name, e);
		qf_buf_free(&text);
		if (rc != QF_OK)
			return rc;
		g = name ? find_genre(l, name) : NULL;
		if (g && l->top)
			*match = fmax(*match, (double)g->plays / (double)l->top);
	}
	return QF_OK;
}

/* ---- shelves ------------------------------------------------------------------------------------------- */

static enum qf_status put_on(struct library *l, struct shelf *s, double order, const struct qf_buf *row, struct qf_err *e)
{
	struct proposal *p;

	if (qf_buf_check(row, e))
		return e->code;
	if (s->n == s->room) {
		size_t more = s->room ? 2 * s->room : 64;

		p = qf_realloc(s->v, more, sizeof *p);
		if (!p)
			return no_memory(e);
		s->v = p;
		s->room = more;
	}
	p = &s->v[s->n];
	*p = (struct proposal){ order, s->n, qf_arena_dup(&l->texts, row->p, row->len), row->len };
	s->n++;
	return p->row ? QF_OK : no_memory(e);
}

static int best_first(const void *pa, const void *pb)
{
	const struct proposal *a = pa, *b = pb;

	if (a->order != b->order)
		return a->order > b->order ? -1 : 1;
	return a->n < b->n ? -1 : 1;
}

static void print_shelf(struct shelf *s)
{
	if (s->n)
		qsort(s->v, s->n, sizeof *s->v, best_first);
	for (size_t i = 0; i < s->n && i < (size_t)plan_asked.at_most; i++)
		cli_row((struct qf_span){ s->v[i].row, s->v[i].len });
}

/* ---- additions ------------------------------------------------------------------------------------------- */

static bool figure(struct qf_span row, const char *key, double *out)
{
	struct qf_span v;

	*out = NAN;
	return !qf_json_get(row, key, &v) || qf_json_type(v) == QF_JSON_NULL || qf_json_to_num(v, out);
}

static void put_parts(struct qf_buf *b, const struct qf_candidate_score *s)
{
	static const char *const names[] = { "popularity", "views", "listeners", "genre" };
	const double parts[] = { s->popularity, s->views, s->listeners, s->genre };

	qf_json_key(b, "parts");
	qf_json_open(b, '{');
	for (size_t i = 0; i < 4; i++)
		qf_json_put_num(b, names[i], parts[i], 2);
	qf_json_close(b, '}');
}

static enum qf_status judge(void *arg, struct qf_span row, struct qf_err *e)
{
	struct library *l = arg;
	struct qf_candidate_figures f;
	struct qf_candidate_score s;
	struct qf_buf b = { 0 };
	enum qf_status rc;

	if (!qf_row_is(row, "candidate.v1"))
		return QF_OK;
	if (!figure(row, "spotify_popularity", &f.spotify_popularity) || !figure(row, "youtube_views", &f.youtube_views) ||
	    !figure(row, "lastfm_listeners", &f.lastfm_listeners))
		return qf_fail(e, QF_EFORMAT, "a figure of this candidate is no number");
	rc = genre_match(l, row, &f.genre_match, e);
	s = qf_candidate_judge(&f);
	if (rc != QF_OK || s.all <= QF_ADD_ABOVE)
		return rc;
	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "proposal.v1");
	qf_json_put_str(&b, "action", "add");
	qf_json_put_num(&b, "score", s.all, 2);
	put_parts(&b, &s);
	qf_json_key(&b, "candidate");
	qf_json_raw(&b, row);
	qf_json_close(&b, '}');
	rc = put_on(l, &l->add, s.all, &b, e);
	qf_buf_free(&b);
	return rc;
}

/* A file of candidates; a bad line is told and left out. */
static int read_candidates(struct library *l, const char *name, struct qf_err *e)
{
	bool standard = strcmp(name, "-") == 0;
	struct cli_input in = { .fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC), .name = name };
	enum qf_status rc = in.fd < 0 ? qf_fail_errno(e, "%s: cannot open", name) : cli_each_row(&in, judge, l, e);

	if (!standard && in.fd >= 0)
		close(in.fd);
	return rc != QF_OK ? cli_die(e) : in.bad ? EXIT_SOME : EXIT_OK;
}

/* ---- removals ------------------------------------------------------------------------------------------------ */

static enum qf_status consider(void *arg, const struct qf_played *p, struct qf_err *e)
{
	struct library *l = arg;
	struct qf_buf b = { 0 };
	int64_t days = (plan_now() - p->added_at) / 86400;
	enum qf_status rc;

	if (!qf_may_go(p->added_at, plan_now(), p->plays, plan_asked.days))
		return QF_OK;
	qf_json_open(&b, '{');
	qf_json_put_str(&b, "type", "proposal.v1");
	qf_json_put_str(&b, "action", "remove");
	qf_json_put_str(&b, "catalog", qf_catalog_uuid(l->c));
	qf_json_put_int(&b, "track", p->id);
	qf_row_put_path(&b, p->path);
	qf_json_opt_str(&b, "label", p->label);
	qf_json_put_int(&b, "plays", p->plays);
	qf_json_put_int(&b, "days", days);
	qf_json_close(&b, '}');
	rc = put_on(l, &l->remove, -(double)p->plays * 1e6 + (double)days, &b, e); /* the least played, then the longest there */
	qf_buf_free(&b);
	return rc;
}

int plan_library(void)
{
	struct library l = { 0 };
	struct qf_err e = { 0 };
	int64_t user;
	int code = EXIT_OK;

	plan_columns(columns);
	if (cli_catalog_open(&l.c, QF_CATALOG_READ, &e) || qf_catalog_begin_read(l.c, &e) || plan_user(l.c, &user, &e) ||
	    qf_catalog_played_genres(l.c, user, take_genres, &l, &e) || qf_catalog_played(l.c, user, 0, consider, &l, &e))
		code = cli_die(&e);
	for (size_t i = 1; code < EXIT_USAGE && i < cli.n_operands; i++) {
		int one = read_candidates(&l, cli.operands[i], &e);

		code = one > code ? one : code;
	}
	if (code < EXIT_USAGE) {
		print_shelf(&l.add);
		print_shelf(&l.remove);
	}
	qf_free(l.genre);
	qf_free(l.add.v);
	qf_free(l.remove.v);
	qf_arena_free(&l.texts);
	qf_catalog_close(l.c);
	return code;
}
