/* learned.h - the newest model of the catalog, made ready for scoring: for the tools
 * that recommend. */
#ifndef QFZZ_CLI_LEARNED_H
#define QFZZ_CLI_LEARNED_H

#include "base/arena.h"
#include "base/buf.h"
#include "catalog/learn.h"
#include "model/recommend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_settings { /* of a training; in model.params as JSON, in this order */
	bool by_sound; /* engine hybrid: else ials, from listening alone */
	bool by_ease;  /* engine ease, of which only lambda and keep are said */
	int64_t keep;
	int64_t rank, epochs;
	double alpha0, lambda, half_life_days, scale, eps, nu;
	int64_t cg;    /* steps; 0: Cholesky */
	bool polish;
	double ridge;  /* by_sound only */
	bool warm;     /* it began from the model before */
	bool update;   /* and what changed was folded in, no more: these are the settings of that model */
};

/* What a choice of cli/models.h among the engines hybrid, ials and ease means; and as JSON. */
struct cli_model;
void cli_settings_from(struct cli_settings *s, const struct cli_model *m);
void cli_put_settings(struct qf_buf *out, const struct cli_settings *s);

/* Read what put wrote, and that of older versions. QF_ECORRUPT. */
enum qf_status cli_get_settings(struct cli_settings *s, const struct qf_model_row *m, struct qf_err *e);

struct cli_learned { /* all zero is an empty one */
	struct qf_library lib;
	struct qf_model_row row; /* row.id 0: none was ever trained */
	struct cli_settings settings;
	struct qf_model model;   /* tracks numbered as in lib */
	uint32_t *artist;        /* [lib.n] for qf_pick_rules */
	/* what model points to */
	struct qf_matrix gram;
	struct qf_ease ease;
	float *listeners, *plays, *average;
	struct qf_arena texts;
};

/* Library, model and sounds. Without a trained model, listeners and plays come from the
 * events up to `now`. A track that the model has not met gets the place that its sound maps to.
 * Inside of a read transaction; to be freed also after an error. */
enum qf_status cli_learned_open(struct cli_learned *l, struct qf_catalog *c, int64_t now, struct qf_err *e);

/* The same with the tracks id[n], rising, alone: lib is short, and all numbers are as before.
 * Only with a model of listening (row.kind "ials"); QF_EINVAL without. */
enum qf_status cli_learned_open_of(struct cli_learned *l, struct qf_catalog *c, const int64_t *id, size_t n, struct qf_err *e);
void cli_learned_close(struct cli_learned *l);

/* Append the rows of the result in its order: track.v1 with brief features and
 * a sub-object `name`, as `put` writes it into the row under way. */
struct cli_shown {
	struct qf_catalog *c;
	const struct cli_learned *l;
	const char *name;
	void (*put)(struct qf_buf *row, const struct cli_shown *s, const struct qf_recommended *r);
};
enum qf_status cli_show_tracks(const struct cli_shown *s, const struct qf_recommended *r, size_t n, struct qf_err *e);

/* "Artist - Title" of a track of the library, else the last part of its path. */
enum qf_status cli_track_label(struct qf_catalog *c, int64_t id, struct qf_buf *out, struct qf_err *e);

#endif
