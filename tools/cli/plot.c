#include "cli/plot.h"

#include "features/curve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All in pixels: panels of width WIDE under each other, one axis of time for all but the last row. */
enum { LEFT = 88, WIDE = 1060, TITLE = 36, SUBTITLE = 58, PARTS_TOP = 74, PARTS_HIGH = 172, WAVE_TOP = 96, WAVE_HIGH = 146, LOUD_TOP = 268, LOUD_HIGH = 124, BEATS_TOP = 406,
       BEATS_HIGH = 34, CHORDS_TOP = 450, CHORDS_HIGH = 34, AXIS_TOP = 490, LAST_TOP = 552, CHROMA_HIGH = 150, CHROMA_WIDE = 500,
       FIGURES_LEFT = 650, FIGURES_WIDE = 260, FIGURES_HIGH = 7, FIGURES_STEP = 26 };

enum { INK = 0x222222, GREY = 0x777777, PALE = 0xe4e4e4, BLUE = 0x2c5d8f, LIGHT_BLUE = 0xa9c4de, RED = 0xc0392b, ORANGE = 0xe08a1e };

static const struct canvas_font heading = { 19, 1, INK }, plain = { 12, 0, INK }, quiet = { 12, 0, GREY }, letter = { 14, 1, 0x555555 },
				small = { 11, 0, INK }, red = { 12, 1, RED }, figure = { 14, 0, INK }, value = { 14, 1, INK };

static const char *const pitch[12] = { "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B" };

static double x_of(const struct qf_features *f, double s)
{
	return LEFT + WIDE * fmin(s / f->duration_s, 1);
}

static void draw_line(struct canvas *c, double x0, double y0, double x1, double y1, unsigned rgb, double width)
{
	canvas_move(c, x0, y0);
	canvas_line(c, x1, y1);
	canvas_stroke(c, rgb, width);
}

static void put_name(struct canvas *c, double middle, const char *name)
{
	canvas_text(c, LEFT - 14, middle + 4, &quiet, CANVAS_RIGHT, name);
}

/* One part of a text START=LABEL … END=.; *text moves on. False at the end. */
struct part {
	double from, to;
	char label[16];
};

static int next_part(const char **text, struct part *p)
{
	char *end;
	const char *space;
	size_t n;

	if (!*text)
		return 0;
	p->from = strtod(*text, &end);
	space = *end == '=' ? strchr(end, ' ') : NULL;
	if (!space)
		return 0;
	n = (size_t)(space - end - 1) < sizeof p->label - 1 ? (size_t)(space - end - 1) : sizeof p->label - 1;
	memcpy(p->label, end + 1, n);
	p->label[n] = '\0';
	p->to = strtod(space + 1, NULL);
	*text = space + 1;
	return 1;
}

/* ---- waveform ------------------------------------------------------------------------------ */

static void draw_parts(struct canvas *c, const struct qf_features *f)
{
	static const unsigned fill[] = { 0xe8eef7, 0xf7efe3, 0xe9f4e6, 0xf6e6ee, 0xf3f3dc, 0xe6f3f3 };
	const char *text = f->segments;
	struct part p;

	while (next_part(&text, &p)) {
		double x = x_of(f, p.from), wide = x_of(f, p.to) - x;

		canvas_box(c, x, PARTS_TOP, wide, PARTS_HIGH, fill[(unsigned char)p.label[0] % 6]);
		if (wide > 16)
			canvas_text(c, x + 5, PARTS_TOP + 16, &letter, CANVAS_LEFT, p.label);
	}
}

static void draw_waveform(struct canvas *c, const struct qf_features *f)
{
	size_t n = f->waveform.n / 2;
	double middle = WAVE_TOP + WAVE_HIGH / 2.0, scale = WAVE_HIGH / 2.0 / 127, step = (double)WIDE / (double)(n ? n : 1);

	for (size_t i = 0; i < n; i++) {
		double x = LEFT + ((double)i + 0.5) * step;

		canvas_move(c, x, middle - f->waveform.v[2 * i + 1] * scale - 0.4);
		canvas_line(c, x, middle - f->waveform.v[2 * i] * scale + 0.4);
	}
	canvas_stroke(c, BLUE, step * 0.8);
	put_name(c, middle, "waveform");
}

