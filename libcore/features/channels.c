#include "features/channels.h"

#include <math.h>

#define FULL 0.9999f
#define STRETCH 256 /* frames looked at together */

/* Whether anything in x[n] is at full scale: most music has nothing for minutes. */
static int reaches_full(const float *x, size_t n)
{
	int any = 0;

	for (size_t i = 0; i < n; i++)
		any |= (x[i] >= FULL) | (x[i] <= -FULL);
	return any;
}

static void count_runs(struct qf_channels *c, const float *x, size_t frames, size_t channels)
{
	for (size_t ch = 0; ch < channels; ch++) {
		uint8_t run = c->run[ch];
		int8_t sign = c->sign[ch];

		for (size_t i = 0; i < frames; i++) {
			float v = x[i * channels + ch];
			int8_t now = v >= FULL ? 1 : v <= -FULL ? -1 : 0;

			if (now != sign || !now)
				run = 0;
			sign = now;
			if (now && run < 3 && ++run == 3)
				c->clipped++;
		}
		c->run[ch] = run;
		c->sign[ch] = sign;
	}
}

/* Sums over a stretch in single precision, in eight lanes; over stretches in double. */
static void add_width(struct qf_channels *c, const float *x, size_t frames, size_t channels)
{
	float mid[4] = {0}, side[4] = {0};
	size_t i = 0;

	if (channels == 2)
		for (; i + 4 <= frames; i += 4)
			for (size_t j = 0; j < 4; j++) {
				float l = x[2 * (i + j)], r = x[2 * (i + j) + 1];

				mid[j] += (l + r) * (l + r);
				side[j] += (l - r) * (l - r);
			}
	for (; i < frames; i++) {
		float l = x[i * channels], r = x[i * channels + 1];

		mid[0] += (l + r) * (l + r);
		side[0] += (l - r) * (l - r);
	}
	c->mid += (double)(mid[0] + mid[1]) + (double)(mid[2] + mid[3]);
	c->side += (double)(side[0] + side[1]) + (double)(side[2] + side[3]);
}

void qf_channels_feed(struct qf_channels *c, const float *pcm, size_t frames, size_t channels)
{
	c->frames += (double)frames;
	for (size_t at = 0; at < frames; at += STRETCH) {
		size_t n = frames - at < STRETCH ? frames - at : STRETCH;
		const float *x = pcm + at * channels;
		int open = 0;

		for (size_t ch = 0; ch < channels; ch++)
			open |= c->sign[ch];
		if (open || reaches_full(x, n * channels))
			count_runs(c, x, n, channels);
		if (channels >= 2)
			add_width(c, x, n, channels);
		else
			for (size_t i = 0; i < n; i++)
				c->mid += (double)(x[i] * x[i]);
	}
}

void qf_channels_finish(const struct qf_channels *c, struct qf_features *f)
{
	f->clipped_runs = (double)c->clipped;
	f->stereo_width = c->mid + c->side > 0 ? c->side / (c->mid + c->side) : NAN;
}
