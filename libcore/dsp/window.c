#include "dsp/window.h"

#include "dsp/stats.h"

#include <math.h>

void qf_window_hann(float *w, size_t n, double gain)
{
	for (size_t i = 0; i < n; i++)
		w[i] = (float)(gain * (0.5 - 0.5 * cos(2 * QF_PI * (double)i / (double)n)));
}
