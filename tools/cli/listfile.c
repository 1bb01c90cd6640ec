#define _GNU_SOURCE
#include "cli/listfile.h"

#include "base/file.h"
#include "base/text.h"
#include "catalog/track.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "playlist/place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LARGEST (64u << 20) /* bytes of a list */

/* The folder of the list, free of symbolic links; the caller frees it. */
static char *folder_of(const char *file)
{
	char *whole = realpath(file, NULL), *slash = whole ? strrchr(whole, '/') : NULL;

	if (slash)
		slash[slash == whole] = '\0';
	return whole;
}

/* ---- one entry --------------------------------------------------------------------------------- */

/* The first spelling of the place at which a file is there; empty when there is none. */
static enum qf_status find_file(const struct listfile *f, const char *folder, const char *place, struct qf_buf *path, struct qf_err *e)
{
	if (!place)
		return QF_OK;
	if (f->remote && qf_remote_path(path, f->remote, place))
		return qf_buf_check(path, e);
	for (unsigned nth = 0; nth < QF_PLACE_GUESSES; nth++) {
		qf_buf_clear(path);
		if (!qf_place_guess(path, folder, place, qf_playlist_escaped(f->format, f->profile), nth) || !path->len)
			continue;
		if (qf_buf_check(path, e))
			return e->code;
		if (strlen(path->p) == path->len && access(path->p, F_OK) == 0)
			return QF_OK;
	}
	qf_buf_clear(path);
	return QF_OK;
}

static const char *lower_or_upper(struct qf_arena *a, const char *s, int (*turn)(int))
{
	char *copy = s ? qf_arena_dup(a, s, strlen(s)) : NULL;

	for (char *p = copy; p && *p; p++)
		*p = (char)turn((unsigned char)*p);
	return copy;
}

/* The track that the list's own words tell; 0: none. */
static enum qf_status find_track(const struct listfile *f, struct tracklist *l, const struct qf_entry *t, int64_t *id, struct qf_err *e)
{
	bool below = t->path && *t->path && *t->path != '/' && strncmp(t->path, "..", 2) != 0 && !qf_place_is_url(t->path);
	struct qf_event ev = {
		.user = "", .src = "", .ms = -1, .dur_ms = t->duration_ms, .artist = t->artist, .title = t->title, .album = t->album,
		.mbid = lower_or_upper(&l->texts, t->mbid, tolower), .isrc = lower_or_upper(&l->texts, t->isrc, toupper),
		.path = below ? t->path : NULL,
	};

	return cli_event_track(f->catalog, NULL, &ev, id, e);
}

static enum qf_status add_row(struct tracklist *l, struct qf_buf *row, struct qf_err *e)
{
	enum qf_status rc = qf_buf_check(row, e);

	if (rc == QF_OK)
		rc = tracklist_add(l, (struct qf_span){ row->p, row->len - 1 }, e);
	qf_buf_free(row);
	return rc;
}

enum qf_status listfile_add_track(struct tracklist *l, struct qf_catalog *c, int64_t id, struct qf_err *e)
{
	struct qf_features features;
	struct qf_buf row = { 0 };
	struct qf_track t;
	enum qf_status rc = qf_catalog_track(c, id, QF_TRACK_BRIEF, &l->texts, &t, &features, e);

	if (rc == QF_OK) {
		qf_row_put_track(&row, qf_catalog_uuid(c), &t);
		rc = add_row(l, &row, e);
	}
	qf_features_free(&features);
	return rc;
}

static enum qf_status add_foreign(struct tracklist *l, const struct qf_entry *t, const char *path, struct qf_err *e)
{
	struct qf_track track = { .path = path, .title = t->title, .artist = t->artist, .album = t->album, .isrc = t->isrc, .mbid = t->mbid,
				  .duration_ms = t->duration_ms };
	struct qf_buf row = { 0 };

	qf_row_put_track(&row, NULL, &track);
	return add_row(l, &row, e);
}

enum qf_status listfile_add_path(struct tracklist *l, const char *path, struct qf_err *e)
{
	return add_foreign(l, &(struct qf_entry){ 0 }, path, e);
}

