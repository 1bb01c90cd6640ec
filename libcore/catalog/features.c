/* Features and whole tracks: SQL text and bindings that follow from the feature table. */
#include "catalog/track.h"

#include "base/alloc.h"
#include "catalog/sql.h"

#include <math.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "vectors in the catalog are little endian; this machine is not"
#endif

/* ---- storing ------------------------------------------------------------------------------ */

static void put_insert(struct qf_buf *b)
{
	qf_buf_puts(b, "INSERT OR REPLACE INTO features (track_id, version, at, size, mtime_ns");
	for (size_t i = 0; i < QF_FEATURES_N; i++)
		qf_buf_printf(b, ", %s", qf_feature_table[i].name);
	qf_buf_puts(b, ") VALUES (?1, ?2, ?3, ?4, ?5");
	for (size_t i = 0; i < QF_FEATURES_N; i++)
		qf_buf_printf(b, ", ?%zu", i + 6);
	qf_buf_putc(b, ')');
}

static void bind_feature(sqlite3_stmt *s, int i, const struct qf_feature *d, const void *at)
{
	const struct qf_floats *list = at;
	const struct qf_bytes *bytes = at;

	switch (d->type) {
	case QF_FEATURE_REAL: /* NaN becomes NULL */
		sqlite3_bind_double(s, i, *(const double *)at);
		break;
	case QF_FEATURE_TEXT:
	case QF_FEATURE_LABELS:
		qf_sql_bind_text(s, i, *(char *const *)at);
		break;
	case QF_FEATURE_VEC:
		qf_sql_bind_blob(s, i, at, d->count * sizeof(float));
		break;
	case QF_FEATURE_LIST:
		qf_sql_bind_blob(s, i, list->v, list->n * sizeof(float));
		break;
	case QF_FEATURE_BYTES:
		qf_sql_bind_blob(s, i, bytes->v, bytes->n);
		break;
	}
}

enum qf_status qf_catalog_put_features(struct qf_catalog *c, const struct qf_pending *p, const struct qf_features *f,
				       int version, int64_t now, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	sqlite3_stmt *s;
	enum qf_status rc;

	put_insert(&text);
	rc = qf_buf_check(&text, e);
	if (rc == QF_OK)
		rc = qf_sql(c, text.p, &s, e);
	qf_buf_free(&text);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, p->id);
	sqlite3_bind_int(s, 2, version);
	sqlite3_bind_int64(s, 3, now);
	sqlite3_bind_int64(s, 4, p->size);
	sqlite3_bind_int64(s, 5, p->mtime_ns);
	for (size_t i = 0; i < QF_FEATURES_N; i++)
		bind_feature(s, (int)i + 6, &qf_feature_table[i], qf_feature_at(f, &qf_feature_table[i]));
	return qf_sql_run(c, s, e);
}

enum qf_status qf_catalog_keep_features(struct qf_catalog *c, const struct qf_pending *p, const char *file_sha256, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "UPDATE features SET size = ?2, mtime_ns = ?3, file_sha256 = ?4 WHERE track_id = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, p->id);
	sqlite3_bind_int64(s, 2, p->size);
	sqlite3_bind_int64(s, 3, p->mtime_ns);
	qf_sql_bind_text(s, 4, file_sha256);
	return qf_sql_run(c, s, e);
}

/* ---- reading ------------------------------------------------------------------------------ */

enum { TRACK_COLUMNS = 21 }; /* before the features */

static bool wanted(const struct qf_feature *d, enum qf_with with)
{
	return with == QF_WITH_ALL_FEATURES || (with == QF_WITH_BRIEF_FEATURES && d->brief);
}

void qf_sql_put_track_select(struct qf_buf *b, enum qf_with with)
{
	qf_buf_puts(b, "SELECT t.id, r.path, t.path, t.title, t.artist, al.title, aa.name, t.genre, t.date, t.year, t.track_no,"
		       " t.disc_no, t.isrc, t.mbid, t.duration_ms, t.sample_rate_hz, t.channels, t.bitrate_kbps, t.codec,"
		       " (SELECT d.name FROM dataset_track dt JOIN dataset d ON d.id = dt.dataset_id WHERE dt.track_id = t.id"
		       " ORDER BY d.id LIMIT 1), f.version");
	for (size_t i = 0; i < QF_FEATURES_N; i++)
		if (wanted(&qf_feature_table[i], with))
			qf_buf_printf(b, ", f.%s", qf_feature_table[i].name);
	qf_sql_put_track_tables(b);
}

