/* codes.h - the int8 copies (model/scan.h) of a model's factors and of the sounds, as train
 * leaves them in the catalog for a library that is too large to be read for one list.
 *
 * Pages "codes" of the newest model, of QF_SCAN_TILE tracks each, tracks that are missing
 * left out: codes of the factors, codes of the sounds, then scale and rest of either.
 * Beside them "lengths", page for page: of each track the length of its factors, that of its
 * sound, and its listeners (float32 each, all of one kind together), "codes_at", whose only number is that of the last change (catalog/change.h)
 * that they know of, and "average", the average sound. */
#ifndef QFZZ_CLI_CODES_H
#define QFZZ_CLI_CODES_H

#include "cli/learned.h"
#include "model/scan.h"

#include "base/err.h"
#include "catalog/catalog.h"

#include <stddef.h>
#include <stdint.h>

#define CLI_CODES_CHANGED 2000 /* tracks that changed since the training: with more, the whole is read */
#define CLI_CODES_FROM 10000 /* tracks: a smaller library has none, it is read whole in no time */

/* Bring the codes up to date with the model and the library, if they are not. In a
 * transaction of its own. */
enum qf_status cli_codes_refresh(struct qf_catalog *c, int64_t now, struct qf_err *e);

/* The last change that the codes of the newest model know of; -1: there are none, or it is none of factors. */
enum qf_status cli_codes_there(struct qf_catalog *c, int64_t *seq, struct qf_err *e);

struct cli_codes { /* a page, without the numbers of its tracks: views of its bytes */
	struct qf_codes factor, sound;
};
size_t cli_codes_bytes(size_t n, size_t rank);
struct cli_codes cli_codes_at(uint8_t *bytes, size_t n, size_t rank); /* bytes[cli_codes_bytes(n, rank)], on 4 */

#endif
