#include "cli/chosen.h"

#include "catalog/facets.h"
#include "cli/asking.h"

#include <stdlib.h>

static int by_number(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static enum qf_status choose(void *arg, int64_t track, struct qf_err *e)
{
	struct cli_chosen *x = arg;

	qf_buf_put(&x->ids, &track, sizeof track);
	return qf_buf_check(&x->ids, e);
}

enum qf_status cli_choose(struct cli_chosen *x, struct qf_catalog *c, const char *where, int64_t now, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_query q;
	enum qf_status rc = QF_OK;

	*x = (struct cli_chosen){ .all = !where };
	if (!x->all && (rc = cli_ask(&q, c, where, now, &a, e)) == QF_OK)
		rc = qf_catalog_selected(c, &q, choose, x, e);
	if (rc == QF_OK && x->ids.len)
		qsort(x->ids.p, x->ids.len / sizeof(int64_t), sizeof(int64_t), by_number);
	qf_arena_free(&a);
	return rc;
}

bool cli_is_chosen(const struct cli_chosen *x, int64_t track)
{
	return x->all || (x->ids.len && bsearch(&track, x->ids.p, x->ids.len / sizeof track, sizeof track, by_number) != NULL);
}

void cli_chosen_free(struct cli_chosen *x)
{
	qf_buf_free(&x->ids);
}
