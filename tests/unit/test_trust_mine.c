/* The kernels of SHA-256: each finds what OpenSSL finds, on a million headers, and eight messages have the hashes that OpenSSL gives. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "unit.h"

#include "base/hash.h"
#include "base/random.h"
#include "trust/block.h"
#include "trust/many.h"
#include "trust/mine.h"

#include <openssl/sha.h>

static void some_header(uint64_t seed, char header[QF_BLOCK_HEADER])
{
	struct qf_block b = { .index = 7, .count = 3, .bits = 20, .ts = 1700000000, .node = "here" };

	for (size_t i = 0; i < QF_SHA256; i++) {
		b.prev[i] = (uint8_t)qf_random(seed, i);
		b.root[i] = (uint8_t)qf_random(seed, 100 + i);
	}
	qf_block_write(&b, header);
}

/* What a kernel is compared with: the whole header by OpenSSL, try by try. */
static uint32_t first_word(const char header[QF_BLOCK_HEADER])
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)header, QF_BLOCK_HEADER, hash);
	return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
}

static void the_block_function_is_that_of_openssl(void **state)
{
	uint32_t s[8], w[16];
	SHA256_CTX ctx;

	(void)state;
	for (uint64_t round = 0; round < 1000; round++) {
		uint8_t block[64];

		for (size_t i = 0; i < 64; i++)
			block[i] = (uint8_t)qf_random(round, i);
		for (int i = 0; i < 16; i++)
			w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
		memcpy(s, qf_sha256_start, sizeof s);
		qf_sha256_block(s, w);
		SHA256_Init(&ctx);
		SHA256_Transform(&ctx, block);
		for (int i = 0; i < 8; i++)
			assert_int_equal(s[i], ctx.h[i]);
	}
}

/* 16 pieces are 1,048,576 headers. With 12 bits one try in 4,096 is a find, so that every lane of
 * every kernel has finds; the next one is looked for behind each. */
static void every_kernel_finds_what_openssl_finds_on_a_million_headers(void **state)
{
	enum { PIECES = 16, BITS = 12 };
	static uint32_t want[PIECES * QF_MINE_PIECE];
	char header[QF_BLOCK_HEADER];
	struct qf_mine_job job;

	(void)state;
	some_header(1, header);
	for (uint64_t n = 0; n < PIECES * QF_MINE_PIECE; n++) {
		qf_block_set_nonce(header, n);
		want[n] = first_word(header);
	}
	qf_mine_begin(&job, header, BITS);
	for (const struct qf_miner *m = qf_miners; m->name; m++) {
		if (!m->usable()) {
			print_message("%s cannot run here\n", m->name);
			continue;
		}
		for (uint32_t piece = 0; piece < PIECES; piece++) {
			uint32_t w[16] = { 0 }, from = 0, at = 0, limit = UINT32_MAX >> BITS;
			uint64_t nonce;
			uint32_t first = QF_MINE_PIECE;

			qf_block_set_nonce(header, (uint64_t)piece * QF_MINE_PIECE);
			for (int i = 0; i < 13; i++)
				w[i] = (uint32_t)(uint8_t)header[192 + 4 * i] << 24 | (uint32_t)(uint8_t)header[193 + 4 * i] << 16 |
				       (uint32_t)(uint8_t)header[194 + 4 * i] << 8 | (uint8_t)header[195 + 4 * i];
			w[13] = 0x80000000;
			w[15] = QF_BLOCK_HEADER * 8;
			for (uint32_t x = 0; x < QF_MINE_PIECE; x++) {
				if (want[piece * QF_MINE_PIECE + x] > limit)
					continue;
				if (first == QF_MINE_PIECE)
					first = x;
				assert_true(m->scan(job.state, w, from, limit, &at));
				assert_int_equal(at, x);
				from = at + 1;
			}
			assert_false(from < QF_MINE_PIECE && m->scan(job.state, w, from, limit, &at));
			assert_true(qf_mine_piece(&job, m, piece, &nonce));
			assert_int_equal(nonce, piece * QF_MINE_PIECE + first);
		}
	}
}

static void more_than_32_bits_are_judged_by_the_whole_hash(void **state)
{
	char header[QF_BLOCK_HEADER];
	struct qf_mine_job job;
	uint64_t nonce;

	(void)state;
	some_header(2, header);
	qf_mine_begin(&job, header, 40); /* a piece has one chance in 2^24 */
	assert_false(qf_mine_piece(&job, qf_miner_find("plain"), 0, &nonce));
	qf_mine_begin(&job, header, 0);
	assert_true(qf_mine_piece(&job, qf_miner_find("plain"), 3, &nonce));
	assert_int_equal(nonce, 3 * QF_MINE_PIECE);
}

static void a_kernel_is_found_by_its_name(void **state)
{
	(void)state;
	assert_non_null(qf_miner_find(NULL));
	assert_string_equal(qf_miner_find("plain")->name, "plain");
	assert_null(qf_miner_find("abacus"));
}

/* 1 to 8 messages, of every length that there may be in every lane. */
static void messages_side_by_side_have_the_hashes_of_openssl(void **state)
{
	uint8_t want[QF_MANY][QF_SHA256], hash[QF_MANY][QF_SHA256];

	(void)state;
	for (int one_by_one = 0; one_by_one < 2; one_by_one++) {
		struct qf_many m = { .chosen = one_by_one };

		for (size_t n = 1; n <= QF_MANY; n++)
			for (size_t round = 0; round <= QF_MANY_MAX; round++) {
				for (size_t i = 0; i < n; i++) {
					size_t len = (round + 61 * i) % (QF_MANY_MAX + 1);
					uint8_t *p = qf_many_add(&m, len);

					for (size_t k = 0; k < len; k++)
						p[k] = (uint8_t)qf_random(round, k);
					SHA256(p, len, want[i]);
				}
				qf_many_end(&m, hash);
				assert_int_equal(m.n, 0);
				assert_memory_equal(hash, want, n * QF_SHA256);
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_block_function_is_that_of_openssl),
		cmocka_unit_test(every_kernel_finds_what_openssl_finds_on_a_million_headers),
		cmocka_unit_test(more_than_32_bits_are_judged_by_the_whole_hash),
		cmocka_unit_test(messages_side_by_side_have_the_hashes_of_openssl),
		cmocka_unit_test(a_kernel_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
