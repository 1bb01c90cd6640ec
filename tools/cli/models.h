/* models.h - which engines with which numbers, as people write them:
 *
 *     ials:rank=128,lambda=0.003/0.01/0.03
 *
 * ENGINE, then KEY=VALUE; several values with a slash between them are all tried. */
#ifndef QFZZ_CLI_MODELS_H
#define QFZZ_CLI_MODELS_H

#include "base/buf.h"
#include "base/err.h"
#include "model/engine.h"

#include <stdbool.h>
#include <stddef.h>

#define CLI_MODEL_TRIES 16 /* values of one key */

struct cli_model {
	const struct qf_engine_kind *kind;
	double value[QF_ENGINE_KEYS];
	double tried[QF_ENGINE_KEYS][CLI_MODEL_TRIES];
	size_t tries[QF_ENGINE_KEYS]; /* 1 and more */
};

/* QF_EINVAL says what is wrong with the text. */
enum qf_status cli_model_parse(struct cli_model *m, const char *text, struct qf_err *e);

/* What a key is (0 if the engine has none of that name), and make it so within its range: QF_EINVAL. */
double cli_model_value(const struct cli_model *m, const char *key);
enum qf_status cli_model_set(struct cli_model *m, const char *key, double v, struct qf_err *e);

/* The product of all tries, and the nth combination of them into value[]. */
size_t cli_model_points(const struct cli_model *m);
void cli_model_take(struct cli_model *m, size_t nth);

/* "ials:rank=128": the engine and what is not as usual. */
void cli_model_label(struct qf_buf *out, const struct cli_model *m);

/* Every engine with its keys, for --help: a line each. */
void cli_model_list(struct qf_buf *out);

#endif
