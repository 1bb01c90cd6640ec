#define _GNU_SOURCE
#include "cli/hlscheck.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cli.h"
#include "playlist/place.h"
#include "rows/json.h"
#include "rows/rows.h"
#include "station/hls.h"
#include "station/hls_lint.h"

#include <dirent.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PLAYLIST_MAX ((size_t)64 << 20)

static enum qf_status read_playlist(const char *path, struct qf_hls_report *r, struct qf_err *e)
{
	struct qf_buf text = { 0 };
	enum qf_status rc = qf_file_read(path, &text, PLAYLIST_MAX, e);

	if (rc == QF_OK)
		rc = qf_hls_lint((struct qf_span){ text.p, text.len }, r, e);
	qf_buf_free(&text);
	return rc;
}

static enum qf_status print(const char *path, const struct qf_hls_report *r, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	for (size_t i = 0; rc == QF_OK && i < r->n; i++) {
		struct qf_buf b = { 0 };

		qf_json_open(&b, '{');
		qf_json_put_str(&b, "type", "lint.v1");
		qf_row_put_path(&b, path);
		qf_json_put_int(&b, "line", (int64_t)r->finding[i].line);
		qf_json_put_str(&b, "section", r->finding[i].section);
		qf_json_put_str(&b, "level", r->finding[i].must ? "must" : "should");
		qf_json_put_str(&b, "text", r->finding[i].text);
		rc = cli_row_end(&b, e);
	}
	return rc;
}

/* The file that an entry names, if it lies on this disk; its size, -1: it is not there. Appended. */
static bool local(const char *playlist, const char *uri, struct qf_buf *path, int64_t *size)
{
	const char *slash = strrchr(playlist, '/');
	struct stat st;

	if (qf_place_is_url(uri) || *uri == '/' || strchr(uri, '?'))
		return false;
	qf_buf_put(path, playlist, slash ? (size_t)(slash - playlist) + 1 : 0);
	if (!qf_place_unescape(path, uri, strlen(uri)) || path->failed)
		return false;
	*size = stat(path->p, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : -1;
	return true;
}

/* Segments as they lie there. *known turns false when the size of one is not known. */
static enum qf_status measure(const char *path, struct qf_hls_report *r, struct qf_hls_segment *s, bool *known, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*known = r->n_entries > 0;
	for (size_t i = 0, n = r->n_entries; rc == QF_OK && i < n; i++) {
		const struct qf_hls_entry *x = &r->entry[i];
		struct qf_buf file = { 0 };
		int64_t size = -1;
		bool here = local(path, x->uri, &file, &size);

		s[i] = (struct qf_hls_segment){ x->bytes >= 0 ? x->bytes : size, x->seconds < 1e9 ? llrint(x->seconds * 1e6) : 0 };
		*known = *known && here && s[i].bytes > 0 && s[i].us > 0;
		if (here && size < 0)
			rc = qf_hls_find(r, x->line, true, "3", e, "there is no file %.200s", x->uri);
		qf_buf_free(&file);
	}
	return rc;
}

/* BANDWIDTH is measured (4.3.4.2), not guessed: at least the peak, and not far above it. */
static enum qf_status compare_rates(struct qf_hls_report *master, const struct qf_hls_entry *x, const struct qf_hls_media *m, struct qf_err *e)
{
	int64_t peak = qf_hls_peak_bps(m);

	if (x->bandwidth < peak)
		return qf_hls_find(master, x->line, true, "4.3.4.2", e, "its BANDWIDTH is %" PRId64 ", its segments reach %" PRId64, x->bandwidth, peak);
	if ((double)x->bandwidth > 1.05 * (double)peak)
		return qf_hls_find(master, x->line, false, "4.3.4.2", e, "its BANDWIDTH is %" PRId64 ", though its segments only reach %" PRId64,
				   x->bandwidth, peak);
	return QF_OK;
}

/* master NULL: it is looked at for itself. */
static enum qf_status check_media(const char *path, struct qf_hls_report *r, struct qf_hls_report *master, size_t at, bool *conforms, struct qf_err *e)
{
	struct qf_hls_segment *s = qf_alloc(r->n_entries, sizeof *s);
	struct qf_hls_media m = { .segment = s, .n = r->n_entries };
	bool known = false;
	enum qf_status rc = s ? measure(path, r, s, &known, e) : qf_fail(e, QF_ENOMEM, "out of memory for %zu segments", r->n_entries);

	if (rc == QF_OK && master && known)
		rc = compare_rates(master, &master->entry[at], &m, e);
	if (rc == QF_OK)
		rc = print(path, r, e);
	*conforms = *conforms && !r->musts;
	qf_free(s);
	return rc;
}

static enum qf_status check_rendition(const char *path, struct qf_hls_report *master, size_t at, bool *conforms, struct qf_err *e)
{
	struct qf_hls_report r = { 0 };
	struct qf_buf file = { 0 };
	int64_t size;
	enum qf_status rc = QF_OK;

	if (local(path, master->entry[at].uri, &file, &size)) {
		if (size < 0)
			rc = qf_hls_find(master, master->entry[at].line, true, "3", e, "there is no file %.200s", master->entry[at].uri);
		else if ((rc = read_playlist(file.p, &r, e)) == QF_OK && r.master)
			rc = qf_hls_find(master, master->entry[at].line, true, "4.3.4.2", e, "%.200s is no Media Playlist", master->entry[at].uri);
		else if (rc == QF_OK)
			rc = check_media(file.p, &r, master, at, conforms, e);
	}
	qf_hls_report_free(&r);
	qf_buf_free(&file);
	return rc;
}

static enum qf_status check_playlist(const char *path, bool *conforms, struct qf_err *e)
{
	struct qf_hls_report r = { 0 };
	enum qf_status rc = read_playlist(path, &r, e);

	if (rc == QF_OK && r.master) {
		for (size_t i = 0; rc == QF_OK && i < r.n_entries; i++)
			rc = check_rendition(path, &r, i, conforms, e);
		if (rc == QF_OK)
			rc = print(path, &r, e);
		*conforms = *conforms && !r.musts;
	} else if (rc == QF_OK) {
		rc = check_media(path, &r, NULL, 0, conforms, e);
	}
	qf_hls_report_free(&r);
	return rc;
}

static int is_master(const struct dirent *x)
{
	return fnmatch("master*.m3u8", x->d_name, 0) == 0;
}

static enum qf_status check_folder(const char *folder, bool *conforms, struct qf_err *e)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, is_master, alphasort);
	enum qf_status rc = n > 0 ? QF_OK : qf_fail(e, QF_EIO, "%s: no " QF_HLS_MASTER " in it", folder);

	for (int i = 0; i < n; i++) {
		struct qf_buf path = { 0 };

		qf_buf_printf(&path, "%s/%s", folder, list[i]->d_name);
		if (rc == QF_OK && (rc = qf_buf_check(&path, e)) == QF_OK)
			rc = check_playlist(path.p, conforms, e);
		qf_buf_free(&path);
		free(list[i]);
	}
	free(list);
	return rc;
}

enum qf_status hlscheck_run(const char *path, bool *conforms, struct qf_err *e)
{
	struct stat st;

	return (stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? check_folder : check_playlist)(path, conforms, e);
}
