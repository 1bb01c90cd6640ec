#include "catalog/album.h"

#include "catalog/sql.h"

#include <math.h>

enum qf_status qf_catalog_stale_album(struct qf_catalog *c, int64_t *album, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row;
	enum qf_status rc = qf_sql(c, "SELECT album_id FROM album_stale ORDER BY album_id LIMIT 1", &s, e);

	*album = 0;
	if (rc != QF_OK)
		return rc;
	rc = qf_sql_step(c, s, &row, e);
	if (rc == QF_OK && row)
		*album = sqlite3_column_int64(s, 0);
	qf_sql_done(s);
	return rc;
}

static double real(sqlite3_stmt *s, int i)
{
	return sqlite3_column_type(s, i) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(s, i);
}

enum qf_status qf_catalog_album_levels(struct qf_catalog *c, int64_t album, void (*take)(void *user, const struct qf_level *l),
				       void *user, struct qf_err *e)
{
	sqlite3_stmt *s;
	bool row = true;
	enum qf_status rc = qf_sql(c, "SELECT f.loudness_histogram, f.loudness_lufs, f.true_peak_dbtp FROM track t JOIN features f"
				      " ON f.track_id = t.id WHERE t.album_id = ?1 AND t.missing_since IS NULL ORDER BY t.id", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, album);
	while ((rc = qf_sql_step(c, s, &row, e)) == QF_OK && row) {
		struct qf_level l = { .loudness_lufs = real(s, 1), .true_peak_dbtp = real(s, 2) };

		l.histogram = sqlite3_column_blob(s, 0);
		l.n = l.histogram ? (size_t)sqlite3_column_bytes(s, 0) / sizeof *l.histogram : 0;
		take(user, &l);
	}
	qf_sql_done(s);
	return rc;
}

enum qf_status qf_catalog_put_album(struct qf_catalog *c, int64_t album, double loudness_lufs, double peak_dbtp, struct qf_err *e)
{
	sqlite3_stmt *s;
	enum qf_status rc = qf_sql(c, "UPDATE features SET album_loudness_lufs = ?2, album_peak_dbtp = ?3 WHERE track_id IN"
				      " (SELECT id FROM track WHERE album_id = ?1)"
				      " AND (album_loudness_lufs IS NOT ?2 OR album_peak_dbtp IS NOT ?3)", &s, e);

	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, album);
	sqlite3_bind_double(s, 2, loudness_lufs); /* NaN becomes NULL */
	sqlite3_bind_double(s, 3, peak_dbtp);
	rc = qf_sql_run(c, s, e);
	if (rc == QF_OK)
		rc = qf_sql(c, "DELETE FROM album_stale WHERE album_id = ?1", &s, e);
	if (rc != QF_OK)
		return rc;
	sqlite3_bind_int64(s, 1, album);
	return qf_sql_run(c, s, e);
}
