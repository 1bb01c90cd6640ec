#include "cli/looking.h"

#include "base/alloc.h"
#include "station/mixer.h"

#include <math.h>

enum qf_status looking_open(struct looking *k, int rate_hz, double seconds, struct qf_err *e)
{
	*k = (struct looking){ .rate_hz = rate_hz, .room = (size_t)(seconds * LOOKING_HZ) };
	qf_features_init(&k->of);
	for (int i = 0; i < 3; i++)
		if ((k->level[i] = qf_zalloc(k->room, sizeof *k->level[i])) == NULL)
			return qf_fail(e, QF_ENOMEM, "out of memory for a picture");
	return qf_loudness_open(&k->loudness, rate_hz, QF_MIX_CHANNELS, e);
}

void looking_close(struct looking *k)
{
	for (int i = 0; i < 3; i++)
		qf_free(k->level[i]);
	qf_free(k->beats_s[0]);
	qf_free(k->beats_s[1]);
	qf_loudness_close(k->loudness);
	if (k->rate_hz)
		qf_features_free(&k->of);
	*k = (struct looking){ 0 };
}

static void fill(struct looking *k, float *level, int64_t at, const float *pcm, size_t frames)
{
	for (size_t i = 0; pcm && i < frames; i++) {
		size_t column = (size_t)((at + (int64_t)i) * LOOKING_HZ / k->rate_hz);
		float most = fmaxf(fabsf(pcm[QF_MIX_CHANNELS * i]), fabsf(pcm[QF_MIX_CHANNELS * i + 1]));

		if (column < k->room)
			level[column] = fmaxf(level[column], most);
	}
}

void looking_see(struct looking *k, const float *odd, const float *even, size_t frames)
{
	fill(k, k->level[0], k->seen, odd, frames);
	fill(k, k->level[1], k->seen, even, frames);
	k->seen += (int64_t)frames;
}

enum qf_status looking_hear(struct looking *k, const float *pcm, size_t frames, struct qf_err *e)
{
	fill(k, k->level[2], k->heard, pcm, frames);
	k->heard += (int64_t)frames;
	return qf_loudness_feed(k->loudness, pcm, frames, e);
}

/* The incoming track's clock, from the crossing's beginning, to that of the mix; behind the map it runs as it does. */
static double on_map(const struct qf_knot *knot, size_t n, double s)
{
	for (size_t i = 1; i < n; i++)
		if (s < knot[i].in_s)
			return knot[i - 1].mix_s + (s - knot[i - 1].in_s) * (knot[i].mix_s - knot[i - 1].mix_s) / (knot[i].in_s - knot[i - 1].in_s);
	return n && s >= 0 ? knot[n - 1].mix_s + s - knot[n - 1].in_s : s;
}

static enum qf_status put_beats(struct looking *k, int which, const struct looking_side *side, const struct qf_knot *knot, size_t n,
				double at_s, double until_s, struct qf_err *e)
{
	const struct qf_floats *beats = side->track->features ? &side->track->features->beats_s : NULL;

	if (!beats || !beats->n)
		return QF_OK;
	k->beats_s[which] = qf_alloc(beats->n, sizeof *k->beats_s[which]);
	if (!k->beats_s[which])
		return qf_fail(e, QF_ENOMEM, "out of memory for a picture");
	for (size_t i = 0; i < beats->n; i++) {
		double s = at_s + on_map(knot, n, (double)beats->v[i] - side->from_s);

		if (s >= at_s && s <= until_s)
			k->beats_s[which][k->n_beats[which]++] = (float)s;
	}
	return QF_OK;
}

enum qf_status looking_at(struct looking *k, const struct qf_transition *t, const struct looking_side side[2], double at_s, struct qf_err *e)
{
	struct qf_knot knot[QF_KNOTS];
	size_t n = qf_transition_knots(t, side[0].track, side[1].track, knot);

	k->t = *t;
	k->at_s = at_s;
	k->columns = (size_t)(k->seen * LOOKING_HZ / k->rate_hz);
	if (k->columns > k->room)
		k->columns = k->room;
	k->entry[0] = side[0].entry;
	k->entry[1] = side[1].entry;
	if (put_beats(k, 0, &side[0], NULL, 0, 0, at_s + t->length_s, e) ||
	    put_beats(k, 1, &side[1], knot, n, at_s, (double)k->columns / LOOKING_HZ, e))
		return e->code;
	return qf_loudness_finish(k->loudness, &k->of, e);
}