/* A bracket under the 30 s that stand for the track. */
static void draw_preview(struct canvas *c, const struct qf_features *f)
{
	double from = x_of(f, f->preview_start_s), to = x_of(f, f->preview_start_s + 30), y = PARTS_TOP + PARTS_HIGH;

	if (isnan(f->preview_start_s))
		return;
	canvas_move(c, from, y - 7);
	canvas_line(c, from, y);
	canvas_line(c, to, y);
	canvas_line(c, to, y - 7);
	canvas_stroke(c, RED, 2);
	canvas_text(c, (from + to) / 2, y + 12, &red, CANVAS_CENTRE, "preview");
}

/* ---- loudness ------------------------------------------------------------------------------ */

struct scale { /* LUFS at the top and the bottom of the panel, multiples of ten */
	double top, bottom;
};

static double y_of(const struct scale *s, double lufs)
{
	return LOUD_TOP + LOUD_HIGH * (s->top - fmax(fmin(lufs, s->top), s->bottom)) / (s->top - s->bottom);
}

static double lufs_of(int8_t v)
{
	return v == QF_CURVE_NONE ? (double)-INFINITY : QF_CURVE_ZERO + QF_CURVE_STEP * v;
}

/* From above the loudest, but not under -30 LUFS, to 40 LU under that. */
static struct scale choose_scale(const struct qf_bytes *curve)
{
	double most = -30;

	for (size_t i = 0; i < curve->n; i++)
		most = fmax(most, lufs_of(curve->v[i]));
	most = 10 * ceil(most / 10);
	return (struct scale){ most, most - 40 };
}

static void draw_scale(struct canvas *c, const struct scale *s)
{
	for (double lufs = s->bottom; lufs <= s->top; lufs += 10) {
		char text[16];

		snprintf(text, sizeof text, "%.0f", lufs + 0.0);
		draw_line(c, LEFT, y_of(s, lufs), LEFT + WIDE, y_of(s, lufs), PALE, 1);
		canvas_text(c, LEFT - 14, y_of(s, lufs) + 4, &quiet, CANVAS_RIGHT, text);
	}
	canvas_text(c, 14, LOUD_TOP + LOUD_HIGH / 2.0 + 4, &quiet, CANVAS_LEFT, "LUFS");
}

static void draw_momentary(struct canvas *c, const struct qf_bytes *curve, const struct scale *s)
{
	size_t n = curve->n / 2;
	double step = (double)WIDE / (double)n;

	canvas_move(c, LEFT, LOUD_TOP + LOUD_HIGH);
	for (size_t i = 0; i < n; i++) {
		canvas_line(c, LEFT + (double)i * step, y_of(s, lufs_of(curve->v[2 * i])));
		canvas_line(c, LEFT + (double)(i + 1) * step, y_of(s, lufs_of(curve->v[2 * i])));
	}
	canvas_line(c, LEFT + WIDE, LOUD_TOP + LOUD_HIGH);
	canvas_fill(c, LIGHT_BLUE);
}

static void draw_short_term(struct canvas *c, const struct qf_bytes *curve, const struct scale *s)
{
	size_t n = curve->n / 2;
	double step = (double)WIDE / (double)n;
	int begun = 0;

	for (size_t i = 0; i < n; i++) {
		int8_t v = curve->v[2 * i + 1];

		if (v == QF_CURVE_NONE && !begun)
			continue;
		(begun ? canvas_line : canvas_move)(c, LEFT + ((double)i + 0.5) * step, y_of(s, lufs_of(v)));
		begun = 1;
	}
	canvas_stroke(c, BLUE, 1.6);
}

static void draw_key_to_loudness(struct canvas *c, const struct qf_features *f)
{
	double x = LEFT + 8, y = LOUD_TOP + LOUD_HIGH - 8;

	canvas_box(c, x - 4, y - 14, isnan(f->loudness_lufs) ? 204 : 296, 19, 0xffffff);
	canvas_box(c, x, y - 9, 18, 9, LIGHT_BLUE);
	canvas_text(c, x + 23, y, &small, CANVAS_LEFT, "momentary");
	draw_line(c, x + 100, y - 4, x + 118, y - 4, BLUE, 1.6);
	canvas_text(c, x + 123, y, &small, CANVAS_LEFT, "short-term");
	if (isnan(f->loudness_lufs))
		return;
	draw_line(c, x + 196, y - 4, x + 214, y - 4, ORANGE, 1.6);
	canvas_text(c, x + 219, y, &small, CANVAS_LEFT, "integrated");
}

