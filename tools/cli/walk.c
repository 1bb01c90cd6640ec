#define _GNU_SOURCE
#include "cli/walk.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct walk {
	FTS *fts;
	char text[256];
};

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

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

enum qf_status walk_open(struct walk **out, const char *path, bool follow, struct qf_err *e)
{
	struct walk *w = qf_zalloc(1, sizeof *w);
	char *copy = qf_strdup(path), *paths[] = { copy, NULL };

	*out = NULL;
	if (w && copy)
		w->fts = fts_open(paths, (follow ? FTS_LOGICAL : FTS_PHYSICAL | FTS_COMFOLLOW) | FTS_NOCHDIR, by_name);
	qf_free(copy);
	if (!w || !w->fts) {
		qf_free(w);
		return qf_fail(e, QF_ENOMEM, "out of memory");
	}
	*out = w;
	return QF_OK;
}

static void describe(struct walk *w, const FTSENT *at, struct walk_file *f)
{
	bool trouble = at->fts_info == FTS_DNR || at->fts_info == FTS_ERR || at->fts_info == FTS_NS;

	*f = (struct walk_file){ .path = at->fts_path };
	if (trouble) {
		snprintf(w->text, sizeof w->text, "%s", strerror(at->fts_errno));
		f->trouble = w->text;
		f->folder = at->fts_info != FTS_NS || !sounds(at->fts_name);
		return;
	}
	f->size = at->fts_statp->st_size;
	f->mtime_ns = (int64_t)at->fts_statp->st_mtim.tv_sec * 1000000000 + at->fts_statp->st_mtim.tv_nsec;
	f->inode = (int64_t)at->fts_statp->st_ino;
}

enum qf_status walk_next(struct walk *w, struct walk_file *f, bool *more, struct qf_err *e)
{
	FTSENT *at;

	*more = false;
	for (;;) {
		errno = 0;
		at = fts_read(w->fts);
		if (!at)
			return errno ? qf_fail_errno(e, "cannot walk the folders") : QF_OK;
		switch (at->fts_info) {
		case FTS_F:
			if (at->fts_level > 0 && !sounds(at->fts_name))
				continue;
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			break;
		default: /* folders, links, FIFOs, devices */
			continue;
		}
		describe(w, at, f);
		*more = true;
		return QF_OK;
	}
}

void walk_close(struct walk *w)
{
	if (w)
		fts_close(w->fts);
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
