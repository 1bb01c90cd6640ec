#include "features/series.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define SILENT_LEVEL -92.0f /* a little below cepstrum 0 of the quietest audible frame */

static enum qf_status end_block(struct qf_series *s, struct qf_err *e)
{
	if (s->n == s->cap) {
		size_t cap = s->cap + s->cap / 4 + 256;
		void *p = qf_realloc(s->block, cap, sizeof *s->block);

		if (!p)
			return qf_fail(e, QF_ENOMEM, "series: out of memory for %zu blocks", cap);
		s->block = p;
		s->cap = cap;
	}
	for (size_t k = 0; k < QF_TIMBRE_CEPSTRA; k++)
		s->block[s->n][k] = s->audible ? s->sum[k] / (float)s->audible : k ? 0 : SILENT_LEVEL;
	s->n++;
	memset(s->sum, 0, sizeof s->sum);
	s->frames = s->audible = 0;
	return QF_OK;
}

enum qf_status qf_series_feed(struct qf_series *s, const struct qf_timbre_frame *frames, size_t n, struct qf_err *e)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < QF_TIMBRE_CEPSTRA; k++)
			s->sum[k] += frames[i].cepstra[k];
		s->audible += frames[i].audible != 0;
		if (++s->frames == QF_SERIES_FRAMES && end_block(s, e) != QF_OK)
			return QF_ENOMEM;
	}
	return QF_OK;
}

void qf_series_read(const struct qf_series *s, double from_s, double to_s, float out[QF_TIMBRE_CEPSTRA])
{
	size_t from = (size_t)fmax(0, from_s / s->block_s), to = (size_t)fmax(0, ceil(to_s / s->block_s - 0.5)), n = 0;

	memset(out, 0, QF_TIMBRE_CEPSTRA * sizeof *out);
	out[0] = SILENT_LEVEL;
	if (from >= s->n)
		return;
	out[0] = 0;
	to = to > from ? to : from + 1;
	for (size_t i = from; i < to && i < s->n; i++, n++)
		for (size_t k = 0; k < QF_TIMBRE_CEPSTRA; k++)
			out[k] += s->block[i][k];
	for (size_t k = 0; k < QF_TIMBRE_CEPSTRA; k++)
		out[k] /= (float)n;
}

void qf_series_free(struct qf_series *s)
{
	qf_free(s->block);
	s->block = NULL;
	s->n = s->cap = 0;
}