static void draw_loudness(struct canvas *c, const struct qf_features *f)
{
	struct scale s = choose_scale(&f->loudness_curve);

	if (!f->loudness_curve.n)
		return;
	draw_scale(c, &s);
	draw_momentary(c, &f->loudness_curve, &s);
	if (!isnan(f->loudness_lufs))
		draw_line(c, LEFT, y_of(&s, f->loudness_lufs), LEFT + WIDE, y_of(&s, f->loudness_lufs), ORANGE, 1.6);
	draw_short_term(c, &f->loudness_curve, &s);
	draw_key_to_loudness(c, f);
}

/* ---- beats, chords, time ------------------------------------------------------------------- */

static void draw_ticks(struct canvas *c, const struct qf_features *f, const struct qf_floats *t, double high, unsigned rgb, double width)
{
	double least = t->n > 1 ? WIDE * (double)(t->v[t->n - 1] - t->v[0]) / f->duration_s / (double)(t->n - 1) : WIDE;

	for (size_t i = 0; i < t->n; i++) {
		canvas_move(c, x_of(f, (double)t->v[i]), BEATS_TOP + BEATS_HIGH - high);
		canvas_line(c, x_of(f, (double)t->v[i]), BEATS_TOP + BEATS_HIGH);
	}
	if (t->n)
		canvas_stroke(c, rgb, fmin(width, least / 2));
}

/* Fifths lie side by side on the circle of colours; minor is darker. Saturation 0.55. */
static unsigned colour_of(int root, int minor)
{
	double light = minor ? 0.66 : 0.80, chroma = (1 - fabs(2 * light - 1)) * 0.55, hue = root * 7 % 12 / 2.0;
	double second = chroma * (1 - fabs(fmod(hue, 2) - 1)), base = light - chroma / 2;
	const double wheel[6][3] = { { chroma, second, 0 }, { second, chroma, 0 }, { 0, chroma, second },
				     { 0, second, chroma }, { second, 0, chroma }, { chroma, 0, second } };
	unsigned rgb = 0;

	for (int i = 0; i < 3; i++)
		rgb = rgb << 8 | (unsigned)lrint(255 * (base + wheel[(int)hue][i]));
	return rgb;
}

static void draw_chords(struct canvas *c, const struct qf_features *f)
{
	const char *text = f->chords;
	struct part p;

	while (next_part(&text, &p)) {
		double x = x_of(f, p.from), wide = x_of(f, p.to) - x;
		int root = -1, minor = strstr(p.label, ":min") != NULL;

		p.label[strcspn(p.label, ":")] = '\0';
		for (int i = 0; i < 12; i++)
			root = strcmp(p.label, pitch[i]) == 0 ? i : root;
		canvas_box(c, x, CHORDS_TOP, wide, CHORDS_HIGH, root < 0 ? PALE : colour_of(root, minor));
		if (minor)
			strcat(p.label, "m");
		if (root >= 0 && wide > 7.0 * (double)strlen(p.label) + 4)
			canvas_text(c, x + wide / 2, CHORDS_TOP + CHORDS_HIGH / 2 + 4, &small, CANVAS_CENTRE, p.label);
	}
	put_name(c, CHORDS_TOP + CHORDS_HIGH / 2.0, "chords");
}

static void draw_axis(struct canvas *c, const struct qf_features *f)
{
	static const double steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600 };
	size_t k = 0;

	while (k + 1 < sizeof steps / sizeof *steps && f->duration_s / steps[k] > 16)
		k++;
	for (double t = 0; t <= f->duration_s; t += steps[k]) {
		char text[32];

		snprintf(text, sizeof text, "%d:%02d", (int)t / 60, (int)t % 60);
		draw_line(c, x_of(f, t), AXIS_TOP, x_of(f, t), AXIS_TOP + 6, GREY, 1);
		canvas_text(c, x_of(f, t), AXIS_TOP + 20, &quiet, CANVAS_CENTRE, text);
	}
	draw_line(c, LEFT, AXIS_TOP, LEFT + WIDE, AXIS_TOP, GREY, 1);
}

/* ---- the last row -------------------------------------------------------------------------- */

