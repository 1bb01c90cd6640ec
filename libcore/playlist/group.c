#include "playlist/group.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct name {
	char *folded; /* NULL = not known: a group of its own */
	uint32_t track;
};

static int compare_names(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	int d = !a->folded || !b->folded ? (b->folded != NULL) - (a->folded != NULL) : strcmp(a->folded, b->folded);

	return d ? d : a->track < b->track ? -1 : 1;
}

static enum qf_status no_memory(size_t n, struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "order: out of memory for %zu tracks", n);
}

/* Append the folded text; nothing for one that is not known. */
static enum qf_status put_folded(struct qf_buf *out, const char *text, struct qf_err *e)
{
	return text && *text ? qf_text_fold(out, text, strlen(text), e) : QF_OK;
}

static enum qf_status artist_key(struct qf_buf *out, const struct qf_entry *t, struct qf_err *e)
{
	return put_folded(out, t->artist, e);
}

static enum qf_status album_key(struct qf_buf *out, const struct qf_entry *t, struct qf_err *e)
{
	enum qf_status rc = put_folded(out, t->album, e);

	if (rc != QF_OK || !out->len)
		return rc;
	qf_buf_putc(out, '\n');
	return put_folded(out, t->albumartist, e);
}

typedef enum qf_status key_fn(struct qf_buf *out, const struct qf_entry *t, struct qf_err *e);

static void number(struct name *names, size_t n, uint32_t *group)
{
	uint32_t next = 0;

	qsort(names, n, sizeof *names, compare_names);
	for (size_t i = 0; i < n; i++) {
		bool same = i && names[i].folded && names[i - 1].folded && strcmp(names[i].folded, names[i - 1].folded) == 0;

		next += i && !same;
		group[names[i].track] = next;
	}
}

static enum qf_status number_by(key_fn *key, const struct qf_entry *entries, size_t n, uint32_t *group, struct qf_err *e)
{
	struct name *names = qf_zalloc(n, sizeof *names);
	struct qf_buf text = { 0 };
	enum qf_status rc = names ? QF_OK : no_memory(n, e);

	for (size_t i = 0; rc == QF_OK && i < n; i++) {
		qf_buf_clear(&text);
		names[i].track = (uint32_t)i;
		rc = key(&text, &entries[i], e);
		if (rc == QF_OK && text.len && (names[i].folded = qf_memdup0(text.p, text.len)) == NULL)
			rc = no_memory(n, e);
	}
	if (rc == QF_OK && n)
		number(names, n, group);
	for (size_t i = 0; names && i < n; i++)
		qf_free(names[i].folded);
	qf_free(names);
	qf_buf_free(&text);
	return rc;
}

enum qf_status qf_group_artists(const struct qf_entry *entries, size_t n, uint32_t *group, struct qf_err *e)
{
	return number_by(artist_key, entries, n, group, e);
}

enum qf_status qf_group_albums(const struct qf_entry *entries, size_t n, uint32_t *group, struct qf_err *e)
{
	return number_by(album_key, entries, n, group, e);
}
