/* qfzz trust log and show. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "cli/cli.h"
#include "rows/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum qf_status print_stored(const struct qf_trust_block *b, struct qf_err *e)
{
	struct qf_block block;

	if (qf_block_parse(&block, (struct qf_span){ b->header, strlen(b->header) }, e))
		return e->code;
	return trust_print_block(&block, b->hash, e);
}

/* The last blocks, the newest first. */
int trust_log(struct qf_catalog *c)
{
	struct qf_trust_block b;
	struct qf_err e = { 0 };
	enum qf_status rc;

	trust_operands(0, 0, "no operands");
	rc = qf_catalog_begin_read(c, &e);
	if (rc == QF_OK)
		rc = qf_catalog_tip(c, &b, &e);
	if (rc == QF_ENOTFOUND) {
		struct qf_genesis g;

		rc = trust_genesis(c, &g, &e); /* which says how to get one */
	}
	for (int64_t left = trust_opts.count; rc == QF_OK && left > 0; left--) {
		int64_t below = b.height - 1;

		rc = print_stored(&b, &e);
		if (rc == QF_OK && below < 0)
			break;
		if (rc == QF_OK)
			rc = qf_catalog_block_at(c, below, &b, &e);
	}
	qf_catalog_rollback(c);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}

struct shown {
	int64_t block;
};

static enum qf_status print_record(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	const struct shown *s = ctx;
	struct qf_buf row = { 0 };
	enum qf_status rc;

	trust_put_record(&row, r, s->block);
	rc = qf_buf_check(&row, e);
	if (rc == QF_OK)
		cli_row((struct qf_span){ row.p, row.len });
	qf_buf_free(&row);
	return rc;
}

static enum qf_status show_block(struct qf_catalog *c, const char *number, struct qf_err *e)
{
	struct shown s;
	struct qf_trust_block b;
	char *end;
	int64_t height = strtoll(number, &end, 10);
	enum qf_status rc;

	if (!*number || *end || height < 0)
		cli_misuse("block:%s: a block is named by its number from 0", number);
	rc = qf_catalog_block_at(c, height, &b, e);
	if (rc != QF_OK)
		return rc == QF_ENOTFOUND ? qf_fail(e, rc, "block %" PRId64 " is not there", height) : rc;
	s.block = height;
	return print_stored(&b, e) == QF_OK ? qf_catalog_each_placed(c, b.id, print_record, &s, e) : e->code;
}

static enum qf_status show_record(struct qf_catalog *c, const char *digits, struct qf_err *e)
{
	struct qf_arena a = { 0 };
	struct qf_trust_record r;
	struct qf_trust_block b;
	int64_t pos;
	enum qf_status rc = qf_catalog_find_trust(c, digits, &a, &r, e);

	if (rc == QF_OK)
		rc = qf_catalog_place_of(c, r.id, &b, &pos, e);
	if (rc == QF_OK)
		rc = print_record(&(struct shown){ b.id ? b.height : -1 }, &r, e);
	qf_arena_free(&a);
	return rc;
}

int trust_show(struct qf_catalog *c)
{
	char **what = trust_operands(1, SIZE_MAX, "records (4 or more digits of their ids) or block:NUMBER");
	struct qf_err e = { 0 };
	enum qf_status rc = qf_catalog_begin_read(c, &e);

	for (; rc == QF_OK && *what; what++)
		rc = strncmp(*what, "block:", 6) == 0 ? show_block(c, *what + 6, &e) : show_record(c, *what, &e);
	qf_catalog_rollback(c);
	return rc == QF_OK ? EXIT_OK : cli_die(&e);
}
