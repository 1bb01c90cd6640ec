#include "catalog/learn.h"

#include "base/alloc.h"
#include "catalog/sql.h"

#include <math.h>
#include <string.h>

/* ---- the library ---------------------------------------------------------------------- */

static enum qf_status grow_library(struct qf_library *l, size_t *room, struct qf_err *e)
{
	size_t more = *room ? 2 * *room : 1024;
	int64_t *id = qf_realloc(l->id, more, sizeof *id), *artist;
	bool *missing;
	float *sound;

	if (id)
		l->id = id;
	artist = qf_realloc(l->artist, more, sizeof *artist);
	if (artist)
		l->artist = artist;
	missing = qf_realloc(l->missing, more, sizeof *missing);
	if (missing)
		l->missing = missing;
	sound = qf_realloc(l->sound, more, QF_SOUND_DIM * sizeof *sound);
	if (sound)
		l->sound = sound;
	if (!id || !artist || !missing || !sound)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", more);
	*room = more;
	return QF_OK;
}

static enum qf_status read_library_row(sqlite3_stmt *s, struct qf_library *l, struct qf_err *e)
{
	size_t bytes = (size_t)sqlite3_column_bytes(s, 3), want = QF_SOUND_DIM * sizeof *l->sound;
	float *sound = l->sound + l->n * QF_SOUND_DIM;

	l->id[l->n] = sqlite3_column_int64(s, 0);
	l->artist[l->n] = sqlite3_column_int64(s, 1);
	l->missing[l->n] = sqlite3_column_int(s, 2) != 0;
	if (bytes && bytes != want)
		return qf_fail(e, QF_ECORRUPT, "catalog: the embedding of track:%lld has %zu bytes", (long long)l->id[l->n], bytes);
	memset(sound, 0, want);
	if (bytes)
		memcpy(sound, sqlite3_column_blob(s, 3), want);
	for (size_t d = 0; d < QF_SOUND_DIM; d++)
		if (!isfinite(sound[d]))
			return qf_fail(e, QF_ECORRUPT, "catalog: the embedding of track:%lld is no number", (long long)l->id[l->n]);
	l->n_sounds += bytes != 0;
	l->n++;
	return QF_OK;
}

#define LIBRARY "SELECT t.id, t.artist_id, t.missing_since IS NOT NULL, f.embedding FROM track t" \
	" LEFT JOIN features f ON f.track_id = t.id"

enum qf_status qf_catalog_library(struct qf_catalog *c, struct qf_library *l, struct qf_err *e)
{
	sqlite3_stmt *s;
	size_t room = 0;
	bool row = true;
	enum qf_status rc = qf_sql(c, LIBRARY " ORDER BY t.id", &s, e);

	memset(l, 0, sizeof *l);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		if (l->n == room)
			rc = grow_library(l, &room, e);
		if (rc == QF_OK)
			rc = read_library_row(s, l, e);
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_library_of(struct qf_catalog *c, const int64_t *id, size_t n, struct qf_library *l, struct qf_err *e)
{
	sqlite3_stmt *s;
	size_t room = 0;
	bool row;
	enum qf_status rc = qf_sql(c, LIBRARY " WHERE t.id = ?1", &s, e);

	memset(l, 0, sizeof *l);
	l->part = true;
	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		sqlite3_bind_int64(s, 1, id[i]);
		rc = qf_sql_step(c, s, &row, e);
		if (rc == QF_OK && row && l->n == room)
			rc = grow_library(l, &room, e);
		if (rc == QF_OK && row)
			rc = read_library_row(s, l, e);
		sqlite3_reset(s);
	}
	qf_sql_done(s);
	return rc;
}

void qf_library_free(struct qf_library *l)
{
	qf_free(l->id);
	qf_free(l->artist);
	qf_free(l->missing);
	qf_free(l->sound);
	memset(l, 0, sizeof *l);
}

size_t qf_library_find(const struct qf_library *l, int64_t id)
{
	size_t from = 0, to = l->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (l->id[mid] < id)
			from = mid + 1;
		else
			to = mid;
	}
	return from < l->n && l->id[from] == id ? from : SIZE_MAX;
}

enum qf_status qf_catalog_tracks_by(struct qf_catalog *c, int64_t artist, enum qf_status (*fn)(void *arg, int64_t track, struct qf_err *e),
				    void *arg, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT id FROM track WHERE artist_id = ?1 ORDER BY id", &s, e);

	if (rc == QF_OK)
		sqlite3_bind_int64(s, 1, artist);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = fn(arg, sqlite3_column_int64(s, 0), e);
	qf_sql_done(s);
	return rc;
}

/* ---- listening ------------------------------------------------------------------------ */

enum qf_status qf_catalog_user(struct qf_catalog *c, const char *name, int64_t *id, struct qf_err *e)
{
	return qf_sql_id_of(c, "SELECT id FROM user WHERE name = ?1", name, id, e);
}

enum qf_status qf_catalog_users(struct qf_catalog *c, enum qf_status (*fn)(void *arg, int64_t id, const char *name, struct qf_err *e),
				void *arg, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT id, name FROM user ORDER BY name, id", &s, e);

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		const char *name = (const char *)sqlite3_column_text(s, 1);

		rc = name ? fn(arg, sqlite3_column_int64(s, 0), name, e) : qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_styles(struct qf_catalog *c,
				 enum qf_status (*fn)(void *arg, int64_t track, const char *genre, int year, struct qf_err *e), void *arg,
				 struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT id, genre, year FROM track ORDER BY id", &s, e);

	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = fn(arg, sqlite3_column_int64(s, 0), (const char *)sqlite3_column_text(s, 1), sqlite3_column_int(s, 2), e);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_acts(struct qf_catalog *c, int64_t user,
			       enum qf_status (*fn)(void *arg, const struct qf_act_row *a, struct qf_err *e), void *arg,
			       struct qf_err *e)
{
	static const char all[] = "SELECT user_id, track_id, at, action FROM event WHERE track_id IS NOT NULL"
				  " ORDER BY user_id, at, id";
	static const char one[] = "SELECT user_id, track_id, at, action FROM event WHERE track_id IS NOT NULL AND user_id = ?1"
				  " ORDER BY user_id, at, id";
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, user ? one : all, &s, e);

	if (rc == QF_OK && user)
		sqlite3_bind_int64(s, 1, user);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_act_row a = {
			.user = sqlite3_column_int64(s, 0),
			.track = sqlite3_column_int64(s, 1),
			.at = sqlite3_column_int64(s, 2),
			.action = (const char *)sqlite3_column_text(s, 3),
		};

		rc = a.action ? fn(arg, &a, e) : qf_fail(e, QF_ENOMEM, "out of memory");
	}
	qf_sql_done(s);
	return rc;
}
