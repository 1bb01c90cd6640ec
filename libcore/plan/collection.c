#include "plan/collection.h"

#include <math.h>

static double percent(double v)
{
	return !(v > 0) ? 0 : v > 100 ? 100 : v;
}

/* A figure in decades, of which `full` are 100. */
static double decades(double v, double full)
{
	return isfinite(v) && v > 0 ? percent(100 / full * log10(v + 1)) : 0;
}

struct qf_candidate_score qf_candidate_judge(const struct qf_candidate_figures *f)
{
	struct qf_candidate_score s = { percent(f->spotify_popularity), decades(f->youtube_views, 10), decades(f->lastfm_listeners, 7),
					percent(100 * f->genre_match), 0 };

	s.all = 0.4 * s.popularity + 0.3 * s.views + 0.2 * s.listeners + 0.1 * s.genre;
	return s;
}

bool qf_may_go(int64_t added_at, int64_t now, int64_t plays, int64_t days)
{
	return plays < QF_REMOVE_PLAYS && now - added_at > days * 86400;
}
