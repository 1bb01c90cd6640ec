#include "station/mixer.h"

#include "base/alloc.h"
#include "dsp/limiter.h"
#include "dsp/stats.h"
#include "dsp/stretch.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK = 4096, CH = QF_MIX_CHANNELS };
#define JOIN_S 0.05
#define SEEK_S 0.01

struct voice { /* a track as it sounds: first what was made ready, then the source as it comes */
	const struct qf_mix_source *source;
	float gain;
	float *ready;   /* [len * CH], of it `at` were taken */
	size_t at, len;
	int64_t taken;  /* frames of the source */
	bool ended;
};

struct qf_mixer {
	struct qf_mix_sink sink;
	struct qf_limiter *limiter;
	int rate_hz;
	struct voice voice[2]; /* the one under way and the next, by turns */
	int now;
	int64_t at, began;
	float a[BLOCK * CH], b[BLOCK * CH];
};

/* ---- a voice ------------------------------------------------------------------------------------------ */

/* As many frames of the source as there are, up to n. */
static enum qf_status draw(struct voice *v, float *pcm, size_t n, size_t *got, struct qf_err *e)
{
	size_t k = 1;
	enum qf_status rc = QF_OK;

	for (*got = 0; rc == QF_OK && k && *got < n && !v->ended; *got += k)
		rc = v->source->read(v->source->user, pcm + *got * CH, n - *got, &k, e);
	v->ended |= k == 0;
	v->taken += (int64_t)*got;
	return rc;
}

/* The next n frames as they sound; what is missing at the end is silence, and *got tells. */
static enum qf_status hear(struct voice *v, float *pcm, size_t n, size_t *got, struct qf_err *e)
{
	size_t k = v->len - v->at < n ? v->len - v->at : n;
	enum qf_status rc;

	if (k)
		memcpy(pcm, v->ready + v->at * CH, k * CH * sizeof *pcm);
	v->at += k;
	rc = draw(v, pcm + k * CH, n - k, got, e);
	*got += k;
	for (size_t i = 0; i < *got * CH; i++)
		pcm[i] *= v->gain;
	memset(pcm + *got * CH, 0, (n - *got) * CH * sizeof *pcm);
	return rc;
}

static enum qf_status skip(struct qf_mixer *m, struct voice *v, int64_t n, struct qf_err *e)
{
	enum qf_status rc = QF_OK;
	size_t got;

	while (rc == QF_OK && v->taken < n && !v->ended)
		rc = draw(v, m->b, n - v->taken < BLOCK ? (size_t)(n - v->taken) : BLOCK, &got, e);
	return rc;
}

static void leave(struct voice *v)
{
	qf_free(v->ready);
	*v = (struct voice){ 0 };
}

static int64_t frames_of(const struct qf_mixer *m, double s)
{
	return llrint(s * m->rate_hz);
}

static enum qf_status enter(struct qf_mixer *m, struct voice *v, const struct qf_mix_source *s, double gain_db, double from_s, struct qf_err *e)
{
	*v = (struct voice){ .source = s, .gain = (float)pow(10, gain_db / 20) };
	return skip(m, v, frames_of(m, from_s), e);
}

/* ---- stretching what comes in ------------------------------------------------------------------------------ */

struct part { /* in frames */
	float *raw, *plane, *made; /* as it came, [CH][in], [CH][out] */
	size_t in, out, join, seek;
};

static size_t samples(size_t frames)
{
	return frames * CH;
}

static void part_free(struct part *p)
{
	qf_free(p->raw);
	qf_free(p->plane);
	qf_free(p->made);
}

static enum qf_status part_open(struct part *p, const struct qf_mixer *m, const struct qf_knot *last, struct qf_err *e)
{
	*p = (struct part){ .join = (size_t)frames_of(m, JOIN_S), .seek = (size_t)frames_of(m, SEEK_S) };
	p->in = (size_t)frames_of(m, last->in_s) + p->join + p->seek;
	p->out = (size_t)frames_of(m, last->mix_s) + p->join + p->seek;
	p->raw = qf_zalloc(samples(p->in), sizeof *p->raw);
	p->plane = qf_alloc(samples(p->in), sizeof *p->plane);
	p->made = qf_alloc(samples(p->out), sizeof *p->made);
	return p->raw && p->plane && p->made ? QF_OK : qf_fail(e, QF_ENOMEM, "out of memory for stretching %zu frames", p->in);
}

