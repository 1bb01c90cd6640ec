/* A stack of open levels, each the sorted names of one folder. Not fts(3): glibc's crashes
 * when memory runs out in fts_open, and it stats every file where the folder already tells the type. */
#define _GNU_SOURCE
#include "cli/walk.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct names {
	char **p; /* [n], sorted */
	size_t n, cap;
};

struct level {
	struct names files, lyrics; /* what may sound, and folders; what ends in .lrc */
	size_t next;
	size_t path_n; /* of the folder itself */
	dev_t dev;     /* known only when links are followed */
	ino_t ino;
};

struct walk {
	struct qf_buf path; /* of what was given last */
	struct qf_buf beside;
	struct level *levels; /* [depth] */
	size_t depth, cap;
	bool follow, one_file;
	char text[256];
};

static bool sounds(const char *name)
{
	static const char *const endings[] = {
		"mp3", "flac", "ogg", "oga", "opus", "spx", "wav", "wave", "w64", "rf64", "aif", "aiff", "aifc", "caf", "au",
		"snd", "m4a", "m4b", "mp4", "aac", "wma", "asf", "wv", "ape", "mpc", "mp2",
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
		if (strcasecmp(dot + 1, endings[i]) == 0)
			return true;
	return false;
}

static bool is_lyrics(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && strcmp(dot, ".lrc") == 0;
}

static void free_names(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		qf_free(l->p[i]);
	qf_free(l->p);
}

static void close_level(struct level *l)
{
	free_names(&l->files);
	free_names(&l->lyrics);
}

/* Folders, files that sound, and what only stat can tell. */
static bool worth_a_look(const struct walk *w, const struct dirent *f)
{
	if (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0)
		return false;
	switch (f->d_type) {
	case DT_DIR:
	case DT_UNKNOWN:
		return true;
	case DT_REG:
		return sounds(f->d_name) || is_lyrics(f->d_name);
	case DT_LNK:
		return w->follow || is_lyrics(f->d_name);
	default:
		return false;
	}
}

static enum qf_status add_name(struct names *l, const char *name, struct qf_err *e)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 32;
		char **names = qf_realloc(l->p, cap, sizeof *names);

		if (!names)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu names", cap);
		l->p = names;
		l->cap = cap;
	}
	l->p[l->n] = qf_strdup(name);
	if (!l->p[l->n])
		return qf_fail(e, QF_ENOMEM, "out of memory for %zu names", l->n);
	l->n++;
	return QF_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the folder w->path. QF_ENOTFOUND with w->text filled when it cannot be read. */
static enum qf_status read_names(struct walk *w, struct level *l, struct qf_err *e)
{
	DIR *dir = opendir(w->path.p);
	struct dirent *f;
	enum qf_status rc = QF_OK;

	if (!dir && errno == ENOMEM)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	errno = 0;
	while (dir && rc == QF_OK && (f = readdir(dir)) != NULL) {
		if (worth_a_look(w, f))
			rc = add_name(is_lyrics(f->d_name) && f->d_type != DT_DIR ? &l->lyrics : &l->files, f->d_name, e);
		errno = 0;
	}
	if (rc == QF_OK && errno) {
		snprintf(w->text, sizeof w->text, "%s", strerror(errno));
		rc = QF_ENOTFOUND;
	}
	if (dir)
		closedir(dir);
	if (l->files.n)
		qsort(l->files.p, l->files.n, sizeof *l->files.p, by_name);
	if (l->lyrics.n)
		qsort(l->lyrics.p, l->lyrics.n, sizeof *l->lyrics.p, by_name);
	return rc;
}

/* Go into the folder w->path. QF_ENOTFOUND: it could not be read, and is not entered. */
static enum qf_status enter(struct walk *w, const struct stat *st, struct qf_err *e)
{
	struct level l = { .path_n = w->path.len, .dev = st->st_dev, .ino = st->st_ino };
	enum qf_status rc;

	if (w->depth == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 16;
		struct level *levels = qf_realloc(w->levels, cap, sizeof *levels);

		if (!levels)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu folders", cap);
		w->levels = levels;
		w->cap = cap;
	}
	rc = read_names(w, &l, e);
	if (rc == QF_OK)
		w->levels[w->depth++] = l;
	else
		close_level(&l);
	return rc;
}

/* A folder that is its own ancestor by way of a link. */
static bool is_loop(const struct walk *w, const struct stat *st)
{
	for (size_t i = 0; w->follow && i < w->depth; i++)
		if (w->levels[i].dev == st->st_dev && w->levels[i].ino == st->st_ino)
			return true;
	return false;
}

/* ---- lyrics ------------------------------------------------------------------------------------- */

void walk_put_lyrics_name(struct qf_buf *to, const char *path)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');

	qf_buf_put(to, path, dot && (!slash || dot > slash + 1) ? (size_t)(dot - path) : strlen(path));
	qf_buf_puts(to, ".lrc");
}

