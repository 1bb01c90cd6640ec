#define _GNU_SOURCE /* strtok_r */
#include "quality/rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const qf_metric_names[QF_METRICS] = { "completeness", "consistency", "size", "diversity", "licence" };

const struct qf_defect_kind qf_defect_kinds[QF_DEFECTS] = {
	[QF_DEFECT_MISSING] = { "missing", "not in the catalog, or the file is gone" },
	[QF_DEFECT_UNDECODABLE] = { "undecodable", "nothing can be heard in it" },
	[QF_DEFECT_TRUNCATED] = { "truncated", "it ends too early, or parts of it are damaged" },
	[QF_DEFECT_HASH] = { "hash-mismatch", "its SHA-256 is not the one that was told" },
	[QF_DEFECT_EXACT] = { "exact-duplicate", "the same file or the same encoded audio is there already" },
	[QF_DEFECT_SILENT] = { "silent", "below -60 dBFS throughout" },
	[QF_DEFECT_RECORDING] = { "duplicate", "the same recording is there already" },
	[QF_DEFECT_DURATION] = { "duration", "the header tells another length than what is heard" },
	[QF_DEFECT_LOSSY] = { "suspected-lossy", "a lossless file with the traces of a lossy codec" },
	[QF_DEFECT_CLIPPED] = { "clipped", "0.1 % of the samples or more lie in runs at full scale" },
	[QF_DEFECT_TAGS] = { "tags", "tags contradict each other or the descriptor" },
	[QF_DEFECT_FAKE_STEREO] = { "fake-stereo", "both channels are the same, in a set declared stereo" },
	[QF_DEFECT_MINORITY] = { "minority-format", "another sample rate or channel count than most of the set" },
};

const struct qf_rules qf_rules_default = {
	.metric = { .30, .25, .20, .15, .10 },
	.defect = { 1, 1, 1, 1, 1, 1, .7, .5, .5, .3, .3, .1, .1 },
	.required = .6, .recommended = .2, .filled = .2,
	.tracks = 10000, .hours = 500, .knee_tracks = 10, .knee_hours = .5,
	.artists = 100, .genres = 20, .decades = 6,
	.high = .8, .medium = .6,
};

static const struct setting {
	const char *name;
	size_t offset;
	double lo, hi;
} settings[] = {
	{ "required", offsetof(struct qf_rules, required), 0, 1 },
	{ "recommended", offsetof(struct qf_rules, recommended), 0, 1 },
	{ "filled", offsetof(struct qf_rules, filled), 0, 1 },
	{ "tracks", offsetof(struct qf_rules, tracks), 1, 1e9 },
	{ "hours", offsetof(struct qf_rules, hours), .01, 1e9 },
	{ "knee_tracks", offsetof(struct qf_rules, knee_tracks), .01, 1e9 },
	{ "knee_hours", offsetof(struct qf_rules, knee_hours), .0001, 1e9 },
	{ "artists", offsetof(struct qf_rules, artists), 2, 1e9 },
	{ "genres", offsetof(struct qf_rules, genres), 2, 1e9 },
	{ "decades", offsetof(struct qf_rules, decades), 2, 1e9 },
	{ "high", offsetof(struct qf_rules, high), 0, 1 },
	{ "medium", offsetof(struct qf_rules, medium), 0, 1 },
};
enum { SETTINGS = sizeof settings / sizeof *settings, NAME_MAX_LEN = 64 };

/* Setting number i of all, its name into to[]; NULL behind the last. */
static double *setting(struct qf_rules *r, size_t i, struct qf_buf *name, double *lo, double *hi)
{
	qf_buf_clear(name);
	*lo = 0;
	*hi = 1;
	if (i < QF_METRICS) {
		qf_buf_printf(name, "metric.%s", qf_metric_names[i]);
		return &r->metric[i];
	}
	if ((i -= QF_METRICS) < QF_DEFECTS) {
		qf_buf_printf(name, "defect.%s", qf_defect_kinds[i].name);
		return &r->defect[i];
	}
	if ((i -= QF_DEFECTS) >= SETTINGS)
		return NULL;
	qf_buf_puts(name, settings[i].name);
	*lo = settings[i].lo;
	*hi = settings[i].hi;
	return (double *)((char *)r + settings[i].offset);
}

void qf_rules_put(struct qf_buf *out, const struct qf_rules *r)
{
	struct qf_rules copy = *r;
	struct qf_buf name = { 0 };
	double *v, lo, hi;

	for (size_t i = 0; (v = setting(&copy, i, &name, &lo, &hi)) != NULL; i++)
		qf_buf_printf(out, "%s %.10g\n", name.p ? name.p : "", *v);
	out->failed |= name.failed;
	qf_buf_free(&name);
}

static enum qf_status set_one(struct qf_rules *r, const char *name, const char *number, size_t line, struct qf_err *e)
{
	struct qf_buf known = { 0 };
	double *to, lo, hi, v;
	char *end;
	size_t i = 0;
	enum qf_status rc = QF_OK;

	while ((to = setting(r, i++, &known, &lo, &hi)) != NULL && !(known.p && strcmp(known.p, name) == 0))
		;
	v = strtod(number, &end);
	if (known.failed)
		rc = qf_buf_check(&known, e);
	else if (!to)
		rc = qf_fail(e, QF_EFORMAT, "line %zu: there is no weight called '%s' (--print-weights lists them)", line, name);
	else if (end == number || *end || !(v >= lo && v <= hi))
		rc = qf_fail(e, QF_EFORMAT, "line %zu: %s is '%s' and not a number from %g to %g", line, name, number, lo, hi);
	else
		*to = v;
	qf_buf_free(&known);
	return rc;
}

static enum qf_status check(const struct qf_rules *r, struct qf_err *e)
{
	double sum = 0, shares = r->required + r->recommended + r->filled;

	for (size_t i = 0; i < QF_METRICS; i++)
		sum += r->metric[i];
	if (fabs(sum - 1) > 1e-9)
		return qf_fail(e, QF_EFORMAT, "the weights of the metrics sum to %.10g, not to 1", sum);
	if (fabs(shares - 1) > 1e-9)
		return qf_fail(e, QF_EFORMAT, "required, recommended and filled sum to %.10g, not to 1", shares);
	if (r->high < r->medium)
		return qf_fail(e, QF_EFORMAT, "high is below medium");
	return QF_OK;
}

enum qf_status qf_rules_read(struct qf_rules *r, const char *text, size_t n, struct qf_err *e)
{
	size_t line = 0;
	enum qf_status rc = QF_OK;

	while (n && rc == QF_OK) {
		const char *lf = memchr(text, '\n', n);
		size_t len = lf ? (size_t)(lf - text) : n, used = len < 199 ? len : 199;
		char copy[200], *name, *number, *rest, *save = NULL;

		memcpy(copy, text, used);
		copy[used] = '\0';
		copy[strcspn(copy, "#")] = '\0';
		line++;
		name = strtok_r(copy, " \t\r", &save);
		number = strtok_r(NULL, " \t\r", &save);
		rest = strtok_r(NULL, " \t\r", &save);
		if (name && (!number || rest))
			rc = qf_fail(e, QF_EFORMAT, "line %zu: a name and a number are wanted", line);
		else if (name)
			rc = set_one(r, name, number, line, e);
		text += len + (lf != NULL);
		n -= len + (lf != NULL);
	}
	return rc == QF_OK ? check(r, e) : rc;
}
