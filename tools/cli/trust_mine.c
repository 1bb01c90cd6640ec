/* qfzz trust mine: what waits in the pool becomes a block. */
#define _GNU_SOURCE
#include "cli/trust.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "rows/json.h"
#include "trust/mine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { THREADS_MAX = 64 };

/* ---- the search ------------------------------------------------------------------------------------- */

struct search {
	struct qf_mine_job job;
	const struct qf_miner *miner;
	_Atomic uint64_t next;  /* piece to be tried */
	_Atomic uint64_t done;  /* pieces */
	_Atomic uint64_t best;  /* the lowest piece with a find */
	_Atomic int running;
	uint64_t nonce;         /* of the best piece; under the lock */
	pthread_mutex_t lock;
	atomic_bool stop;
};

/* Pieces are taken in rising order and one below a find is always finished, so the lowest nonce wins
 * whatever the number of threads. */
static void *work(void *arg)
{
	struct search *s = arg;
	uint64_t piece, nonce;

	while (!s->stop && (piece = atomic_fetch_add(&s->next, 1)) < QF_MINE_PIECES && piece < s->best) {
		if (qf_mine_piece(&s->job, s->miner, piece, &nonce)) {
			pthread_mutex_lock(&s->lock);
			if (piece < s->best) {
				s->best = piece;
				s->nonce = nonce;
			}
			pthread_mutex_unlock(&s->lock);
		}
		atomic_fetch_add(&s->done, 1);
	}
	atomic_fetch_sub(&s->running, 1);
	return NULL;
}

static void watch(struct search *s)
{
	const struct timespec nap = { .tv_nsec = 5000000 };
	double began = cli_clock_s();

	while (s->running > 0) {
		cli_progress(s->done * QF_MINE_PIECE / 1000000, 0, "million hashes");
		if (cli.interrupted || (trust_opts.max_seconds > 0 && cli_clock_s() - began > trust_opts.max_seconds))
			s->stop = true;
		nanosleep(&nap, NULL);
	}
	cli_progress_end();
	if (!cli.quiet && cli_clock_s() - began > 1)
		cli_say("%.0f million hashes, %.1f MH/s (%s, %d threads)", (double)(s->done * QF_MINE_PIECE) / 1e6,
			(double)(s->done * QF_MINE_PIECE) / 1e6 / (cli_clock_s() - began), s->miner->name, (int)trust_opts.threads);
}

enum qf_status trust_search(char header[QF_BLOCK_HEADER], unsigned bits, bool *found, struct qf_err *e)
{
	struct search s = { .miner = qf_miner_find(trust_opts.kernel), .best = UINT64_MAX, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[THREADS_MAX];
	int n = 0;

	if (!s.miner)
		cli_misuse("--kernel: '%s' is none of sha-ni, avx2, plain, or this processor cannot run it", trust_opts.kernel);
	qf_mine_begin(&s.job, header, bits);
	for (; n < trust_opts.threads && n < THREADS_MAX; n++) {
		atomic_fetch_add(&s.running, 1);
		if (pthread_create(&thread[n], NULL, work, &s) != 0) {
			atomic_fetch_sub(&s.running, 1);
			break;
		}
	}
	if (n == 0)
		return qf_fail(e, QF_ENOMEM, "the system gives no thread to mine with");
	watch(&s);
	for (int i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	*found = s.best != UINT64_MAX && !s.stop;
	if (*found)
		qf_block_set_nonce(header, s.nonce);
	return QF_OK;
}

/* ---- the chain so far --------------------------------------------------------------------------------- */

const char *trust_node(void)
{
	const char *node = trust_opts.node ? trust_opts.node : "qfzz";

	if (!qf_block_is_node(node))
		cli_misuse("--node: '%s' is not 1 to 16 of a-z, 0-9, '.' and '-'", node);
	return node;
}

static enum qf_status follow_block(void *ctx, const struct qf_trust_block *b, bool *records, struct qf_err *e)
{
	struct qf_chain *chain = ctx;
	enum qf_status rc = qf_chain_block(chain, (struct qf_span){ b->header, strlen(b->header) }, e);

	*records = b->height == 0;
	if (rc == QF_OK && b->height > 0)
		qf_chain_skip(chain);
	return rc;
}

static enum qf_status follow_record(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	struct qf_record rec;

	return qf_chain_record(ctx, r->line, &rec, e);
}

/* The chosen one, headers only but for block 0, so that `chain` knows what the next block is asked for. */
static enum qf_status follow_chain(struct qf_catalog *c, struct qf_chain *chain, struct qf_err *e)
{
	const struct qf_trust_walk walk = { follow_block, follow_record, chain };
	enum qf_status rc = qf_catalog_chain(c, &walk, e);

	return rc == QF_OK ? qf_chain_end(chain, e) : rc;
}

enum qf_status trust_print_block(const struct qf_block *b, const uint8_t hash[QF_SHA256], struct qf_err *e)
{
	struct qf_buf row = { 0 };

