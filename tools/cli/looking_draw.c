/* The picture of a transition. */
#include "cli/looking.h"

#include "features/curve.h"
#include "playlist/camelot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Pixels: panels of width WIDE under each other; all but the second have one axis of time. */
enum { LEFT = 88, WIDE = 1060, TITLE = 36, SUBTITLE = 60, BOTH_TOP = 84, BOTH_HIGH = 200, NEAR_TOP = 322, NEAR_HIGH = 150, MIX_TOP = 510, MIX_HIGH = 80,
       LOUD_TOP = 606, LOUD_HIGH = 110, AXIS_TOP = 726 };
enum { INK = 0x222222, GREY = 0x777777, PALE = 0xe4e4e4, SHADE = 0xf6f1e6, BLUE = 0x2c5d8f, LIGHT_BLUE = 0xa9c4de, RED = 0xc0392b, GREEN = 0x3d7a4a,
       ORANGE = 0xe08a1e };
#define NEAR_BEATS 4 /* of the close-up */
#define NEAR_LEAST_S 2.0

static const struct canvas_font heading = { 19, 1, INK }, plain = { 14, 0, INK }, quiet = { 12, 0, GREY }, blue = { 12, 1, BLUE }, green = { 12, 1, GREEN };

struct pane { /* a stretch of time on the sheet */
	double from_s, to_s;
	int top, high;
};

static double x_of(const struct pane *p, double s)
{
	return LEFT + WIDE * (s - p->from_s) / (p->to_s - p->from_s);
}

static void draw_line(struct canvas *c, double x0, double y0, double x1, double y1, unsigned rgb, double width)
{
	canvas_move(c, x0, y0);
	canvas_line(c, x1, y1);
	canvas_stroke(c, rgb, width);
}

static void put_name(struct canvas *c, double y, const struct canvas_font *f, const char *name)
{
	canvas_text(c, LEFT - 12, y + 4, f, CANVAS_RIGHT, name);
}

static void shade_crossing(struct canvas *c, const struct looking *k, const struct pane *p)
{
	double from = fmax(k->at_s, p->from_s), to = fmin(k->at_s + k->t.length_s, p->to_s);

	if (to > from)
		canvas_box(c, x_of(p, from), p->top, x_of(p, to) - x_of(p, from), p->high, SHADE);
}

/* ---- levels ------------------------------------------------------------------------------------------- */

/* From the base line, up for a positive height; as many columns of the level as fall on a pixel are one line. */
static void draw_level(struct canvas *c, const struct looking *k, const struct pane *p, const float *level, double base, double high, unsigned rgb)
{
	double step = (p->to_s - p->from_s) / WIDE * LOOKING_HZ, most = 0;

	for (size_t i = 0; i < k->columns; i++)
		most = fmax(most, (double)level[i]);
	if (most <= 0)
		return;
	for (int x = 0; x < WIDE; x++) {
		size_t from = (size_t)fmax(0, p->from_s * LOOKING_HZ + x * step), to = (size_t)fmax(0, p->from_s * LOOKING_HZ + (x + 1) * step);
		float v = 0;

		for (size_t i = from; (i < to || i == from) && i < k->columns; i++)
			v = fmaxf(v, level[i]);
		if (v <= 0)
			continue;
		canvas_move(c, LEFT + x + 0.5, base);
		canvas_line(c, LEFT + x + 0.5, base - high * (double)v / most);
	}
	canvas_stroke(c, rgb, 1);
}

static void draw_beats(struct canvas *c, const struct looking *k, const struct pane *p, int which, double from_y, double to_y, unsigned rgb, double width)
{
	for (size_t i = 0; i < k->n_beats[which]; i++) {
		double s = (double)k->beats_s[which][i];

		if (s >= p->from_s && s <= p->to_s)
			draw_line(c, x_of(p, s), from_y, x_of(p, s), to_y, rgb, width);
	}
}