static void draw_chroma(struct canvas *c, const struct qf_features *f)
{
	double step = CHROMA_WIDE / 12.0, base = LAST_TOP + CHROMA_HIGH;
	size_t tonic = f->key ? strcspn(f->key, " ") : 0;

	canvas_text(c, LEFT, LAST_TOP - 12, &quiet, CANVAS_LEFT, f->key ? "pitch classes, the tonic in red" : "pitch classes");
	for (int i = 0; i < 12; i++) {
		double high = CHROMA_HIGH * (double)f->chroma[i];
		int is_tonic = tonic && tonic == strlen(pitch[i]) && strncmp(f->key, pitch[i], tonic) == 0;

		canvas_box(c, LEFT + i * step + 4, base - high, step - 8, high, is_tonic ? RED : 0x8fa3b8);
		canvas_text(c, LEFT + (i + 0.5) * step, base + 18, is_tonic ? &red : &plain, CANVAS_CENTRE, pitch[i]);
	}
	draw_line(c, LEFT, base, LEFT + CHROMA_WIDE, base, GREY, 1);
}

static void put_figures(struct canvas *c, const struct qf_features *f)
{
	const struct { const char *name; double v; const char *unit; int decimals; } figures[] = {
		{ "tempo", f->tempo_bpm, " BPM", 2 }, { "tempo confidence", f->tempo_confidence, "", 2 }, { "key strength", f->key_strength, "", 2 },
		{ "loudness", f->loudness_lufs, " LUFS", 1 }, { "loudness range", f->loudness_range_lu, " LU", 1 },
		{ "true peak", f->true_peak_dbtp, " dBTP", 1 }, { "stereo width", f->stereo_width, "", 2 },
		{ "energy", f->energy, "", 2 }, { "danceability", f->danceability, "", 2 }, { "acousticness", f->acousticness, "", 2 },
		{ "valence", f->valence, "", 2 }, { "arousal", f->arousal, "", 2 }, { "onsets", f->onset_rate_hz, " /s", 1 },
		{ "highest sound", f->cutoff_hz / 1000, " kHz", 1 },
	};

	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
		double x = FIGURES_LEFT + FIGURES_WIDE * (double)(i / FIGURES_HIGH), y = LAST_TOP + 4 + FIGURES_STEP * (double)(i % FIGURES_HIGH);
		char text[64] = "none";

		if (!isnan(figures[i].v))
			snprintf(text, sizeof text, "%.*f%s", figures[i].decimals, figures[i].v + 0.0, figures[i].unit);
		canvas_text(c, x, y, &figure, CANVAS_LEFT, figures[i].name);
		canvas_text(c, x + FIGURES_WIDE - 40, y, &value, CANVAS_RIGHT, text);
	}
}

/* "A minor (8A) · 128.00 BPM · -9.3 LUFS · 3:45 · happy, danceable" */
static void put_subtitle(struct canvas *c, const struct qf_features *f)
{
	struct qf_buf b = { 0 };

	qf_buf_puts(&b, f->key ? f->key : "no key");
	if (f->camelot)
		qf_buf_printf(&b, " (%s)", f->camelot);
	if (!isnan(f->tempo_bpm))
		qf_buf_printf(&b, " · %.2f BPM", f->tempo_bpm);
	if (!isnan(f->loudness_lufs))
		qf_buf_printf(&b, " · %.1f LUFS", f->loudness_lufs);
	if (f->duration_s > 0)
		qf_buf_printf(&b, " · %d:%02d", (int)f->duration_s / 60, (int)f->duration_s % 60);
	for (const char *p = f->moods; p && *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
		qf_buf_printf(&b, "%s%.*s", p == f->moods ? " · " : ", ", (int)strcspn(p, ","), p);
	if (!b.failed)
		canvas_text(c, LEFT, SUBTITLE, &figure, CANVAS_LEFT, b.p);
	qf_buf_free(&b);
}

void plot_features(struct canvas *c, const char *title, const struct qf_features *f)
{
	canvas_text(c, LEFT, TITLE, &heading, CANVAS_LEFT, title);
	put_subtitle(c, f);
	if (f->duration_s > 0) {
		draw_parts(c, f);
		draw_waveform(c, f);
		draw_preview(c, f);
		draw_loudness(c, f);
		put_name(c, BEATS_TOP + BEATS_HIGH / 2.0, "beats, bars");
		draw_ticks(c, f, &f->beats_s, BEATS_HIGH / 2.0, 0x999999, 1.2);
		draw_ticks(c, f, &f->downbeats_s, BEATS_HIGH, INK, 1.6);
		draw_chords(c, f);
		draw_axis(c, f);
	}
	draw_chroma(c, f);
	put_figures(c, f);
}
