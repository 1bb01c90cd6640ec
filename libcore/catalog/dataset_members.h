/* dataset_members.h - what is in a set of music, file by file, with all that judging it wants to know.
 *
 * Members of a set are its tracks, the told files that are no tracks, and the files below its folder that could not be scanned. */
#ifndef QF_CATALOG_DATASET_MEMBERS_H
#define QF_CATALOG_DATASET_MEMBERS_H

#include "base/track.h"
#include "catalog/dataset.h"

struct qf_dataset_member { /* everything in the arena */
	const char *path;  /* absolute, bytes; of a set without a folder as it was told */
	const char *rel;   /* relative to the folder, bytes; NULL: not below it */
	struct qf_told told; /* told.path NULL: nothing is told */
	struct qf_track track; /* id 0: not in the catalog. Its features, where it was heard, hold duration_s, loudness_lufs,
				  peak_dbfs, clipped_runs, lossy_suspicion, stereo_width, fingerprint, file_sha256, audio_id, pcm_sha256 and
				  embedding alone, and are not to be freed */
	bool gone;         /* its file */
	int64_t size, mtime_ns; /* of the file at the last scan; 0: not known */
	const char *failure, *failure_text; /* class and sentence; NULL: none */
	int track_total, disc_total;
	const char *license, *licenseurl, *copyright; /* tags */
};

/* Every member of the set in the order of its bytes: relative path, else path. fingerprints: read them too. Of a set of number 0
 * and nothing else: every track that is there. Errors of catalog.h. */
enum qf_status qf_catalog_dataset_members(struct qf_catalog *c, const struct qf_dataset *d, bool fingerprints, struct qf_arena *a,
					  struct qf_dataset_member **out, size_t *n, struct qf_err *e);

#endif
