/* How one track goes over into the next: by hand. */
#include "unit.h"

#include "playlist/camelot.h"
#include "station/mashup.h"
#include "station/transition.h"

#include <math.h>

enum { BEATS = 400 };

struct track { /* with room for what it owns */
	struct qf_entry entry;
	struct qf_features f;
	float beats[BEATS], bars[BEATS];
	int8_t curve[1000];
	struct qf_mix_track t;
};

/* A minute by a metronome from `from` on, in bars of four. */
static void metronome(struct track *t, double bpm, double from)
{
	memset(t, 0, sizeof *t);
	qf_features_init(&t->f);
	t->f.duration_s = 60;
	t->f.silence_head_s = t->f.silence_tail_s = 0;
	t->f.tempo_bpm = bpm;
	t->f.loudness_lufs = -14;
	t->f.beats_s.v = t->beats;
	t->f.downbeats_s.v = t->bars;
	for (size_t i = 0; i < BEATS && from + 60 / bpm * (double)i < 60; i++) {
		t->beats[t->f.beats_s.n++] = (float)(from + 60 / bpm * (double)i);
		if (i % 4 == 0)
			t->bars[t->f.downbeats_s.n++] = t->beats[i];
	}
	t->t = (struct qf_mix_track){ &t->entry, &t->f, 0 };
}

static struct qf_transition between(const struct track *a, const struct track *b)
{
	struct qf_transition t;

	qf_transition_find(&a->t, &b->t, &qf_transition_usual, &t);
	return t;
}

#define assert_near(x, y) assert_true(fabs((x) - (y)) < 0.0001)

/* Beats of 120 BPM from 0.5 s: number 118 is the last, at 59.5 s. Sixteen of them fit behind number 102, and number 100 is
 * the last bar line before that. 126 BPM are 5 % slower there. */
static void sixteen_beats_from_the_last_bar_line_that_has_room(void **state)
{
	static struct track a, b;
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 126, 0.3);
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_BEATS);
	assert_int_equal(t.why, QF_WHY_BEATS);
	assert_near(t.cue_out_s, 50.5);
	assert_near(t.cue_in_s, 0.3);
	assert_near(t.length_s, 8);
	assert_int_equal(t.beats, 16);
	assert_near(t.stretch, 1.05);
	assert_near(t.back_s, 8 / 1.05);
	assert_near(qf_transition_takes(&t), 16 / 1.05);
	assert_true(t.apart_s < 0.00001);
}

/* Beat p of the crossing lies at p / 2.1 of the one and p / 2 of the other; the way back takes as long as the crossing, 7.619 s, at
 * a mean speed of (1.05 + 1) / 2, and half of it 7.619 / 2 at (1.05 + 1.025) / 2. */
static void the_map_lays_beat_on_beat_and_leads_back(void **state)
{
	static struct track a, b;
	struct qf_knot knot[QF_KNOTS];
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 126, 0.3);
	t = between(&a, &b);
	assert_int_equal(qf_transition_knots(&t, &a.t, &b.t, knot), 16 + 1 + 8);
	for (size_t p = 0; p <= 16; p++) {
		assert_near(knot[p].in_s, (double)p / 2.1);
		assert_near(knot[p].mix_s, (double)p / 2);
	}
	assert_near(knot[20].mix_s, 8 + 8 / 1.05 / 2 * (1.05 + 1.025) / 2);
	assert_near(knot[24].in_s, 16 / 1.05);
	assert_near(knot[24].mix_s, 8 + 8 / 1.05 * (1.05 + 1) / 2);
}

static void the_same_tempo_is_not_stretched(void **state)
{
	static struct track a, b;
	struct qf_knot knot[QF_KNOTS];
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 120.01, 0.25); /* over 16 beats 0.7 ms */
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_BEATS);
	assert_true(t.stretch == 1);
	assert_true(t.back_s == 0);
	assert_near(t.apart_s, 16 * (0.5 - 60 / 120.01));
	assert_int_equal(qf_transition_knots(&t, &a.t, &b.t, knot), 0);
}

