#include "plan/profile.h"

#include <string.h>

#include "plan.gen.h"

const struct qf_rung *qf_ladder_find(const char *name, size_t *n)
{
	const struct qf_rung *first = NULL;

	*n = 0;
	for (size_t i = 0; i < qf_n_rungs; i++)
		if (strcmp(qf_rungs[i].ladder, name) == 0) {
			if (!first)
				first = &qf_rungs[i];
			++*n;
		}
	return first;
}

const struct qf_device *qf_device_find(const char *name)
{
	for (size_t i = 0; i < qf_n_devices; i++)
		if (strcmp(qf_devices[i].name, name) == 0)
			return &qf_devices[i];
	return NULL;
}

const struct qf_serving *qf_serving_find(const char *name)
{
	for (size_t i = 0; i < qf_n_servings; i++)
		if (strcmp(qf_servings[i].name, name) == 0)
			return &qf_servings[i];
	return NULL;
}

const struct qf_network *qf_network_find(const char *name)
{
	for (size_t i = 0; i < qf_n_networks; i++)
		if (strcmp(qf_networks[i].name, name) == 0)
			return &qf_networks[i];
	return NULL;
}

/* "1 to 5": the upper end belongs to the class below the open one. */
const struct qf_network *qf_network_at(double mbit_s)
{
	size_t i = 0;

	while (i + 1 < qf_n_networks && (i + 2 == qf_n_networks ? mbit_s > qf_networks[i].below_mbit : mbit_s >= qf_networks[i].below_mbit))
		i++;
	return &qf_networks[i];
}

bool qf_device_plays(const struct qf_device *d, const char *codec)
{
	size_t n = strlen(codec);
	const char *p = d->codecs;

	while (strncmp(p, codec, n) != 0 || (p[n] != ',' && p[n] != '\0')) {
		p = strchr(p, ',');
		if (!p)
			return false;
		p++;
	}
	return n > 0;
}
