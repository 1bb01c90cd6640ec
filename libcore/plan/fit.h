/* fit.h - what a device is given now: by what it plays, its battery and its network. */
#ifndef QF_PLAN_FIT_H
#define QF_PLAN_FIT_H

#include "plan/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qf_situation {
	const struct qf_device *device;
	const struct qf_network *network;
	const struct qf_serving *serving;
	int most_kbps; /* 0: any */
};

/* network NULL: that of the device's bandwidth; serving NULL: the one whose charge of the battery (percent) this is, on a
 * device that has one, else the first of datasets/policies.tsv. The ceiling is the lowest of device, network and policy; a
 * policy that is not adaptive presumes its rate, and asks no network. */
struct qf_situation qf_situation_of(const struct qf_device *d, const struct qf_network *network, const struct qf_serving *serving,
				    double battery_percent);

struct qf_fit_file { /* one that could be given: a rendition, or the original */
	const char *codec;
	int kbps;       /* as it flows; of a lossless file what its bytes say */
	bool lossless, original;
	int64_t bytes;
};

/* The best whole file that the device plays under the ceiling, by what it is worth to the ear: lossless, else kbit/s times 1.5 for
 * Opus, 1.25 for Vorbis and AAC, 1 for others; equals go to the original, then to the first. *fits false: none is under the ceiling,
 * and the one of the fewest kbit/s is given. SIZE_MAX: the device plays none of them. */
size_t qf_fit_choose(const struct qf_situation *s, const struct qf_fit_file *file, size_t n, bool *fits);

/* Bytes of the first `seconds` of a file of this length: 8 KiB for what stands in front, and the share; at most all. */
int64_t qf_fit_beginning(int64_t bytes, int64_t duration_ms, double seconds);

#endif
