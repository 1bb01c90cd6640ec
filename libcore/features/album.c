#include "features/album.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define BINS QF_ALBUM_BINS
#define FIRST_LUFS (-70.0)
#define PER_LU 10
#define RELATIVE 0.1 /* -10 LU */
#define MOST 1e9     /* blocks in a bin: three years */

static double lufs_of(double energy)
{
	return 10 * log10(energy) - 0.691;
}

static double energy_of(double lufs)
{
	return pow(10, (lufs + 0.691) / 10);
}

static double middle(size_t bin)
{
	return FIRST_LUFS + ((double)bin + 0.5) / PER_LU;
}

static void count_blocks(const double *tenth, size_t n, double count[BINS])
{
	for (size_t i = 0; i + 4 <= n; i++) {
		double energy = (tenth[i] + tenth[i + 1] + tenth[i + 2] + tenth[i + 3]) / 4;
		double bin = energy >= energy_of(FIRST_LUFS) ? floor((lufs_of(energy) - FIRST_LUFS) * PER_LU) : -1;

		if (bin >= 0)
			count[bin < BINS ? (size_t)bin : BINS - 1]++;
	}
}

enum qf_status qf_album_histogram(const double *tenth, size_t n, struct qf_floats *out, struct qf_err *e)
{
	double count[BINS] = {0};
	size_t first = 0, end = BINS;

	count_blocks(tenth, n, count);
	while (first < BINS && count[first] <= 0)
		first++;
	if (first == BINS)
		return QF_OK;
	while (count[end - 1] <= 0)
		end--;
	out->v = qf_alloc(1 + end - first, sizeof *out->v);
	if (!out->v)
		return qf_fail(e, QF_ENOMEM, "loudness: out of memory for the histogram");
	out->n = 1 + end - first;
	out->v[0] = (float)first;
	for (size_t i = first; i < end; i++)
		out->v[1 + i - first] = (float)count[i];
	return QF_OK;
}

static double gated(const struct qf_album *a, double gate)
{
	double sum = 0, count = 0;

	for (size_t i = 0; i < BINS; i++)
		if (a->count[i] > 0 && a->energy[i] / a->count[i] >= gate) {
			sum += a->energy[i];
			count += a->count[i];
		}
	return count > 0 ? sum / count : NAN;
}

double qf_album_loudness(const struct qf_album *a)
{
	double loud = gated(a, 0);

	return isnan(loud) ? NAN : lufs_of(gated(a, loud * RELATIVE));
}

void qf_album_add(struct qf_album *a, const float *histogram, size_t n, double lufs)
{
	struct qf_album track = {{0}, {0}};
	double off;

	if (n < 2 || !(histogram[0] >= 0 && histogram[0] < BINS))
		return;
	for (size_t i = 1, bin = (size_t)histogram[0]; i < n && bin < BINS; i++, bin++)
		if (histogram[i] > 0 && (double)histogram[i] <= MOST) {
			track.count[bin] = (double)histogram[i];
			track.energy[bin] = track.count[bin] * energy_of(middle(bin));
		}
	off = lufs - qf_album_loudness(&track);
	for (size_t i = 0; i < BINS; i++) {
		a->count[i] += track.count[i];
		a->energy[i] += track.energy[i] * (fabs(off) < 1 ? pow(10, off / 10) : 1);
	}
}
