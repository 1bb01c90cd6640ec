/* packaging.h - the renditions of one track become one folder for HLS, whole or not at all. */
#ifndef QFZZ_CLI_PACKAGING_H
#define QFZZ_CLI_PACKAGING_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/segmenting.h"

#include <stdbool.h>
#include <stddef.h>

struct packaging_source { /* a rendition */
	const char *path;
	const char *rung;   /* NULL: none */
	const char *sha256; /* of the file, hex; NULL: it is worked out */
};

struct packaging {
	const char *folder; /* where folders are made */
	const char *name;   /* of this one in it */
	int64_t target_s;
	bool adts;
	const struct packaging_source *source; /* [n], n > 0 */
	size_t n;
};

struct package { /* texts live in the arena */
	struct qf_hls_media *media; /* [n] as in the master playlists; 0: nothing was made */
	struct segmented *rendition; /* [n_renditions], which own the segments */
	size_t n, n_renditions;
	int64_t bytes;              /* of all files */
	bool unchanged;             /* it was there already, made from the same: nothing was done */
};

/* Make it. A rendition that cannot be segmented, or lasts longer or shorter than the longest by more than a quarter of a second, is left out, and
 * told through cli_warn(); *left_out counts them. A folder of that name is replaced if it is a package, else left alone (QF_EIO).
 * QF_EIO, QF_ENOMEM: nothing was made. The caller frees *out also after an error. */
enum qf_status packaging_run(const struct packaging *p, struct qf_arena *a, struct package *out, size_t *left_out, struct qf_err *e);
void package_free(struct package *p);

#endif
