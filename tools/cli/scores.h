/* scores.h - what the records of a catalog's chain say of everything: trust/reputation.h over catalog/trust.h. */
#ifndef CLI_SCORES_H
#define CLI_SCORES_H

#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "trust/genesis.h"
#include "trust/record.h"
#include "trust/reputation.h"

struct cli_scores {
	struct qf_society society;
	struct qf_buf said;    /* struct qf_opinion; while it is read, target numbers are places in `named` */
	struct qf_buf named;   /* struct qf_target of each record */
	struct qf_buf actors;  /* QF_KEY bytes each, rising */
	struct qf_target *target; /* [targets], rising */
	double *anchor, *weight;
	bool *agreed;
	uint32_t *person;
	struct qf_evidence *evidence;
	bool anchored;
};

/* All scores at a time (seconds since the epoch) and with a half-life; without a chain nobody has said anything. *out is the
 * caller's, to close. QF_EFORMAT, QF_ECORRUPT: a record is none; QF_ENOMEM; errors of the catalog. */
enum qf_status cli_scores_open(struct cli_scores **out, struct qf_catalog *c, int64_t as_of, int64_t half_life_s, struct qf_err *e);
void cli_scores_close(struct cli_scores *s); /* NULL is fine */

/* The number of a target, whose holes are zero, or QF_NOBODY; and the evidence on it, none where nobody spoke of it. */
uint32_t cli_scores_target(const struct cli_scores *s, const struct qf_target *t);
struct qf_evidence cli_scores_on(const struct cli_scores *s, const struct qf_target *t);

/* Queries of this catalog know the field `trust`, as of `now` and with the usual half-life; what it costs is paid by the
 * first query that weighs it. Once per process and catalog. */
enum qf_status cli_trust_field(struct qf_catalog *c, int64_t now, struct qf_err *e);

/* The genesis record of the catalog's chain; its `rec` is not kept. QF_ENOTFOUND: there is no chain. */
enum qf_status trust_genesis(struct qf_catalog *c, struct qf_genesis *g, struct qf_err *e);

#endif
