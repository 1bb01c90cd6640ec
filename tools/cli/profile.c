#include "cli/profile.h"

#include "base/text.h"
#include "rows/json.h"

#include <math.h>
#include <string.h>

static const char *const days[] = { "", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

/* ---- names ------------------------------------------------------------------------------------- */

/* What the i-th share of an aspect is called, into text[n]; NULL: it has no name. */
static const char *name_of(const struct profile_shown *s, enum qf_aspect a, size_t i, struct qf_buf *text)
{
	uint32_t of = s->profile->aspect[a].v[i].of;

	qf_buf_clear(text);
	switch (a) {
	case QF_ASPECT_GENRE: return s->facets->genre_name[of];
	case QF_ASPECT_MOOD: return s->facets->mood_name[of];
	case QF_ASPECT_ARTIST: return s->artist[i];
	case QF_ASPECT_TRACK: return s->track[i];
	case QF_ASPECT_DECADE: qf_buf_printf(text, "%us", of); break;
	case QF_ASPECT_KEY: qf_buf_printf(text, "%u%c", (of - 1) % 12 + 1, of > 12 ? 'B' : 'A'); break;
	case QF_ASPECTS: break;
	}
	return text->p;
}

static const struct {
	const char *list, *item, *word; /* keys of the row; the word for people */
} aspects[QF_ASPECTS] = {
	[QF_ASPECT_GENRE] = { "genres", "genre", "genres" },	      [QF_ASPECT_DECADE] = { "decades", "decade", "decades" },
	[QF_ASPECT_KEY] = { "keys", "camelot", "keys" },	      [QF_ASPECT_MOOD] = { "moods", "mood", "moods" },
	[QF_ASPECT_ARTIST] = { "top_artists", "artist", "artists" },  [QF_ASPECT_TRACK] = { "top_tracks", "name", "tracks" },
};

static size_t shown_of(const struct profile_shown *s, enum qf_aspect a)
{
	size_t n = s->profile->aspect[a].n;

	return n < s->most ? n : s->most;
}

/* ---- the row ------------------------------------------------------------------------------------- */

static void put_time(struct qf_buf *b, const char *key, int64_t at)
{
	qf_json_key(b, key);
	if (at)
		qf_json_int(b, at);
	else
		qf_json_null(b);
}

static void open_list(struct qf_buf *b, const char *key)
{
	qf_json_key(b, key);
	qf_json_open(b, '[');
}

static void put_aspect(struct qf_buf *b, const struct profile_shown *s, enum qf_aspect a)
{
	struct qf_buf text = { 0 };

	open_list(b, aspects[a].list);
	for (size_t i = 0; i < shown_of(s, a); i++) {
		const struct qf_share *v = &s->profile->aspect[a].v[i];

		qf_json_open(b, '{');
		if (a == QF_ASPECT_DECADE)
			qf_json_put_int(b, aspects[a].item, v->of);
		else
			qf_json_put_str(b, aspects[a].item, name_of(s, a, i, &text));
		if (a == QF_ASPECT_TRACK)
			qf_json_put_int(b, "track", s->track_id[i]);
		qf_json_put_num(b, "share", v->share, 4);
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
	qf_buf_free(&text);
}

static void put_facet(struct qf_buf *b, const char *key, const struct qf_range_of *r, int decimals)
{
	qf_json_key(b, key);
	if (r->n == 0) {
		qf_json_null(b);
		return;
	}
	qf_json_open(b, '{');
	qf_json_put_num(b, "mean", r->mean, decimals);
	qf_json_put_num(b, "sd", r->sd, decimals);
	qf_json_put_num(b, "low", r->low, decimals);
	qf_json_put_num(b, "median", r->median, decimals);
	qf_json_put_num(b, "high", r->high, decimals);
	qf_json_close(b, '}');
}

static void put_times(struct qf_buf *b, const char *key, const double *share, size_t n)
{
	open_list(b, key);
	for (size_t i = 0; i < n; i++)
		qf_json_num(b, share[i], 4);
	qf_json_close(b, ']');
}

static const char *first_genre(const struct profile_shown *s, const struct qf_quarter *q)
{
	return q->genre.n ? s->facets->genre_name[q->genre.v[0].of] : NULL;
}

static void put_quarters(struct qf_buf *b, const struct profile_shown *s)
{
	struct qf_buf name = { 0 };

	open_list(b, "quarters");
	for (size_t i = 0; i < s->profile->quarters; i++) {
		const struct qf_quarter *q = &s->profile->quarter[i];

		qf_buf_clear(&name);
		qf_buf_printf(&name, "%04d-Q%d", q->year, q->quarter);
		qf_json_open(b, '{');
		qf_json_put_str(b, "quarter", name.p);
		qf_json_put_num(b, "weight", q->weight, 1);
		qf_json_put_str(b, "genre", first_genre(s, q));
		qf_json_put_num(b, "tempo", q->tempo, 1);
		qf_json_put_num(b, "energy", q->energy, 3);
		qf_json_put_num(b, "new_artists", q->new_artists, 4);
		qf_json_put_num(b, "change", q->change, 4);
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
	qf_buf_free(&name);
}

static void put_neighbours(struct qf_buf *b, const struct profile_shown *s)
{
	open_list(b, "neighbours");
	for (size_t i = 0; i < s->neighbours; i++) {
		qf_json_open(b, '{');
		qf_json_put_str(b, "user", s->neighbour[i].user);
		qf_json_put_num(b, "likeness", s->neighbour[i].likeness, 4);
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
}

static void put_map(struct qf_buf *b, const struct profile_shown *s)
{
	open_list(b, "genre_map");
	for (size_t i = 0; i < s->groups; i++) {
		const struct profile_group *g = &s->group[i];

		qf_json_open(b, '{');
		qf_json_put_str(b, "genre", s->facets->genre_name[g->genre]);
		qf_json_put_num(b, "x", g->x, 4);
		qf_json_put_num(b, "y", g->y, 4);
		open_list(b, "near");
		for (size_t k = 0; k < g->n_near; k++) {
			qf_json_open(b, '{');
			qf_json_put_str(b, "genre", s->facets->genre_name[s->group[g->near[k].group].genre]);
			qf_json_put_num(b, "likeness", g->near[k].likeness, 4);
			qf_json_close(b, '}');
		}
		qf_json_close(b, ']');
		qf_json_close(b, '}');
	}
	qf_json_close(b, ']');
}

void profile_put_row(struct qf_buf *b, const struct profile_shown *s)
{
	const struct qf_profile *p = s->profile;

	qf_json_open(b, '{');
	qf_json_put_str(b, "type", "profile.v1");
	qf_json_put_str(b, "catalog", s->catalog);
	qf_json_put_str(b, "user", s->user);
	qf_json_put_int(b, "events", s->person.events);
	qf_json_put_int(b, "matched", s->matched);
	qf_json_put_num(b, "weight", p->weight, 1);
	put_time(b, "first", s->person.first);
	put_time(b, "last", s->person.last);
	qf_json_put_int(b, "tracks", (int64_t)p->tracks);
	qf_json_put_int(b, "artists", (int64_t)p->artists);
	for (enum qf_aspect a = 0; a < QF_ASPECTS; a++)
		put_aspect(b, s, a);
	for (size_t k = 0; k < QF_FACETS; k++)
		put_facet(b, qf_facet_names[k], &p->facet[k], k == QF_FACET_TEMPO || k == QF_FACET_LOUDNESS ? 1 : 3);
	put_times(b, "hours", p->hour, p->timed ? 24 : 0);
	put_times(b, "weekdays", p->day + 1, p->timed ? 7 : 0);
	put_quarters(b, s);
	put_neighbours(b, s);
	put_map(b, s);
	qf_json_key(b, "model");
	if (s->model)
		qf_json_int(b, s->model);
	else
		qf_json_null(b);
	qf_json_close(b, '}');
}

/* ---- the lines -------------------------------------------------------------------------------------- */

static void say_name(struct qf_buf *b, const char *name)
{
	name = name ? name : "(no name)";
	qf_text_printable(b, name, strlen(name));
}

static void say_aspect(struct qf_buf *b, const struct profile_shown *s, enum qf_aspect a)
{
	struct qf_buf text = { 0 };

	for (size_t i = 0; i < shown_of(s, a); i++) {
		if (i)
			qf_buf_puts(b, ", ");
		else
			qf_buf_printf(b, "%-13s ", aspects[a].word);
		say_name(b, name_of(s, a, i, &text));
		qf_buf_printf(b, " %.0f %%", 100 * s->profile->aspect[a].v[i].share);
	}
	if (shown_of(s, a))
		qf_buf_putc(b, '\n');
	qf_buf_free(&text);
}

static void say_facet(struct qf_buf *b, const struct profile_shown *s, enum qf_facet k)
{
	const struct qf_range_of *r = &s->profile->facet[k];
	int decimals = k == QF_FACET_TEMPO || k == QF_FACET_LOUDNESS ? 0 : 2;

	if (r->n)
		qf_buf_printf(b, "%-13s %.*f, mostly %.*f to %.*f\n", qf_facet_names[k], decimals, r->median, decimals, r->low, decimals, r->high);
}

/* A bar of eight steps for each share, the greatest one full. */
static void say_bars(struct qf_buf *b, const double *share, size_t n)
{
	static const char *const bar[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = share[i] > most ? share[i] : most;
	for (size_t i = 0; i < n; i++)
		qf_buf_puts(b, bar[most > 0 ? (int)ceil(8 * share[i] / most) : 0]);
}

static void say_times(struct qf_buf *b, const struct qf_profile *p)
{
	if (!p->timed)
		return;
	qf_buf_puts(b, "hours         0 ");
	say_bars(b, p->hour, 24);
	qf_buf_puts(b, " 23\nweekdays     ");
	for (size_t d = 1; d <= 7; d++) {
		qf_buf_printf(b, " %s ", days[d]);
		qf_buf_printf(b, "%.0f %%", 100 * p->day[d]);
	}
	qf_buf_putc(b, '\n');
}

static void say_quarters(struct qf_buf *b, const struct profile_shown *s)
{
	for (size_t i = 0; i < s->profile->quarters; i++) {
		const struct qf_quarter *q = &s->profile->quarter[i];

		qf_buf_printf(b, "%04d-Q%d       ", q->year, q->quarter);
		if (q->genre.n)
			say_name(b, first_genre(s, q));
		if (isfinite(q->tempo))
			qf_buf_printf(b, "%s%.0f BPM", q->genre.n ? ", " : "", q->tempo);
		qf_buf_printf(b, "%s%.0f %% by new artists", q->genre.n || isfinite(q->tempo) ? ", " : "", 100 * q->new_artists);
		if (isfinite(q->change))
			qf_buf_printf(b, ", %.0f %% of the genres changed", 100 * q->change);
		qf_buf_putc(b, '\n');
	}
}

static void say_map(struct qf_buf *b, const struct profile_shown *s)
{
	for (size_t i = 0; i < s->groups; i++) {
		const struct profile_group *g = &s->group[i];

		if (!g->n_near)
			continue;
		qf_buf_puts(b, i ? "              " : "near are      ");
		say_name(b, s->facets->genre_name[g->genre]);
		for (size_t k = 0; k < g->n_near; k++) {
			qf_buf_puts(b, k ? ", " : ": ");
			say_name(b, s->facets->genre_name[s->group[g->near[k].group].genre]);
			qf_buf_printf(b, " %.2f", g->near[k].likeness);
		}
		qf_buf_putc(b, '\n');
	}
}

void profile_put_lines(struct qf_buf *b, const struct profile_shown *s)
{
	say_name(b, s->user);
	qf_buf_printf(b, ": %lld events, %zu tracks by %zu artists\n", (long long)s->person.events, s->profile->tracks, s->profile->artists);
	for (enum qf_aspect a = 0; a < QF_ASPECTS; a++)
		say_aspect(b, s, a);
	for (enum qf_facet k = 0; k < QF_FACETS; k++)
		say_facet(b, s, k);
	say_times(b, s->profile);
	say_quarters(b, s);
	for (size_t i = 0; i < s->neighbours; i++) {
		qf_buf_puts(b, i ? ", " : "like          ");
		say_name(b, s->neighbour[i].user);
		qf_buf_printf(b, " %.2f", s->neighbour[i].likeness);
	}
	qf_buf_puts(b, s->neighbours ? "\n" : "");
	say_map(b, s);
}
