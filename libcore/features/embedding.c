#include "features/embedding.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define USED 59

struct dimension {
	double usual, spread, weight;
};

static const struct dimension table[USED] = {
#include "embedding.inc"
};

/* |sum of chroma x e^(-2 pi i k n / 12)| over the sum of chroma */
static double chroma_shape(const float *chroma, int k)
{
	double re = 0, im = 0, sum = 0;

	for (int n = 0; n < 12; n++) {
		re += (double)chroma[n] * cos(2 * QF_PI * k * n / 12);
		im -= (double)chroma[n] * sin(2 * QF_PI * k * n / 12);
		sum += (double)chroma[n];
	}
	return sum > 0 ? sqrt(re * re + im * im) / sum : NAN;
}

static double mode(const struct qf_features *f)
{
	if (!f->key)
		return NAN;
	return strstr(f->key, "minor") ? -f->key_strength : f->key_strength;
}

void qf_embedding_raw(const struct qf_features *f, double out[QF_EMBEDDING_N])
{
	double turn = 2 * QF_PI * log2(f->tempo_bpm), sure = sqrt(qf_clamp(f->tempo_confidence, 0, 1)), *o = out;

	for (int i = 1; i < 20; i++)
		*o++ = (double)f->mfcc_mean[i];
	for (int i = 0; i < 20; i++)
		*o++ = (double)f->mfcc_sd[i];
	for (int k = 1; k <= 6; k++)
		*o++ = chroma_shape(f->chroma, k);
	*o++ = log(f->centroid_hz_mean);
	*o++ = log(f->rolloff_hz_mean);
	*o++ = log(f->bandwidth_hz_mean);
	*o++ = log(f->zero_crossings_hz_mean + 10);
	*o++ = f->flatness_mean;
	*o++ = f->centroid_hz_sd / f->centroid_hz_mean;
	*o++ = f->flatness_sd;
	*o++ = cos(turn) * sure;
	*o++ = sin(turn) * sure;
	*o++ = log(1 + f->onset_rate_hz);
	*o++ = f->tempo_confidence;
	*o++ = f->loudness_lufs;
	*o++ = f->loudness_range_lu;
	*o++ = mode(f);
	while (o < out + QF_EMBEDDING_N)
		*o++ = 0;
}

void qf_embedding(const struct qf_features *f, float out[QF_EMBEDDING_N])
{
	double x[QF_EMBEDDING_N], squares = 0;

	memset(out, 0, QF_EMBEDDING_N * sizeof *out);
	if (isnan(f->centroid_hz_mean))
		return;
	qf_embedding_raw(f, x);
	for (size_t i = 0; i < USED; i++) {
		const struct dimension *d = &table[i];

		x[i] = isfinite(x[i]) ? d->weight * qf_clamp((x[i] - d->usual) / d->spread, -3, 3) : 0;
		squares += x[i] * x[i];
	}
	for (size_t i = 0; i < USED && squares > 0; i++)
		out[i] = (float)(x[i] / sqrt(squares));
}
