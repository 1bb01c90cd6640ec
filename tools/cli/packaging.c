#define _GNU_SOURCE
#include "cli/packaging.h"

#include "audio/identity.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/sound.h"
#include "cli/cli.h"
#include "cli/walk.h"
#include "cli/workshop.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORM "qfzz-package 1" /* another number when the same renditions give other files */
#define APART_US 250000
#define MASTER_MAX ((size_t)1 << 20)

/* ---- made from what? ------------------------------------------------------------------------------------ */

static enum qf_status digest_of_file(const char *path, struct qf_buf *out, struct qf_err *e)
{
	uint8_t digest[QF_SHA256];
	struct stat st;
	int fd = walk_open_file(path, true, &st, e);
	enum qf_status rc = fd < 0 ? QF_ENOTFOUND : qf_identity_file(fd, digest, e);

	if (fd >= 0)
		close(fd);
	if (rc == QF_OK)
		qf_buf_hex(out, digest, sizeof digest);
	else
		qf_buf_puts(out, "unreadable"); /* it will be told when it is segmented */
	return rc == QF_ENOMEM ? rc : QF_OK;
}

/* What the master's note says: the same renditions and options give the same, and only they. */
static enum qf_status put_note(struct qf_buf *note, const struct packaging *p, struct qf_err *e)
{
	struct qf_buf what = { 0 };
	uint8_t digest[QF_SHA256];
	struct qf_sha256 *h;
	enum qf_status rc = QF_OK;

	qf_buf_printf(&what, FORM " %" PRId64 " %d\n", p->target_s, p->adts);
	for (size_t i = 0; rc == QF_OK && i < p->n; i++) {
		qf_buf_printf(&what, "%s ", p->source[i].rung ? p->source[i].rung : "");
		if (p->source[i].sha256)
			qf_buf_puts(&what, p->source[i].sha256);
		else
			rc = digest_of_file(p->source[i].path, &what, e);
		qf_buf_putc(&what, '\n');
	}
	if (rc == QF_OK)
		rc = qf_buf_check(&what, e);
	if (rc == QF_OK && (rc = qf_sha256_open(&h, e)) == QF_OK) {
		qf_sha256_add(h, what.p, what.len);
		qf_sha256_end(h, digest);
		qf_sha256_close(h);
		qf_buf_puts(note, FORM " ");
		qf_buf_hex(note, digest, sizeof digest);
		rc = qf_buf_check(note, e);
	}
	qf_buf_free(&what);
	return rc;
}

/* ---- what stands there already ---------------------------------------------------------------------------- */

