/* trust_speed - rates of the trust room, per second of processor time, best of five:
 * each mining kernel beside OpenSSL's EVP one-shot on the same headers, in this run. */
#define _POSIX_C_SOURCE 200809L
#include "trust/mine.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5 };

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void header_of(char header[QF_BLOCK_HEADER])
{
	struct qf_block b = { .index = 1, .count = 1, .bits = 60, .ts = 1700000000, .node = "bench" };

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

int main(void)
{
	double one_shot = evp();

	printf("mine\tEVP one-shot\t%.2f MH/s\n", one_shot / 1e6);
	for (const struct qf_miner *m = qf_miners; m->name; m++)
		if (m->usable()) {
			double rate = mine(m);

			printf("mine\t%s\t%.2f MH/s\t%.1f times EVP\n", m->name, rate / 1e6, rate / one_shot);
		}
	return 0;
}