static void more_than_six_percent_is_a_crossfade_of_six_seconds(void **state)
{
	static struct track a, b;
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 127.3, 0.3); /* 6.08 % */
	a.f.silence_tail_s = 2;
	b.f.silence_head_s = 1.5;
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_FADE);
	assert_int_equal(t.why, QF_WHY_TEMPO);
	assert_near(t.cue_out_s, 60 - 2 - 6);
	assert_near(t.cue_in_s, 1.5);
	assert_near(t.length_s, 6);
	assert_int_equal(t.beats, 0);
	assert_true(isnan(t.apart_s));
}

/* Every second beat of the faster one counts. */
static void half_and_double_tempo_are_the_same(void **state)
{
	static struct track fast, slow;
	struct qf_knot knot[QF_KNOTS];
	struct qf_transition t;

	(void)state;
	metronome(&fast, 120, 0.5);
	metronome(&slow, 62, 0.3);
	t = between(&fast, &slow); /* 8 beats of 62 BPM over 16 of 120 */
	assert_int_equal(t.kind, QF_TRANSITION_BEATS);
	assert_int_equal(t.out_step, 2);
	assert_int_equal(t.in_step, 1);
	assert_int_equal(t.pairs, 8);
	assert_int_equal(t.beats, 16);
	assert_near(t.stretch, 62.0 / 60);
	assert_int_equal(qf_transition_knots(&t, &fast.t, &slow.t, knot), 8 + 1 + 8);
	assert_near(knot[1].in_s, 60.0 / 62);
	assert_near(knot[1].mix_s, 1);
	t = between(&slow, &fast); /* sixteen beats of 62 BPM take longer than a quarter of a minute: eight over 16 of 120 */
	assert_int_equal(t.kind, QF_TRANSITION_BEATS);
	assert_int_equal(t.in_step, 2);
	assert_int_equal(t.beats, 8);
	assert_near(t.length_s, 8 * 60.0 / 62);
	assert_near(t.stretch, 60.0 / 62);
}

/* Number 108 is the last bar line with eight beats behind it. */
static void keys_that_clash_cross_in_half_the_time(void **state)
{
	static struct track a, b;
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 120, 0.5);
	a.entry.camelot = "8A";
	b.entry.camelot = "9A";
	assert_near(between(&a, &b).length_s, 8);
	b.entry.camelot = "2B";
	t = between(&a, &b);
	assert_near(t.length_s, 4);
	assert_near(t.cue_out_s, 54.5);
	assert_near(t.key_price, 4);
	b.f.tempo_bpm = NAN;
	t = between(&a, &b);
	assert_int_equal(t.why, QF_WHY_NO_BEATS);
	assert_near(t.length_s, 3);
}

/* Beats that come 20 ms early and late by turns: lines through nine are 2.2 ms off to the same side, 17.8 are left. The first five have the
 * line of the first nine, 2.2 ms early, and those that are late are so by 22.2 ms. Of 60 ms at least 53 are left: too much. */
static void unsteady_beats_are_not_matched(void **state)
{
	static struct track a, b;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 120, 0.5);
	for (size_t i = 0; i < b.f.beats_s.n; i++)
		b.beats[i] += i % 2 ? 0.02f : -0.02f;
	b.f.downbeats_s.n = 0;
	assert_int_equal(between(&a, &b).kind, QF_TRANSITION_BEATS);
	assert_near(between(&a, &b).apart_s, 0.02 * (1 + 1.0 / 9));
	for (size_t i = 0; i < b.f.beats_s.n; i++)
		b.beats[i] += i % 2 ? 0.04f : -0.04f;
	assert_int_equal(between(&a, &b).why, QF_WHY_APART);
}

/* One that slows down from 120 to 118 BPM within the crossing, half a millisecond more at each beat, is followed: by the tempi alone it would be 68 ms late
 * at the end. */
