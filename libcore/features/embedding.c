#include "features/embedding.h"

#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define USED 59

struct dimension {
	double usual, spread, weight;
};

static const struct dimension table[USED] = {
	/* mfcc_mean 1 to 19 */
	{13.2, 6.87, 1}, {-0.967, 3.83, 1}, {2.54, 2, 1}, {0.189, 1.46, 1}, {0.804, 1.28, 1},
	{-0.19, 1.1, 1}, {0.515, 0.819, 1}, {-0.22, 0.813, 1}, {0.379, 0.606, 1}, {-0.0911, 0.703, 1},
	{0.152, 0.538, 1}, {0.0228, 0.558, 1}, {0.197, 0.46, 0.5}, {0.0556, 0.529, 0.5}, {0.18, 0.397, 0.5},
	{-0.0493, 0.389, 0.5}, {0.0118, 0.384, 0.5}, {-0.117, 0.373, 0.5}, {0.0771, 0.352, 0.5},
	/* mfcc_sd 0 to 19 */
	{12.1, 4.11, 0.6}, {5.21, 1.95, 0.6}, {3.48, 1.22, 0.6}, {2.32, 0.76, 0.6}, {1.88, 0.591, 0.6},
	{1.67, 0.512, 0.6}, {1.45, 0.399, 0.6}, {1.37, 0.342, 0.6}, {1.29, 0.355, 0.6}, {1.25, 0.375, 0.6},
	{1.23, 0.358, 0.6}, {1.18, 0.355, 0.6}, {1.16, 0.398, 0.6}, {1.16, 0.402, 0.6}, {1.15, 0.421, 0.6},
	{1.14, 0.486, 0.6}, {1.12, 0.465, 0.6}, {1.06, 0.435, 0.6}, {1.04, 0.458, 0.6}, {1.02, 0.462, 0.6},
	/* shape of the chroma */
	{0.108, 0.0825, 0.5}, {0.121, 0.0891, 0.5}, {0.121, 0.106, 0.5}, {0.0763, 0.077, 0.5}, {0.178, 0.13, 0.5},
	{0.0649, 0.0775, 0.5},
	/* spectrum */
	{7.35, 0.446, 1}, {6.85, 0.709, 1}, {7.5, 0.319, 1}, {7.38, 0.573, 1}, {0.0198, 0.0358, 1},
	{0.39, 0.164, 1}, {0.0219, 0.0253, 1},
	/* tempo */
	{0, 0.5, 1}, {0, 0.5, 1},
	/* onsets, pulse, loudness, range, mode */
	{1.49, 0.376, 1}, {0.251, 0.209, 0.8}, {-14.9, 2.8, 0.33}, {7.31, 5.09, 0.6}, {0, 0.4, 0.5},
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

/* Before they are standardized, in the order of the header. */
static void raw_values(const struct qf_features *f, double out[QF_EMBEDDING_N])
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
	raw_values(f, x);
	for (size_t i = 0; i < USED; i++) {
		const struct dimension *d = &table[i];

		x[i] = isfinite(x[i]) ? d->weight * qf_clamp((x[i] - d->usual) / d->spread, -3, 3) : 0;
		squares += x[i] * x[i];
	}
	for (size_t i = 0; i < USED && squares > 0; i++)
		out[i] = (float)(x[i] / sqrt(squares));
}