static bool is_ours(const char *name)
{
	static const char *const suffixes[] = { ".m3u8", ".mp4", ".m4s", ".aac", ".mp3" };
	const char *dot = strrchr(name, '.');

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

/* Only what is in a package, and a master of ours: then it may be replaced. */
static enum qf_status look_at(const char *folder, const char *note, bool *same, struct qf_err *e)
{
	struct qf_buf path = { 0 }, master = { 0 };
	DIR *d = opendir(folder);
	struct dirent *x;
	struct qf_span says = { NULL, 0 };
	size_t foreign = 0, names = 0;

	if (!d)
		return errno == ENOENT ? QF_OK : qf_fail_errno(e, "%s: cannot look into it", folder);
	for (; (x = readdir(d)) != NULL; names++)
		foreign += !is_ours(x->d_name);
	closedir(d);
	qf_buf_printf(&path, "%s/" QF_HLS_MASTER, folder);
	if (!path.failed && qf_file_read(path.p, &master, MASTER_MAX, NULL) == QF_OK)
		says = qf_hls_note((struct qf_span){ master.p, master.len });
	if (names > 2 && (foreign || says.n < sizeof FORM - 3 || memcmp(says.p, FORM, sizeof FORM - 3) != 0))
		qf_fail(e, QF_EIO, "%s: is there, and is no package of ours; it is left alone", folder);
	*same = says.n == strlen(note) && memcmp(says.p, note, says.n) == 0;
	qf_buf_free(&path);
	qf_buf_free(&master);
	return e->code;
}

/* ---- renditions ---------------------------------------------------------------------------------------------- */

static bool named_before(const struct packaging *p, size_t i)
{
	for (size_t k = 0; p->source[i].rung && k < i; k++)
		if (p->source[k].rung && strcmp(p->source[k].rung, p->source[i].rung) == 0)
			return true;
	return false;
}

static void leave_out(struct segmented *s, const struct workshop *w, const char *path, const char *why, size_t *left_out)
{
	struct qf_err e = { 0 };

	qf_fail(&e, QF_EFORMAT, "%s", why);
	qf_err_at(&e, path);
	cli_warn(&e);
	segmented_drop(s, w);
	++*left_out;
}

static enum qf_status segment_all(const struct packaging *p, const struct workshop *w, struct qf_arena *a, struct package *out, size_t *left_out,
				  struct qf_err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct packaging_source *from = &p->source[i];
		const struct segmenting s = { from->path, named_before(p, i) ? NULL : from->rung, i + 1, p->target_s, p->adts };
		struct segmented *r = &out->rendition[out->n_renditions++];
		enum qf_status rc = segmenting_run(&s, w, a, r, e);

		if (rc == QF_ENOTFOUND) {
			leave_out(r, w, from->path, e->text, left_out);
			*e = (struct qf_err){ 0 };
		} else if (rc != QF_OK) {
			return rc;
		} else if (r->text) {
			leave_out(r, w, from->path, r->text, left_out);
		}
	}
	return QF_OK;
}

/* One track is one length. */
static void drop_other_lengths(const struct packaging *p, const struct workshop *w, struct package *out, size_t *left_out)
{
	int64_t longest = 0;

	for (size_t i = 0; i < out->n_renditions; i++)
		if (qf_hls_us(&out->rendition[i].media) > longest)
			longest = qf_hls_us(&out->rendition[i].media);
	for (size_t i = 0; i < out->n_renditions; i++) {
		struct segmented *r = &out->rendition[i];

		if (r->media.n && longest - qf_hls_us(&r->media) > APART_US)
			leave_out(r, w, p->source[i].path, "it is shorter than the others: an excerpt, or of another track", left_out);
	}
}

/* What most players play comes first: of AAC, Opus, MP3, FLAC, ALAC (sound.h). */
static int rank(const char *codec)
{
	int i = 0;

	while (i < QF_SOUNDS && strcmp(qf_sound_names[i], codec) != 0)
		i++;
	return i;
}

static int by_codec_and_rate(const void *x, const void *y)
{
	const struct qf_hls_media *a = x, *b = y;
	int64_t p = qf_hls_average_bps(a), q = qf_hls_average_bps(b);

	if (rank(a->codec) != rank(b->codec))
		return rank(a->codec) - rank(b->codec);
	return p != q ? (p > q) - (p < q) : strcmp(a->stem, b->stem);
}

/* ---- playlists --------------------------------------------------------------------------------------------------- */

static enum qf_status put_text(const struct workshop *w, const char *name, const struct qf_buf *text, struct qf_err *e)
{
	enum qf_status rc = qf_buf_check(text, e);
	int fd = rc == QF_OK ? workshop_file(w, name, e) : -1;

	if (fd < 0)
		return e->code;
	rc = qf_write_all(fd, text->p, text->len, e);
	if (close(fd) != 0 && rc == QF_OK)
		rc = qf_fail_errno(e, "%s: cannot write", name);
	return rc;
}

/* Players change the rate in mid-play, but not the codec (Chromium 156 stops): each codec has a master of its own. */
static enum qf_status put_masters(const struct workshop *w, struct package *out, const char *note, struct qf_err *e)
{
	struct qf_buf text = { 0 }, name = { 0 };
	enum qf_status rc = QF_OK;