static void drift_is_followed(void **state)
{
	static struct track a, b;
	struct qf_knot knot[QF_KNOTS];
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 120, 0.5);
	for (size_t i = 1; i < b.f.beats_s.n; i++)
		b.beats[i] = b.beats[i - 1] + (float)(0.5 + 0.0005 * (double)(i < 17 ? i : 17));
	for (size_t i = 0; i < b.f.downbeats_s.n; i++)
		b.bars[i] = b.beats[4 * i];
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_BEATS);
	assert_true(t.apart_s < 0.005);
	assert_int_equal(qf_transition_knots(&t, &a.t, &b.t, knot), 25);
	assert_near(knot[16].mix_s, 8);
	assert_true(fabs(knot[16].in_s - (8 + 0.0005 * 16 * 17 / 2)) < 0.005);
}

/* No crossing while the outgoing track is still under way from its own entrance. */
static void an_entrance_is_over_before_the_next_crossing(void **state)
{
	static struct track a, b;
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 120, 0.5);
	a.t.free_s = 51;
	t = between(&a, &b); /* of 9 s a quarter are four beats, the last four from a bar line at 56.5 s on */
	assert_int_equal(t.kind, QF_TRANSITION_BEATS);
	assert_int_equal(t.beats, 4);
	assert_near(t.cue_out_s, 56.5);
	a.t.free_s = 58;
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_FADE);
	assert_near(t.cue_out_s, 58);
	assert_near(t.length_s, 2);
	a.t.free_s = 60;
	assert_int_equal(between(&a, &b).why, QF_WHY_SHORT);
}

/* 120 s in 500 columns. Up to column 449 as loud as the whole, then 9 LU less: 10 % of 120 s earlier. */
static void a_long_tail_is_crossed_over(void **state)
{
	static struct track a, b;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 150, 0.5);
	a.f.duration_s = 120;
	a.f.loudness_curve = (struct qf_bytes){ a.curve, 1000 };
	for (size_t i = 0; i < 1000; i++)
		a.curve[i] = (int8_t)(i < 900 ? 36 : 0); /* -14 and -23 LUFS */
	assert_near(between(&a, &b).cue_out_s, 108 - 6);
	for (size_t i = 0; i < 1000; i++)
		a.curve[i] = (int8_t)(i < 900 ? 36 : 4); /* -22: within 8 LU */
	assert_near(between(&a, &b).cue_out_s, 120 - 6);
	for (size_t i = 0; i < 1000; i++)
		a.curve[i] = (int8_t)(i < 500 ? 36 : 0); /* never more than 30 s */
	assert_near(between(&a, &b).cue_out_s, 90 - 6);
}

static void neighbours_of_an_album_stay_as_they_are(void **state)
{
	static struct track a, b;
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 120, 0.5);
	a.entry.album = b.entry.album = "Live";
	a.entry.artist = b.entry.artist = "Ann";
	a.entry.track_no = 3;
	b.entry.track_no = 4;
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_GAPLESS);
	assert_true(isnan(t.cue_out_s));
	assert_true(t.length_s == 0 && t.cue_in_s == 0);
	assert_int_equal(between(&b, &a).kind, QF_TRANSITION_BEATS);
	a.entry.disc_no = 1;
	b.entry.disc_no = 2;
	assert_int_equal(between(&a, &b).kind, QF_TRANSITION_BEATS);
	b.entry.track_no = 1;
	assert_int_equal(between(&a, &b).kind, QF_TRANSITION_GAPLESS);
	b.entry.artist = "Bob";
	assert_int_equal(between(&a, &b).kind, QF_TRANSITION_BEATS);
}

static void what_is_not_known_is_not_made_up(void **state)
{
	static struct track a, b;
	struct qf_transition t;

	(void)state;
	metronome(&a, 120, 0.5);
	metronome(&b, 120, 0.5);
	b.t.features = NULL;
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_CUT);
	assert_int_equal(t.why, QF_WHY_UNKNOWN);
	assert_true(isnan(t.key_price));
	b.entry.duration_ms = 20000; /* a quarter of that */
	t = between(&a, &b);
	assert_int_equal(t.kind, QF_TRANSITION_FADE);
	assert_near(t.length_s, 5);
	b.entry.duration_ms = 100;
	assert_int_equal(between(&a, &b).why, QF_WHY_SHORT);
}

