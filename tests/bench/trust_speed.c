/* trust_speed - rates of the chain of trust, per second of processor time, best of five.
 *
 *   trust_speed mine                each mining kernel beside OpenSSL's EVP one-shot on the same headers, in this run
 *   trust_speed fill CATALOG N      a chain of N records in CATALOG, stored in batches of 4000: how fast, on the clock too
 *   trust_speed sigs                signatures checked by libsodium */
#define _POSIX_C_SOURCE 200809L
#include "base/alloc.h"
#include "catalog/trust.h"
#include "trust/chain.h"
#include "trust/key.h"
#include "trust/mine.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, BATCH = 4000, BLOCK = 10000, TS = 1700000000 };

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu(void)
{
	return seconds(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- mining ---------------------------------------------------------------------------------- */

static void header_of(char header[QF_BLOCK_HEADER])
{
	struct qf_block b = { .index = 1, .count = 1, .bits = 60, .ts = TS, .node = "bench" };

	qf_block_write(&b, header);
}

/* Tries a second: 60 bits are not found here. */
static double mine(const struct qf_miner *m)
{
	char header[QF_BLOCK_HEADER];
	struct qf_mine_job j;
	uint64_t nonce, pieces = strcmp(m->name, "plain") == 0 ? 40 : 400;
	double best = 0;

	header_of(header);
	qf_mine_begin(&j, header, 60);
	for (int i = 0; i < ROUNDS; i++) {
		double t = cpu(), rate;

		for (uint64_t p = 0; p < pieces; p++)
			if (qf_mine_piece(&j, m, p, &nonce))
				puts("a wonder");
		rate = (double)pieces * QF_MINE_PIECE / (cpu() - t);
		best = rate > best ? rate : best;
	}
	return best;
}

static double evp(void)
{
	char header[QF_BLOCK_HEADER];
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n, zero = 0;
	double best = 0;

	header_of(header);
	for (int i = 0; i < ROUNDS; i++) {
		double t = cpu(), rate;

		for (uint32_t x = 0; x < 1000000; x++) {
			memcpy(header + QF_BLOCK_HEADER - sizeof x, &x, sizeof x); /* as cheap as it can be */
			EVP_Digest(header, sizeof header, hash, &n, EVP_sha256(), NULL);
			zero += hash[0] == 0;
		}
		rate = 1000000 / (cpu() - t);
		best = rate > best ? rate : best;
	}
	return zero ? best : 0;
}

static int bench_mine(void)
{
	double one_shot = evp();

	printf("%-40s %10.2f MH/s\n", "EVP one-shot, a header a try", one_shot / 1e6);
	for (const struct qf_miner *m = qf_miners; m->name; m++)
		if (m->usable()) {
			double rate = mine(m);

			printf("%-40s %10.2f MH/s %6.1f times EVP\n", m->name, rate / 1e6, rate / one_shot);
		}
	return 0;
}

/* ---- records ----------------------------------------------------------------------------------- */

static struct qf_key key;

static void sign(uint8_t chain[QF_SHA256], int64_t seq, struct qf_buf *line, struct qf_record *r)
{
	*r = (struct qf_record){ .deed = QF_INTERACTION, .delta = 10000, .seq = seq, .ts = TS, .target = { .kind = QF_TARGET_TRACK } };
	memcpy(r->actor, key.public, QF_KEY);
	memcpy(r->chain, chain, QF_SHA256);
	memcpy(r->target.id, &seq, sizeof seq);
	qf_buf_clear(line);
	if (qf_record_sign(r, key.secret, line, NULL) != QF_OK)
		abort();
}

static int bench_sigs(void)
{
	uint8_t chain[QF_SHA256] = { 1 };
	struct qf_buf line = { 0 };
	struct qf_record r;
	double best = 0;

	sign(chain, 1, &line, &r);
	if (qf_record_parse(&r, (struct qf_span){ line.p, line.len }, NULL) != QF_OK)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		double t = cpu();
		int n = 0;

		while (n < 5000 && qf_record_signed(&r))
			n++;
		best = n / (cpu() - t) > best ? n / (cpu() - t) : best;
	}
	printf("%-40s %10.0f /s\n", "signatures of records checked", best);
	qf_buf_free(&line);
	return 0;
}

struct filler {
	struct qf_catalog *c;
	struct qf_chain chain; /* only pace, work and tip */
	double wall, cpu;      /* of the storing alone */
	struct qf_err e;
};

static void must(struct filler *f, enum qf_status rc)
{
	if (rc == QF_OK)
		return;
	fprintf(stderr, "trust_speed: %s\n", f->e.text);
	exit(1);
}

/* A block of lines[n]: stored as records in batches, which is timed, then placed. */
static void put_block(struct filler *f, struct qf_buf *lines, struct qf_record *r, size_t n, bool genesis, uint8_t id[QF_SHA256])
{
	struct qf_block b = { .index = f->chain.pace.n, .count = (uint32_t)n, .ts = TS + f->chain.pace.n, .node = "bench" };
	struct qf_trust_block row = { .height = b.index };
	struct qf_merkle tree = { 0 };
	char header[QF_BLOCK_HEADER];
	int64_t *ids = qf_alloc(n, sizeof *ids);
	double wall = seconds(CLOCK_MONOTONIC), spent = cpu();

	for (size_t i = 0; i < n; i++) {
		char target[QF_TARGET_TEXT] = "";
		uint8_t hash[QF_SHA256];
		bool is_new;

		if (i % BATCH == 0)
			must(f, qf_catalog_begin(f->c, &f->e));
		qf_record_id((struct qf_span){ lines[i].p, lines[i].len }, hash);
		if (!genesis)
			qf_target_write(&r[i].target, target);
		must(f, qf_catalog_put_trust(f->c, &(struct qf_trust_record){ .hash = hash, .actor = key.public, .seq = genesis ? -1 : r[i].seq, .ts = TS,
			.delta = r[i].delta, .action = genesis ? "genesis" : qf_deed_name(r[i].deed), .target = target, .line = { lines[i].p, lines[i].len } },
			&ids[i], &is_new, &f->e));
		if ((i + 1) % BATCH == 0 || i + 1 == n)
			must(f, qf_catalog_commit(f->c, &f->e));
	}
	f->wall += seconds(CLOCK_MONOTONIC) - wall;
	f->cpu += cpu() - spent;
	for (size_t i = 0; i < n; i++) {
		uint8_t leaf[QF_SHA256];

		if (genesis)
			memcpy(leaf, id, sizeof leaf);
		else
			qf_record_leaf((struct qf_span){ lines[i].p + 7, lines[i].len - 7 - 10 - 2 * QF_SIGNATURE }, r[i].sig, leaf);
		qf_merkle_add(&tree, leaf);
	}
	memcpy(b.prev, f->chain.tip, QF_SHA256);
	qf_merkle_root(&tree, b.root);
	qf_block_write(&b, header);
	qf_block_hash(header, f->chain.tip);
	f->chain.pace.n++;
	qf_work_add(&f->chain.work, 0);
	qf_work_write(&f->chain.work, row.work);
	memcpy(row.hash, f->chain.tip, QF_SHA256);
	memcpy(row.prev, b.prev, QF_SHA256);
	memcpy(row.header, header, sizeof header);
	must(f, qf_catalog_begin(f->c, &f->e));
	must(f, qf_catalog_put_block(f->c, &row, ids, n, &f->e));
	must(f, qf_catalog_choose(f->c, row.hash, &f->e));
	must(f, qf_catalog_commit(f->c, &f->e));
	qf_free(ids);
}

static int fill(const char *path, size_t n)
{
	static struct qf_buf line[BLOCK];
	static struct qf_record r[BLOCK];
	struct qf_genesis g = { .name = "bench", .rules = { 0, 600 }, .ts = TS };
	struct qf_buf first = { 0 };
	struct filler f = { .c = NULL };
	uint8_t leaf[QF_SHA256];
	int64_t seq = 0;

	must(&f, qf_catalog_open(&f.c, path, QF_CATALOG_WRITE, 1000, TS, &f.e));
	memcpy(g.actor, key.public, QF_KEY);
	must(&f, qf_genesis_sign(&g, key.secret, &first, &f.e));
	must(&f, qf_genesis_parse(&g, (struct qf_span){ first.p, first.len }, &f.e));
	qf_record_leaf(g.rec, g.sig, leaf);
	put_block(&f, &first, r, 1, true, leaf);
	f.wall = f.cpu = 0;
	while (n > 0) {
		size_t now = n < BLOCK ? n : BLOCK;

		for (size_t i = 0; i < now; i++) {
			sign(g.id, seq++, &line[i], &r[i]);
			must(&f, qf_record_parse(&r[i], (struct qf_span){ line[i].p, line[i].len }, &f.e));
		}
		put_block(&f, line, r, now, false, NULL);
		n -= now;
	}
	printf("%-40s %10.0f records/s of processor, %.0f on the clock\n", "stored durably, 4000 a transaction", (double)seq / f.cpu, (double)seq / f.wall);
	qf_catalog_close(f.c);
	return 0;
}

int main(int argc, char **argv)
{
	const uint8_t seed[QF_KEY] = { 1 };

	qf_key_make(&key, seed);
	if (argc == 2 && strcmp(argv[1], "mine") == 0)
		return bench_mine();
	if (argc == 2 && strcmp(argv[1], "sigs") == 0)
		return bench_sigs();
	if (argc == 4 && strcmp(argv[1], "fill") == 0)
		return fill(argv[2], strtoul(argv[3], NULL, 10));
	fputs("usage: trust_speed mine | sigs | fill CATALOG N\n", stderr);
	return 2;
}
