/* daytime.h - what a user hears at some time of the day and the week, against what the user
 * hears otherwise.
 *
 * An act counts for a moment as much as it is near to it: by the hour (1 + cos(pi d / 3)) / 2
 * for d < 3 hours from the nearest hour that is meant (1, 0.75, 0.25, 0), and by the day 1 on
 * the days that are meant, 1/4 on others of the same half of the week (Monday to Friday,
 * Saturday and Sunday), else 0.
 *
 * Tracks are looked at in five ways: the track itself, its artist, its first genre, its tempo
 * in bands of 20 BPM, its energy in fifths. For a value x of one of them
 *     lift(x) = log2( p(x | moment) / p(x) ), held within -1 to 1,
 * p(x) being its share of all acts and p(x | moment) = (acts then + 5 p(x)) / (all acts then + 5),
 * so that few acts say little. The lift of a track is the mean over those of its values that
 * the user has ever heard; 0 if there are none. All sums are over acts that are a sign of
 * liking, by their weight. */
#ifndef QF_MODEL_DAYTIME_H
#define QF_MODEL_DAYTIME_H

#include "base/err.h"
#include "base/facets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_daytime { /* nothing set in one of them: any */
	bool hour[24];
	bool day[8]; /* 1 Monday to 7 Sunday */
};

/* "now", "8", "22:30", "mon", "monday", "weekday", "weekend", "morning" (6 to 11), "afternoon" (12 to 17),
 * "evening" (18 to 22), "night" (23 to 4); several with blanks or commas between. now_hour and now_day are what
 * "now" means. QF_EINVAL names the word that is none of these. */
enum qf_status qf_daytime_read(struct qf_daytime *m, const char *text, int now_hour, int now_day, struct qf_err *e);

/* How near an act is, 0 to 1. hour 0 to 23, day 1 to 7. */
double qf_daytime_near(const struct qf_daytime *m, int hour, int day);

struct qf_act_then { /* one act whose time on the user's clock is known */
	uint32_t item;
	int hour, day;
	float weight; /* > 0 */
};

/* The lift of every track into lift[f->n]. QF_ENOMEM. */
enum qf_status qf_daytime_lift(const struct qf_daytime *m, const struct qf_act_then *act, size_t n, const struct qf_facets *f,
			      double *lift, struct qf_err *e);

#endif
