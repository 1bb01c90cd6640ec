#include "features/form.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "dsp/stats.h"
#include "features/chords.h"
#include "features/downbeats.h"
#include "features/structure.h"

#include <math.h>
#include <string.h>

#define LEAST_BEATS 8
#define GRID_S 0.5
#define LEAST_SPAN_S 0.1

struct form {
	const struct qf_chromagram *chromagram;
	const struct qf_rhythm *rhythm;
	const struct qf_series *series;
	double tuning;           /* semitones */
	size_t n;                /* spans */
	double *edge;            /* edge[n + 1], s */
	float (*chroma)[12];     /* of each span */
	uint8_t *chord;
	size_t first_beat;       /* span that begins with beat 0; n without beats */
	struct qf_bars bars;
};

/* ---- the grid -------------------------------------------------------------------------- */

static enum qf_status make_grid(struct form *m, const struct qf_features *f, struct qf_err *e)
{
	size_t beats = f->beats_s.n >= LEAST_BEATS ? f->beats_s.n : 0;
	size_t most = beats ? beats + 1 : (size_t)(f->duration_s / GRID_S) + 1;

	m->edge = qf_alloc(most + 1, sizeof *m->edge);
	m->chroma = qf_alloc(most, sizeof *m->chroma);
	m->chord = qf_alloc(most, sizeof *m->chord);
	if (!m->edge || !m->chroma || !m->chord)
		return qf_fail(e, QF_ENOMEM, "form: out of memory for %zu spans", most);
	m->edge[m->n = 0] = 0;
	for (size_t i = 0; i < beats; i++) {
		double t = (double)f->beats_s.v[i];

		if (i > 0 || t >= LEAST_SPAN_S)
			m->n++;
		if (t < f->duration_s)
			m->edge[m->n] = m->n ? t : 0;
	}
	m->first_beat = beats ? m->n - (beats - 1) : 0;
	if (!beats)
		while ((double)(m->n + 1) * GRID_S < f->duration_s) {
			m->n++;
			m->edge[m->n] = (double)m->n * GRID_S;
		}
	m->edge[++m->n] = f->duration_s;
	if (!beats)
		m->first_beat = m->n;
	for (size_t i = 0; i < m->n; i++)
		qf_chromagram_read(m->chromagram, m->edge[i], m->edge[i + 1], m->tuning, m->chroma[i]);
	return QF_OK;
}

/* ---- texts of the kind START=LABEL … END=. ----------------------------------------------- */

static void put_part(struct qf_buf *b, double start_s, const char *label)
{
	qf_buf_printf(b, "%s%.3f=%s", b->len ? " " : "", start_s, label);
}

static enum qf_status end_parts(struct qf_buf *b, double end_s, char **out, struct qf_err *e)
{
	enum qf_status st;

	put_part(b, end_s, ".");
	st = qf_buf_check(b, e);
	if (st == QF_OK)
		*out = b->p;
	else
		qf_buf_free(b);
	return st;
}

/* ---- chords ----------------------------------------------------------------------------- */

static enum qf_status find_chords(struct form *m, struct qf_features *f, struct qf_err *e)
{
	struct qf_buf text = {0};
	enum qf_status st = qf_chords_find((const float (*)[12])m->chroma, m->n, m->chord, &f->chords_confidence, e);

	if (st != QF_OK)
		return st;
	for (size_t i = 0; i < m->n; i++)
		if (i == 0 || m->chord[i] != m->chord[i - 1])
			put_part(&text, m->edge[i], qf_chords_name(m->chord[i]));
	return end_parts(&text, f->duration_s, &f->chords, e);
}

/* ---- bars ------------------------------------------------------------------------------- */

static float change(const float a[12], const float b[12])
{
	return 1 - qf_dot(a, b, 12) / (sqrtf(qf_dot(a, a, 12) * qf_dot(b, b, 12)) + 1e-9f);
}

static enum qf_status find_bars(struct form *m, struct qf_features *f, struct qf_err *e)
{
	size_t beats = m->n - m->first_beat, bars;
	float (*accent)[2];