static enum qf_status stretch(const struct qf_mixer *m, struct part *p, const struct qf_knot *knot, size_t n, struct qf_err *e)
{
	const float *in[CH];
	float *out[CH];
	struct qf_stretch_point point[QF_KNOTS];

	for (size_t c = 0; c < CH; c++) {
		in[c] = p->plane + c * p->in;
		out[c] = p->made + c * p->out;
		for (size_t i = 0; i < p->in; i++)
			p->plane[c * p->in + i] = p->raw[i * CH + c];
	}
	for (size_t i = 1; i < n; i++)
		point[i - 1] = (struct qf_stretch_point){ (size_t)frames_of(m, knot[i].in_s), (size_t)frames_of(m, knot[i].mix_s) };
	return qf_stretch(in, p->in, out, p->out, CH, m->rate_hz, point, n - 1, e);
}

/* How alike the end of what was made is to what came, `late` frames later than where it should be. */
static double likeness(const struct part *p, size_t from_in, size_t from_out)
{
	double both = 0, square = 0;

	for (size_t i = 0; i < p->join; i++)
		for (size_t c = 0; c < CH; c++) {
			double x = (double)p->plane[c * p->in + from_in + i], y = (double)p->made[c * p->out + from_out + i];

			both += x * y;
			square += x * x;
		}
	return both / sqrt(square + 1e-9);
}

/* The end of what was made goes over into what came; *taken is how much of that is used up. */
static void join(struct part *p, float *ready, size_t *len, size_t *taken)
{
	size_t out = p->out - p->join - p->seek, middle = p->in - p->join - p->seek, best = middle;
	double most = -INFINITY;

	for (size_t from = middle > p->seek ? middle - p->seek : 0; from <= middle + p->seek; from++) {
		double like = likeness(p, from, out);

		if (like > most) {
			most = like;
			best = from;
		}
	}
	*len = out + p->join;
	*taken = best + p->join;
	for (size_t i = 0; i < *len; i++)
		for (size_t c = 0; c < CH; c++) {
			float made = p->made[c * p->out + i], u = i < out ? 0 : ((float)(i - out) + 0.5f) / (float)p->join;

			ready[i * CH + c] = i < out ? made : made + (p->plane[c * p->in + best + i - out] - made) * u;
		}
}

/* Make ready the stretched beginning, and the little that was read beyond it. */
static enum qf_status prepare(struct qf_mixer *m, struct voice *v, const struct qf_knot *knot, size_t n, struct qf_err *e)
{
	struct part p;
	size_t got, taken = 0, rest;
	enum qf_status rc = part_open(&p, m, &knot[n - 1], e);

	if (rc == QF_OK)
		rc = draw(v, p.raw, p.in, &got, e);
	if (rc == QF_OK)
		rc = stretch(m, &p, knot, n, e);
	if (rc == QF_OK && (v->ready = qf_alloc(samples(p.out + 2 * p.seek), sizeof *v->ready)) == NULL)
		rc = qf_fail(e, QF_ENOMEM, "out of memory for stretching %zu frames", p.in);
	if (rc == QF_OK) {
		join(&p, v->ready, &v->len, &taken);
		rest = got > taken ? got - taken : 0;
		memcpy(v->ready + v->len * CH, p.raw + samples(taken), samples(rest) * sizeof *v->ready);
		v->len += rest;
	}
	part_free(&p);
	return rc;
}

/* ---- the mix ------------------------------------------------------------------------------------------------ */

/* a, and of a crossing b, which is NULL otherwise; both are used up. */
static enum qf_status put(struct qf_mixer *m, float *a, const float *b, size_t n, struct qf_err *e)
{
	size_t out;

	if (m->sink.look)
		m->sink.look(m->sink.user, m->now ? b : a, m->now ? a : b, n);
	for (size_t i = 0; b && i < samples(n); i++)
		a[i] += b[i];
	m->at += (int64_t)n;
	out = qf_limiter_run(m->limiter, a, n);
	return out ? m->sink.write(m->sink.user, a, out, e) : QF_OK;
}

/* The voice under way by itself, at most n frames. */
static enum qf_status solo(struct qf_mixer *m, int64_t n, struct qf_err *e)
{
	size_t got = BLOCK;
	enum qf_status rc = QF_OK;

