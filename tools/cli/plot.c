#include "cli/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All in pixels: one column of width WIDE beside the left margin, panels under each other. */
enum { LEFT = 60, WIDE = 1000, WAVE_TOP = 70, WAVE_HIGH = 160, BEATS_TOP = 240, BEATS_HIGH = 30, CHORDS_TOP = 285, CHORDS_HIGH = 36,
       AXIS_TOP = 340, CHROMA_TOP = 385, CHROMA_HIGH = 130, CHROMA_WIDE = 480,
       FIGURES_LEFT = 600, FIGURES_HIGH = 7, HIGH = 560 };

static const char *const pitch[12] = { "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B" };

static double x_of(const struct qf_features *f, double s)
{
	return LEFT + WIDE * s / f->duration_s;
}

static void put_escaped(struct qf_buf *b, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '<': qf_buf_puts(b, "&lt;"); break;
		case '>': qf_buf_puts(b, "&gt;"); break;
		case '&': qf_buf_puts(b, "&amp;"); break;
		default: qf_buf_putc(b, (unsigned char)*s < 0x20 ? ' ' : *s);
		}
}

static void put_label(struct qf_buf *b, double x, double y, const char *class, const char *text)
{
	qf_buf_printf(b, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	put_escaped(b, text);
	qf_buf_puts(b, "</text>\n");
}

static void put_box(struct qf_buf *b, double x, double y, double w, double h, const char *fill)
{
	qf_buf_printf(b, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, w, h, fill);
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

static void draw_parts(struct qf_buf *b, const struct qf_features *f)
{
	static const char *const fill[] = { "#e8eef7", "#f7efe3", "#e9f4e6", "#f6e6ee", "#f3f3dc", "#e6f3f3" };
	const char *text = f->segments;
	struct part p;

	while (next_part(&text, &p)) {
		double x = x_of(f, p.from);

		put_box(b, x, WAVE_TOP, x_of(f, p.to) - x, WAVE_HIGH, fill[(unsigned char)p.label[0] % 6]);
		put_label(b, x + 4, WAVE_TOP + 14, "part", p.label);
	}
}

static void draw_waveform(struct qf_buf *b, const struct qf_features *f)
{
	size_t n = f->waveform.n / 2;
	double middle = WAVE_TOP + WAVE_HIGH / 2.0, scale = WAVE_HIGH / 2.0 / 127;

	if (n)
		qf_buf_puts(b, "<path class=\"wave\" d=\"");
	for (size_t i = 0; i < n; i++)
		qf_buf_printf(b, "M%.1f %.1fV%.1f", LEFT + ((double)i + 0.5) * WIDE / (double)n, middle - f->waveform.v[2 * i + 1] * scale,
			      middle - f->waveform.v[2 * i] * scale + 0.5);
	if (n)
		qf_buf_puts(b, "\"/>\n");
	if (!isnan(f->preview_start_s)) {
		double x = x_of(f, f->preview_start_s), w = fmin(30, f->duration_s - f->preview_start_s) * WIDE / f->duration_s;

		qf_buf_printf(b, "<rect class=\"preview\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", x, WAVE_TOP + 1, w, WAVE_HIGH - 2);
		put_label(b, x + 3, WAVE_TOP + WAVE_HIGH - 6, "small", "preview");
	}
}

static void draw_ticks(struct qf_buf *b, const struct qf_features *f, const struct qf_floats *t, double high, const char *class)
{
	if (!t->n)
		return;
	qf_buf_printf(b, "<path class=\"%s\" d=\"", class);
	for (size_t i = 0; i < t->n; i++)
		qf_buf_printf(b, "M%.1f %.1fV%d", x_of(f, (double)t->v[i]), BEATS_TOP + BEATS_HIGH - high, BEATS_TOP + BEATS_HIGH);
	qf_buf_puts(b, "\"/>\n");
}

/* Fifths lie side by side on the circle of colours; minor is darker. */
static void draw_chords(struct qf_buf *b, const struct qf_features *f)
{
	const char *text = f->chords;
	struct part p;

	while (next_part(&text, &p)) {
		char fill[40];
		double x = x_of(f, p.from), w = x_of(f, p.to) - x;
		int root = -1, minor = strstr(p.label, ":min") != NULL;
		char *colon = strchr(p.label, ':');

		if (colon)
			*colon = '\0';
		for (int i = 0; i < 12; i++)
			root = strcmp(p.label, pitch[i]) == 0 ? i : root;
		if (root < 0)
			strcpy(fill, "#dddddd");
		else
			snprintf(fill, sizeof fill, "hsl(%d,60%%,%d%%)", root * 7 % 12 * 30, minor ? 55 : 75);
		put_box(b, x, CHORDS_TOP, w, CHORDS_HIGH, fill);
		if (w > 18 && root >= 0) {
			strcat(p.label, minor ? "m" : "");
			put_label(b, x + 2, CHORDS_TOP + 22, "small", p.label);
		}
	}
}

static void draw_axis(struct qf_buf *b, const struct qf_features *f)
{
	static const double steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600 };
	size_t k = 0;

	while (k + 1 < sizeof steps / sizeof *steps && f->duration_s / steps[k] > 16)
		k++;
	for (double t = 0; t <= f->duration_s; t += steps[k]) {
		char text[32];

		snprintf(text, sizeof text, "%d:%02d", (int)t / 60, (int)t % 60);
		qf_buf_printf(b, "<path class=\"axis\" d=\"M%.1f %dv6\"/>\n", x_of(f, t), AXIS_TOP - 14);
		put_label(b, x_of(f, t) - 10, AXIS_TOP + 6, "small", text);
	}
}

static void draw_chroma(struct qf_buf *b, const struct qf_features *f)
{
	double step = CHROMA_WIDE / 12.0, base = CHROMA_TOP + CHROMA_HIGH;
	size_t tonic = f->key ? strcspn(f->key, " ") : 0;

	for (int i = 0; i < 12; i++) {
		double high = CHROMA_HIGH * (double)f->chroma[i];
		int is_tonic = tonic == strlen(pitch[i]) && strncmp(f->key, pitch[i], tonic) == 0;

		put_box(b, LEFT + i * step + 3, base - high, step - 6, high, is_tonic ? "#c0392b" : "#7f8fa6");
		put_label(b, LEFT + i * step + step / 2 - 6, base + 16, "small", pitch[i]);
	}
}

static void put_figures(struct qf_buf *b, const struct qf_features *f)
{
	const struct { const char *name; double v; const char *unit; int decimals; } figures[] = {
		{ "key strength", f->key_strength, "", 2 }, { "tempo", f->tempo_bpm, " BPM", 2 },
		{ "tempo confidence", f->tempo_confidence, "", 2 }, { "loudness", f->loudness_lufs, " LUFS", 1 },
		{ "loudness range", f->loudness_range_lu, " LU", 1 }, { "true peak", f->true_peak_dbtp, " dBTP", 1 },
		{ "energy", f->energy, "", 2 }, { "danceability", f->danceability, "", 2 }, { "acousticness", f->acousticness, "", 2 },
		{ "valence", f->valence, "", 2 }, { "arousal", f->arousal, "", 2 }, { "stereo width", f->stereo_width, "", 2 },
	};
	char text[96];

	snprintf(text, sizeof text, "key: %s%s%s%s", f->key ? f->key : "none", f->camelot ? " (" : "", f->camelot ? f->camelot : "",
		 f->camelot ? ")" : "");
	put_label(b, FIGURES_LEFT, CHROMA_TOP + 4, "figure", text);
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
		size_t place = i + 1; /* the key is the first */

		if (isnan(figures[i].v))
			snprintf(text, sizeof text, "%s: none", figures[i].name);
		else
			snprintf(text, sizeof text, "%s: %.*f%s", figures[i].name, figures[i].decimals, figures[i].v + 0.0, figures[i].unit);
		put_label(b, FIGURES_LEFT + (place < FIGURES_HIGH ? 0 : 240), CHROMA_TOP + 4 + 20.0 * (double)(place % FIGURES_HIGH), "figure", text);
	}
}

