#include "catalog/dataset_members.h"

#include "base/buf.h"
#include "catalog/sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOLD = 0, TRACK = 11, FAILED = 29, HEARD = 31 }; /* first columns */

/* ?1 the dataset. The columns of what is told, of the track, of the failure, of what was heard. */
#define COLUMNS                                                                                                             \
	"SELECT df.path, df.licence, df.sha256, df.title, df.artist, df.album, df.genre, df.year, df.duration_s, df.size, df.mtime_ns," \
	" t.id, " QF_SQL_ABSOLUTE("t") ", t.title, t.artist, al.title, t.genre, t.year, t.track_no, t.disc_no, t.duration_ms, t.sample_rate_hz,"  \
	" t.channels, t.bitrate_kbps, t.codec, t.size, t.mtime_ns, t.missing_since, t.tag_set, x.class, x.message,"                  \
	" f.track_id, f.duration_s, f.loudness_lufs, f.peak_dbfs, f.clipped_runs, f.lossy_suspicion, f.stereo_width, f.file_sha256,"   \
	" f.audio_id, f.pcm_sha256, f.embedding, %s "

/* The tracks of ?1, and those of the whole catalog, which is the set of number 0. */
#define OF_SET "dataset_track"
#define OF_ALL "(SELECT 0 AS dataset_id, id AS track_id FROM track WHERE missing_since IS NULL)"
#define TRACKS                                                                                                              \
	"FROM %s dt JOIN track t ON t.id = dt.track_id JOIN root r ON r.id = t.root_id LEFT JOIN album al ON al.id = t.album_id" \
	" LEFT JOIN features f ON f.track_id = t.id AND f.size = t.size AND f.mtime_ns = t.mtime_ns"                         \
	" LEFT JOIN failure x ON x.stage = 'features' AND x.root_id = t.root_id AND x.path = t.path AND x.size = t.size AND x.mtime_ns = t.mtime_ns" \
	" LEFT JOIN dataset_file df ON df.dataset_id = dt.dataset_id AND df.track_id = t.id WHERE dt.dataset_id = ?1"

static double real_at(sqlite3_stmt *s, int i)
{
	return sqlite3_column_type(s, i) == SQLITE_NULL ? NAN : sqlite3_column_double(s, i);
}

static void read_told(sqlite3_stmt *s, struct qf_arena *a, struct qf_told *t, enum qf_status *rc)
{
	*t = (struct qf_told){
		.path = qf_sql_text(s, TOLD, a, rc),
		.licence = qf_sql_text(s, TOLD + 1, a, rc),
		.sha256 = qf_sql_text(s, TOLD + 2, a, rc),
		.title = qf_sql_text(s, TOLD + 3, a, rc),
		.artist = qf_sql_text(s, TOLD + 4, a, rc),
		.album = qf_sql_text(s, TOLD + 5, a, rc),
		.genre = qf_sql_text(s, TOLD + 6, a, rc),
		.year = sqlite3_column_int(s, TOLD + 7),
		.duration_s = real_at(s, TOLD + 8),
		.size = sqlite3_column_int64(s, TOLD + 9),
		.mtime_ns = sqlite3_column_int64(s, TOLD + 10),
	};
}

static void read_track(sqlite3_stmt *s, struct qf_arena *a, struct qf_track *t, enum qf_status *rc)
{
	*t = (struct qf_track){
		.id = sqlite3_column_int64(s, TRACK),
		.path = qf_sql_text(s, TRACK + 1, a, rc),
		.title = qf_sql_text(s, TRACK + 2, a, rc),
		.artist = qf_sql_text(s, TRACK + 3, a, rc),
		.album = qf_sql_text(s, TRACK + 4, a, rc),
		.genre = qf_sql_text(s, TRACK + 5, a, rc),
		.year = sqlite3_column_int(s, TRACK + 6),
		.track_no = sqlite3_column_int(s, TRACK + 7),
		.disc_no = sqlite3_column_int(s, TRACK + 8),
		.duration_ms = sqlite3_column_int64(s, TRACK + 9),
		.sample_rate_hz = sqlite3_column_int(s, TRACK + 10),
		.channels = sqlite3_column_int(s, TRACK + 11),
		.bitrate_kbps = sqlite3_column_int(s, TRACK + 12),
		.codec = qf_sql_text(s, TRACK + 13, a, rc),
	};
}

static struct qf_features *read_heard(sqlite3_stmt *s, struct qf_arena *a, bool fingerprints, enum qf_status *rc)
{
	struct qf_features *f = qf_arena_get(a, 1, sizeof *f);
	const void *embedding = sqlite3_column_blob(s, HEARD + 10);