/* Each table hangs on the track alone, so that SQLite leaves out those that a query does not look at. */
void qf_sql_put_track_tables(struct qf_buf *b)
{
	qf_buf_puts(b, " FROM track t LEFT JOIN root r ON r.id = t.root_id LEFT JOIN album al ON al.id = t.album_id"
		       " LEFT JOIN artist aa ON aa.id = (SELECT artist_id FROM album WHERE id = t.album_id) LEFT JOIN features f ON f.track_id = t.id ");
}

/* The root's path, a slash, the track's path. */
static const char *absolute(sqlite3_stmt *s, int root, int path, struct qf_arena *a)
{
	size_t n = (size_t)sqlite3_column_bytes(s, root), m = (size_t)sqlite3_column_bytes(s, path);
	const char *r = sqlite3_column_blob(s, root), *p = sqlite3_column_blob(s, path);
	char *out = qf_arena_get(a, n + m + 2, 1);

	if (!out)
		return NULL;
	if (n == 1) /* "/" */
		n = 0;
	if (n)
		memcpy(out, r, n);
	out[n] = '/';
	if (m)
		memcpy(out + n + 1, p, m);
	out[n + 1 + m] = '\0';
	return out;
}

static enum qf_status read_array(sqlite3_stmt *s, int i, const struct qf_feature *d, void *at, struct qf_err *e)
{
	size_t bytes = (size_t)sqlite3_column_bytes(s, i), size = d->type == QF_FEATURE_BYTES ? 1 : sizeof(float);
	const void *from = sqlite3_column_blob(s, i);
	struct qf_floats *list = at; /* struct qf_bytes has the same form */
	void *to = at;

	if (bytes % size || (d->type == QF_FEATURE_VEC && bytes && bytes != d->count * size))
		return qf_fail(e, QF_ECORRUPT, "catalog: feature %s has %zu bytes", d->name, bytes);
	if (d->type != QF_FEATURE_VEC) {
		to = qf_alloc(bytes, 1);
		if (!to)
			return qf_fail(e, QF_ENOMEM, "out of memory");
		if (d->type == QF_FEATURE_LIST)
			*list = (struct qf_floats){ to, bytes / size };
		else
			*(struct qf_bytes *)at = (struct qf_bytes){ to, bytes };
	}
	if (bytes)
		memcpy(to, from, bytes);
	return QF_OK;
}

static enum qf_status read_feature(sqlite3_stmt *s, int i, const struct qf_feature *d, void *at, struct qf_err *e)
{
	const void *p;

	if (sqlite3_column_type(s, i) == SQLITE_NULL)
		return QF_OK;
	switch (d->type) {
	case QF_FEATURE_REAL:
		*(double *)at = sqlite3_column_double(s, i);
		return QF_OK;
	case QF_FEATURE_TEXT:
	case QF_FEATURE_LABELS:
		p = sqlite3_column_blob(s, i);
		*(char **)at = qf_memdup0(p ? p : "", p ? (size_t)sqlite3_column_bytes(s, i) : 0);
		return *(char **)at ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
	default:
		return read_array(s, i, d, at, e);
	}
}

static enum qf_status read_features(sqlite3_stmt *s, enum qf_with with, struct qf_features *f, struct qf_err *e)
{
	int column = TRACK_COLUMNS;

	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		enum qf_status rc;

		if (!wanted(&qf_feature_table[i], with))
			continue;
		rc = read_feature(s, column++, &qf_feature_table[i], qf_feature_at(f, &qf_feature_table[i]), e);
		if (rc != QF_OK)
			return rc;
	}
	return QF_OK;
}

