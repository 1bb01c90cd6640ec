/* profile.h - a taste profile as its row profile.v1 and as lines for people. */
#ifndef QFZZ_CLI_PROFILE_H
#define QFZZ_CLI_PROFILE_H

#include "base/buf.h"
#include "base/facets.h"
#include "catalog/person.h"
#include "model/profile.h"

#include <stddef.h>
#include <stdint.h>

struct profile_neighbour {
	const char *user;
	double likeness; /* -1 to 1 */
};

struct profile_near { /* two groups of the map */
	size_t group;
	double likeness;
};

enum { PROFILE_NEAR = 3 };

struct profile_group { /* a genre on the map */
	uint32_t genre;
	double x, y;
	struct profile_near near[PROFILE_NEAR];
	size_t n_near;
};

struct profile_shown { /* everything that is told; borrowed */
	const char *catalog, *user;
	struct qf_person person;
	int64_t matched;              /* events whose track is in the catalog */
	const struct qf_profile *profile;
	const struct qf_facets *facets;
	const char *const *artist;    /* [most] names of the first of QF_ASPECT_ARTIST, NULL where nobody is named so */
	const char *const *track;     /* [most] labels of the first of QF_ASPECT_TRACK */
	const int64_t *track_id;      /* [most] */
	const struct profile_neighbour *neighbour; /* [neighbours] */
	size_t neighbours;
	const struct profile_group *group; /* [groups] */
	size_t groups;
	size_t most;                  /* lists are cut off there */
	int64_t model;                /* 0: none */
};

void profile_put_row(struct qf_buf *b, const struct profile_shown *s);
void profile_put_lines(struct qf_buf *b, const struct profile_shown *s);

#endif
