/* collection.h - what a library should add, and what it could do without.
 *
 * A candidate's score, 0 to 100:
 *
 *     0.4 popularity + 0.3 views + 0.2 listeners + 0.1 genre
 *
 * popularity is Spotify's, 0 to 100; views are 10 log10(YouTube's + 1), so that 10^10 are 100; listeners
 * 100/7 log10(Last.fm's + 1), so that 10^7 are 100; genre is 100 times the plays of the best of its genres over those of the genre that
 * the library plays most. Each is cut to 0..100; what is not known counts 0. */
#ifndef QF_PLAN_COLLECTION_H
#define QF_PLAN_COLLECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_ADD_ABOVE 75.0   /* of the score */
#define QF_REMOVE_PLAYS 10  /* fewer than this */
#define QF_REMOVE_DAYS 30   /* after so many in the library */

struct qf_candidate_figures {
	double spotify_popularity, youtube_views, lastfm_listeners; /* NaN: not known */
	double genre_match; /* 0 to 1 */
};

struct qf_candidate_score {
	double popularity, views, listeners, genre; /* 0 to 100 each */
	double all;
};

struct qf_candidate_score qf_candidate_judge(const struct qf_candidate_figures *f);

/* Whether a track may go: it came more than `days` days ago, and was played fewer than QF_REMOVE_PLAYS times since. */
bool qf_may_go(int64_t added_at, int64_t now, int64_t plays, int64_t days);

#endif