static int64_t stamp_of(const char *name)
{
	struct stat st;

	if (stat(name, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec + st.st_size;
}

enum qf_status walk_lyrics(const char *path, int64_t *stamp, struct qf_err *e)
{
	struct qf_buf name = { 0 };
	enum qf_status rc;

	walk_put_lyrics_name(&name, path);
	rc = qf_buf_check(&name, e);
	if (rc == QF_OK)
		*stamp = stamp_of(name.p);
	qf_buf_free(&name);
	return rc;
}

/* The same for what was just described, as the folder's names tell without a look at the disk. */
static enum qf_status find_lyrics(struct walk *w, const struct level *l, struct walk_file *f, struct qf_err *e)
{
	const char *name;

	if (l->lyrics.n == 0)
		return QF_OK;
	qf_buf_clear(&w->beside);
	walk_put_lyrics_name(&w->beside, f->path);
	if (qf_buf_check(&w->beside, e))
		return QF_ENOMEM;
	name = strrchr(w->beside.p, '/') + 1;
	if (bsearch(&name, l->lyrics.p, l->lyrics.n, sizeof *l->lyrics.p, by_name))
		f->lyrics = stamp_of(w->beside.p);
	return QF_OK;
}

/* ---- files -------------------------------------------------------------------------------------- */

static void describe(const struct walk *w, const struct stat *st, struct walk_file *f)
{
	*f = (struct walk_file){
		.path = w->path.p,
		.size = st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.inode = (int64_t)st->st_ino,
	};
}

enum qf_status walk_open(struct walk **out, const char *path, bool follow, struct qf_err *e)
{
	struct walk *w = qf_zalloc(1, sizeof *w);

	*out = NULL;
	if (!w)
		return qf_fail(e, QF_ENOMEM, "out of memory");
	w->follow = follow;
	w->one_file = true; /* until walk_next() has looked */
	qf_buf_puts(&w->path, path);
	if (qf_buf_check(&w->path, e)) {
		walk_close(w);
		return QF_ENOMEM;
	}
	*out = w;
	return QF_OK;
}

/* What was named: a folder is entered, a file is given, whatever its ending. */
static enum qf_status first(struct walk *w, struct walk_file *f, bool *more, struct qf_err *e)
{
	struct stat st;
	enum qf_status rc = QF_OK;

	w->one_file = false;
	if (stat(w->path.p, &st) != 0) {
		snprintf(w->text, sizeof w->text, "%s", strerror(errno));
		rc = QF_ENOTFOUND;
	} else if (S_ISDIR(st.st_mode)) {
		rc = enter(w, &st, e);
	} else if (S_ISREG(st.st_mode)) {
		describe(w, &st, f);
		*more = true;
		rc = walk_lyrics(f->path, &f->lyrics, e);
	}
	if (rc == QF_ENOTFOUND) {
		*f = (struct walk_file){ .path = w->path.p, .trouble = w->text, .folder = true };
		*more = true;
		rc = QF_OK;
	}
	return rc;
}

/* One name of the top level. */
static enum qf_status look(struct walk *w, const struct level *in, const char *name, struct walk_file *f, bool *more, struct qf_err *e)
{
	struct stat st;
	enum qf_status rc = QF_OK;

	qf_buf_putc(&w->path, '/');
	qf_buf_puts(&w->path, name);
	if (qf_buf_check(&w->path, e))
		return QF_ENOMEM;
	if ((w->follow ? stat(w->path.p, &st) : lstat(w->path.p, &st)) != 0) {
		if (errno == ENOENT) /* gone since, or a link to nowhere */
			return QF_OK;
		snprintf(w->text, sizeof w->text, "%s", strerror(errno));
		*f = (struct walk_file){ .path = w->path.p, .trouble = w->text, .folder = !sounds(name) };
		*more = true;
		return QF_OK;
	}
	if (S_ISREG(st.st_mode) && sounds(name)) {
		describe(w, &st, f);
		*more = true;
		rc = find_lyrics(w, in, f, e);
	} else if (S_ISDIR(st.st_mode) && !is_loop(w, &st)) {
		rc = enter(w, &st, e);
		if (rc == QF_ENOTFOUND) {
			*f = (struct walk_file){ .path = w->path.p, .trouble = w->text, .folder = true };
			*more = true;
			rc = QF_OK;
		}
	}
	return rc;
}

enum qf_status walk_next(struct walk *w, struct walk_file *f, bool *more, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	*more = false;
	if (w->one_file)
		rc = first(w, f, more, e);
	while (rc == QF_OK && !*more && w->depth) {
		struct level *l = &w->levels[w->depth - 1];

		w->path.len = l->path_n; /* look() writes behind it */
		if (l->path_n == 1 && w->path.p[0] == '/')
			w->path.len = 0;
		if (l->next < l->files.n) {
			rc = look(w, l, l->files.p[l->next++], f, more, e);
		} else {
			close_level(l);
			w->depth--;
		}
	}
	return rc;
}

void walk_close(struct walk *w)
{
	if (!w)
		return;
	while (w->depth)
		close_level(&w->levels[--w->depth]);
	qf_free(w->levels);
	qf_buf_free(&w->path);
	qf_buf_free(&w->beside);
	qf_free(w);
}

int walk_open_file(const char *path, bool follow, struct stat *st, struct qf_err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));

	if (fd < 0) {
		qf_fail_errno(e, "cannot open");
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	qf_fail(e, QF_EFORMAT, "not a regular file");
	close(fd);
	return -1;
}
