#include "plan/fit.h"

#include <string.h>

static const struct qf_serving *serving_at(double battery_percent)
{
	for (size_t i = 0; i < qf_n_servings; i++)
		if (battery_percent < qf_servings[i].below_percent)
			return &qf_servings[i];
	return &qf_servings[0];
}

static void lower(int *most, int ceiling)
{
	if (ceiling && (*most == 0 || ceiling < *most))
		*most = ceiling;
}

struct qf_situation qf_situation_of(const struct qf_device *d, const struct qf_network *network, const struct qf_serving *serving,
				    double battery_percent)
{
	struct qf_situation s = { .device = d };

	s.network = network ? network : qf_network_at(d->mbit_s);
	s.serving = serving ? serving : d->battery ? serving_at(battery_percent) : &qf_servings[0];
	lower(&s.most_kbps, d->most_kbps);
	lower(&s.most_kbps, s.serving->most_kbps);
	if (s.serving->adaptive)
		lower(&s.most_kbps, s.network->most_kbps);
	return s;
}

static double worth(const struct qf_fit_file *f)
{
	static const struct { const char *codec; double times; } ears[] = { { "opus", 1.5 }, { "vorbis", 1.25 }, { "aac", 1.25 } };

	if (f->lossless)
		return 1e9;
	for (size_t i = 0; i < sizeof ears / sizeof ears[0]; i++)
		if (strcmp(f->codec, ears[i].codec) == 0)
			return f->kbps * ears[i].times;
	return f->kbps;
}

static bool better(const struct qf_fit_file *a, const struct qf_fit_file *b)
{
	return worth(a) > worth(b) || (worth(a) == worth(b) && a->original && !b->original);
}

size_t qf_fit_choose(const struct qf_situation *s, const struct qf_fit_file *file, size_t n, bool *fits)
{
	size_t best = SIZE_MAX, least = SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		if (!file[i].codec || !qf_device_plays(s->device, file[i].codec))
			continue;
		if (least == SIZE_MAX || file[i].kbps < file[least].kbps)
			least = i;
		if ((s->most_kbps == 0 || file[i].kbps <= s->most_kbps) && (best == SIZE_MAX || better(&file[i], &file[best])))
			best = i;
	}
	*fits = best != SIZE_MAX;
	return *fits ? best : least;
}

int64_t qf_fit_beginning(int64_t bytes, int64_t duration_ms, double seconds)
{
	double share = duration_ms > 0 ? seconds * 1000 / (double)duration_ms : 1;
	int64_t n = share >= 1 ? bytes : 8192 + (int64_t)((double)bytes * share);

	return n < bytes ? n : bytes;
}
