#include "cli/idlist.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum qf_status cli_ids_add(struct cli_ids *l, int64_t id, struct qf_err *e)
{
	if (l->n == l->room) {
		size_t more = l->room ? 2 * l->room : 256;
		int64_t *p = qf_realloc(l->id, more, sizeof *p);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "out of memory for %zu tracks", more);
		l->id = p;
		l->room = more;
	}
	l->id[l->n++] = id;
	return QF_OK;
}

enum qf_status cli_ids_append(struct cli_ids *l, const struct cli_ids *more, struct qf_err *e)
{
	for (size_t i = 0; i < more->n; i++)
		if (cli_ids_add(l, more->id[i], e))
			return e->code;
	return QF_OK;
}

static int rising(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void cli_ids_sort(struct cli_ids *l)
{
	size_t kept = 0;

	if (l->n)
		qsort(l->id, l->n, sizeof *l->id, rising);
	for (size_t i = 0; i < l->n; i++)
		if (kept == 0 || l->id[kept - 1] != l->id[i])
			l->id[kept++] = l->id[i];
	l->n = kept;
}

const int64_t *cli_ids_find(const struct cli_ids *sorted, int64_t id)
{
	return sorted->n ? bsearch(&id, sorted->id, sorted->n, sizeof id, rising) : NULL;
}

void cli_ids_free(struct cli_ids *l)
{
	qf_free(l->id);
	memset(l, 0, sizeof *l);
}
