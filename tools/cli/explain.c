#include "cli/explain.h"

#include "features/moods.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 64 /* characters of a text */
#define NAME_WIDTH 27
#define VALUE_WIDTH 24

/* All of them, or as many as fit into the column with their count. */
static void put_numbers(struct qf_buf *b, const float *v, size_t n, int decimals)
{
	char count[32];
	size_t room = VALUE_WIDTH, i;

	snprintf(count, sizeof count, " … (%zu)", n);
	for (i = 0; i < n; i++) {
		char text[64];
		size_t len = (size_t)snprintf(text, sizeof text, "%s%.*f", i ? " " : "", decimals, (double)v[i]);
		size_t rest = i + 1 < n ? strlen(count) - 2 : 0; /* the ellipsis has three bytes */

		if (len + rest > room)
			break;
		qf_buf_puts(b, text);
		room -= len;
	}
	if (i < n)
		qf_buf_puts(b, count);
	else if (!n)
		qf_buf_puts(b, "none");
}

static void put_text(struct qf_buf *b, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (!text)
		qf_buf_puts(b, "none");
	else if (n <= SHOWN)
		qf_buf_puts(b, text);
	else {
		qf_buf_put(b, text, SHOWN / 2);
		qf_buf_printf(b, "… (%zu bytes)", n);
	}
}

static void put_value(struct qf_buf *b, const struct qf_features *f, const struct qf_feature *d)
{
	const void *at = qf_feature_at(f, d);

	switch (d->type) {
	case QF_FEATURE_REAL:
		if (isnan(*(const double *)at))
			qf_buf_puts(b, "none");
		else
			qf_buf_printf(b, "%.*f", d->decimals, *(const double *)at);
		break;
	case QF_FEATURE_TEXT:
	case QF_FEATURE_LABELS:
		put_text(b, *(char *const *)at);
		break;
	case QF_FEATURE_VEC:
		put_numbers(b, at, d->count, d->decimals);
		break;
	case QF_FEATURE_LIST:
		put_numbers(b, ((const struct qf_floats *)at)->v, ((const struct qf_floats *)at)->n, d->decimals);
		break;
	case QF_FEATURE_BYTES:
		qf_buf_printf(b, "%zu values", ((const struct qf_bytes *)at)->n);
		break;
	}
}

static size_t characters(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

static void put_terms(struct qf_buf *out, const struct qf_features *f, const char *name)
{
	struct qf_moods_term t[QF_MOODS_TERMS];
	size_t n = qf_moods_terms(f, name, t);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += t[i].share;
		if (isnan(t[i].x))
			qf_buf_printf(out, "    %+.3f  %s is not known and counts as usual\n", 0.0, t[i].what);
		else
			qf_buf_printf(out, "    %+.3f  %s %.4g: usual %g, spread %g, weight %+g\n", t[i].share, t[i].what, t[i].x,
				      t[i].usual, t[i].spread, t[i].weight);
	}
	if (n)
		qf_buf_printf(out, "    1 / (1 + e^-(%+.3f)) = %.3f\n", sum, 1 / (1 + exp(-sum)));
}

void explain_features(struct qf_buf *out, const char *path, const struct qf_features *f)
{
	qf_buf_printf(out, "%s\n", path);
	for (size_t i = 0; i < QF_FEATURES_N; i++) {
		const struct qf_feature *d = &qf_feature_table[i];
		struct qf_buf value = { 0 };
		size_t width;

		put_value(&value, f, d);
		width = value.p ? characters(value.p, value.len) : 0;
		qf_buf_printf(out, "  %-*s %s", NAME_WIDTH, d->name, value.p ? value.p : "");
		if (width > VALUE_WIDTH) { /* what follows stays in its column */
			qf_buf_printf(out, "\n  %*s ", NAME_WIDTH, "");
			width = 0;
		}
		qf_buf_printf(out, "%*s %-5s  %s\n", (int)(VALUE_WIDTH - width), "", d->unit, d->meaning);
		qf_buf_free(&value);
		put_terms(out, f, d->name);
	}
}
