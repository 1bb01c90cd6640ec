#include "station/transition.h"

#include "playlist/camelot.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define BEATS_LEAST 4
#define WINDOW 9        /* beats, of the straight line that a beat is moved to */
#define ON_BEAT_S 0.020 /* a bar line this near a beat is that beat */
#define TRIES_OUT 8     /* bar lines that are tried before beats are given up */
#define TRIES_IN 4
#define BACK_KNOTS 8
#define CURVE_ZERO (-23.0) /* as in features.tsv: quarters of a LU from here, pairs of momentary and short-term */
#define CURVE_STEP 0.25
#define CURVE_NONE (-127)
#define SQRT2 1.41421356237309505

const char *const qf_transition_kinds[] = { "gapless", "beatmatched", "crossfade", "cut" };
const char *const qf_transition_whys[] = {
	[QF_WHY_ALBUM] = "the next track of the same album",
	[QF_WHY_BEATS] = "beats on beats",
	[QF_WHY_NO_BEATS] = "no beats are known of one of them",
	[QF_WHY_TEMPO] = "the tempi are too far apart",
	[QF_WHY_APART] = "the beats are too unsteady to stay together",
	[QF_WHY_NO_ROOM] = "too few beats for a crossing on bar lines",
	[QF_WHY_SHORT] = "one of them is too short for a crossing",
	[QF_WHY_UNKNOWN] = "how long one of them lasts is not known",
};
const struct qf_transition_how qf_transition_usual = { 16, 6, 0.06 };

/* ---- a track's sound ---------------------------------------------------------------------------- */

struct part { /* what can be heard of a track */
	double from, to; /* to NaN: not known */
};

static double or_zero(double x)
{
	return isnan(x) ? 0 : x;
}

/* The end of the last column that is nearly as loud as the whole; NaN: there is none. */
static double long_tail(const struct qf_features *f)
{
	size_t n = f->loudness_curve.n / 2;
	double least = (f->loudness_lufs - QF_MIX_LONGTAIL_LU - CURVE_ZERO) / CURVE_STEP;

	while (n > 0 && (f->loudness_curve.v[2 * n - 2] == CURVE_NONE || !(f->loudness_curve.v[2 * n - 2] >= least)))
		n--;
	return n ? f->duration_s * (double)(2 * n) / (double)f->loudness_curve.n : NAN;
}

static struct part part_of(const struct qf_mix_track *t)
{
	const struct qf_features *f = t->features;
	struct part p = { 0, t->entry->duration_ms > 0 ? (double)t->entry->duration_ms / 1000 : NAN };
	double tail;

	if (!f || !(f->duration_s > 0))
		return p;
	p = (struct part){ or_zero(f->silence_head_s), f->duration_s - or_zero(f->silence_tail_s) };
	tail = long_tail(f);
	if (tail < p.to)
		p.to = fmax(tail, p.to - QF_MIX_TAIL_S);
	return p;
}

/* ---- albums --------------------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
	return a && b && *a && strcmp(a, b) == 0;
}

static bool follows(const struct qf_entry *a, const struct qf_entry *b)
{
	bool next = a->disc_no == b->disc_no ? b->track_no == a->track_no + 1 : b->disc_no == a->disc_no + 1 && b->track_no == 1;

	return a->track_no > 0 && next && same(a->album, b->album) &&
	       same(a->albumartist ? a->albumartist : a->artist, b->albumartist ? b->albumartist : b->artist);
}

/* ---- beats ---------------------------------------------------------------------------------------- */

struct side { /* of a crossing */
	const struct qf_floats *beats, *bars;
	struct part part;
	size_t step;
};

static double beat(const struct side *s, size_t i)
{
	return (double)s->beats->v[i];
}

/* On the straight line through it and its neighbours: in the middle their mean; a steady beat stays where it is. */
static double smooth(const struct side *s, size_t i)
{
	size_t n = s->beats->n, wide = n < WINDOW ? n : WINDOW, from = i < WINDOW / 2 ? 0 : i - WINDOW / 2;
	double middle = (double)(wide - 1) / 2, sum = 0, lean = 0, squares = 0;

	if (from + wide > n)
		from = n - wide;
	for (size_t k = 0; k < wide; k++) {
		double x = (double)k - middle;

		sum += beat(s, from + k);
		lean += x * beat(s, from + k);
		squares += x * x;
	}
	return sum / (double)wide + (squares > 0 ? lean / squares * ((double)(i - from) - middle) : 0);
}

static bool begins_bar(const struct side *s, size_t i)
{
	if (s->bars->n == 0)
		return true;
	for (size_t k = 0; k < s->bars->n; k++)
		if (fabs((double)s->bars->v[k] - beat(s, i)) < ON_BEAT_S)
			return true;
	return false;
}

