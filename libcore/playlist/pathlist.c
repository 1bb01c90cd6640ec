#include "playlist/pathlist.h"

#include "playlist/spelling.h"

/* What a list of lines would be without a profile and without a folder. */
static struct qf_playlist plain(const struct qf_playlist *list)
{
	struct qf_playlist p = *list;

	p.folder = NULL;
	p.profile = NULL;
	return p;
}

const char *qf_pathlist_refuses(const struct qf_playlist *list, size_t i)
{
	struct qf_playlist p = plain(list);

	return qf_line_refuses(&p, i);
}

enum qf_status qf_pathlist_write(struct qf_buf *out, const struct qf_playlist *list, struct qf_err *e)
{
	struct qf_playlist p = plain(list);

	for (size_t i = 0; i < p.n; i++)
		if (!qf_line_refuses(&p, i)) {
			qf_line_put(out, &p, i);
			qf_buf_putc(out, '\n');
		}
	return qf_buf_check(out, e);
}

enum qf_status qf_pathlist_read(struct qf_reading *to, struct qf_span text, struct qf_err *e)
{
	struct qf_span line;

	while (qf_reading_line(&text, &line)) {
		struct qf_entry *t = line.n ? qf_reading_add(to) : NULL;

		if (line.n && (!t || !qf_reading_bytes(to, &t->path, line)))
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu entries", to->n);
		if (t && !t->path)
			to->n--; /* a line with a NUL is no path */
	}
	return QF_OK;
}
