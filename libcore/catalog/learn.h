/* learn.h - what learning reads and leaves behind: the library by numbers, who listened
 * to what, and stored models.
 *
 * A model is a row in `model` and named matrices in `factor`, in pages of as many rows as
 * a page of the file has room for (of rank 64: 14), so that a few rows of a million are found
 * without reading the others; a page goes by the number of its first row.
 * The newest model is the one in use; the two before it are kept for comparison. No
 * row of a user is stored: it is solved anew from the events when it is wanted, so
 * that it is never stale, and what a user has deleted is gone.
 *
 * Every call can fail with what catalog.h names: QF_EBUSY, QF_EIO, QF_ECORRUPT,
 * QF_ENOMEM; only what is special to a call is said there. */
#ifndef QF_CATALOG_LEARN_H
#define QF_CATALOG_LEARN_H

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_SOUND_DIM 64 /* floats of an embedding */

struct qf_library { /* every track of the catalog, by rising id; all zero is an empty one */
	size_t n;
	int64_t *id;     /* [n] */
	int64_t *artist; /* [n] id of the artist, 0: none */
	bool *missing;   /* [n] its file is gone */
	float *sound;    /* [n * QF_SOUND_DIM] embeddings, zeros where there is none */
	size_t n_sounds; /* how many have one */
	bool part;       /* of qf_catalog_library_of(): there may be others */
};

/* The caller's to free, also after an error. The second call takes only the tracks id[n],
 * rising, as far as they exist. */
enum qf_status qf_catalog_library(struct qf_catalog *c, struct qf_library *l, struct qf_err *e);
enum qf_status qf_catalog_library_of(struct qf_catalog *c, const int64_t *id, size_t n, struct qf_library *l, struct qf_err *e);
void qf_library_free(struct qf_library *l);

/* Where a track stands in the library; SIZE_MAX if it does not. */
size_t qf_library_find(const struct qf_library *l, int64_t id);

/* The number of a user; 0 if nobody is called so. */
enum qf_status qf_catalog_user(struct qf_catalog *c, const char *name, int64_t *id, struct qf_err *e);

/* Every user, in the byte order of the names. Anything but QF_OK from fn ends the walk, here
 * and below; texts are valid during the call only. */
enum qf_status qf_catalog_users(struct qf_catalog *c, enum qf_status (*fn)(void *arg, int64_t id, const char *name, struct qf_err *e),
				void *arg, struct qf_err *e);

/* Every track, by rising id: its genres (several joined by "; ", NULL: none) and its year (0: none). */
enum qf_status qf_catalog_styles(struct qf_catalog *c,
				 enum qf_status (*fn)(void *arg, int64_t track, const char *genre, int year, struct qf_err *e), void *arg,
				 struct qf_err *e);

struct qf_act_row { /* valid during the call only */
	int64_t user, track, at;
	const char *action;
};

/* Every event that has a track, of one user or (user = 0) of all, by user, time and
 * order of import. Anything but QF_OK from fn ends the walk. */
enum qf_status qf_catalog_acts(struct qf_catalog *c, int64_t user,
			       enum qf_status (*fn)(void *arg, const struct qf_act_row *a, struct qf_err *e), void *arg,
			       struct qf_err *e);

/* The tracks of an artist, by rising id. */
enum qf_status qf_catalog_tracks_by(struct qf_catalog *c, int64_t artist, enum qf_status (*fn)(void *arg, int64_t track, struct qf_err *e),
				    void *arg, struct qf_err *e);

struct qf_model_row {
	int64_t id, created_at, seed;
	const char *kind;      /* "ials", "ease", or "sound" when nobody has listened yet */
	const char *params;    /* JSON */
	const char *data_hash; /* SHA-256 of what it was trained on, hexadecimal */
	const char *metrics;   /* JSON */
};

/* The newest one, texts in the arena; m->id is 0 if there is none. */
enum qf_status qf_catalog_model(struct qf_catalog *c, struct qf_model_row *m, struct qf_arena *a, struct qf_err *e);

/* Store a model (m->id is set by this) and forget all but the newest three. Wants an
 * open transaction, as does the next. */
enum qf_status qf_catalog_put_model(struct qf_catalog *c, struct qf_model_row *m, struct qf_err *e);

/* A matrix of the model: v[n * stride], of which the first k of each row are kept, and
 * the numbers of its rows, rising. Once for each name. */
enum qf_status qf_catalog_put_vectors(struct qf_catalog *c, int64_t model, const char *name, const int64_t *id, const float *v,
				      size_t n, size_t k, size_t stride, struct qf_err *e);

struct qf_vectors { /* all zero is an empty one */
	size_t n, k;
	int64_t *id; /* [n] */
	float *v;    /* [n * k] */
	size_t room; /* of both, in rows */
};

/* Read it back; n = 0 if the model has none of this name. The caller's to free, also
 * after an error. QF_ECORRUPT when a page has a wrong size or a number that is not finite. */
enum qf_status qf_catalog_vectors(struct qf_catalog *c, int64_t model, const char *name, struct qf_vectors *out,
				  struct qf_err *e);
void qf_vectors_free(struct qf_vectors *v);

/* Only the rows id[n], rising, as far as they are there. */
enum qf_status qf_catalog_vectors_of(struct qf_catalog *c, int64_t model, const char *name, const int64_t *id, size_t n,
				     struct qf_vectors *out, struct qf_err *e);

/* Pages of bytes that mean something to the caller only: id[n > 0] rising, beyond those of
 * all pages before. Wants an open transaction, as does forgetting all of that name. */
enum qf_status qf_catalog_put_page(struct qf_catalog *c, int64_t model, const char *name, const int64_t *id, size_t n,
				   const void *bytes, size_t len, struct qf_err *e);
enum qf_status qf_catalog_drop_pages(struct qf_catalog *c, int64_t model, const char *name, struct qf_err *e);

/* All of that name in their order; id and bytes are valid during the call only. Anything but
 * QF_OK from fn ends the walk. */
enum qf_status qf_catalog_pages(struct qf_catalog *c, int64_t model, const char *name,
				enum qf_status (*fn)(void *arg, const int64_t *id, size_t n, const void *bytes, size_t len,
						     struct qf_err *e),
				void *arg, struct qf_err *e);

#endif