	if (!f) {
		*rc = QF_ENOMEM;
		return NULL;
	}
	qf_features_init(f);
	f->duration_s = real_at(s, HEARD + 1);
	f->loudness_lufs = real_at(s, HEARD + 2);
	f->peak_dbfs = real_at(s, HEARD + 3);
	f->clipped_runs = real_at(s, HEARD + 4);
	f->lossy_suspicion = real_at(s, HEARD + 5);
	f->stereo_width = real_at(s, HEARD + 6);
	f->file_sha256 = (char *)(uintptr_t)qf_sql_text(s, HEARD + 7, a, rc);
	f->audio_id = (char *)(uintptr_t)qf_sql_text(s, HEARD + 8, a, rc);
	f->pcm_sha256 = (char *)(uintptr_t)qf_sql_text(s, HEARD + 9, a, rc);
	if (embedding && (size_t)sqlite3_column_bytes(s, HEARD + 10) == sizeof f->embedding)
		memcpy(f->embedding, embedding, sizeof f->embedding);
	if (fingerprints)
		f->fingerprint = (char *)(uintptr_t)qf_sql_text(s, HEARD + 11, a, rc);
	return f;
}

/* First values of the tags that matter here. */
static enum qf_status read_tags(struct qf_catalog *c, struct qf_arena *a, struct qf_dataset_member *m, struct qf_err *e)
{
	const struct { const char *name; const char **text; int *number; } tags[] = {
		{ "license", &m->license, NULL }, { "licenseurl", &m->licenseurl, NULL }, { "copyright", &m->copyright, NULL },
		{ "tracktotal", NULL, &m->track_total }, { "disctotal", NULL, &m->disc_total },
	};
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT k.name, g.value FROM tag g JOIN tag_key k ON k.id = g.key_id WHERE g.track_id = ?1 AND g.idx = 0"
				      " AND g.key_id IN (SELECT id FROM tag_key WHERE name IN ('license', 'licenseurl', 'copyright', 'tracktotal', 'disctotal'))",
				   &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, m->track.id);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
			if (strcmp((const char *)sqlite3_column_text(s, 0), tags[i].name) != 0)
				continue;
			if (tags[i].text)
				*tags[i].text = qf_sql_text(s, 1, a, &rc);
			else
				*tags[i].number = sqlite3_column_int(s, 1);
		}
	qf_sql_done(s);
	return rc;
}

static const char *below(const char *folder, const char *path)
{
	size_t n = folder ? strlen(folder) : 0;

	if (!n || !path || strncmp(folder, path, n) != 0)
		return NULL;
	return folder[n - 1] == '/' ? path + n : path[n] == '/' ? path + n + 1 : NULL;
}

static enum qf_status read_member(struct qf_catalog *c, sqlite3_stmt *s, const struct qf_dataset *d, bool fingerprints, struct qf_arena *a,
				  struct qf_dataset_member *m, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*m = (struct qf_dataset_member){ .gone = sqlite3_column_type(s, TRACK + 16) != SQLITE_NULL };
	read_told(s, a, &m->told, &rc);
	read_track(s, a, &m->track, &rc);
	m->size = sqlite3_column_int64(s, TRACK + 14);
	m->mtime_ns = sqlite3_column_int64(s, TRACK + 15);
	m->failure = qf_sql_text(s, FAILED, a, &rc);
	m->failure_text = qf_sql_text(s, FAILED + 1, a, &rc);
	if (sqlite3_column_type(s, HEARD) != SQLITE_NULL)
		m->track.features = read_heard(s, a, fingerprints, &rc);
	m->path = m->track.path;
	m->rel = below(d->folder, m->path);
	if (rc != QF_OK)
		return qf_fail(e, rc, "out of memory");
	return m->track.id ? read_tags(c, a, m, e) : QF_OK;
}

static enum qf_status gather_tracks(struct qf_catalog *c, const struct qf_dataset *d, bool fingerprints, struct qf_arena *a, struct qf_buf *rows,
				    struct qf_err *e)
{
	struct qf_buf text = { 0 };
	struct qf_dataset_member m;
	sqlite3_stmt *s = NULL;
	bool row;
	enum qf_status rc;

	qf_buf_printf(&text, COLUMNS TRACKS, fingerprints ? "f.fingerprint" : "NULL", d->id ? OF_SET : OF_ALL);
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK)
		rc = qf_sql_prepare(c, text.p, &s, e);
	if (rc == QF_OK)
		sqlite3_bind_int64(s, 1, d->id);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row && (rc = read_member(c, s, d, fingerprints, a, &m, e)) == QF_OK)
		qf_buf_put(rows, &m, sizeof m);
	sqlite3_finalize(s);
	qf_buf_free(&text);
	return rc;
}

