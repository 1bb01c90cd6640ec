/* Tracks into one stream: when, how loud, and where beats fall. */
#include "signals.h"
#include "unit.h"

#include "station/mixer.h"

enum { RATE = 8000, CH = QF_MIX_CHANNELS };

struct tape { /* a source that reads a sound in two channels */
	struct sound s;
	size_t at;
};

static enum qf_status play(void *user, float *pcm, size_t frames, size_t *got, struct qf_err *e)
{
	struct tape *t = user;

	(void)e;
	*got = t->s.frames - t->at < frames ? t->s.frames - t->at : frames;
	memcpy(pcm, t->s.v + t->at * CH, *got * CH * sizeof *pcm);
	t->at += *got;
	return QF_OK;
}

struct heard { /* the left channel of all that came out, and of what went in */
	struct sound mix, out, in;
	size_t n, looked;
};

static enum qf_status keep(void *user, const float *pcm, size_t frames, struct qf_err *e)
{
	struct heard *h = user;

	(void)e;
	for (size_t i = 0; i < frames; i++)
		h->mix.v[h->n++] = pcm[i * CH];
	return QF_OK;
}

static void look(void *user, const float *out, const float *in, size_t frames)
{
	struct heard *h = user;

	for (size_t i = 0; i < frames; i++, h->looked++) {
		h->out.v[h->looked] = out ? out[i * CH] : 0;
		h->in.v[h->looked] = in ? in[i * CH] : 0;
	}
}

static struct heard heard_new(double seconds)
{
	return (struct heard){ sound_new(RATE, 1, seconds), sound_new(RATE, 1, seconds), sound_new(RATE, 1, seconds), 0, 0 };
}

static void heard_free(struct heard *h)
{
	sound_free(&h->mix);
	sound_free(&h->out);
	sound_free(&h->in);
}

/* Two tracks and how they cross, rendered. */
static struct heard render(struct tape *a, struct tape *b, const struct qf_transition *t, const struct qf_knot *knot, size_t n, double gain_db)
{
	struct heard h = heard_new(40);
	const struct qf_mix_sink sink = { keep, look, &h };
	const struct qf_mix_source first = { play, a }, second = { play, b };
	struct qf_mixer *m;
	struct qf_err e = { 0 };

	assert_ok(qf_mixer_open(&m, RATE, &sink, &e), e);
	assert_ok(qf_mixer_start(m, &first, gain_db, 0, &e), e);
	assert_ok(qf_mixer_cross(m, &second, gain_db, t, knot, n, &e), e);
	assert_ok(qf_mixer_finish(m, INFINITY, &e), e);
	assert_int_equal(h.n, h.looked);
	qf_mixer_close(m);
	return h;
}

static double rms(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sqrt(sum / (double)n);
}

/* 5 s and 4 s of noise that cross from 3 s on for 2 s, the second from its second 1 on: 3 + 2 + 1 s in all. */
static void a_crossing_is_as_loud_as_its_sides(void **state)
{
	struct tape a = { sound_new(RATE, CH, 5), 0 }, b = { sound_new(RATE, CH, 4), 0 };
	const struct qf_transition t = { .kind = QF_TRANSITION_FADE, .cue_out_s = 3, .cue_in_s = 1, .length_s = 2, .stretch = 1 };
	struct heard h;
	double before, within, behind;

	(void)state;
	sound_noise(&a.s, 0.2, 1);
	sound_noise(&b.s, 0.2, 2);
	h = render(&a, &b, &t, NULL, 0, 0);
	assert_int_equal(h.n, 6 * RATE);
	before = rms(h.mix.v, 3 * RATE);
	behind = rms(h.mix.v + 5 * RATE, RATE);
	assert_true(fabs(20 * log10(behind / before)) < 0.2);
	for (size_t part = 0; part < 4; part++) {
		within = rms(h.mix.v + 3 * RATE + part * RATE / 2, RATE / 2);
		assert_true(fabs(20 * log10(within / before)) < 0.3);
	}
	/* outside of the crossing nothing is touched */
	for (size_t i = 0; i < 3 * RATE; i++)
		assert_true(h.mix.v[i] == a.s.v[i * CH]);
	for (size_t i = 0; i < RATE; i++)
		assert_true(h.mix.v[5 * RATE + i] == b.s.v[(3 * RATE + i) * CH]);
	heard_free(&h);
	sound_free(&a.s);
	sound_free(&b.s);
}

static void gapless_is_one_behind_the_other_times_the_gain(void **state)
{
	struct tape a = { sound_new(RATE, CH, 1.01), 0 }, b = { sound_new(RATE, CH, 0.5), 0 };
	const struct qf_transition t = { .kind = QF_TRANSITION_GAPLESS, .cue_out_s = NAN, .stretch = 1 };
	struct heard h;

	(void)state;
	sound_noise(&a.s, 0.2, 1);
	sound_noise(&b.s, 0.2, 2);
	h = render(&a, &b, &t, NULL, 0, 20 * log10(0.5));
	assert_int_equal(h.n, a.s.frames + b.s.frames);
	for (size_t i = 0; i < h.n; i++)
		assert_true(fabsf(h.mix.v[i] - 0.5f * (i < a.s.frames ? a.s.v[i * CH] : b.s.v[(i - a.s.frames) * CH])) < 1e-6f);
	heard_free(&h);
	sound_free(&a.s);
	sound_free(&b.s);
}

