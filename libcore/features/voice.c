#include "features/voice.h"

#include "dsp/stats.h"

#include <math.h>

#define CENTRE_HZ 4.5
#define Q 0.7
#define SLOW_HZ 0.5
#define LEAST_S 3
#define MODULATION 0.35
#define MODULATION_SPREAD 0.08
#define SPREAD 2.6
#define SPREAD_SPREAD 0.8
#define WEIGHT 0.8
#define AGAINST 1.5

void qf_voice_init(struct qf_voice *v, double frame_rate_hz)
{
	double turn = 2 * QF_PI * CENTRE_HZ / frame_rate_hz, alpha = sin(turn) / (2 * Q);

	*v = (struct qf_voice){
		.b0 = alpha / (1 + alpha), .a1 = -2 * cos(turn) / (1 + alpha), .a2 = (1 - alpha) / (1 + alpha),
		.share = 1 - exp(-2 * QF_PI * SLOW_HZ / frame_rate_hz),
	};
}

static void take(struct qf_voice *v, double level)
{
	double x, y;

	if (v->frames == 0)
		v->slow = level;
	v->slow += v->share * (level - v->slow);
	x = level - v->slow;
	y = v->b0 * (x - v->x2) - v->a1 * v->y1 - v->a2 * v->y2;
	v->x2 = v->x1;
	v->x1 = x;
	v->y2 = v->y1;
	v->y1 = y;
	v->band += y * y;
	v->all += x * x;
	v->frames++;
}

void qf_voice_feed(struct qf_voice *v, const struct qf_timbre_frame *frames, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (frames[i].audible)
			take(v, (double)frames[i].voice);
}

static double modulation_of(const struct qf_voice *v)
{
	return v->all > 0 ? v->band / v->all : 0;
}

static double spread_of(const struct qf_features *f)
{
	double sum = 0;

	for (int i = 2; i <= 5; i++)
		sum += (double)f->mfcc_sd[i] / 4;
	return sum;
}

void qf_voice_finish(const struct qf_voice *v, double frame_rate_hz, struct qf_features *f)
{
	double modulation = (modulation_of(v) - MODULATION) / MODULATION_SPREAD;
	double spread = (spread_of(f) - SPREAD) / SPREAD_SPREAD;

	if ((double)v->frames < LEAST_S * frame_rate_hz)
		return;
	f->voice_likelihood = qf_logistic(WEIGHT * qf_clamp(modulation, -3, 3) + WEIGHT * qf_clamp(spread, -3, 3) - AGAINST);
}