/* cos or sin of a quarter turn over the crossing. */
static void draw_gain(struct canvas *c, const struct looking *k, const struct pane *p, double base, double high, int in)
{
	enum { STEPS = 40 };

	if (k->t.length_s <= 0)
		return;
	for (int i = 0; i <= STEPS; i++) {
		double u = (double)i / STEPS, gain = in ? sin(u * 1.5707963) : cos(u * 1.5707963);

		(i ? canvas_line : canvas_move)(c, x_of(p, k->at_s + u * k->t.length_s), base - high * gain);
	}
	canvas_stroke(c, ORANGE, 1.6);
}

/* The outgoing track upwards, the incoming one downwards: beats that meet meet at the middle. */
static void draw_both(struct canvas *c, const struct looking *k, const struct pane *p, int close_up)
{
	double middle = p->top + p->high / 2.0, high = p->high / 2.0 - 4;

	shade_crossing(c, k, p);
	if (close_up) {
		draw_beats(c, k, p, 0, p->top, middle, GREY, 1);
		draw_beats(c, k, p, 1, middle, p->top + p->high, GREY, 1);
	}
	draw_level(c, k, p, k->level[0], middle, high, BLUE);
	draw_level(c, k, p, k->level[1], middle, -high, GREEN);
	if (!close_up) {
		draw_beats(c, k, p, 0, p->top, p->top + 8, INK, 1);
		draw_beats(c, k, p, 1, p->top + p->high - 8, p->top + p->high, INK, 1);
		draw_gain(c, k, p, middle, high, 0);
		draw_gain(c, k, p, middle, -high, 1);
	}
	draw_line(c, LEFT, middle, LEFT + WIDE, middle, GREY, 1);
	put_name(c, middle - p->high / 4.0, &blue, "out");
	put_name(c, middle + p->high / 4.0, &green, "in");
}

/* A few beats around the middle of the crossing. */
static struct pane near_pane(const struct looking *k, double all_s)
{
	double wide = k->t.pairs ? NEAR_BEATS * k->t.length_s / (double)k->t.beats : NEAR_LEAST_S, middle = k->at_s + k->t.length_s / 2;

	wide = fmin(fmax(wide, NEAR_LEAST_S), all_s);
	middle = fmin(fmax(middle, wide / 2), all_s - wide / 2);
	return (struct pane){ middle - wide / 2, middle + wide / 2, NEAR_TOP, NEAR_HIGH };
}

/* ---- loudness ------------------------------------------------------------------------------------------- */

static double lufs_of(int8_t v)
{
	return v == QF_CURVE_NONE ? (double)-INFINITY : QF_CURVE_ZERO + QF_CURVE_STEP * v;
}

static void draw_loudness(struct canvas *c, const struct looking *k, const struct pane *p)
{
	const struct qf_bytes *curve = &k->of.loudness_curve;
	double top = isnan(k->of.loudness_lufs) ? -10 : 10 * ceil((k->of.loudness_lufs + 6) / 10), bottom = top - 30;
	size_t n = curve->n / 2;
	int begun = 0;

	shade_crossing(c, k, p);
	for (double lufs = bottom; lufs <= top; lufs += 10) {
		char text[16];
		double y = p->top + p->high * (top - lufs) / (top - bottom);

		snprintf(text, sizeof text, "%.0f", lufs + 0.0);
		draw_line(c, LEFT, y, LEFT + WIDE, y, PALE, 1);
		put_name(c, y, &quiet, text);
	}
	for (int shortterm = 0; shortterm < 2; shortterm++, begun = 0) {
		for (size_t i = 0; i < n; i++) {
			double lufs = lufs_of(curve->v[2 * i + (size_t)shortterm]), y = p->top + p->high * (top - fmax(fmin(lufs, top), bottom)) / (top - bottom);

			if (!begun && lufs < bottom)
				continue;
			(begun ? canvas_line : canvas_move)(c, LEFT + WIDE * ((double)i + 0.5) / (double)n, y);
			begun = 1;
		}
		canvas_stroke(c, shortterm ? BLUE : LIGHT_BLUE, shortterm ? 1.8 : 1);
	}
	canvas_text(c, LEFT + 8, p->top + p->high - 8, &quiet, CANVAS_LEFT, "LUFS: momentary pale, short-term dark");
}

