/* taste.h - from what somebody did with a track to how sure we are that they like it.
 *
 * Each act weighs as many plays as the table says, less as it grows old; the sum
 * over a user's acts on one track is its weighted plays w, and its confidence
 * 1 + log(1 + w). */
#ifndef QF_MODEL_TASTE_H
#define QF_MODEL_TASTE_H

#include <stdbool.h>
#include <stdint.h>

enum qf_act { QF_ACT_PLAY, QF_ACT_COMPLETE, QF_ACT_REPLAY, QF_ACT_SKIP, QF_ACT_LIKE, QF_ACT_DISLIKE, QF_ACT_ADD, QF_ACTS };

/* play 1, complete 1, replay 2, like 5, add 2, skip -1 play; a dislike weighs nothing: it
 * bars the track (qf_act_bars). */
double qf_act_weight(enum qf_act a);

/* "play", "complete", …; QF_ACTS for any other word. */
enum qf_act qf_act_named(const char *name);

/* A dislike bars a track until a like comes after it. The last of the two decides: call
 * with each act in the order of time. */
bool qf_act_bars(enum qf_act a, bool barred_so_far);

/* 2^(-age / half_life), ages and half-life in days; 1 when half_life is 0 (no decay), for
 * what lies in the future, and for what happened nobody knows when (at = 0). */
double qf_decay(int64_t at, int64_t now, double half_life_days);

#endif
