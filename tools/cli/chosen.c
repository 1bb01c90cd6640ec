#include "cli/chosen.h"

#include "catalog/facets.h"
#include "cli/asking.h"

static enum qf_status choose(void *arg, int64_t track, struct qf_err *e)
{
	return cli_ids_add(arg, track, e);
}

enum qf_status cli_choose(struct cli_chosen *x, struct qf_catalog *c, const char *where, int64_t now, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_query q;
	enum qf_status rc = QF_OK;

	*x = (struct cli_chosen){ .all = !where };
	if (!x->all && (rc = cli_ask(&q, c, where, now, &a, e)) == QF_OK)
		rc = qf_catalog_selected(c, &q, choose, &x->ids, e);
	cli_ids_sort(&x->ids);
	qf_arena_free(&a);
	return rc;
}

bool cli_is_chosen(const struct cli_chosen *x, int64_t track)
{
	return x->all || cli_ids_find(&x->ids, track);
}

void cli_chosen_free(struct cli_chosen *x)
{
	cli_ids_free(&x->ids);
}