static void draw_axis(struct canvas *c, const struct pane *p)
{
	double step = p->to_s - p->from_s > 60 ? 10 : 2;

	draw_line(c, LEFT, AXIS_TOP, LEFT + WIDE, AXIS_TOP, GREY, 1);
	for (double s = 0; s <= p->to_s; s += step) {
		char text[16];

		snprintf(text, sizeof text, "%.0f s", s);
		draw_line(c, x_of(p, s), AXIS_TOP, x_of(p, s), AXIS_TOP + 6, GREY, 1);
		canvas_text(c, x_of(p, s), AXIS_TOP + 20, &quiet, CANVAS_CENTRE, text);
	}
}

/* ---- words ---------------------------------------------------------------------------------------------- */

static const char *title_of(const struct qf_entry *t)
{
	const char *slash = t->path ? strrchr(t->path, '/') : NULL;

	return t->title ? t->title : slash ? slash + 1 : "?";
}

static void put_words(struct canvas *c, const struct looking *k)
{
	const struct qf_transition *t = &k->t;
	struct qf_buf b = { 0 };

	qf_buf_printf(&b, "%s → %s", title_of(k->entry[0]), title_of(k->entry[1]));
	if (!b.failed)
		canvas_text(c, LEFT, TITLE, &heading, CANVAS_LEFT, b.p);
	qf_buf_clear(&b);
	qf_buf_printf(&b, "%s: %s · %.1f s", qf_transition_kinds[t->kind], qf_transition_whys[t->why], t->length_s);
	if (t->kind == QF_TRANSITION_BEATS)
		qf_buf_printf(&b, " · %d beats, at most %.1f ms apart · stretched to %.1f %%", t->beats, 1000 * t->apart_s, 100 * t->stretch);
	if (!isnan(t->key_price))
		qf_buf_printf(&b, " · keys %s", t->key_price > QF_CAMELOT_NEAR ? "clash" : t->key_price > 0 ? "are near" : "are the same");
	if (!isnan(k->of.true_peak_dbtp))
		qf_buf_printf(&b, " · %.1f LUFS, %.1f dBTP", k->of.loudness_lufs, k->of.true_peak_dbtp);
	if (!b.failed)
		canvas_text(c, LEFT, SUBTITLE, &plain, CANVAS_LEFT, b.p);
	qf_buf_free(&b);
}

void looking_draw(const struct looking *k, struct canvas *c)
{
	double all_s = (double)k->columns / LOOKING_HZ;
	const struct pane both = { 0, all_s, BOTH_TOP, BOTH_HIGH }, near = near_pane(k, all_s), mix = { 0, all_s, MIX_TOP, MIX_HIGH },
			  loud = { 0, all_s, LOUD_TOP, LOUD_HIGH };
	char text[64];

	put_words(c, k);
	draw_both(c, k, &both, 0);
	draw_both(c, k, &near, 1);
	snprintf(text, sizeof text, "close up: %.2f s to %.2f s; lines are beats", near.from_s, near.to_s);
	canvas_text(c, LEFT, NEAR_TOP - 8, &quiet, CANVAS_LEFT, text);
	shade_crossing(c, k, &mix);
	draw_level(c, k, &mix, k->level[2], MIX_TOP + MIX_HIGH / 2.0, MIX_HIGH / 2.0, INK);
	draw_level(c, k, &mix, k->level[2], MIX_TOP + MIX_HIGH / 2.0, -MIX_HIGH / 2.0, INK);
	put_name(c, MIX_TOP + MIX_HIGH / 2.0, &quiet, "mix");
	draw_loudness(c, k, &loud);
	draw_axis(c, &both);
}
