#include "features/octave.h"

#include "dsp/stats.h"

#define CENTRE_BPM 118.0

static const double weights[] = {
#include "octave.gen.h"
};

_Static_assert(sizeof weights / sizeof *weights == QF_TEMPO_OCTAVE, "datasets/octave.tsv: a weight for each term");

void qf_octave_terms(double quarter, double half, double whole, double bpm, double terms[QF_TEMPO_OCTAVE])
{
	terms[0] = quarter - half;
	terms[1] = half - whole;
	terms[2] = 1;
	terms[3] = 2 * log2(bpm / CENTRE_BPM) + 1;
}

double qf_octave_double(const double terms[QF_TEMPO_OCTAVE])
{
	double sum = 0;

	for (int i = 0; i < QF_TEMPO_OCTAVE; i++)
		sum += weights[i] * terms[i];
	return qf_logistic(sum);
}