/* The first ends at 2 s instead of 4: the next follows there, at full level. */
static void a_track_that_breaks_off_is_followed_at_once(void **state)
{
	struct tape a = { sound_new(RATE, CH, 2), 0 }, b = { sound_new(RATE, CH, 3), 0 };
	const struct qf_transition t = { .kind = QF_TRANSITION_FADE, .cue_out_s = 4, .cue_in_s = 0, .length_s = 1, .stretch = 1 };
	struct heard h;

	(void)state;
	sound_noise(&a.s, 0.2, 1);
	sound_noise(&b.s, 0.2, 2);
	h = render(&a, &b, &t, NULL, 0, 0);
	assert_int_equal(h.n, 5 * RATE);
	for (size_t i = 0; i < 3 * RATE; i++)
		assert_true(h.mix.v[2 * RATE + i] == b.s.v[i * CH]);
	heard_free(&h);
	sound_free(&a.s);
	sound_free(&b.s);
}

/* Two that are in phase add up to +3 dB in the middle of a crossing: 0.9 would be 1.27 there. */
static void peaks_stay_under_the_ceiling(void **state)
{
	struct tape a = { sound_new(RATE, CH, 4), 0 }, b = { sound_new(RATE, CH, 4), 0 };
	const struct qf_transition t = { .kind = QF_TRANSITION_FADE, .cue_out_s = 2, .cue_in_s = 0, .length_s = 2, .stretch = 1 };
	struct heard h;
	float most = 0;

	(void)state;
	sound_sine(&a.s, 0, 4, 200, 0.85, 0);
	sound_sine(&b.s, 0, 4, 200, 0.85, 0);
	h = render(&a, &b, &t, NULL, 0, 0);
	for (size_t i = 0; i < h.n; i++)
		most = fmaxf(most, fabsf(h.mix.v[i]));
	assert_true(20 * log10((double)most) < -1.1);
	assert_true(20 * log10((double)most) > -1.4);
	heard_free(&h);
	sound_free(&a.s);
	sound_free(&b.s);
}

/* The first of its samples that is half as loud as the loudest within 60 ms around. */
static double struck(const struct sound *s, double at)
{
	size_t from = (size_t)lround((at - 0.06) * RATE), n = (size_t)lround(0.12 * RATE);
	float most = 0;

	for (size_t i = 0; i < n; i++)
		most = fmaxf(most, fabsf(s->v[from + i]));
	for (size_t i = 0; i < n; i++)
		if (fabsf(s->v[from + i]) > most / 2)
			return (double)(from + i) / RATE;
	return 0;
}

/* Eight beats of 120 BPM from 4 s on, and 126 BPM from 0.2 s on: clicks fall on clicks, and 8 s behind the crossing the
 * track is itself again, bit for bit. */
static void beats_fall_on_beats(void **state)
{
	struct tape a = { sound_new(RATE, CH, 10), 0 }, b = { sound_new(RATE, CH, 20), 0 };
	struct qf_transition t = { .kind = QF_TRANSITION_BEATS, .cue_out_s = 4, .cue_in_s = 0.2, .length_s = 4, .stretch = 1.05 };
	struct qf_knot knot[17];
	struct heard h;
	size_t tail = 4 * RATE;

	(void)state;
	for (int k = 0; k <= 8; k++) {
		double u = k / 8.0, own = 8 * 60 / 126.0;

		knot[k] = (struct qf_knot){ k * 60 / 126.0, k * 0.5 };
		knot[8 + k] = (struct qf_knot){ own + own * u, 4 + own * (1.05 * u - 0.05 * u * u / 2) };
	}
	sound_clicks(&a.s, 0, 120, 0.4);
	sound_clicks(&b.s, 0.2, 126, 0.4);
	h = render(&a, &b, &t, knot, 17, 0);
	for (int k = 2; k <= 6; k++) {
		double at = 4 + 0.5 * k, out = struck(&h.out, at), in = struck(&h.in, at);

		if (fabs(out - in) > 0.005)
			fail_msg("beat %d: %.4f s and %.4f s", k, out, in);
	}
	/* both ends are the track's own */
	for (size_t i = 1; i <= tail; i++)
		assert_true(h.mix.v[h.n - i] == b.s.v[(b.s.frames - i) * CH]);
	/* 4 + the map's end + what is left of 20 s, but for what was moved to fit */
	assert_true(fabs((double)h.n / RATE - (4 + knot[16].mix_s + 20 - 0.2 - knot[16].in_s)) < 0.011);
	heard_free(&h);
	sound_free(&a.s);
	sound_free(&b.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crossing_is_as_loud_as_its_sides),
		cmocka_unit_test(gapless_is_one_behind_the_other_times_the_gain),
		cmocka_unit_test(a_track_that_breaks_off_is_followed_at_once),
		cmocka_unit_test(peaks_stay_under_the_ceiling),
		cmocka_unit_test(beats_fall_on_beats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
