#include "catalog/facets.h"

#include "base/alloc.h"
#include "base/text.h"
#include "catalog/select.h"
#include "catalog/sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- genres by their folded names ------------------------------------------------------- */

struct genre { /* a slot of the hash table */
	char *fold; /* NULL: free */
	uint32_t number;
};

struct reading { /* of facets */
	struct qf_facets *f;
	size_t room, genre_room, slots;
	struct genre *slot; /* at most half full */
	struct qf_buf fold;
};

static size_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return (size_t)h;
}

static struct genre *find(const struct reading *r, const char *fold)
{
	size_t at = hash(fold) & (r->slots - 1);

	while (r->slot[at].fold && strcmp(r->slot[at].fold, fold) != 0)
		at = (at + 1) & (r->slots - 1);
	return &r->slot[at];
}

static bool more_slots(struct reading *r)
{
	struct reading next = { .slots = r->slots ? 2 * r->slots : 64 };

	next.slot = qf_zalloc(next.slots, sizeof *next.slot);
	if (!next.slot)
		return false;
	for (size_t i = 0; i < r->slots; i++)
		if (r->slot[i].fold)
			*find(&next, r->slot[i].fold) = r->slot[i];
	qf_free(r->slot);
	r->slot = next.slot;
	r->slots = next.slots;
	return true;
}

static bool add_genre(struct reading *r, const char *name, size_t n)
{
	struct qf_facets *f = r->f;
	size_t more = r->genre_room ? 2 * r->genre_room : 64;
	char **names = f->genres < r->genre_room ? f->genre_name : qf_realloc(f->genre_name, more, sizeof *names);

	if (!names)
		return false;
	r->genre_room = f->genres < r->genre_room ? r->genre_room : more;
	f->genre_name = names;
	names[f->genres] = qf_memdup0(name, n);
	return names[f->genres] && ++f->genres;
}

/* *number is 0 for a name of nothing but blanks. */
static enum qf_status genre_number(struct reading *r, const char *name, size_t n, uint32_t *number, struct qf_err *e)
{
	struct genre *g;

	*number = 0;
	while (n && *name == ' ') {
		name++;
		n--;
	}
	qf_buf_clear(&r->fold);
	if (qf_text_fold(&r->fold, name, n, e))
		return e->code;
	if (!r->fold.len)
		return QF_OK;
	if (2 * r->f->genres >= r->slots && !more_slots(r))
		return qf_fail(e, QF_ENOMEM, "out of memory for genres");
	g = find(r, r->fold.p);
	if (!g->fold) {
		size_t before = r->f->genres;
		char *fold = qf_strdup(r->fold.p);

		if (!fold || !add_genre(r, name, n)) {
			qf_free(fold);
			return qf_fail(e, QF_ENOMEM, "out of memory for genres");
		}
		*g = (struct genre){ fold, (uint32_t)before };
	}
	*number = g->number;
	return QF_OK;
}

static bool is_new(const uint32_t *genre, size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++)
		if (genre[i] == number)
			return false;
	return true;
}

static enum qf_status read_genres(struct reading *r, const char *text, uint32_t *genre, struct qf_err *e)
{
	size_t n = 0;

	genre[0] = 0;
	for (size_t i = 1; i < QF_GENRES; i++)
		genre[i] = QF_NO_NUMBER;
	for (const char *p = text; p && *p && n < QF_GENRES;) {
		size_t len = strcspn(p, ";");
		uint32_t number;

		if (genre_number(r, p, len, &number, e))
			return e->code;
		if (number && is_new(genre, n, number))
			genre[n++] = number;
		p += len + (p[len] == ';');
	}
	return QF_OK;
}

/* ---- columns ----------------------------------------------------------------------------- */

