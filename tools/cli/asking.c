#include "cli/asking.h"

#include "catalog/search.h"
#include "cli/scores.h"

#include <string.h>

static enum qf_status find_saved(void *c, const char *name, struct qf_arena *a, const char **text, struct qf_err *e)
{
	return qf_catalog_saved_query(c, name, a, text, e);
}

enum qf_status cli_ask(struct qf_query *q, struct qf_catalog *c, const char *text, int64_t now, struct qf_arena *a, struct qf_err *e)
{
	const struct qf_query_env env = { .now = now, .saved = find_saved, .user = c };
	enum qf_status rc = qf_query_parse_in(q, text, strlen(text), &env, a, e);

	return rc == QF_OK ? cli_trust_field(c, now, e) : rc;
}
