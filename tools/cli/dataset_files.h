/* dataset_files.h - the files of a dataset: its manifest, whether they are what was told, and exports. */
#ifndef QFZZ_CLI_DATASET_FILES_H
#define QFZZ_CLI_DATASET_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "catalog/dataset_members.h"

#include <stdbool.h>

struct dataset_files { /* all zero is ready for dataset_files_open() */
	struct qf_arena a;
	struct qf_dataset set;
	struct qf_dataset_member *member;
	size_t n;
	const char *folder; /* that paths are relative to: the set's, else the longest that all files share; NULL: no file has one */
	int dir;            /* open, or -1 */
};

/* The members of a dataset by relative path; members outside of the folder have none. QF_ENOTFOUND; QF_EIO when the folder
 * cannot be opened. Close it also after failure. */
enum qf_status dataset_files_open(struct dataset_files *f, struct qf_catalog *c, const char *name, struct qf_err *e);
void dataset_files_close(struct dataset_files *f);

/* Append the manifest. Digests that were made of the unchanged file (same size and time) are taken, others made; with `store`, in a
 * transaction, kept. What cannot be hashed is said and counted in *failed. id becomes the SHA-256 of it. */
enum qf_status dataset_manifest(struct qf_catalog *c, struct dataset_files *f, bool store, struct qf_buf *out, char id[65], size_t *failed,
				struct qf_err *e);

/* Hash every file of which a digest is told, and print a row (dataset-file.v1) for each that is not as told: *wrong of *all. */
enum qf_status dataset_verify(struct dataset_files *f, size_t *all, size_t *wrong, struct qf_err *e);

/* Append the descriptor as Croissant or Frictionless data package, with the digests that are known. */
enum qf_status dataset_export(struct dataset_files *f, bool croissant, struct qf_buf *out, struct qf_err *e);

#endif
