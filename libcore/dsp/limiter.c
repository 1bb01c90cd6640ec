#include "dsp/limiter.h"

#include "base/alloc.h"
#include "dsp/peak4x.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TILE QF_PEAK4X_TILE
#define TAIL (QF_PEAK4X_TAPS - 1)
#define AHEAD_S 0.005
#define BACK_S 0.1

struct qf_limiter {
	struct qf_peak4x between;
	float ceiling, back; /* back: what of a reduction is left a tile later */
	size_t channels, ahead, tiles; /* ahead: tiles of 5 ms; tiles: of the ring */
	float *ring;         /* [tiles * TILE * channels] frames */
	float *tail;         /* [channels * TAIL] the last samples before the tile under way */
	float *need, *low, *mean; /* [tiles] gains: what a tile needs, the lowest ahead, and that averaged */
	uint64_t in, out, end; /* frames; end: how many really came, once that is known */
	bool ended;
};

void qf_limiter_close(struct qf_limiter *l)
{
	if (!l)
		return;
	qf_free(l->ring);
	qf_free(l->tail);
	qf_free(l->need);
	qf_free(l);
}

enum qf_status qf_limiter_open(struct qf_limiter **out, int rate_hz, int channels, double ceiling_dbtp, struct qf_err *e)
{
	struct qf_limiter *l;

	*out = NULL;
	if (channels < 1 || channels > QF_LIMITER_CHANNELS)
		return qf_fail(e, QF_EINVAL, "limiting %d channels: 1 to %d are handled", channels, QF_LIMITER_CHANNELS);
	l = qf_zalloc(1, sizeof *l);
	if (!l)
		return qf_fail(e, QF_ENOMEM, "out of memory for limiting");
	qf_peak4x_init(&l->between);
	l->ceiling = (float)pow(10, ceiling_dbtp / 20);
	l->back = (float)exp(-TILE / (BACK_S * rate_hz));
	l->channels = (size_t)channels;
	l->ahead = (size_t)ceil(AHEAD_S * rate_hz / TILE);
	l->tiles = 2 * l->ahead + 4;
	l->ring = qf_alloc(l->tiles * TILE, l->channels * sizeof *l->ring);
	l->tail = qf_zalloc(l->channels, TAIL * sizeof *l->tail);
	l->need = qf_alloc(3 * l->tiles, sizeof *l->need);
	if (!l->ring || !l->tail || !l->need) {
		qf_limiter_close(l);
		return qf_fail(e, QF_ENOMEM, "out of memory for limiting");
	}
	l->low = l->need + l->tiles;
	l->mean = l->low + l->tiles;
	for (size_t i = 0; i < 3 * l->tiles; i++)
		l->need[i] = 1;
	*out = l;
	return QF_OK;
}

/* What the tile that has just filled needs. */
static float need_of(struct qf_limiter *l, const float *tile)
{
	float x[TAIL + TILE], peak = 0;

	for (size_t c = 0; c < l->channels; c++) {
		float *tail = l->tail + c * TAIL;

		memcpy(x, tail, sizeof l->tail[0] * TAIL);
		for (size_t i = 0; i < TILE; i++)
			x[TAIL + i] = tile[i * l->channels + c];
		memcpy(tail, x + TILE, sizeof l->tail[0] * TAIL);
		peak = qf_peak4x_run(&l->between, x, 1, peak);
	}
	return peak > l->ceiling ? l->ceiling / peak : 1;
}

/* Tile number t is full: the gain of the one that lies ahead + 1 tiles before it follows. */
static void settle(struct qf_limiter *l, uint64_t t)
{
	uint64_t at = t + l->tiles - l->ahead - 1; /* of the ring; tiles before the first are 1 */
	float low = 1, sum = 0, before = l->low[(at - 1) % l->tiles];

	l->need[t % l->tiles] = need_of(l, l->ring + t % l->tiles * TILE * l->channels);
	for (uint64_t i = at; i <= at + l->ahead + 1; i++)
		low = l->need[i % l->tiles] < low ? l->need[i % l->tiles] : low;
	before = 1 - (1 - before) * l->back;
	l->low[at % l->tiles] = low < before ? low : before;
	for (uint64_t i = at + 1 - l->ahead; i <= at; i++)
		sum += l->low[i % l->tiles];
	l->mean[at % l->tiles] = sum >= (float)l->ahead ? 1 : sum / (float)l->ahead;
}

static void put_in(struct qf_limiter *l, const float *frame)
{
	memcpy(l->ring + l->in % (l->tiles * TILE) * l->channels, frame, l->channels * sizeof *frame);
	l->in++;
	if (l->in % TILE == 0)
		settle(l, l->in / TILE - 1);
}

static void take_out(struct qf_limiter *l, float *frame)
{
	uint64_t tile = l->out / TILE + l->tiles;
	float from = l->mean[(tile - 1) % l->tiles], to = l->mean[tile % l->tiles];
	float gain = from + (to - from) * (float)(l->out % TILE + 1) / TILE;
	const float *x = l->ring + l->out % (l->tiles * TILE) * l->channels;

	for (size_t c = 0; c < l->channels; c++)
		frame[c] = gain == 1 ? x[c] : x[c] * gain;
	l->out++;
}

/* How far what comes out lies behind: its tile's gain must be settled. */
static uint64_t delay(const struct qf_limiter *l)
{
	return (l->ahead + 3) * TILE;
}

size_t qf_limiter_run(struct qf_limiter *l, float *pcm, size_t frames)
{
	size_t n = 0;

	for (size_t i = 0; i < frames; i++) {
		put_in(l, pcm + i * l->channels);
		if (l->in > delay(l))
			take_out(l, pcm + n++ * l->channels);
	}
	return n;
}

/* The signal goes on in silence until the last tile's gain is settled; of the silence nothing comes out. */
size_t qf_limiter_drain(struct qf_limiter *l, float *pcm, size_t most)
{
	static const float silence[QF_LIMITER_CHANNELS];
	size_t n = 0;

	if (!l->ended) {
		l->end = l->in;
		l->ended = true;
	}
	while (n < most && l->out < l->end) {
		while (l->in <= l->out + delay(l))
			put_in(l, silence);
		take_out(l, pcm + n++ * l->channels);
	}
	return n;
}