static const char *keep(struct tracklist *l, const char *s)
{
	return s ? qf_arena_dup(&l->texts, s, strlen(s)) : NULL;
}

/* What a list says of a track and its row does not. */
static void overlay(struct tracklist *l, const struct qf_entry *from)
{
	struct qf_entry *to = &l->entries[l->n - 1];

	to->score = isnan(to->score) ? from->score : to->score;
	to->trust = isnan(to->trust) ? from->trust : to->trust;
	to->quality = isnan(to->quality) ? from->quality : to->quality;
	to->tempo_bpm = isnan(to->tempo_bpm) ? from->tempo_bpm : to->tempo_bpm;
	to->energy = isnan(to->energy) ? from->energy : to->energy;
	to->camelot = to->camelot ? to->camelot : keep(l, from->camelot);
}

static const char *label(const struct qf_entry *t)
{
	return t->path ? t->path : t->title ? t->title : t->mbid ? t->mbid : "nothing";
}

/* *found is false when it is neither a file nor a track. */
static enum qf_status take(const struct listfile *f, struct tracklist *l, const char *folder, const struct qf_entry *t, bool *found,
			   struct qf_err *e)
{
	struct qf_buf path = { 0 };
	int64_t id = 0;
	enum qf_status rc = find_file(f, folder, t->path, &path, e);

	if (rc == QF_OK && path.len && f->catalog)
		rc = qf_catalog_find_path(f->catalog, path.p, &id, e);
	if (rc == QF_OK && !path.len && f->catalog)
		rc = find_track(f, l, t, &id, e);
	*found = id || path.len;
	if (rc == QF_OK && *found)
		rc = id ? listfile_add_track(l, f->catalog, id, e) : add_foreign(l, t, path.p, e);
	if (rc == QF_OK && *found)
		overlay(l, t);
	qf_buf_free(&path);
	return rc;
}

/* ---- the list ----------------------------------------------------------------------------------- */

static int take_all(struct listfile *f, struct tracklist *l, struct qf_reading *r)
{
	char *folder = folder_of(f->file);
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	for (size_t i = 0; folder && code != EXIT_FATAL && i < r->n; i++) {
		bool found;

		if (take(f, l, folder, &r->entries[i], &found, &e)) {
			code = cli_die(&e);
		} else if (!found) {
			cli_say("%s: entry %zu, '%s': neither a file nor a track of the catalog", f->file, i + 1, label(&r->entries[i]));
			code = EXIT_SOME;
		}
	}
	f->title = keep(l, r->title);
	f->note = keep(l, r->note);
	if (!folder) {
		cli_say("%s: %s", f->file, strerror(errno));
		code = EXIT_FATAL;
	}
	free(folder);
	return code;
}

static bool is_ndjson(const char *file)
{
	size_t n = strlen(file);

	return n > 7 && strcasecmp(file + n - 7, ".ndjson") == 0;
}

static int read_rows(const char *file, struct tracklist *l)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), code;

	if (fd < 0) {
		cli_say("%s: %s", file, strerror(errno));
		return EXIT_FATAL;
	}
	code = tracklist_read(l, fd);
	close(fd);
	return code;
}

int listfile_read(struct listfile *f, struct tracklist *l)
{
	struct qf_reading r = { 0 };
	struct qf_buf text = { 0 };
	struct qf_span all;
	struct qf_err e = { 0 };
	int code;

	if (!f->format && is_ndjson(f->file))
		return read_rows(f->file, l);
	if (qf_file_read(f->file, &text, LARGEST, &e)) {
		code = cli_die(&e);
	} else {
		all = (struct qf_span){ text.p ? text.p : "", text.len };
		if (!f->format)
			f->format = qf_playlist_format_of(f->file);
		if (!f->format)
			f->format = qf_playlist_format_like(all);
		if (qf_playlist_read(f->format, &r, all, &e)) {
			qf_err_at(&e, f->file);
			code = cli_die(&e);
		} else {
			code = take_all(f, l, &r);
		}
	}
	qf_reading_free(&r);
	qf_buf_free(&text);
	return code;
}
