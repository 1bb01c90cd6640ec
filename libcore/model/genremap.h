/* genremap.h - how near groups of tracks (genres, say) are to each other, and where they lie
 * on a plane.
 *
 * A group is the mean of the directions of its tracks, taken as a direction again; likeness is
 * the cosine of two. On the plane the groups lie by their first two principal components,
 * so that distances there are as near to those between the directions as two
 * dimensions allow (classical scaling: W. S. Torgerson, Psychometrika 17, 1952). Axes point
 * to where the group lies that is farthest out on them. */
#ifndef QF_MODEL_GENREMAP_H
#define QF_MODEL_GENREMAP_H

#include "base/err.h"

#include <stddef.h>

#define QF_GROUPS_MAX 64

/* v[groups * k]: the sum of the directions of each group, all zeros for one without any; made to length 1
 * here. groups <= QF_GROUPS_MAX. Into likeness[groups * groups] (0 with a group of zeros, 1 with itself) and
 * place[groups][2]. QF_EINVAL, QF_ENOMEM. */
enum qf_status qf_genremap(double *v, size_t groups, size_t k, double *likeness, double (*place)[2], struct qf_err *e);

#endif