#define GROW(column, each)                                                                      \
	do {                                                                                    \
		void *p = qf_realloc(f->column, more, (each) * sizeof *f->column);              \
		if (!p)                                                                         \
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", more);     \
		f->column = p;                                                                  \
	} while (0)

static enum qf_status grow(struct reading *r, struct qf_err *e)
{
	struct qf_facets *f = r->f;
	size_t more = r->room ? 2 * r->room : 1024;

	GROW(artist, 1);
	GROW(album, 1);
	GROW(year, 1);
	GROW(genre, QF_GENRES);
	GROW(value, QF_FACETS);
	GROW(key, 1);
	GROW(moods, 1);
	r->room = more;
	return QF_OK;
}

static uint32_t number_at(sqlite3_stmt *s, int i)
{
	int64_t v = sqlite3_column_int64(s, i);

	return v > 0 && v < QF_NO_NUMBER ? (uint32_t)v : QF_NO_NUMBER;
}

/* "8A": 8, "8B": 20. */
static uint8_t key_number(const char *camelot)
{
	char *end;
	long n = camelot ? strtol(camelot, &end, 10) : 0;

	if (n < 1 || n > 12 || (*end != 'A' && *end != 'B'))
		return 0;
	return (uint8_t)(n + (*end == 'B' ? 12 : 0));
}

static enum qf_status mood_bit(struct qf_facets *f, const char *word, size_t n, uint32_t *bits, struct qf_err *e)
{
	size_t i = 0;

	while (i < f->mood_names && (strlen(f->mood_name[i]) != n || memcmp(f->mood_name[i], word, n) != 0))
		i++;
	if (i == 32)
		return QF_OK;
	if (i == f->mood_names) {
		f->mood_name[i] = qf_memdup0(word, n);
		if (!f->mood_name[i])
			return qf_fail(e, QF_ENOMEM, "out of memory for moods");
		f->mood_names++;
	}
	*bits |= (uint32_t)1 << i;
	return QF_OK;
}

static enum qf_status read_moods(struct qf_facets *f, const char *text, uint32_t *bits, struct qf_err *e)
{
	static const char between[] = " ,";

	*bits = 0;
	for (const char *p = text ? text + strspn(text, between) : ""; *p; p += strspn(p, between)) {
		size_t n = strcspn(p, between);

		if (mood_bit(f, p, n, bits, e))
			return e->code;
		p += n;
	}
	return QF_OK;
}

enum { ARTIST, ALBUM, YEAR, GENRE, HEARD }; /* columns of the SELECT; then the facets, key and moods */

static enum qf_status read_row(struct reading *r, sqlite3_stmt *s, bool heard, struct qf_err *e)
{
	struct qf_facets *f = r->f;
	size_t i = f->n;
	float *value = f->value + i * QF_FACETS;

	f->artist[i] = number_at(s, ARTIST);
	f->album[i] = number_at(s, ALBUM);
	f->year[i] = sqlite3_column_int(s, YEAR);
	if (read_genres(r, (const char *)sqlite3_column_text(s, GENRE), f->genre + i * QF_GENRES, e))
		return e->code;
	for (int k = 0; k < QF_FACETS; k++) {
		bool known = heard && sqlite3_column_type(s, HEARD + k) != SQLITE_NULL;

		value[k] = known ? (float)sqlite3_column_double(s, HEARD + k) : NAN;
	}
	f->key[i] = heard ? key_number((const char *)sqlite3_column_text(s, HEARD + QF_FACETS)) : 0;
	f->n++;
	return read_moods(f, heard ? (const char *)sqlite3_column_text(s, HEARD + QF_FACETS + 1) : NULL, &f->moods[i], e);
}

static enum qf_status start(struct reading *r, struct qf_err *e)
{
	if (more_slots(r) && add_genre(r, "", 0)) {
		r->f->mood_name = qf_alloc(32, sizeof *r->f->mood_name);
		if (r->f->mood_name)
			return QF_OK;
	}
	return qf_fail(e, QF_ENOMEM, "out of memory for genres");
}

#define BARE "SELECT t.artist_id, t.album_id, t.year, t.genre FROM track t"
#define FULL "SELECT t.artist_id, t.album_id, t.year, t.genre, f.tempo_bpm, f.energy, f.valence, f.arousal," \
	" f.danceability, f.acousticness, f.loudness_lufs, f.camelot, f.moods" \
	" FROM track t LEFT JOIN features f ON f.track_id = t.id"

static enum qf_status add_rows(struct reading *r, struct qf_catalog *c, sqlite3_stmt *s, bool heard, struct qf_err *e)
{
	bool row = true;
	enum qf_status rc = QF_OK;

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		if (r->f->n == r->room)
			rc = grow(r, e);
		if (rc == QF_OK)
			rc = read_row(r, s, heard, e);
	}
	qf_sql_done(s);
	return rc;
}

static void close_reading(struct reading *r)
{
	for (size_t i = 0; i < r->slots; i++)
		qf_free(r->slot[i].fold);
	qf_free(r->slot);
	qf_buf_free(&r->fold);
}

enum qf_status qf_catalog_facets(struct qf_catalog *c, bool heard, struct qf_facets *f, struct qf_err *e)
{
	struct reading r = { .f = f };
	sqlite3_stmt *s;
	enum qf_status rc;

