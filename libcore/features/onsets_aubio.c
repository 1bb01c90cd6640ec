#include "features/onsets_aubio.h"

#include "base/alloc.h"
#include "dsp/wide.h"

#include <aubio/aubio.h>
#include <aubio/onset/peakpicker.h> /* not in aubio.h, but exported and documented */
#include <stdint.h>

#define THRESHOLD 0.058f
#define REST_S 0.05

struct qf_onsets_aubio {
	aubio_specdesc_t *hfc;
	aubio_peakpicker_t *picker;
	cvec_t spectrum;           /* norm and phas are values[] */
	float scale;               /* aubio's transform is unscaled */
	size_t rest, since, count; /* rest: frames that must lie between two onsets */
	float values[];            /* norms, then phases, which stay 0 */
};

enum qf_status qf_onsets_aubio_open(struct qf_onsets_aubio **out, size_t frame, double frame_rate_hz, struct qf_err *e)
{
	size_t bins = frame / 2 + 1;
	struct qf_onsets_aubio *o;

	*out = NULL;
	if (frame < 64 || frame > 65536 || !(frame_rate_hz > 0))
		return qf_fail(e, QF_EINVAL, "onsets: frames of %zu samples", frame);
	o = qf_zalloc(1, sizeof *o + 2 * bins * sizeof o->values[0]);
	if (!o)
		return qf_fail(e, QF_ENOMEM, "onsets: out of memory");
	o->hfc = new_aubio_specdesc("hfc", (uint_t)frame);
	o->picker = new_aubio_peakpicker();
	if (!o->hfc || !o->picker) {
		qf_onsets_aubio_close(o);
		return qf_fail(e, QF_ENOMEM, "onsets: aubio has no memory");
	}
	aubio_peakpicker_set_threshold(o->picker, THRESHOLD);
	o->spectrum = (cvec_t){.length = (uint_t)bins, .norm = o->values, .phas = o->values + bins};
	o->scale = (float)frame / 4; /* our Hann window sums to 2, aubio's to frame / 2 */
	o->rest = (size_t)(REST_S * frame_rate_hz + 0.5);
	o->since = SIZE_MAX / 2;
	*out = o;
	return QF_OK;
}

void qf_onsets_aubio_close(struct qf_onsets_aubio *o)
{
	if (!o)
		return;
	if (o->hfc)
		del_aubio_specdesc(o->hfc);
	if (o->picker)
		del_aubio_peakpicker(o->picker);
	qf_free(o);
}

void qf_onsets_aubio_next(struct qf_onsets_aubio *o, const float *mag, bool audible)
{
	float content = 0, onset = 0;
	fvec_t in = {.length = 1, .data = &content}, out = {.length = 1, .data = &onset};

	qf_wide_best()->log(mag, o->spectrum.length, 1, o->scale, o->values);
	aubio_specdesc_do(o->hfc, &o->spectrum, &in);
	aubio_peakpicker_do(o->picker, &in, &out);
	o->since++;
	if (onset > 0 && audible && o->since > o->rest) {
		o->count++;
		o->since = 0;
	}
}

size_t qf_onsets_aubio_count(const struct qf_onsets_aubio *o)
{
	return o->count;
}
