#include "model/engine.h"

#include <string.h>

static const struct qf_engine_kind *const all[] = {
	&qf_engine_hybrid,  &qf_engine_ials,    &qf_engine_ease,       &qf_engine_itemknn,
	&qf_engine_userknn, &qf_engine_content, &qf_engine_popularity, &qf_engine_trending,
	&qf_engine_given,
};

const struct qf_engine_kind *const *qf_engine_all(size_t *n)
{
	*n = sizeof all / sizeof *all;
	return all;
}

const struct qf_engine_kind *qf_engine_named(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strlen(all[i]->name) == n && memcmp(all[i]->name, name, n) == 0)
			return all[i];
	return NULL;
}