static char *join(const char *folder, const char *rel, struct qf_arena *a)
{
	size_t n = folder ? strlen(folder) : 0, m = strlen(rel);
	char *out = qf_arena_get(a, n + m + 2, 1);

	if (!out)
		return NULL;
	if (n) {
		memcpy(out, folder, n);
		out[n++] = '/';
	}
	memcpy(out + n, rel, m + 1);
	return out;
}

/* Told files that are no track of the set. */
static enum qf_status gather_told(struct qf_catalog *c, const struct qf_dataset *d, struct qf_arena *a, struct qf_buf *rows, struct qf_err *e)
{
	struct qf_dataset_member m;
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT path, licence, sha256, title, artist, album, genre, year, duration_s, size, mtime_ns FROM dataset_file"
				      " WHERE dataset_id = ?1 AND (track_id IS NULL OR track_id NOT IN (SELECT track_id FROM dataset_track WHERE dataset_id = ?1))",
				   &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, d->id);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		m = (struct qf_dataset_member){ .size = 0 };
		read_told(s, a, &m.told, &rc);
		m.rel = m.told.path;
		m.path = m.rel ? join(d->folder, m.rel, a) : NULL;
		if (!m.path)
			rc = qf_fail(e, QF_ENOMEM, "out of memory");
		qf_buf_put(rows, &m, sizeof m);
	}
	qf_sql_done(s);
	return rc;
}

/* Files below the folder that could not be scanned. One that is told too is that member. */
static enum qf_status gather_failed(struct qf_catalog *c, const struct qf_dataset *d, size_t told, struct qf_arena *a, struct qf_buf *rows,
				    struct qf_err *e)
{
	struct qf_buf folder = { 0 };
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT " QF_SQL_ABSOLUTE("x") " AS whole, x.class, x.message, x.size, x.mtime_ns FROM failure x JOIN root r ON r.id = x.root_id"
				      " WHERE x.track_id IS NULL AND substr(" QF_SQL_ABSOLUTE("x") ", 1, length(?2)) = ?2"
				      " AND NOT EXISTS (SELECT 1 FROM track t WHERE t.root_id = x.root_id AND t.path = x.path) GROUP BY whole", &s, e);

	if (rc != QF_OK)
		return rc;
	rc = qf_sql_bind_folder(s, 2, d->folder, &folder, e);
	while (rc == QF_OK && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_dataset_member m = { .path = qf_sql_text(s, 0, a, &rc), .failure = qf_sql_text(s, 1, a, &rc),
					       .failure_text = qf_sql_text(s, 2, a, &rc), .size = sqlite3_column_int64(s, 3),
					       .mtime_ns = sqlite3_column_int64(s, 4) };
		struct qf_dataset_member *all = (void *)rows->p;
		size_t n = rows->len / sizeof m, i = told;

		m.rel = below(d->folder, m.path);
		while (i < n && strcmp(all[i].path, m.path ? m.path : "") != 0)
			i++;
		if (i < n) {
			all[i].failure = m.failure;
			all[i].failure_text = m.failure_text;
		} else {
			qf_buf_put(rows, &m, sizeof m);
		}
	}
	qf_sql_done(s);
	qf_buf_free(&folder);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct qf_dataset_member *x = a, *y = b;
	int c = strcmp(x->rel ? x->rel : x->path, y->rel ? y->rel : y->path);

	return c ? c : (x->track.id > y->track.id) - (x->track.id < y->track.id);
}

enum qf_status qf_catalog_dataset_members(struct qf_catalog *c, const struct qf_dataset *d, bool fingerprints, struct qf_arena *a,
					  struct qf_dataset_member **out, size_t *n, struct qf_err *e)
{
	struct qf_buf rows = { 0 };
	size_t told;
	enum qf_status rc = gather_tracks(c, d, fingerprints, a, &rows, e);

	told = rows.len / sizeof **out;
	if (rc == QF_OK)
		rc = gather_told(c, d, a, &rows, e);
	if (rc == QF_OK && d->folder)
		rc = gather_failed(c, d, told, a, &rows, e);
	if (rc == QF_OK)
		rc = qf_buf_check(&rows, e);
	*out = rc == QF_OK ? (void *)qf_arena_dup(a, rows.p, rows.len) : NULL;
	*n = rows.len / sizeof **out;
	if (rc == QF_OK && !*out)
		rc = qf_fail(e, QF_ENOMEM, "out of memory");
	if (rc == QF_OK && *n)
		qsort(*out, *n, sizeof **out, by_path);
	qf_buf_free(&rows);
	return rc;
}
