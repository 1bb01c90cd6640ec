#include "station/mashup.h"

#include "playlist/camelot.h"

#include <math.h>
#include <stdlib.h>

#define PRICE_SCALE 1.5
#define SEMITONE 0.9
#define SQRT2 1.41421356237309505

static double key_score(struct qf_camelot base, struct qf_camelot other, int semitones)
{
	double price = qf_camelot_price(base, qf_camelot_shift(other, semitones));

	return exp(-(isnan(price) ? QF_CAMELOT_NEAR : price) / PRICE_SCALE) * pow(SEMITONE, abs(semitones));
}

bool qf_mashup_find(double base_bpm, const char *base_key, double other_bpm, const char *other_key, double stretch_max, struct qf_mashup *out)
{
	struct qf_camelot base = qf_camelot_read(base_key), other = qf_camelot_read(other_key);
	double stretch = other_bpm / base_bpm;

	if (!(base_bpm > 0) || !(other_bpm > 0))
		return false;
	stretch *= stretch > SQRT2 ? 0.5 : stretch < 1 / SQRT2 ? 2 : 1;
	if (fabs(stretch - 1) > stretch_max)
		return false;
	*out = (struct qf_mashup){ .stretch = stretch, .tempo_score = 1 - (stretch == 1 ? 0 : fabs(stretch - 1) / stretch_max / 2),
				   .key_score = key_score(base, other, 0) };
	for (int n = 1; n <= QF_MASHUP_SEMITONES; n++)
		for (int way = -1; way <= 1; way += 2)
			if (key_score(base, other, way * n) > out->key_score) {
				out->key_score = key_score(base, other, way * n);
				out->semitones = way * n;
			}
	out->score = out->tempo_score * out->key_score;
	return true;
}
