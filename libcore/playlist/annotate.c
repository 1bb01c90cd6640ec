#include "playlist/annotate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define START "annotate:"
#define MOST 1e6 /* seconds; what is more is a mistake */

enum { GAIN, CUE_IN, CUE_OUT, CROSS, KEYS };

static const char *const keys[KEYS] = { [GAIN] = "liq_amplify", [CUE_IN] = "liq_cue_in", [CUE_OUT] = "liq_cue_out", [CROSS] = "liq_cross_duration" };

void qf_annotate_put(struct qf_buf *out, const struct qf_playlist *list, size_t i)
{
	const struct qf_entry *t = &list->entries[i];
	const double value[KEYS] = { [GAIN] = t->gain_db, [CUE_IN] = i ? list->entries[i - 1].next_in_s : 0,
				     [CUE_OUT] = t->cue_out_s > 0 ? t->cue_out_s + t->cross_s : 0, [CROSS] = t->cross_s };
	const char *before = START;

	for (int k = 0; k < KEYS; k++)
		if (value[k] != 0) {
			qf_buf_printf(out, "%s%s=\"", before, keys[k]);
			qf_buf_printf(out, k == GAIN ? "%.2f dB" : "%.3f", value[k]);
			qf_buf_putc(out, '"');
			before = ",";
		}
	if (*before == ',')
		qf_buf_putc(out, ':');
}

/* KEY="NUMBER…" at p; where it ends, or NULL. Keys that are not ours, and values that are no number, say nothing. */
static const char *read_pair(const char *p, const char *end, double value[KEYS])
{
	const char *equal = memchr(p, '=', (size_t)(end - p)), *close;
	char text[32] = "";
	double v;
	char *rest;

	if (!equal || end - equal < 3 || equal[1] != '"' || !(close = memchr(equal + 2, '"', (size_t)(end - equal) - 2)))
		return NULL;
	if ((size_t)(close - equal) - 2 < sizeof text)
		memcpy(text, equal + 2, (size_t)(close - equal) - 2);
	v = strtod(text, &rest);
	for (int k = 0; rest != text && fabs(v) <= MOST && k < KEYS; k++)
		if (strlen(keys[k]) == (size_t)(equal - p) && memcmp(keys[k], p, (size_t)(equal - p)) == 0)
			value[k] = k == GAIN ? v : fmax(v, 0);
	return close + 1;
}

void qf_annotate_read(struct qf_reading *to, struct qf_entry *t, struct qf_span *line)
{
	const size_t n = sizeof START - 1;
	const char *p = line->p + n, *end = line->p + line->n;
	double value[KEYS] = { 0 };

	if (line->n <= n || memcmp(line->p, START, n) != 0)
		return;
	while ((p = read_pair(p, end, value)) != NULL && p < end && *p == ',')
		p++;
	if (!p || p == end || *p != ':')
		return;
	*line = (struct qf_span){ p + 1, (size_t)(end - p) - 1 };
	t->gain_db = value[GAIN];
	t->cross_s = value[CROSS];
	t->cue_out_s = fmax(value[CUE_OUT] - value[CROSS], 0);
	if (to->n)
		to->entries[to->n - 1].next_in_s = value[CUE_IN];
}