/* The nth bar line from the beginning, or from the end, that has room for the crossing; SIZE_MAX: there is none. */
static size_t bar_in(const struct side *s, size_t pairs, size_t nth)
{
	for (size_t i = 0; i + pairs * s->step < s->beats->n; i++)
		if (beat(s, i) >= s->part.from - ON_BEAT_S && begins_bar(s, i) && nth-- == 0)
			return smooth(s, i + pairs * s->step) <= s->part.to ? i : SIZE_MAX;
	return SIZE_MAX;
}

static size_t bar_out(const struct side *s, size_t pairs, size_t nth)
{
	for (size_t i = s->beats->n; i-- > 0;)
		if (i + pairs * s->step < s->beats->n && smooth(s, i + pairs * s->step) <= s->part.to && begins_bar(s, i) && nth-- == 0)
			return smooth(s, i) >= s->part.from ? i : SIZE_MAX;
	return SIZE_MAX;
}

/* Seconds of pair p since the crossing began. */
static double at(const struct side *s, size_t first, size_t p)
{
	return smooth(s, first + p * s->step) - smooth(s, first);
}

static bool still(const struct side *a, size_t i, const struct side *b, size_t j, size_t pairs)
{
	for (size_t p = 1; p <= pairs; p++)
		if (fabs(at(a, i, p) - at(b, j, p)) >= QF_MIX_STILL_S)
			return false;
	return true;
}

static bool within_stretch(const struct side *a, size_t i, const struct side *b, size_t j, size_t pairs, double most)
{
	for (size_t p = 0; p < pairs; p++)
		if (fabs((at(a, i, p + 1) - at(a, i, p)) / (at(b, j, p + 1) - at(b, j, p)) - 1) > most)
			return false;
	return true;
}

/* The greatest distance between beats as they were heard, once the incoming ones have gone through the map. */
static double apart(const struct side *a, size_t i, const struct side *b, size_t j, size_t pairs, bool stretched)
{
	double most = 0, stretch = stretched ? at(a, i, pairs) / at(b, j, pairs) : 1;

	for (size_t p = 0; p <= pairs; p++) {
		size_t k = i + p * a->step, l = j + p * b->step;
		double knot = stretched ? at(a, i, p) : at(b, j, p), heard = knot + stretch * (beat(b, l) - smooth(b, l));

		most = fmax(most, fabs(heard - (beat(a, k) - smooth(a, i))));
	}
	return most;
}

/* Set the steps of both so that the tempi are as near as can be; the ratio that is left. */
static double fold(struct side *a, double bpm_a, struct side *b, double bpm_b)
{
	double ratio = bpm_b / bpm_a;

	a->step = ratio < 1 / SQRT2 ? 2 : 1;
	b->step = ratio > SQRT2 ? 2 : 1;
	return ratio * (double)a->step / (double)b->step;
}

static bool take(struct qf_transition *t, const struct side *a, size_t i, const struct side *b, size_t j, size_t pairs, double most)
{
	bool stretched = !still(a, i, b, j, pairs);
	double far;

	if (stretched && !within_stretch(a, i, b, j, pairs, most))
		return false;
	far = apart(a, i, b, j, pairs, stretched);
	if (far > QF_MIX_APART_S)
		return false;
	t->kind = QF_TRANSITION_BEATS;
	t->why = QF_WHY_BEATS;
	t->cue_out_s = smooth(a, i);
	t->cue_in_s = smooth(b, j);
	t->length_s = at(a, i, pairs);
	t->beats = (int)(pairs * a->step);
	t->stretch = stretched ? t->length_s / at(b, j, pairs) : 1;
	t->back_s = stretched ? at(b, j, pairs) : 0;
	t->apart_s = far;
	t->out_beat = i;
	t->in_beat = j;
	t->out_step = a->step;
	t->in_step = b->step;
	t->pairs = pairs;
	return true;
}

/* A crossing of so many pairs of beats: as late in the one and as early in the other as it can be. */
static enum qf_transition_why try_pairs(struct qf_transition *t, const struct side *a, const struct side *b, size_t pairs, double most)
{
	enum qf_transition_why why = QF_WHY_NO_ROOM;

	for (size_t tries = 0; tries < TRIES_OUT + TRIES_IN - 1; tries++)
		for (size_t in = 0; in < TRIES_IN && in <= tries; in++) {
			size_t i = tries - in < TRIES_OUT ? bar_out(a, pairs, tries - in) : SIZE_MAX, j = bar_in(b, pairs, in);

			if (i == SIZE_MAX || j == SIZE_MAX)
				continue;
			if (at(a, i, pairs) > fmin(QF_MIX_CROSSING_S, (a->part.to - a->part.from) / 4) ||
			    at(b, j, pairs) > (b->part.to - b->part.from) / 4)
				return QF_WHY_NO_ROOM;
			if (take(t, a, i, b, j, pairs, most))
				return QF_WHY_BEATS;
			why = QF_WHY_APART;
		}
	return why;
}