	for (; rc == QF_OK && n > 0 && got == BLOCK; n -= (int64_t)got) {
		rc = hear(&m->voice[m->now], m->a, n < BLOCK ? (size_t)n : BLOCK, &got, e);
		if (rc == QF_OK && got)
			rc = put(m, m->a, NULL, got, e);
	}
	return rc;
}

static void turn(float *pcm, size_t n, int64_t done, int64_t all, double from_rad)
{
	for (size_t i = 0; i < n; i++) {
		double u = ((double)(done + (int64_t)i) + 0.5) / (double)all;
		float gain = (float)sin(from_rad + QF_PI / 2 * u);

		for (size_t c = 0; c < CH; c++)
			pcm[i * CH + c] *= gain;
	}
}

static enum qf_status both(struct qf_mixer *m, struct voice *a, struct voice *b, int64_t all, struct qf_err *e)
{
	bool gone = a->ended && a->at == a->len;
	enum qf_status rc = QF_OK;

	for (int64_t done = 0; rc == QF_OK && done < all; done += BLOCK) {
		size_t n = all - done < BLOCK ? (size_t)(all - done) : BLOCK, got;

		rc = hear(a, m->a, n, &got, e);
		if (rc == QF_OK)
			rc = hear(b, m->b, n, &got, e);
		if (rc != QF_OK)
			return rc;
		turn(m->a, n, done, all, QF_PI / 2);
		if (!gone)
			turn(m->b, n, done, all, 0);
		rc = put(m, m->a, m->b, n, e);
	}
	return rc;
}

enum qf_status qf_mixer_open(struct qf_mixer **out, int rate_hz, const struct qf_mix_sink *sink, struct qf_err *e)
{
	struct qf_mixer *m = qf_zalloc(1, sizeof *m);

	*out = NULL;
	if (!m)
		return qf_fail(e, QF_ENOMEM, "out of memory for mixing");
	m->sink = *sink;
	m->rate_hz = rate_hz;
	if (qf_limiter_open(&m->limiter, rate_hz, CH, QF_MIX_CEILING_DBTP, e) != QF_OK) {
		qf_free(m);
		return e->code;
	}
	*out = m;
	return QF_OK;
}

enum qf_status qf_mixer_start(struct qf_mixer *m, const struct qf_mix_source *s, double gain_db, double from_s, struct qf_err *e)
{
	return enter(m, &m->voice[m->now], s, gain_db, from_s, e);
}

enum qf_status qf_mixer_cross(struct qf_mixer *m, const struct qf_mix_source *next, double gain_db, const struct qf_transition *t,
			      const struct qf_knot *knot, size_t n, struct qf_err *e)
{
	struct voice *a = &m->voice[m->now], *b = &m->voice[!m->now];
	int64_t left = isnan(t->cue_out_s) ? INT64_MAX : frames_of(m, t->cue_out_s) - a->taken + (int64_t)(a->len - a->at);
	enum qf_status rc = solo(m, left, e);

	m->began = m->at;
	if (rc == QF_OK)
		rc = enter(m, b, next, gain_db, t->cue_in_s, e);
	if (rc == QF_OK && n > 1)
		rc = prepare(m, b, knot, n, e);
	if (rc == QF_OK)
		rc = both(m, a, b, frames_of(m, t->length_s), e);
	leave(a);
	m->now = !m->now;
	return rc;
}

enum qf_status qf_mixer_finish(struct qf_mixer *m, double most_s, struct qf_err *e)
{
	enum qf_status rc = solo(m, isfinite(most_s) ? frames_of(m, most_s) : INT64_MAX, e);
	size_t n;

	leave(&m->voice[m->now]);
	while (rc == QF_OK && (n = qf_limiter_drain(m->limiter, m->a, BLOCK)) > 0)
		rc = m->sink.write(m->sink.user, m->a, n, e);
	return rc;
}

double qf_mixer_began_s(const struct qf_mixer *m)
{
	return (double)m->began / m->rate_hz;
}

double qf_mixer_at_s(const struct qf_mixer *m)
{
	return (double)m->at / m->rate_hz;
}

void qf_mixer_close(struct qf_mixer *m)
{
	if (!m)
		return;
	leave(&m->voice[0]);
	leave(&m->voice[1]);
	qf_limiter_close(m->limiter);
	qf_free(m);
}