	if (!beats)
		return QF_OK;
	accent = qf_alloc(beats, sizeof *accent);
	if (!accent)
		return qf_fail(e, QF_ENOMEM, "form: out of memory for %zu beats", beats);
	for (size_t i = 0; i < beats; i++) {
		size_t at = m->first_beat + i;

		accent[i][0] = at ? change(m->chroma[at], m->chroma[at - 1]) : 0;
		accent[i][1] = (float)qf_rhythm_low(m->rhythm, m->edge[at] - 0.05, m->edge[at] + 0.1);
	}
	m->bars = qf_downbeats_find((const float (*)[2])accent, beats);
	qf_free(accent);
	bars = beats > m->bars.phase ? (beats - m->bars.phase - 1) / m->bars.beats + 1 : 0;
	f->downbeats_confidence = m->bars.confidence;
	f->downbeats_s.v = qf_alloc(bars, sizeof *f->downbeats_s.v);
	if (!f->downbeats_s.v)
		return qf_fail(e, QF_ENOMEM, "form: out of memory for %zu bars", bars);
	f->downbeats_s.n = bars;
	for (size_t i = 0; i < bars; i++)
		f->downbeats_s.v[i] = f->beats_s.v[m->bars.phase + i * m->bars.beats];
	return QF_OK;
}

/* ---- parts ------------------------------------------------------------------------------ */

struct units {
	size_t n;
	float x[QF_STRUCTURE_UNITS][QF_STRUCTURE_DIMS], loudness[QF_STRUCTURE_UNITS];
	size_t span[QF_STRUCTURE_UNITS + 1]; /* in which each begins; the end behind the last */
};

static void make_units(const struct form *m, struct units *u)
{
	size_t each = 2, offset;

	while (m->n / each + 2 > QF_STRUCTURE_UNITS)
		each *= 2;
	offset = (m->first_beat < m->n ? m->first_beat + m->bars.phase : 0) % each;
	for (size_t at = 0; at < m->n; at = at == 0 && offset ? offset : at + each) {
		size_t end = at == 0 && offset ? offset : at + each < m->n ? at + each : m->n;
		float cepstra[QF_TIMBRE_CEPSTRA], *x = u->x[u->n];

		memset(x, 0, sizeof u->x[0]);
		for (size_t i = at; i < end; i++)
			for (size_t k = 0; k < 12; k++)
				x[k] += m->chroma[i][k] / (float)(end - at);
		qf_series_read(m->series, m->edge[at], m->edge[end], cepstra);
		memcpy(x + 12, cepstra + 1, (QF_TIMBRE_CEPSTRA - 1) * sizeof *x);
		u->loudness[u->n] = cepstra[0];
		u->span[u->n++] = at;
	}
	u->span[u->n] = m->n;
}

/* The first beat of the bar that is nearest, if it is nearer than two seconds. */
static double on_a_bar(double t, const struct qf_floats *bars)
{
	double best = t, away = 2;

	for (size_t i = 0; i < bars->n; i++)
		if (fabs((double)bars->v[i] - t) < away) {
			away = fabs((double)bars->v[i] - t);
			best = (double)bars->v[i];
		}
	return best;
}

static enum qf_status find_parts(const struct form *m, struct qf_features *f, struct qf_err *e)
{
	struct units *u = qf_zalloc(1, sizeof *u);
	struct qf_structure s;
	struct qf_buf text = {0};
	double unit_s;
	enum qf_status st;

	if (!u)
		return qf_fail(e, QF_ENOMEM, "form: out of memory");
	make_units(m, u);
	unit_s = f->duration_s / (double)u->n;
	st = qf_structure_find(u->x, u->loudness, u->n, (size_t)fmax(1, QF_FORM_PREVIEW_S / unit_s + 0.5), &s, e);
	if (st == QF_OK) {
		double start = on_a_bar(m->edge[u->span[s.preview]], &f->downbeats_s);

		f->preview_start_s = fmax(0, fmin(start, f->duration_s - QF_FORM_PREVIEW_S));
		for (size_t i = 0; i < s.parts; i++)
			put_part(&text, m->edge[u->span[s.first[i]]], (char[]){s.letter[i], '\0'});
		st = end_parts(&text, f->duration_s, &f->segments, e);
	}
	qf_free(u);
	return st;
}

enum qf_status qf_form_find(const struct qf_chromagram *c, const struct qf_rhythm *r, const struct qf_series *s,
			    struct qf_features *f, struct qf_err *e)
{
	struct form m = {.chromagram = c, .rhythm = r, .series = s, .tuning = isnan(f->tuning_cents) ? 0 : f->tuning_cents / 100};
	enum qf_status st = make_grid(&m, f, e);

	if (st == QF_OK)
		st = find_chords(&m, f, e);
	if (st == QF_OK)
		st = find_bars(&m, f, e);
	if (st == QF_OK)
		st = find_parts(&m, f, e);
	qf_free(m.edge);
	qf_free(m.chroma);
	qf_free(m.chord);
	return st;
}