static enum qf_transition_why match_beats(struct qf_transition *t, const struct qf_mix_track *out, const struct qf_mix_track *in,
					  const struct part part[2], const struct qf_transition_how *how, int beats)
{
	struct side a = { .part = part[0] }, b = { .part = part[1] };
	enum qf_transition_why why = QF_WHY_NO_ROOM;
	double ratio;

	if (!out->features || !in->features || !(out->features->tempo_bpm > 0) || !(in->features->tempo_bpm > 0) ||
	    !out->features->beats_s.n || !in->features->beats_s.n)
		return QF_WHY_NO_BEATS;
	a.beats = &out->features->beats_s;
	a.bars = &out->features->downbeats_s;
	b.beats = &in->features->beats_s;
	b.bars = &in->features->downbeats_s;
	ratio = fold(&a, out->features->tempo_bpm, &b, in->features->tempo_bpm);
	if (fabs(ratio - 1) > how->stretch_max)
		return QF_WHY_TEMPO;
	a.part.from = fmax(a.part.from, out->free_s);
	for (beats = beats < BEATS_LEAST ? BEATS_LEAST : beats; why != QF_WHY_BEATS && beats >= BEATS_LEAST; beats /= 2)
		why = try_pairs(t, &a, &b, (size_t)beats / a.step, how->stretch_max);
	return why;
}

static struct qf_camelot key_of(const struct qf_mix_track *t)
{
	return qf_camelot_read(t->features && t->features->camelot ? t->features->camelot : t->entry->camelot);
}

/* ---- all together ------------------------------------------------------------------------------------ */

static void fade(struct qf_transition *t, const struct qf_mix_track *out, const struct part part[2], double length)
{
	double most = fmin(part[0].to - part[0].from, part[1].to - part[1].from) / 4;

	length = fmin(fmin(length, QF_MIX_CROSSING_S), fmin(most, part[0].to - out->free_s));
	if (!(length > 0.05)) {
		t->why = QF_WHY_SHORT;
		return;
	}
	t->kind = QF_TRANSITION_FADE;
	t->cue_out_s = part[0].to - length;
	t->length_s = length;
}

void qf_transition_find(const struct qf_mix_track *out, const struct qf_mix_track *in, const struct qf_transition_how *how,
			struct qf_transition *t)
{
	const struct part part[2] = { part_of(out), part_of(in) };
	bool clash;

	*t = (struct qf_transition){ .kind = QF_TRANSITION_CUT, .why = QF_WHY_UNKNOWN, .cue_out_s = NAN, .cue_in_s = part[1].from,
				     .stretch = 1, .apart_s = NAN };
	t->key_price = qf_camelot_price(key_of(out), key_of(in));
	clash = t->key_price > QF_CAMELOT_NEAR;
	if (follows(out->entry, in->entry)) {
		t->kind = QF_TRANSITION_GAPLESS;
		t->why = QF_WHY_ALBUM;
		t->cue_in_s = 0;
	} else if (!isnan(part[0].to) && !isnan(part[1].to)) {
		t->why = match_beats(t, out, in, part, how, clash ? how->beats / 2 : how->beats);
		if (t->kind != QF_TRANSITION_BEATS)
			fade(t, out, part, clash ? how->fade_s / 2 : how->fade_s);
	}
}

double qf_transition_takes(const struct qf_transition *t)
{
	return t->length_s / t->stretch + t->back_s;
}

size_t qf_transition_knots(const struct qf_transition *t, const struct qf_mix_track *out, const struct qf_mix_track *in,
			   struct qf_knot knot[QF_KNOTS])
{
	struct side a = { .step = t->out_step }, b = { .step = t->in_step };
	size_t n = 0;

	if (t->back_s <= 0)
		return 0;
	a.beats = &out->features->beats_s;
	b.beats = &in->features->beats_s;
	for (size_t p = 0; p <= t->pairs; p++)
		knot[n++] = (struct qf_knot){ at(&b, t->in_beat, p), at(&a, t->out_beat, p) };
	for (int i = 1; i <= BACK_KNOTS; i++) { /* the integral of a speed that goes from stretch to 1 along a straight line */
		double u = (double)i / BACK_KNOTS;

		knot[n++] = (struct qf_knot){ knot[t->pairs].in_s + t->back_s * u,
					      knot[t->pairs].mix_s + t->back_s * (t->stretch * u + (1 - t->stretch) * u * u / 2) };
	}
	return n;
}

double qf_mix_gain_db(const struct qf_features *f, bool in_album, double lufs)
{
	double loud = !f ? NAN : in_album && !isnan(f->album_loudness_lufs) ? f->album_loudness_lufs : f->loudness_lufs;

	return isnan(loud) ? 0 : fmin(lufs - loud, QF_MIX_BOOST_DB);
}
