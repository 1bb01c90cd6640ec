#define _GNU_SOURCE
#include "cli/listout.h"

#include "base/file.h"
#include "cli/cli.h"
#include "playlist/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *listout_folder(const char *output)
{
	const char *slash = output ? strrchr(output, '/') : NULL;
	char *dir = !slash ? strdup(".") : slash == output ? strdup("/") : strndup(output, (size_t)(slash - output));
	char *real = dir ? realpath(dir, NULL) : NULL;

	if (!real)
		cli_say("%s: %s", dir ? dir : "folder", strerror(errno));
	free(dir);
	return real;
}

static void render_rows(const struct tracklist *l, struct qf_buf *out)
{
	qf_buf_put(out, l->others.p, l->others.len);
	out->failed |= l->others.failed;
	for (size_t i = 0; i < l->n; i++) {
		qf_buf_put(out, l->rows[i].p, l->rows[i].n);
		qf_buf_putc(out, '\n');
	}
}

static int name_refused(const struct qf_playlist_format *f, const struct qf_playlist *list)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < list->n; i++) {
		const char *why = f->refuses(list, i);

		if (why) {
			cli_say("%s: %s", list->entries[i].path, why);
			code = EXIT_SOME;
		}
	}
	return code;
}

static int render(const struct listout *o, const struct tracklist *l, struct qf_buf *out)
{
	struct qf_playlist list = { .title = o->name, .note = o->note, .profile = o->profile, .remote = o->remote, .entries = l->entries, .n = l->n };
	char *folder = listout_folder(o->output);
	struct qf_buf stem = { 0 };
	int code = EXIT_FATAL;

	if (!folder)
		return EXIT_FATAL;
	list.folder = folder;
	if (!o->name && o->output) {
		struct qf_span s = qf_place_stem(o->output);

		qf_buf_put(&stem, s.p, s.n);
		list.title = stem.p;
	}
	o->format->write(out, &list, NULL);
	out->failed |= stem.failed;
	code = name_refused(o->format, &list);
	qf_buf_free(&stem);
	free(folder);
	return code;
}

int listout_write(const struct listout *o, const struct tracklist *l)
{
	struct qf_buf text = { 0 };
	struct qf_err e = { 0 };
	int code = EXIT_OK;

	if (o->format)
		code = render(o, l, &text);
	else
		render_rows(l, &text);
	if (code == EXIT_FATAL)
		return code;
	if (qf_buf_check(&text, &e) || (o->output && qf_file_replace(o->output, text.p ? text.p : "", text.len, NULL, &e)))
		code = cli_die(&e);
	else if (!o->output)
		cli_write(text.p, text.len);
	qf_buf_free(&text);
	return code;
}
