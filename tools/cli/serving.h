/* serving.h - the file that a device is given for a track: one of its renditions, or the original. */
#ifndef QFZZ_CLI_SERVING_H
#define QFZZ_CLI_SERVING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/track.h"
#include "catalog/catalog.h"
#include "plan/fit.h"

#include <stdbool.h>

struct serving {
	const char *path, *rung; /* bytes; rung NULL: the original */
	struct qf_fit_file file;
	bool fits, plays;        /* under the ceiling; the device plays it at all */
};

/* From the options --device, --network, --battery and (if `policy`) --policy; misuse exits. */
struct qf_situation serving_situation(bool policy);

/* What is given for a track of the catalog; texts in the arena. Renditions whose files are not there are not looked at; an original
 * that no device plays is given all the same, with plays false. Errors of the catalog, QF_ENOMEM. */
enum qf_status serving_choose(struct qf_catalog *c, const struct qf_situation *s, const struct qf_track *t, struct qf_arena *a,
			      struct serving *out, struct qf_err *e);

#endif