	memset(f, 0, sizeof *f);
	rc = start(&r, e);
	if (rc == QF_OK)
		rc = qf_sql(c, heard ? FULL " ORDER BY t.id" : BARE " ORDER BY t.id", &s, e);
	if (rc == QF_OK)
		rc = add_rows(&r, c, s, heard, e);
	close_reading(&r);
	return rc;
}

enum qf_status qf_catalog_facets_of(struct qf_catalog *c, bool heard, const int64_t *id, size_t n, struct qf_facets *f, struct qf_err *e)
{
	struct reading r = { .f = f };
	sqlite3_stmt *s;
	enum qf_status rc;

	memset(f, 0, sizeof *f);
	rc = start(&r, e);
	if (rc == QF_OK)
		rc = qf_sql(c, heard ? FULL " WHERE t.id = ?1" : BARE " WHERE t.id = ?1", &s, e);
	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		sqlite3_bind_int64(s, 1, id[i]);
		rc = add_rows(&r, c, s, heard, e);
	}
	close_reading(&r);
	return rc;
}
/* ---- a user's acts by the clock ------------------------------------------------------------ */

enum qf_status qf_catalog_diary(struct qf_catalog *c, int64_t user,
				enum qf_status (*fn)(void *arg, const struct qf_diary_row *r, struct qf_err *e), void *arg, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT track_id, at, local_hour, local_weekday, action FROM event WHERE user_id = ?1"
				      " ORDER BY at, id", &s, e);

	if (rc == QF_OK)
		sqlite3_bind_int64(s, 1, user);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_diary_row r = {
			.track = sqlite3_column_int64(s, 0),
			.at = sqlite3_column_int64(s, 1),
			.hour = sqlite3_column_int(s, 2),
			.weekday = sqlite3_column_int(s, 3),
			.action = (const char *)sqlite3_column_text(s, 4),
		};

		if (r.hour < 0 || r.hour > 23 || r.weekday < 0 || r.weekday > 7)
			r.hour = r.weekday = 0;
		rc = r.action ? fn(arg, &r, e) : qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_sql_done(s);
	return rc;
}

/* ---- which tracks -------------------------------------------------------------------------- */

enum qf_status qf_catalog_selected(struct qf_catalog *c, const struct qf_query *q,
				   enum qf_status (*fn)(void *arg, int64_t track, struct qf_err *e), void *arg, struct qf_err *e)
{
	struct qf_select *s = NULL;
	struct qf_arena a = { 0 };
	struct qf_track t;
	bool more = true;
	enum qf_status rc = qf_select_open(&s, c, q, QF_TRACK_NUMBER, e);

	while (rc == QF_OK && (rc = qf_select_next(s, &a, &t, &more, e)) == QF_OK && more)
		rc = fn(arg, t.id, e);
	qf_select_close(s);
	qf_arena_free(&a);
	return rc;
}

enum qf_status qf_catalog_artist_tracks(struct qf_catalog *c, const char *name,
					enum qf_status (*fn)(void *arg, int64_t track, struct qf_err *e), void *arg, struct qf_err *e)
{
	struct qf_buf fold = { 0 };
	sqlite3_stmt *s = NULL;
	bool row = true;
	enum qf_status rc = qf_text_fold(&fold, name, strlen(name), e);

	if (rc == QF_OK)
		rc = qf_sql(c, "SELECT t.id FROM artist a JOIN track t ON t.artist_id = a.id"
			       " WHERE a.fold = ?1 AND t.missing_since IS NULL ORDER BY t.id", &s, e);
	if (rc == QF_OK)
		qf_sql_bind_text(s, 1, fold.p ? fold.p : "");
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = fn(arg, sqlite3_column_int64(s, 0), e);
	qf_sql_done(s);
	qf_buf_free(&fold);
	return rc;
}

static enum qf_status name_by(struct qf_catalog *c, const char *sql, int64_t id, struct qf_arena *a, const char **name, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, sql, &s, e);

	*name = NULL;
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, id);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row && !(*name = qf_sql_text(s, 0, a, &rc)))
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_artist_name(struct qf_catalog *c, int64_t artist, struct qf_arena *a, const char **name, struct qf_err *e)
{
	return name_by(c, "SELECT name FROM artist WHERE id = ?1", artist, a, name, e);
}

enum qf_status qf_catalog_user_name(struct qf_catalog *c, int64_t user, struct qf_arena *a, const char **name, struct qf_err *e)
{
	return name_by(c, "SELECT name FROM user WHERE id = ?1", user, a, name, e);
}