	for (size_t i = 0, n; rc == QF_OK && i < out->n; i += n) {
		for (n = 1; i + n < out->n && strcmp(out->media[i + n].codec, out->media[i].codec) == 0; n++)
			;
		qf_buf_clear(&text);
		qf_buf_clear(&name);
		qf_hls_put_master(&text, &out->media[i], n, note);
		qf_hls_put_master_name(&name, i ? out->media[i].codec : NULL);
		out->bytes += (int64_t)text.len;
		rc = qf_buf_check(&name, e);
		if (rc == QF_OK)
			rc = put_text(w, name.p, &text, e);
	}
	qf_buf_free(&text);
	qf_buf_free(&name);
	return rc;
}

static enum qf_status put_playlists(const struct workshop *w, struct package *out, const char *note, struct qf_err *e)
{
	struct qf_buf text = { 0 }, name = { 0 };
	enum qf_status rc = QF_OK;

	qsort(out->media, out->n, sizeof *out->media, by_codec_and_rate);
	for (size_t i = 0; rc == QF_OK && i < out->n; i++) {
		qf_buf_clear(&text);
		qf_buf_clear(&name);
		qf_hls_put_media(&text, &out->media[i]);
		qf_hls_put_name(&name, &out->media[i]);
		rc = qf_buf_check(&name, e);
		if (rc == QF_OK)
			rc = put_text(w, name.p, &text, e);
		out->bytes += (int64_t)text.len;
	}
	qf_buf_free(&text);
	qf_buf_free(&name);
	return rc == QF_OK ? put_masters(w, out, note, e) : rc;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------- */

static enum qf_status make(const struct packaging *p, const char *note, struct qf_arena *a, struct package *out, size_t *left_out, struct qf_err *e)
{
	struct workshop w = { 0 };
	enum qf_status rc;

	out->rendition = qf_zalloc(p->n, sizeof *out->rendition);
	out->media = qf_zalloc(p->n, sizeof *out->media);
	if (!out->rendition || !out->media)
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu renditions", p->n);
	rc = workshop_open(&w, p->folder, e);
	if (rc == QF_OK)
		rc = segment_all(p, &w, a, out, left_out, e);
	if (rc == QF_OK)
		drop_other_lengths(p, &w, out, left_out);
	for (size_t i = 0; rc == QF_OK && i < out->n_renditions; i++)
		if (out->rendition[i].media.n) {
			out->media[out->n++] = out->rendition[i].media;
			out->bytes += out->rendition[i].bytes;
		}
	if (rc == QF_OK && out->n) {
		rc = put_playlists(&w, out, *left_out ? FORM " incomplete" : note, e); /* then it is tried, and told, again */
		if (rc == QF_OK)
			rc = workshop_become(&w, p->folder, p->name, e);
	}
	workshop_close(&w);
	return rc;
}

enum qf_status packaging_run(const struct packaging *p, struct qf_arena *a, struct package *out, size_t *left_out, struct qf_err *e)
{
	struct qf_buf path = { 0 }, note = { 0 };
	enum qf_status rc = put_note(&note, p, e);

	*out = (struct package){ 0 };
	qf_buf_printf(&path, "%s/%s", p->folder, p->name);
	if (rc == QF_OK)
		rc = qf_buf_check(&path, e);
	if (rc == QF_OK) {
		*e = (struct qf_err){ 0 };
		rc = look_at(path.p, note.p, &out->unchanged, e);
	}
	if (rc == QF_OK && !out->unchanged)
		rc = make(p, note.p, a, out, left_out, e);
	if (rc != QF_OK && rc != QF_ENOMEM)
		qf_err_at(e, path.p ? path.p : "");
	qf_buf_free(&path);
	qf_buf_free(&note);
	return rc;
}

void package_free(struct package *p)
{
	for (size_t i = 0; i < p->n_renditions; i++)
		segmented_free(&p->rendition[i]);
	qf_free(p->rendition);
	qf_free(p->media);
	*p = (struct package){ 0 };
}