static void gains_lead_to_one_loudness(void **state)
{
	struct qf_features f;

	(void)state;
	qf_features_init(&f);
	assert_true(qf_mix_gain_db(NULL, false, -18) == 0);
	assert_true(qf_mix_gain_db(&f, false, -18) == 0);
	f.loudness_lufs = -12;
	assert_true(qf_mix_gain_db(&f, false, -18) == -6);
	assert_true(qf_mix_gain_db(&f, true, -18) == -6);
	f.album_loudness_lufs = -14;
	assert_true(qf_mix_gain_db(&f, true, -18) == -4);
	f.loudness_lufs = -45;
	assert_true(qf_mix_gain_db(&f, false, -18) == 20);
}

/* A semitone up from A minor is B flat minor. */
static void the_wheel_turns_seven_hours_a_semitone(void **state)
{
	struct qf_camelot a = qf_camelot_read("8A"), up = qf_camelot_shift(a, 1), down = qf_camelot_shift(a, -1);

	(void)state;
	assert_int_equal(up.hour + 1, 3);
	assert_int_equal(up.letter, 0);
	assert_int_equal(down.hour + 1, 1);
	assert_int_equal(qf_camelot_shift(up, -13).hour, a.hour);
	assert_int_equal(qf_camelot_read("13A").hour, -1);
	assert_int_equal(qf_camelot_shift(qf_camelot_read("x"), 5).hour, -1);
	assert_true(qf_camelot_price(a, qf_camelot_read("8B")) == 0.25);
	assert_true(isnan(qf_camelot_price(a, qf_camelot_read(""))));
}

/* 123 over 120 BPM are 2.5 % of 5: three quarters of the score. From 3A, B flat minor, a semitone down is A minor, 8A: 0.9 of it. */
static void mashups_are_stretched_and_moved_into_place(void **state)
{
	struct qf_mashup m;

	(void)state;
	assert_true(qf_mashup_find(120, "8A", 123, "8A", 0.05, &m));
	assert_near(m.score, 0.75);
	assert_near(m.stretch, 1.025);
	assert_int_equal(m.semitones, 0);
	assert_true(qf_mashup_find(120, "8A", 60, "3A", 0.05, &m));
	assert_int_equal(m.semitones, -1);
	assert_near(m.stretch, 1);
	assert_near(m.score, 0.9);
	assert_true(qf_mashup_find(120, "8A", 240, "9A", 0, &m)); /* a neighbour stays where it is */
	assert_int_equal(m.semitones, 0);
	assert_near(m.score, exp(-0.25 / 1.5));
	assert_true(qf_mashup_find(120, NULL, 120, "9A", 0.05, &m));
	assert_near(m.key_score, exp(-0.25 / 1.5));
	assert_false(qf_mashup_find(120, "8A", 126.1, "8A", 0.05, &m));
	assert_false(qf_mashup_find(120, "8A", NAN, "8A", 0.05, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixteen_beats_from_the_last_bar_line_that_has_room),
		cmocka_unit_test(the_map_lays_beat_on_beat_and_leads_back),
		cmocka_unit_test(the_same_tempo_is_not_stretched),
		cmocka_unit_test(more_than_six_percent_is_a_crossfade_of_six_seconds),
		cmocka_unit_test(half_and_double_tempo_are_the_same),
		cmocka_unit_test(keys_that_clash_cross_in_half_the_time),
		cmocka_unit_test(unsteady_beats_are_not_matched),
		cmocka_unit_test(drift_is_followed),
		cmocka_unit_test(an_entrance_is_over_before_the_next_crossing),
		cmocka_unit_test(a_long_tail_is_crossed_over),
		cmocka_unit_test(neighbours_of_an_album_stay_as_they_are),
		cmocka_unit_test(what_is_not_known_is_not_made_up),
		cmocka_unit_test(gains_lead_to_one_loudness),
		cmocka_unit_test(the_wheel_turns_seven_hours_a_semitone),
		cmocka_unit_test(mashups_are_stretched_and_moved_into_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
