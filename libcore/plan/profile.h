/* profile.h - ladders, devices, networks and policies: the tables of datasets/, built in.
 *
 * What the columns mean stands at the top of each file there. */
#ifndef QF_PLAN_PROFILE_H
#define QF_PLAN_PROFILE_H

#include "base/recipe.h"

#include <stdbool.h>
#include <stddef.h>

enum qf_tier { QF_TIER_HIGH, QF_TIER_MEDIUM, QF_TIER_LOW, QF_TIER_PREVIEW, QF_TIERS };

struct qf_rung { /* of a ladder; those of one ladder stand together */
	const char *ladder, *name;
	enum qf_tier tier;
	struct qf_recipe recipe;
	double worth; /* of hearing it, 0 to 1 */
};

struct qf_device {
	const char *name;
	double memory_mb, storage_mb;
	const char *codecs; /* "mp3,aac" */
	int most_kbps;
	double mbit_s;      /* when the network is not told */
	bool battery;
};

struct qf_network {
	const char *name;
	double below_mbit; /* 0: open */
	double share;      /* of plays */
	int most_kbps;     /* 0: any */
};

struct qf_serving { /* how a device is served */
	const char *name;
	int most_kbps; /* 0: any */
	int buffer_ms;
	bool adaptive;
	int below_percent; /* holds by itself under this charge of the battery; 0: never */
};

struct qf_band { /* the rule by plays in 30 days: from this many on */
	double plays;
	unsigned tiers; /* bit i: enum qf_tier */
};

extern const struct qf_rung qf_rungs[];
extern const struct qf_device qf_devices[];
extern const struct qf_network qf_networks[]; /* from the slowest */
extern const struct qf_serving qf_servings[]; /* the first holds where no other does */
extern const struct qf_band qf_bands[];       /* by rising plays */
extern const double qf_tier_shares[QF_TIERS]; /* of a storage budget */
extern const size_t qf_n_rungs, qf_n_devices, qf_n_networks, qf_n_servings, qf_n_bands;

/* The rungs of a ladder, *n of them; NULL: there is no such ladder. */
const struct qf_rung *qf_ladder_find(const char *name, size_t *n);

/* NULL: there is none of that name. */
const struct qf_device *qf_device_find(const char *name);
const struct qf_serving *qf_serving_find(const char *name);

/* By its name, or as the one that a bandwidth in Mbit/s (above 0) makes it. */
const struct qf_network *qf_network_find(const char *name);
const struct qf_network *qf_network_at(double mbit_s);

/* Whether the device plays a codec, by the name that rows give it. */
bool qf_device_plays(const struct qf_device *d, const char *codec);

#endif
