#include "features/momentary.h"

#include <math.h>

#define MOMENTARY 40
#define SHORT QF_MOMENTARY_PIECES

void qf_momentary_next(struct qf_momentary *q, double energy)
{
	size_t at = q->n % SHORT;

	q->m += energy - (q->n >= MOMENTARY ? q->piece[(at + SHORT - MOMENTARY) % SHORT] : 0);
	q->s += energy - (q->n >= SHORT ? q->piece[at] : 0);
	q->piece[at] = energy;
	q->n++;
	if (q->n >= MOMENTARY && q->m > q->m_max)
		q->m_max = q->m;
	if (q->n >= SHORT && q->s > q->s_max)
		q->s_max = q->s;
}

static double lufs(double energy)
{
	return energy > 0 ? 10 * log10(energy) - 0.691 : NAN;
}

double qf_momentary_max(const struct qf_momentary *q, double piece_frames)
{
	return lufs(q->m_max / (MOMENTARY * piece_frames));
}

double qf_momentary_short_max(const struct qf_momentary *q, double piece_frames)
{
	return lufs(q->s_max / (SHORT * piece_frames));
}
