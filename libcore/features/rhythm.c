#include "features/rhythm.h"

#include "base/alloc.h"
#include "features/beats.h"
#include "features/tempo.h"

#include <math.h>
#include <stdint.h>

#define LEAST_ONSET 6.0f /* sum over 40 bands: 0.15 nepers in each */
#define LOW_STEPS 8.0f   /* a byte of the low curve is an eighth of a neper */

struct qf_rhythm {
	double fps, offset_s;
	float *curve;
	uint8_t *low;
	size_t n, cap;
	struct qf_tempo tempo;
};

const struct qf_tempo *qf_rhythm_tempo(const struct qf_rhythm *r)
{
	return &r->tempo;
}

enum qf_status qf_rhythm_open(struct qf_rhythm **out, double frame_rate_hz, double offset_s, struct qf_err *e)
{
	struct qf_rhythm *r;

	*out = NULL;
	if (!(frame_rate_hz > 1))
		return qf_fail(e, QF_EINVAL, "rhythm: %g frames a second", frame_rate_hz);
	r = qf_zalloc(1, sizeof *r);
	if (!r)
		return qf_fail(e, QF_ENOMEM, "rhythm: out of memory");
	r->fps = frame_rate_hz;
	r->offset_s = offset_s;
	*out = r;
	return QF_OK;
}

void qf_rhythm_close(struct qf_rhythm *r)
{
	if (!r)
		return;
	qf_free(r->curve);
	qf_free(r->low);
	qf_free(r);
}

static enum qf_status make_room(struct qf_rhythm *r, size_t n, struct qf_err *e)
{
	size_t cap = r->cap + r->cap / 4 + n + 4096;
	float *curve = qf_realloc(r->curve, cap, sizeof *curve);
	uint8_t *low = NULL;

	if (curve) {
		r->curve = curve;
		low = qf_realloc(r->low, cap, sizeof *low);
	}
	if (!low)
		return qf_fail(e, QF_ENOMEM, "rhythm: out of memory for the onset curve");
	r->low = low;
	r->cap = cap;
	return QF_OK;
}

enum qf_status qf_rhythm_feed(struct qf_rhythm *r, const struct qf_timbre_frame *frames, size_t n, struct qf_err *e)
{
	if (n > r->cap - r->n && make_room(r, n, e) != QF_OK)
		return QF_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		float low = frames[i].low * LOW_STEPS;

		r->curve[r->n] = frames[i].novelty;
		r->low[r->n++] = (uint8_t)(low < 255 ? low : 255);
	}
	return QF_OK;
}

double qf_rhythm_low(const struct qf_rhythm *r, double from_s, double to_s)
{
	double from = ceil((from_s - r->offset_s) * r->fps), to = ceil((to_s - r->offset_s) * r->fps), sum = 0;

	for (size_t i = from > 0 ? (size_t)from : 0; i < r->n && (double)i < to; i++)
		sum += (double)r->low[i];
	return sum / (double)LOW_STEPS;
}

/* Take away the mean of half a second to either side, in place: `past` keeps the
 * values that were overwritten and still count. */
static enum qf_status sharpen(struct qf_rhythm *r, struct qf_err *e)
{
	size_t half = (size_t)(r->fps / 2), hi = 0, lo = 0;
	float *past = qf_alloc(half + 1, sizeof *past);
	double sum = 0;

	if (!past)
		return qf_fail(e, QF_ENOMEM, "rhythm: out of memory");
	for (size_t i = 0; i < r->n; i++) {
		float here = r->curve[i], above;

		for (; hi < r->n && hi < i + half; hi++)
			sum += (double)r->curve[hi];
		for (; lo + half < i; lo++)
			sum -= (double)past[lo % (half + 1)];
		past[i % (half + 1)] = here;
		above = here - (float)(sum / (double)(hi - lo));
		r->curve[i] = above > 0 ? above : 0;
	}
	qf_free(past);
	return QF_OK;
}

/* Highest within 35 ms and above the threshold; after an onset 50 ms of rest. */
static size_t count_onsets(const struct qf_rhythm *r)
{
	size_t near = (size_t)(0.035 * r->fps + 0.5), rest = (size_t)(0.05 * r->fps + 0.5), count = 0, next = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t from = i > near ? i - near : 0, to = i + near < r->n ? i + near : r->n - 1;
		int highest = i >= next && r->curve[i] > LEAST_ONSET;

		for (size_t j = from; highest && j <= to; j++)
			highest = j < i ? r->curve[j] < r->curve[i] : r->curve[j] <= r->curve[i];
		if (highest) {
			count++;
			next = i + rest;
		}
	}
	return count;
}

static enum qf_status set_candidates(const struct qf_tempo *t, struct qf_features *f, struct qf_err *e)
{
	f->tempo_candidates_bpm.v = qf_alloc(t->candidates, sizeof *f->tempo_candidates_bpm.v);
	if (!f->tempo_candidates_bpm.v)
		return qf_fail(e, QF_ENOMEM, "rhythm: out of memory");
	f->tempo_candidates_bpm.n = t->candidates;
	for (size_t i = 0; i < t->candidates; i++)
		f->tempo_candidates_bpm.v[i] = (float)t->candidate[i];
	return QF_OK;
}

enum qf_status qf_rhythm_finish(struct qf_rhythm *r, double duration_s, struct qf_features *f, struct qf_err *e)
{
	enum qf_status st = sharpen(r, e);
	struct qf_tempo *t = &r->tempo;

	if (st == QF_OK)
		st = qf_tempo_find(r->curve, r->low, r->n, r->fps, t, e);
	if (st != QF_OK)
		return st;
	f->onset_rate_hz = r->n && duration_s > 0 ? (double)count_onsets(r) / duration_s : 0;
	f->tempo_bpm = t->bpm;
	f->tempo_confidence = t->confidence;
	f->tempo_stability = t->stability;
	if (isnan(t->bpm))
		return QF_OK;
	st = set_candidates(t, f, e);
	return st == QF_OK ? qf_beats(r->curve, r->n, r->fps, t->bpm, r->offset_s, &f->beats_s, e) : st;
}
