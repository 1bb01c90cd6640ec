#include "catalog/doctor_rules.h"

#include "catalog/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tracks without an entry, and entries without a track. */
#define NO_WORDS \
	"SELECT (SELECT count(*) FROM track WHERE id NOT IN (SELECT id FROM track_fts_docsize))" \
	" + (SELECT count(*) FROM track_fts_docsize WHERE id NOT IN (SELECT id FROM track))"

#define REPAIR "qfzz doctor --repair"

/* What each table holds that it should not: how to count it, how to mend it. ?1 is the version of the
 * features' extractor. In the order of mending: what others point to comes first. */
static const struct rule {
	const char *check;
	enum qf_severity severity;
	const char *text; /* with %lld */
	const char *count, *mend; /* mend NULL: by the command in `how` */
	const char *how;
} rules[] = {
	{ "roots", QF_SEVERITY_WARNING, "%lld tracks lie in a folder that is not known any more",
	  "SELECT count(*) FROM track WHERE root_id NOT IN (SELECT id FROM root)",
	  "INSERT INTO root (id, path) SELECT DISTINCT root_id, CAST('/recovered-' || root_id AS BLOB) FROM track WHERE root_id NOT IN"
	  " (SELECT id FROM root)", REPAIR },
	{ "users", QF_SEVERITY_WARNING, "%lld events belong to a user who is not known any more",
	  "SELECT count(*) FROM event WHERE user_id NOT IN (SELECT id FROM user)",
	  "INSERT INTO user (id, name) SELECT DISTINCT user_id, 'recovered-' || user_id FROM event WHERE user_id NOT IN (SELECT id FROM user)",
	  REPAIR },
	{ "artists", QF_SEVERITY_WARNING, "%lld tracks have an artist who is not known any more",
	  "SELECT count(*) FROM track WHERE artist_id IS NOT NULL AND artist_id NOT IN (SELECT id FROM artist)",
	  "INSERT OR IGNORE INTO artist (id, name, fold) SELECT artist_id, min(artist), qf_fold(min(artist)) FROM track WHERE artist_id IS NOT NULL"
	  " AND artist IS NOT NULL AND artist_id NOT IN (SELECT id FROM artist) GROUP BY artist_id;"
	  "UPDATE track SET artist_id = NULL WHERE artist_id NOT IN (SELECT id FROM artist)", REPAIR },
	{ "albums", QF_SEVERITY_WARNING, "%lld tracks have an album that is not known any more",
	  "SELECT count(*) FROM track WHERE album_id IS NOT NULL AND album_id NOT IN (SELECT id FROM album)",
	  "UPDATE track SET album_id = NULL WHERE album_id NOT IN (SELECT id FROM album)", REPAIR },
	{ "albums", QF_SEVERITY_WARNING, "%lld albums have an artist who is not known any more",
	  "SELECT count(*) FROM album WHERE artist_id <> 0 AND artist_id NOT IN (SELECT id FROM artist)",
	  "UPDATE OR IGNORE album SET artist_id = 0 WHERE artist_id NOT IN (SELECT id FROM artist)", REPAIR },
	{ "events", QF_SEVERITY_WARNING, "%lld events speak of a track that is not there",
	  "SELECT count(*) FROM event WHERE track_id IS NOT NULL AND track_id NOT IN (SELECT id FROM track)",
	  "UPDATE event SET track_id = NULL WHERE track_id NOT IN (SELECT id FROM track)", REPAIR },
	{ "features", QF_SEVERITY_WARNING, "%lld features of tracks that are not there",
	  "SELECT count(*) FROM features WHERE track_id NOT IN (SELECT id FROM track)",
	  "DELETE FROM features WHERE track_id NOT IN (SELECT id FROM track)", REPAIR },
	{ "tags", QF_SEVERITY_WARNING, "%lld tags of tracks that are not there, or without a name",
	  "SELECT (SELECT count(*) FROM tag_own WHERE track_id NOT IN (SELECT id FROM track) OR key_id NOT IN (SELECT id FROM tag_key))"
	  " + (SELECT count(*) FROM tag_shared WHERE set_id NOT IN (SELECT id FROM tag_set) OR key_id NOT IN (SELECT id FROM tag_key))",
	  "DELETE FROM tag_own WHERE track_id NOT IN (SELECT id FROM track) OR key_id NOT IN (SELECT id FROM tag_key);"
	  "DELETE FROM tag_shared WHERE set_id NOT IN (SELECT id FROM tag_set) OR key_id NOT IN (SELECT id FROM tag_key)", REPAIR },
	{ "tags", QF_SEVERITY_WARNING, "%lld tracks have shared tags that are not there",
	  "SELECT count(*) FROM track WHERE tag_set IS NOT NULL AND tag_set NOT IN (SELECT id FROM tag_set)",
	  "UPDATE track SET tag_set = NULL, size = -1 WHERE tag_set NOT IN (SELECT id FROM tag_set)", REPAIR }, /* to be read again */
	{ "datasets", QF_SEVERITY_WARNING, "%lld places in datasets of tracks that are not there",
	  "SELECT count(*) FROM dataset_track WHERE track_id NOT IN (SELECT id FROM track) OR dataset_id NOT IN (SELECT id FROM dataset)",
	  "DELETE FROM dataset_track WHERE track_id NOT IN (SELECT id FROM track) OR dataset_id NOT IN (SELECT id FROM dataset)", REPAIR },
	{ "failures", QF_SEVERITY_WARNING, "%lld failures of tracks or folders that are not there",
	  "SELECT count(*) FROM failure WHERE root_id NOT IN (SELECT id FROM root) OR track_id NOT IN (SELECT id FROM track)",
	  "DELETE FROM failure WHERE root_id NOT IN (SELECT id FROM root) OR track_id NOT IN (SELECT id FROM track)", REPAIR },
	{ "models", QF_SEVERITY_WARNING, "%lld pages of factors without their model",
	  "SELECT count(*) FROM factor WHERE model_id NOT IN (SELECT id FROM model)",
	  "DELETE FROM factor WHERE model_id NOT IN (SELECT id FROM model)", REPAIR },
	{ "words", QF_SEVERITY_WARNING, "%lld tracks are not in the full-text index, or no tracks are there that it has",
	  NO_WORDS,
	  "INSERT INTO track_fts (track_fts) VALUES ('rebuild')", REPAIR },
	{ "changes", QF_SEVERITY_WARNING, "%lld tracks are not in the log of changes",
	  "SELECT count(*) FROM track WHERE id NOT IN (SELECT track_id FROM change)",
	  "INSERT INTO change SELECT t.id, n + row_number() OVER (ORDER BY t.id), n + row_number() OVER (ORDER BY t.id), updated_at,"
	  " missing_since IS NOT NULL FROM track t, next_change WHERE t.id NOT IN (SELECT track_id FROM change)", REPAIR },
	{ "albums", QF_SEVERITY_NOTE, "%lld albums that no track has any more",
	  "SELECT count(*) FROM album WHERE id NOT IN (SELECT album_id FROM track WHERE album_id IS NOT NULL)",
	  "DELETE FROM album WHERE id NOT IN (SELECT album_id FROM track WHERE album_id IS NOT NULL)", REPAIR },
	{ "artists", QF_SEVERITY_NOTE, "%lld artists that no track and no album has any more",
	  "SELECT count(*) FROM artist WHERE id NOT IN (SELECT artist_id FROM track WHERE artist_id IS NOT NULL)"
	  " AND id NOT IN (SELECT artist_id FROM album)",
	  "DELETE FROM artist WHERE id NOT IN (SELECT artist_id FROM track WHERE artist_id IS NOT NULL)"
	  " AND id NOT IN (SELECT artist_id FROM album)", REPAIR },
	{ "references", QF_SEVERITY_WARNING, "%lld other rows point to rows that are not there",
	  "SELECT count(*) FROM pragma_foreign_key_check WHERE \"table\" NOT IN ('track', 'event', 'features', 'tag_own', 'tag_shared', 'dataset_track',"
	  " 'failure', 'factor')", NULL, "restore a backup, or drop these rows with sqlite3" },
	{ "stale", QF_SEVERITY_NOTE, "%lld tracks have features by an older version",
	  "SELECT count(*) FROM features f JOIN track t ON t.id = f.track_id WHERE f.version < ?1 AND t.missing_since IS NULL", NULL,
	  "qfzz features" },
};

