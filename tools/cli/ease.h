/* ease.h - a model of ease (model/ease.h) in the catalog, and back.
 *
 * Pages "ease" of 128 tracks each: for every track its spread (float32) and how many neighbours
 * it has (uint32), then of all of them the neighbours' places among the tracks of the model
 * (uint32), then their correlations (float32). So a pair takes 16 bytes, both ways together. */
#ifndef QFZZ_CLI_EASE_H
#define QFZZ_CLI_EASE_H

#include "base/err.h"
#include "catalog/learn.h"
#include "model/ease.h"

#include <stdint.h>

/* Of the tracks id[m->items], rising. In an open transaction. */
enum qf_status cli_ease_put(struct qf_catalog *c, int64_t model, const int64_t *id, const struct qf_ease *m, struct qf_err *e);

/* Of the tracks of lib, by their places there; those that are gone from it are left out, those
 * that the model does not know have a spread of 0. QF_ECORRUPT. */
enum qf_status cli_ease_get(struct qf_ease *out, struct qf_catalog *c, int64_t model, const struct qf_library *lib, struct qf_err *e);

#endif