void plot_features(struct qf_buf *out, const char *title, const struct qf_features *f)
{
	qf_buf_printf(out,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">\n"
		      "<style>.title{font-size:18px;font-weight:bold}.part{font-size:13px;font-weight:bold;fill:#555}.small{font-size:11px;fill:#333}"
		      ".figure{font-size:14px}.wave{stroke:#2c5d8f;stroke-width:1.6}.preview{fill:none;stroke:#c0392b;stroke-width:1.5}"
		      ".beats{stroke:#999;stroke-width:0.8}.bars{stroke:#222;stroke-width:1.2}.axis{stroke:#333;stroke-width:1}</style>\n",
		      WIDE + 2 * LEFT, HIGH, WIDE + 2 * LEFT, HIGH);
	put_box(out, 0, 0, WIDE + 2 * LEFT, HIGH, "#ffffff");
	put_label(out, LEFT, 36, "title", title);
	if (f->duration_s > 0) {
		draw_parts(out, f);
		draw_waveform(out, f);
		draw_ticks(out, f, &f->beats_s, BEATS_HIGH / 2.0, "beats");
		draw_ticks(out, f, &f->downbeats_s, BEATS_HIGH, "bars");
		draw_chords(out, f);
		draw_axis(out, f);
	}
	put_label(out, 8, BEATS_TOP + 20, "small", "beats");
	put_label(out, 8, CHORDS_TOP + 22, "small", "chords");
	put_label(out, LEFT, CHROMA_TOP - 12, "small", f->key ? "pitch classes; the tonic in red" : "pitch classes");
	draw_chroma(out, f);
	put_figures(out, f);
	qf_buf_puts(out, "</svg>\n");
}