enum qf_status qf_doctor_rules(struct qf_catalog *c, const struct qf_doctor *d, bool mend, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < sizeof rules / sizeof *rules; i++) {
		const struct rule *r = &rules[i];
		struct qf_finding f = { r->check, r->severity, 0, NULL, r->how, false };
		char text[200];

		if (mend && !r->mend)
			continue;
		rc = qf_sql_number(c, r->count, d->features_version, 0, &f.count, e);
		if (rc != QF_OK || f.count == 0)
			continue;
		if (mend)
			rc = qf_sql_exec(c, r->mend, e);
		snprintf(text, sizeof text, r->text, (long long)f.count);
		f.text = text;
		f.mended = mend;
		if (rc == QF_OK)
			rc = d->report(d->user, &f, e);
	}
	return rc;
}

enum qf_status qf_doctor_not_damage(const char *line, struct qf_err *e)
{
	const char *at = strstr(line, "error code=");
	int code = at ? (int)strtol(at + strlen("error code="), NULL, 10) & 0xff : 0;

	if (code == SQLITE_NOMEM || strstr(line, "out of memory"))
		return qf_fail(e, QF_ENOMEM, "out of memory while the catalog was checked");
	return code == SQLITE_IOERR ? qf_fail(e, QF_EIO, "the disk failed while the catalog was checked: %s", line) : QF_OK;
}

enum qf_status qf_doctor_words(const char *path, bool *differs, struct qf_err *e)
{
	sqlite3 *db = NULL;
	int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	*differs = false;
	if (code == SQLITE_OK) { /* rank 1: with the content, which stands elsewhere. Whole entries that are missing are another finding */
		code = sqlite3_exec(db, "INSERT INTO track_fts (track_fts, rank) SELECT 'integrity-check', 1 WHERE (" NO_WORDS ") = 0", NULL, NULL, NULL);
		*differs = (code & 0xff) == SQLITE_CORRUPT;
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	}
	sqlite3_close(db);
	return code == SQLITE_NOMEM ? qf_fail(e, QF_ENOMEM, "out of memory while the full-text index was checked") : QF_OK;
}