enum qf_status qf_sql_read_track(sqlite3_stmt *s, enum qf_with with, struct qf_arena *a, struct qf_track *t,
				 struct qf_features *f, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	bool heard = sqlite3_column_type(s, 20) != SQLITE_NULL;

	if (f)
		qf_features_init(f);
	*t = (struct qf_track){
		.id = sqlite3_column_int64(s, 0),
		.path = absolute(s, 1, 2, a),
		.title = qf_sql_text(s, 3, a, &rc),
		.artist = qf_sql_text(s, 4, a, &rc),
		.album = qf_sql_text(s, 5, a, &rc),
		.albumartist = qf_sql_text(s, 6, a, &rc),
		.genre = qf_sql_text(s, 7, a, &rc),
		.date = qf_sql_text(s, 8, a, &rc),
		.year = sqlite3_column_int(s, 9),
		.track_no = sqlite3_column_int(s, 10),
		.disc_no = sqlite3_column_int(s, 11),
		.isrc = qf_sql_text(s, 12, a, &rc),
		.mbid = qf_sql_text(s, 13, a, &rc),
		.duration_ms = sqlite3_column_int64(s, 14),
		.sample_rate_hz = sqlite3_column_int(s, 15),
		.channels = sqlite3_column_int(s, 16),
		.bitrate_kbps = sqlite3_column_int(s, 17),
		.codec = qf_sql_text(s, 18, a, &rc),
		.dataset = qf_sql_text(s, 19, a, &rc),
		.features_version = sqlite3_column_int(s, 20),
		.features_brief = with == QF_WITH_BRIEF_FEATURES,
	};
	if (rc != QF_OK || !t->path)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	if (!f || !heard || with == QF_WITH_NO_FEATURES)
		return QF_OK;
	t->features = f;
	return read_features(s, with, f, e);
}

/* ---- what is pending ------------------------------------------------------------------------ */

/* ?1 version, ?2 all. A failure counts as long as neither the file nor the extractor changed. */
#define PENDING                                                                                                        \
	" FROM track t JOIN root r ON r.id = t.root_id WHERE t.missing_since IS NULL AND (?2 OR ("                     \
	"NOT EXISTS (SELECT 1 FROM features f WHERE f.track_id = t.id AND f.version >= ?1 AND f.size = t.size"      \
	" AND f.mtime_ns = t.mtime_ns)"                                                                                    \
	" AND NOT EXISTS (SELECT 1 FROM failure x WHERE x.stage = 'features' AND x.root_id = t.root_id"                \
	" AND x.path = t.path AND x.version >= ?1 AND x.size = t.size AND x.mtime_ns = t.mtime_ns)))"

static enum qf_status read_pending(sqlite3_stmt *s, struct qf_pending *p, struct qf_arena *a, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*p = (struct qf_pending){
		.id = sqlite3_column_int64(s, 0),
		.root = sqlite3_column_int64(s, 1),
		.path = absolute(s, 2, 3, a),
		.rel = qf_sql_text(s, 3, a, &rc),
		.size = sqlite3_column_int64(s, 4),
		.mtime_ns = sqlite3_column_int64(s, 5),
		.duration_ms = sqlite3_column_int64(s, 6),
		.audio_id = qf_sql_text(s, 7, a, &rc),
	};
	return rc == QF_OK && p->path ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory");
}

enum qf_status qf_catalog_pending(struct qf_catalog *c, int version, bool all, int64_t after, struct qf_pending *out,
				  size_t max, size_t *n, struct qf_arena *a, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT t.id, t.root_id, r.path, t.path, t.size, t.mtime_ns, t.duration_ms,"
				      " (SELECT f.audio_id FROM features f WHERE f.track_id = t.id AND f.version >= ?1 AND NOT ?2)" PENDING
				      " AND t.id > ?3 ORDER BY t.id LIMIT ?4", &s, e);

	*n = 0;
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int(s, 1, version);
	sqlite3_bind_int(s, 2, all);
	sqlite3_bind_int64(s, 3, after);
	sqlite3_bind_int64(s, 4, (int64_t)max);
	while (rc == QF_OK && *n < max && (rc = qf_sql_step(c, s, &row, e)) == QF_OK && row)
		rc = read_pending(s, &out[(*n)++], a, e);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_count_pending(struct qf_catalog *c, int version, bool all, int64_t *n, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT count(*)" PENDING, &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int(s, 1, version);
	sqlite3_bind_int(s, 2, all);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK)
		*n = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_pending_one(struct qf_catalog *c, int64_t id, struct qf_pending *out, struct qf_arena *a,
				      struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT t.id, t.root_id, r.path, t.path, t.size, t.mtime_ns, t.duration_ms, NULL"
				      " FROM track t JOIN root r ON r.id = t.root_id WHERE t.id = ?1", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, id);
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK)
		rc = row ? read_pending(s, out, a, e)
			 : qf_fail(e, QF_ENOTFOUND, "track:%lld is not in the catalog", (long long)id);
	qf_sql_done(s);
	return rc;
}
