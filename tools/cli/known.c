#define _GNU_SOURCE
#include "cli/known.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static enum qf_status no_memory(const struct known *k, struct qf_err *e)
{
	return qf_fail(e, QF_ENOMEM, "out of memory for %zu files", k->n + k->n_later);
}

static enum qf_status remember(void *user, const struct qf_file_state *s, struct qf_err *e)
{
	struct known *k = user;
	struct known_file *f;

	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 1024;

		f = qf_realloc(k->files, cap, sizeof *f);
		if (!f)
			return no_memory(k, e);
		k->files = f;
		k->cap = cap;
	}
	f = &k->files[k->n++];
	*f = (struct known_file){ .s = *s };
	f->s.path = qf_arena_dup(&k->text, s->path, strlen(s->path));
	if (s->failure && (!k->class_name || strcmp(k->class_name, s->failure) != 0))
		k->class_name = qf_arena_dup(&k->text, s->failure, strlen(s->failure));
	f->s.failure = s->failure ? k->class_name : NULL;
	return f->s.path && (f->s.failure || !s->failure) ? QF_OK : no_memory(k, e);
}

enum qf_status known_load(struct known *k, struct qf_catalog *c, int64_t root, const char *stage, struct qf_err *e)
{
	return qf_catalog_files(c, root, stage, remember, k, e);
}

void known_free(struct known *k)
{
	qf_free(k->files);
	qf_free(k->later);
	qf_free(k->by_time);
	qf_free(k->by_inode);
	qf_arena_free(&k->text);
	*k = (struct known){ 0 };
}

struct known_file *known_find(const struct known *k, const char *rel)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int cmp = strcmp(k->files[mid].s.path, rel);

		if (cmp == 0)
			return &k->files[mid];
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* ---- by looks --------------------------------------------------------------------------------- */

static int order(int64_t a, int64_t b, int64_t a2, int64_t b2)
{
	return a != b ? (a < b ? -1 : 1) : (a2 > b2) - (a2 < b2);
}

static int time_of(const struct known_file *f, int64_t mtime_ns, int64_t size)
{
	return order(f->s.mtime_ns, mtime_ns, f->s.size, size);
}

static int inode_of(const struct known_file *f, int64_t inode, int64_t size)
{
	return order(f->s.inode, inode, f->s.size, size);
}

static int by_time(const void *a, const void *b, void *files)
{
	const struct known_file *v = files, *y = &v[*(const uint32_t *)b];

	return time_of(&v[*(const uint32_t *)a], y->s.mtime_ns, y->s.size);
}

static int by_inode(const void *a, const void *b, void *files)
{
	const struct known_file *v = files, *y = &v[*(const uint32_t *)b];

	return inode_of(&v[*(const uint32_t *)a], y->s.inode, y->s.size);
}

static bool holds(const struct known *k, const uint32_t *places, int (*cmp)(const struct known_file *, int64_t, int64_t), int64_t what,
		  int64_t size)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = cmp(&k->files[places[mid]], what, size);

		if (c == 0)
			return true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static uint32_t *sorted(const struct known *k, int (*cmp)(const void *, const void *, void *))
{
	uint32_t *places = k->n < UINT32_MAX ? qf_alloc(k->n, sizeof *places) : NULL;

	for (size_t i = 0; places && i < k->n; i++)
		places[i] = (uint32_t)i;
	if (places)
		qsort_r(places, k->n, sizeof *places, cmp, k->files);
	return places;
}

enum qf_status known_resembles(struct known *k, const struct walk_file *f, bool *yes, struct qf_err *e)
{
	*yes = false;
	if (k->n == 0)
		return QF_OK;
	if (!k->by_time)
		k->by_time = sorted(k, by_time);
	if (!k->by_inode)
		k->by_inode = sorted(k, by_inode);
	if (!k->by_time || !k->by_inode)
		return no_memory(k, e);
	*yes = holds(k, k->by_time, time_of, f->mtime_ns, f->size) || holds(k, k->by_inode, inode_of, f->inode, f->size);
	return QF_OK;
}

enum qf_status known_put_aside(struct known *k, const struct walk_file *f, struct qf_err *e)
{
	struct known_later *l;

	if (k->n_later == k->cap_later) {
		size_t cap = k->cap_later ? k->cap_later * 2 : 256;

		l = qf_realloc(k->later, cap, sizeof *l);
		if (!l)
			return no_memory(k, e);
		k->later = l;
		k->cap_later = cap;
	}
	l = &k->later[k->n_later];
	*l = (struct known_later){ qf_arena_dup(&k->text, f->path, strlen(f->path)), { f->size, f->mtime_ns, f->inode, f->lyrics } };
	if (!l->path)
		return no_memory(k, e);
	k->n_later++;
	return QF_OK;
}
