#include "model/activity.h"

#include "base/buf.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "activities.gen.h" /* activities[] */

enum { LINES = sizeof activities / sizeof *activities };

static bool begins_activity(size_t i)
{
	return i == 0 || strcmp(activities[i].name, activities[i - 1].name) != 0;
}

static enum qf_status unknown(const char *name, struct qf_err *e)
{
	struct qf_buf list = { 0 };

	for (size_t i = 0; i < LINES; i++)
		if (begins_activity(i))
			qf_buf_printf(&list, "%s%s", list.len ? ", " : "", activities[i].name);
	qf_fail(e, QF_EINVAL, "no activity is called '%.40s'; there are: %s (datasets/activities.tsv)", name,
		qf_buf_check(&list, e) == QF_OK ? list.p : "");
	qf_buf_free(&list);
	return e->code;
}

enum qf_status qf_activity_find(const char *name, const struct qf_activity **lines, size_t *n, struct qf_err *e)
{
	*lines = NULL;
	*n = 0;
	for (size_t i = 0; i < LINES; i++)
		if (strcmp(activities[i].name, name) == 0) {
			if (!*lines)
				*lines = &activities[i];
			++*n;
		}
	return *n ? QF_OK : unknown(name, e);
}

static double fit(const struct qf_activity *a, double v)
{
	double off = v < a->low ? a->low - v : v > a->high ? v - a->high : 0;

	return off < a->falloff ? 1 - off / a->falloff : 0;
}

double qf_activity_fit(const struct qf_activity *lines, size_t n, const float *value)
{
	double sum = 0, weight = 0;

	for (size_t i = 0; i < n; i++) {
		double v = (double)value[lines[i].facet];

		if (!isfinite(v))
			continue;
		sum += lines[i].weight * fit(&lines[i], v);
		weight += lines[i].weight;
	}
	return weight > 0 ? sum / weight : 0.5;
}
