#include "features/chords.h"

#include "base/alloc.h"
#include "dsp/stats.h"

#include <math.h>
#include <string.h>

#define NONE_FIT 0.35
#define CHANGE 0.22f

static const char *const names[QF_CHORDS_N] = {
	"C:maj", "C#:maj", "D:maj", "D#:maj", "E:maj", "F:maj", "F#:maj", "G:maj", "G#:maj", "A:maj", "A#:maj", "B:maj",
	"C:min", "C#:min", "D:min", "D#:min", "E:min", "F:min", "F#:min", "G:min", "G#:min", "A:min", "A#:min", "B:min",
	"N",
};

const char *qf_chords_name(size_t chord)
{
	return names[chord < QF_CHORDS_N ? chord : QF_CHORDS_NONE];
}

/* A triad less its mean has the squares 3 (3/4)^2 + 9 (1/4)^2 = 9/4. */
static void fits(const float chroma[12], float fit[QF_CHORDS_N])
{
	double mean = 0, squares = 0, c[12];

	for (int i = 0; i < 12; i++)
		mean += (double)chroma[i] / 12;
	for (int i = 0; i < 12; i++) {
		c[i] = (double)chroma[i] - mean;
		squares += c[i] * c[i];
	}
	for (int k = 0; k < QF_CHORDS_NONE; k++) {
		int third = k < 12 ? 4 : 3;
		double dot = c[k % 12] + c[(k + third) % 12] + c[(k + 7) % 12];

		fit[k] = squares > 1e-9 ? (float)(dot / (1.5 * sqrt(squares))) : 0;
	}
	fit[QF_CHORDS_NONE] = (float)NONE_FIT;
}

struct step { /* of the Viterbi search */
	float fit[QF_CHORDS_N];
	uint8_t from[QF_CHORDS_N];
};

static size_t best_of(const float *x)
{
	size_t best = 0;

	for (size_t k = 1; k < QF_CHORDS_N; k++)
		if (x[k] > x[best])
			best = k;
	return best;
}

/* Where the best sequence ends. */
static size_t search(struct step *s, size_t n)
{
	float score[QF_CHORDS_N];

	memcpy(score, s[0].fit, sizeof score);
	for (size_t i = 1; i < n; i++) {
		size_t best = best_of(score);
		float change = score[best] - CHANGE;

		for (size_t k = 0; k < QF_CHORDS_N; k++) {
			s[i].from[k] = (uint8_t)(score[k] >= change ? k : best);
			score[k] = fmaxf(score[k], change) + s[i].fit[k];
		}
	}
	return best_of(score);
}

enum qf_status qf_chords_find(const float (*chroma)[12], size_t n, uint8_t *chord, double *confidence, struct qf_err *e)
{
	struct step *s;
	double sum = 0;

	*confidence = NAN;
	if (!n)
		return QF_OK;
	s = qf_alloc(n, sizeof *s);
	if (!s)
		return qf_fail(e, QF_ENOMEM, "chords: out of memory for %zu beats", n);
	for (size_t i = 0; i < n; i++)
		fits(chroma[i], s[i].fit);
	for (size_t i = n, at = search(s, n); i-- > 0; at = s[i].from[at]) {
		chord[i] = (uint8_t)at;
		sum += (double)s[i].fit[at] - NONE_FIT;
		if (i == 0)
			break;
	}
	*confidence = qf_clamp(sum / (double)n / (1 - NONE_FIT), 0, 1);
	qf_free(s);
	return QF_OK;
}
