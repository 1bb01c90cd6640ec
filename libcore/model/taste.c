#include "model/taste.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	double weight;
} acts[QF_ACTS] = {
	[QF_ACT_PLAY] = { "play", 1 },   [QF_ACT_COMPLETE] = { "complete", 1 }, [QF_ACT_REPLAY] = { "replay", 2 },
	[QF_ACT_SKIP] = { "skip", -1 },  [QF_ACT_LIKE] = { "like", 5 },         [QF_ACT_DISLIKE] = { "dislike", 0 },
	[QF_ACT_ADD] = { "add", 2 },
};

double qf_act_weight(enum qf_act a)
{
	return a < QF_ACTS ? acts[a].weight : 0;
}

enum qf_act qf_act_named(const char *name)
{
	for (size_t i = 0; i < QF_ACTS; i++)
		if (strcmp(acts[i].name, name) == 0)
			return (enum qf_act)i;
	return QF_ACTS;
}

bool qf_act_bars(enum qf_act a, bool barred_so_far)
{
	return a == QF_ACT_DISLIKE || (barred_so_far && a != QF_ACT_LIKE);
}

double qf_decay(int64_t at, int64_t now, double half_life_days)
{
	double days = ((double)now - (double)at) / 86400;

	return half_life_days > 0 && days > 0 && at != 0 ? exp2(-days / half_life_days) : 1;
}