	trust_begin(&row, "trust-block.v1");
	qf_json_put_int(&row, "block", b->index);
	trust_put_hex(&row, "hash", hash, QF_SHA256);
	qf_json_put_int(&row, "records", b->count);
	qf_json_put_int(&row, "bits", b->bits);
	qf_json_put_int(&row, "ts", b->ts);
	qf_json_put_str(&row, "node", b->node);
	return cli_row_end(&row, e);
}

/* ---- one block ------------------------------------------------------------------------------------------ */

struct draft {
	struct qf_chain chain;  /* up to the tip that it is to follow */
	struct qf_block block;
	char header[QF_BLOCK_HEADER];
	struct qf_merkle tree;
	struct qf_buf records;  /* their numbers */
	size_t at;              /* for the comparison */
};

static enum qf_status take_pooled(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	struct draft *d = ctx;
	struct qf_record rec;
	uint8_t leaf[QF_SHA256];

	if (qf_record_parse(&rec, r->line, e))
		return qf_err_at(e, "the pool");
	if (rec.ts > d->block.ts + QF_BLOCK_FUTURE_S) /* its time has not come */
		return QF_OK;
	qf_record_leaf(rec.rec, rec.sig, leaf);
	qf_merkle_add(&d->tree, leaf);
	qf_buf_put(&d->records, &r->id, sizeof r->id);
	return qf_buf_check(&d->records, e);
}

/* A block of what waits now; count 0: nothing does. */
static enum qf_status draft(struct qf_catalog *c, struct draft *d, struct qf_err *e)
{
	enum qf_status rc = qf_catalog_begin_read(c, e);
	int64_t earliest;
	unsigned asked;

	if (rc != QF_OK)
		return rc;
	d->chain.now = 0;
	rc = follow_chain(c, &d->chain, e);
	if (rc == QF_OK) {
		earliest = qf_pace_earliest(&d->chain.pace);
		asked = qf_pace_bits(&d->chain.pace, &d->chain.rules);
		d->block = (struct qf_block){ .index = d->chain.pace.n, .ts = cli_now() > earliest ? cli_now() : earliest,
					      .bits = trust_opts.bits > (int64_t)asked ? (unsigned)trust_opts.bits : asked };
		memcpy(d->block.prev, d->chain.tip, QF_SHA256);
		memcpy(d->block.node, trust_node(), strlen(trust_node()) + 1);
		if (trust_opts.bits >= 0 && trust_opts.bits < (int64_t)asked)
			cli_misuse("--bits: %u are asked of the next block, less is no block", asked);
		rc = qf_catalog_each_pooled(c, QF_BLOCK_RECORDS_MAX, take_pooled, d, e);
	}
	qf_catalog_rollback(c);
	d->block.count = (uint32_t)d->tree.n;
	qf_merkle_root(&d->tree, d->block.root);
	if (rc == QF_OK && d->block.count)
		qf_block_write(&d->block, d->header);
	return rc;
}

static enum qf_status same_pooled(void *ctx, const struct qf_trust_record *r, struct qf_err *e)
{
	struct draft *d = ctx;

	(void)e;
	if (d->at < d->records.len && memcmp(d->records.p + d->at, &r->id, sizeof r->id) == 0)
		d->at += sizeof r->id;
	return QF_OK;
}

/* Store the block, unless another one came first or a record of it is gone: *beaten. */
static enum qf_status place(struct qf_catalog *c, struct draft *d, bool *beaten, struct qf_err *e)
{
	struct qf_trust_block tip, b = { .height = d->block.index };
	struct qf_work work = d->chain.work;
	enum qf_status rc = qf_catalog_begin(c, e);

	if (rc != QF_OK)
		return rc;
	d->at = 0;
	rc = qf_catalog_tip(c, &tip, e);
	if (rc == QF_OK)
		rc = qf_catalog_each_pooled(c, 0, same_pooled, d, e);
	*beaten = rc == QF_OK && (memcmp(tip.hash, d->block.prev, QF_SHA256) != 0 || d->at != d->records.len);
	if (rc == QF_OK && !*beaten) {
		qf_work_add(&work, d->block.bits);
		qf_work_write(&work, b.work);
		qf_block_hash(d->header, b.hash);
		memcpy(b.prev, d->block.prev, sizeof b.prev);
		memcpy(b.header, d->header, QF_BLOCK_HEADER);
		rc = qf_catalog_put_block(c, &b, (const int64_t *)(const void *)d->records.p, d->records.len / sizeof(int64_t), e);
		if (rc == QF_OK)
			rc = qf_catalog_choose(c, b.hash, e);
		if (rc == QF_OK)
			return qf_catalog_commit(c, e);
	}
	qf_catalog_rollback(c);
	return rc;
}

static void drop(struct draft *d)
{
	qf_chain_free(&d->chain);
	qf_buf_free(&d->records);
}

/* One block, mined until it is placed: beaten ones begin anew with what then waits. */
int trust_mine(struct qf_catalog *c)
{
	struct qf_err e = { 0 };
	enum qf_status rc = QF_OK;
	bool beaten = true, found = true;
	int code = EXIT_OK;

	trust_operands(0, 0, "no operands");
	while (rc == QF_OK && beaten && found && !cli.interrupted) {
		struct draft d = { .at = 0 };
		uint8_t hash[QF_SHA256];

		beaten = false;
		rc = draft(c, &d, &e);
		if (rc == QF_OK && d.block.count) {
			rc = trust_search(d.header, d.block.bits, &found, &e);
			if (rc == QF_OK && found)
				rc = place(c, &d, &beaten, &e);
			if (rc == QF_OK && beaten && !cli.quiet)
				cli_say("block %lld was mined by another one first; its place is searched anew", (long long)d.block.index);
			qf_block_hash(d.header, hash);
			if (rc == QF_OK && found && !beaten)
				rc = trust_print_block(&d.block, hash, &e);
		} else if (rc == QF_OK && !cli.quiet) {
			cli_say("nothing waits to be mined");
		}
		drop(&d);
	}
	if (rc == QF_OK && !found && !cli.interrupted) {
		cli_say("no block within %g s; what waits goes on waiting", trust_opts.max_seconds);
		code = EXIT_SOME;
	}
	return rc == QF_OK ? code : trust_refused(&e);
}
