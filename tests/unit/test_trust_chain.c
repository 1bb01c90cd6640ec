/* Blocks and chains: the header's form, work, pace, and that nothing can be changed unseen. */
#include "unit.h"

#include "trust/chain.h"
#include "trust/key.h"
#include "trust/mine.h"
#include "trust/note.h"

#include <stdio.h>
#include <stdlib.h>

static struct qf_key key_of(uint8_t seed)
{
	uint8_t s[QF_KEY] = { seed };
	struct qf_key k;

	qf_key_make(&k, s);
	return k;
}

/* ---- a chain in memory ------------------------------------------------------------------------------ */

struct made {
	struct qf_buf text;   /* NDJSON */
	struct qf_chain at;   /* follows what was made, to know what is asked */
	uint8_t id[QF_SHA256];
	int64_t seq;
};

static void add_block(struct made *m, struct qf_span *lines, size_t n, unsigned more_bits, int64_t ts)
{
	struct qf_block b = { .index = m->at.pace.n, .count = (uint32_t)n, .bits = (m->at.pace.n ? qf_pace_bits(&m->at.pace, &m->at.rules) : 8) + more_bits,
			      .ts = ts, .node = "test" };
	struct qf_merkle tree = { 0 };
	char header[QF_BLOCK_HEADER];
	struct qf_mine_job job;
	struct qf_genesis g;
	struct qf_record r;
	struct qf_err e = { 0 };
	uint64_t nonce = 0, piece = 0;

	memcpy(b.prev, m->at.tip, QF_SHA256);
	for (size_t i = 0; i < n; i++) {
		uint8_t leaf[QF_SHA256];

		if (b.index == 0) {
			assert_ok(qf_genesis_parse(&g, lines[i], &e), e);
			qf_record_leaf(g.rec, g.sig, leaf);
		} else {
			assert_ok(qf_record_parse(&r, lines[i], &e), e);
			qf_record_leaf(r.rec, r.sig, leaf);
		}
		qf_merkle_add(&tree, leaf);
	}
	qf_merkle_root(&tree, b.root);
	qf_block_write(&b, header);
	qf_mine_begin(&job, header, b.bits);
	while (!qf_mine_piece(&job, qf_miner_find(NULL), piece, &nonce))
		piece++;
	qf_block_set_nonce(header, nonce);
	qf_chain_put_block(&m->text, header);
	assert_ok(qf_chain_block(&m->at, (struct qf_span){ header, sizeof header }, &e), e);
	for (size_t i = 0; i < n; i++) {
		assert_ok(qf_chain_record(&m->at, lines[i], &r, &e), e);
		qf_buf_put(&m->text, lines[i].p, lines[i].n);
		qf_buf_putc(&m->text, '\n');
	}
}

static void begin_chain(struct made *m)
{
	struct qf_key k = key_of(1);
	struct qf_genesis g = { .name = "test", .rules = { 8, 600 }, .ts = 1700000000, .n_anchors = 1 };
	struct qf_buf line = { 0 };
	struct qf_err e = { 0 };

	memset(m, 0, sizeof *m);
	memcpy(g.actor, k.public, QF_KEY);
	memcpy(g.anchors[0], k.public, QF_KEY);
	assert_ok(qf_genesis_sign(&g, k.secret, &line, &e), e);
	memcpy(m->id, g.id, QF_SHA256);
	add_block(m, &(struct qf_span){ line.p, line.len }, 1, 0, 1700000000);
	qf_buf_free(&line);
}

static void add_records(struct made *m, size_t n, unsigned more_bits, int64_t ts)
{
	struct qf_key k = key_of(2);
	struct qf_buf line[8] = { { 0 } };
	struct qf_span lines[8];
	struct qf_err e = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct qf_record r = { .deed = QF_INTERACTION, .delta = 10000, .seq = m->seq++, .ts = ts, .target = { .kind = QF_TARGET_TRACK } };

		memcpy(r.actor, k.public, QF_KEY);
		memcpy(r.chain, m->id, QF_SHA256);
		r.target.id[0] = (uint8_t)r.seq;
		assert_ok(qf_record_sign(&r, k.secret, &line[i], &e), e);
		lines[i] = (struct qf_span){ line[i].p, line[i].len };
	}
	add_block(m, lines, n, more_bits, ts);
	for (size_t i = 0; i < n; i++)
		qf_buf_free(&line[i]);
}

static void end_chain(struct made *m)
{
	qf_buf_free(&m->text);
	qf_chain_free(&m->at);
}

/* Whether the text is a good chain, with signatures and log or by its hashes alone; the sentence if not. */
static enum qf_status read_chain(struct qf_span text, bool wholly, struct qf_chain *c, struct qf_err *e)
{
	enum qf_status rc = QF_OK;

	memset(c, 0, sizeof *c);
	c->with_log = wholly;
	memset(e, 0, sizeof *e);
	while (rc == QF_OK && text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		struct qf_span line = { text.p, nl ? (size_t)(nl - text.p) : text.n }, header;
		struct qf_record r = { .seq = 0 };
		bool is_block, genesis = qf_chain_at_genesis(c);

		if (!nl)
			return qf_fail(e, QF_EFORMAT, "a line without end");
		rc = qf_chain_line(line, &is_block, &header, e);
		if (rc == QF_OK && is_block)
			rc = qf_chain_block(c, header, e);
		else if (rc == QF_OK && (rc = qf_chain_record(c, line, &r, e)) == QF_OK && wholly && !genesis && !qf_record_signed(&r))
			rc = qf_fail(e, QF_EFORMAT, "the signature is not good");
		text = (struct qf_span){ nl + 1, text.n - line.n - 1 };
	}
	return rc == QF_OK ? qf_chain_end(c, e) : rc;
}

/* Either way the verdict is the same, and the tip: what is signed is hashed, too. */
static enum qf_status verify(struct qf_span text, struct qf_chain *c, struct qf_err *e)
{
	struct qf_chain brief;
	enum qf_status rc = read_chain(text, false, &brief, e);

	assert_int_equal(read_chain(text, true, c, e), rc);
	if (rc == QF_OK)
		assert_memory_equal(brief.tip, c->tip, QF_SHA256);
	qf_chain_free(&brief);
	return rc;
}

static void assert_refused(struct qf_span text, const char *what, size_t at)
{
	struct qf_chain c;
	struct qf_err e;

	if (verify(text, &c, &e) == QF_OK)
		fail_msg("%s %zu: taken", what, at);
	assert_true(e.text[0] != '\0');
	qf_chain_free(&c);
}

static void three_blocks(struct made *m)
{
	begin_chain(m);
	add_records(m, 2, 0, 1700000100);
	add_records(m, 3, 0, 1700000200);
}

static size_t lines_of(const struct made *m, struct qf_span *line)
{
	size_t n = 0;

	for (const char *p = m->text.p, *end = p + m->text.len; p < end; p += line[n++].n)
		line[n] = (struct qf_span){ p, (size_t)((const char *)memchr(p, '\n', (size_t)(end - p)) + 1 - p) };
	return n;
}

/* ---- nothing goes unseen ------------------------------------------------------------------------------- */

/* Of the last header a bit may be flipped into another proof of work, one time in 2^bits: then the records are the same
 * and the tip is not, which a checkpoint tells. */
static void every_flipped_bit_of_three_blocks_is_refused(void **state)
{
	struct made m;
	struct qf_span text, line[32];
	struct qf_chain c;
	struct qf_err e;

	(void)state;
	three_blocks(&m);
	text = (struct qf_span){ m.text.p, m.text.len };
	assert_ok(verify(text, &c, &e), e);
	assert_int_equal(c.pace.n, 3);
	assert_int_equal(c.log.n, 6);
	qf_chain_free(&c);
	assert_int_equal(lines_of(&m, line), 9);
	for (size_t i = 0; i < 8 * text.n; i++) {
		m.text.p[i / 8] = (char)(m.text.p[i / 8] ^ 1 << i % 8);
		if (verify(text, &c, &e) == QF_OK && (m.text.p + i / 8 < line[5].p || m.text.p + i / 8 >= line[6].p ||
						      c.log.n != 6 || memcmp(c.tip, m.at.tip, QF_SHA256) == 0))
			fail_msg("bit %zu: taken", i);
		qf_chain_free(&c);
		m.text.p[i / 8] = (char)(m.text.p[i / 8] ^ 1 << i % 8);
	}
	end_chain(&m);
}

static void every_line_deleted_doubled_or_swapped_is_refused(void **state)
{
	struct made m;
	struct qf_span line[32];
	size_t n;

	(void)state;
	three_blocks(&m);
	n = lines_of(&m, line);
	assert_int_equal(n, 9);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) { /* j == i: deleted; else line j stands in the place of i, and i in that of j or twice */
			struct qf_buf gone = { 0 }, twice = { 0 }, swapped = { 0 };

			for (size_t k = 0; k < n; k++) {
				const struct qf_span *s = k == i ? &line[j] : k == j ? &line[i] : &line[k];

				if (k != i)
					qf_buf_put(&gone, line[k].p, line[k].n);
				qf_buf_put(&twice, line[k].p, line[k].n);
				if (k == j)
					qf_buf_put(&twice, line[i].p, line[i].n);
				qf_buf_put(&swapped, s->p, s->n);
			}
			assert_refused((struct qf_span){ gone.p, gone.len }, "without line", i);
			assert_refused((struct qf_span){ twice.p, twice.len }, "line twice", i);
			if (i != j)
				assert_refused((struct qf_span){ swapped.p, swapped.len }, "swapped", i);
			qf_buf_free(&gone);
			qf_buf_free(&twice);
			qf_buf_free(&swapped);
		}
	end_chain(&m);
}

/* Only a cut behind a whole block is a chain; the checkpoint's height and hash tell it from the whole one. */
static void every_cut_is_refused_but_those_between_blocks_which_the_checkpoint_sees(void **state)
{
	struct made m;
	struct qf_chain c;
	struct qf_err e;
	size_t whole = 0;

	(void)state;
	three_blocks(&m);
	for (size_t n = 0; n < m.text.len; n++) {
		if (verify((struct qf_span){ m.text.p, n }, &c, &e) == QF_OK) {
			assert_true(memcmp(m.text.p + n, "{\"blk\":", 7) == 0);
			assert_true(c.pace.n < m.at.pace.n && memcmp(c.tip, m.at.tip, QF_SHA256) != 0);
			whole++;
		}
		qf_chain_free(&c);
	}
	assert_int_equal(whole, 2);
	end_chain(&m);
}

static void a_record_of_another_chain_or_a_second_time_is_named(void **state)
{
	struct made m, other;
	struct qf_span line[32];
	struct qf_record r;
	struct qf_err e = { 0 };

	(void)state;
	three_blocks(&m);
	assert_int_equal(lines_of(&m, line), 9);
	begin_chain(&other);
	other.at.block.count = 9; /* room for more */
	memcpy(other.at.id, m.id, QF_SHA256);
	assert_ok(qf_chain_record(&other.at, (struct qf_span){ line[3].p, line[3].n - 1 }, &r, &e), e);
	assert_ok(qf_chain_record(&other.at, (struct qf_span){ line[3].p, line[3].n - 1 }, &r, &e), e); /* told later, but before what comes later */
	other.at.id[0] ^= 1;
	assert_int_equal(qf_chain_record(&other.at, (struct qf_span){ line[4].p, line[4].n - 1 }, &r, &e), QF_EFORMAT);
	assert_string_equal(e.text, "block 0, record 2: the same record stands in the chain before");
	assert_int_equal(qf_chain_record(&other.at, (struct qf_span){ line[4].p, line[4].n - 1 }, &r, &e), QF_EFORMAT);
	assert_string_equal(e.text, "block 0, record 3: it belongs to another chain");
	end_chain(&m);
	end_chain(&other);
}

/* ---- headers ----------------------------------------------------------------------------------------------- */

static void a_header_has_its_one_form(void **state)
{
	struct qf_block b = { .index = 42, .count = 7, .bits = 16, .ts = 1700000000, .node = "radio-1", .nonce = 0xabc }, got;
	char header[QF_BLOCK_HEADER + 1] = "";
	struct qf_err e = { 0 };

	(void)state;
	memset(b.prev, 0x11, sizeof b.prev);
	memset(b.root, 0x22, sizeof b.root);
	qf_block_write(&b, header);
	assert_string_equal(header,
		"mchain1 0000000042 1111111111111111111111111111111111111111111111111111111111111111"
		" 2222222222222222222222222222222222222222222222222222222222222222 0000007 16 001700000000 radio-1         "
		"                                           000000000abc");
	assert_ok(qf_block_parse(&got, (struct qf_span){ header, QF_BLOCK_HEADER }, &e), e);
	assert_int_equal(got.nonce, 0xabc);
	assert_string_equal(got.node, "radio-1");
	header[150] = '-';
	assert_int_equal(qf_block_parse(&got, (struct qf_span){ header, QF_BLOCK_HEADER }, &e), QF_EFORMAT);
	assert_string_equal(e.text, "the header's count is not in its one form");
	assert_int_equal(qf_block_parse(&got, (struct qf_span){ header, 243 }, &e), QF_EFORMAT);
	assert_string_equal(e.text, "a header has 244 characters, not 243");
}

/* ---- work ---------------------------------------------------------------------------------------------------- */

static void work_is_added_exactly_beyond_64_bits(void **state)
{
	struct qf_work w = { 0, UINT64_MAX }, back;
	uint8_t bytes[QF_WORK];

	(void)state;
	qf_work_add(&w, 0);
	assert_int_equal(w.hi, 1);
	assert_int_equal(w.lo, 0);
	qf_work_add(&w, 90);
	assert_int_equal(w.hi, ((uint64_t)1 << 26) + 1);
	qf_work_write(&w, bytes);
	assert_int_equal(bytes[4], 4);
	assert_int_equal(bytes[7], 1);
	qf_work_read(&back, bytes);
	assert_memory_equal(&back, &w, sizeof w);
}

static void fewer_but_harder_blocks_win_and_ties_go_to_the_lower_hash(void **state)
{
	struct qf_work many = { 0, 0 }, hard = { 0, 0 };
	const uint8_t low[QF_SHA256] = { 1 }, high[QF_SHA256] = { 2 };

	(void)state;
	for (int i = 0; i < 15; i++)
		qf_work_add(&many, 16);
	qf_work_add(&hard, 20);
	assert_true(qf_work_wins(&hard, high, &many, low)); /* 2^20 = 16 * 2^16 */
	assert_false(qf_work_wins(&many, low, &hard, high));
	qf_work_add(&many, 16);
	assert_true(qf_work_wins(&many, low, &hard, high));
	assert_false(qf_work_wins(&hard, high, &many, low));
}

/* ---- pace ---------------------------------------------------------------------------------------------------- */

static struct qf_pace paced(int64_t gap)
{
	const struct qf_rules r = { 10, 100 };
	struct qf_pace p = { 0 };

	for (int64_t i = 0; i < 64; i++)
		qf_pace_add(&p, &r, 1700000000 + i * gap);
	return p;
}

static void every_64th_block_is_asked_a_bit_more_or_less(void **state)
{
	const struct qf_rules r = { 10, 100 };
	struct qf_pace p;

	(void)state;
	p = paced(49); /* 63 * 49 < 63 * 100 / 2 */
	assert_int_equal(qf_pace_bits(&p, &r), 11);
	p = paced(50);
	assert_int_equal(qf_pace_bits(&p, &r), 10);
	p = paced(1000);
	assert_int_equal(qf_pace_bits(&p, &r), 10); /* never below the first */
	p.asked = 14;
	assert_int_equal(qf_pace_bits(&p, &r), 13);
	p.n = 65; /* and only then */
	assert_int_equal(qf_pace_bits(&p, &r), 14);
}

static void a_block_comes_after_the_median_of_eleven(void **state)
{
	const struct qf_rules r = { 0, 100 };
	struct qf_pace p = { 0 };
	const int64_t ts[11] = { 50, 10, 20, 90, 80, 30, 70, 60, 40, 100, 110 };

	(void)state;
	assert_int_equal(qf_pace_earliest(&p), QF_TIME_MIN);
	for (int i = 0; i < 11; i++)
		qf_pace_add(&p, &r, ts[i]);
	assert_int_equal(qf_pace_earliest(&p), 61); /* the sixth of 10 to 110 is 60 */
	qf_pace_add(&p, &r, 200);                   /* 50 leaves the window: 10 20 30 40 60 70 … */
	assert_int_equal(qf_pace_earliest(&p), 71);
}

/* ---- checkpoints, proofs, keys -------------------------------------------------------------------------------- */

static void a_checkpoint_is_good_for_its_signers_only(void **state)
{
	struct qf_key k = key_of(1), witness = key_of(2), stranger = key_of(3);
	struct qf_checkpoint c = { .origin = "test/00", .size = 6, .height = 2 }, got;
	struct qf_buf note = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	memset(c.root, 0x33, sizeof c.root);
	memset(c.tip, 0x44, sizeof c.tip);
	assert_ok(qf_checkpoint_sign(&c, &k, &note, &e), e);
	assert_int_equal(strncmp(note.p, "test/00\n6\nMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM=\nblock 2 4444", 60), 0);
	assert_true(qf_note_signed((struct qf_span){ note.p, note.len }, k.public));
	assert_false(qf_note_signed((struct qf_span){ note.p, note.len }, witness.public));
	assert_ok(qf_note_cosign(&note, "witness.example", &witness, 1700000000, &e), e);
	assert_true(qf_note_signed((struct qf_span){ note.p, note.len }, k.public));
	assert_true(qf_note_signed((struct qf_span){ note.p, note.len }, witness.public));
	assert_false(qf_note_signed((struct qf_span){ note.p, note.len }, stranger.public));
	assert_ok(qf_checkpoint_parse(&got, (struct qf_span){ note.p, note.len }, &e), e);
	assert_memory_equal(&got, &c, sizeof c);
	for (size_t i = 0; i < 8 * (size_t)(strstr(note.p, "\n\n") - note.p); i++) { /* no bit of the text can be changed */
		note.p[i / 8] = (char)(note.p[i / 8] ^ 1 << i % 8);
		assert_false(qf_note_signed((struct qf_span){ note.p, note.len }, k.public));
		assert_false(qf_note_signed((struct qf_span){ note.p, note.len }, witness.public));
		note.p[i / 8] = (char)(note.p[i / 8] ^ 1 << i % 8);
	}
	qf_buf_free(&note);
}

static void a_log_proof_reads_back(void **state)
{
	struct qf_log_proof p = { .index = 5, .n = 2, .note = SPAN("origin\n") }, got;
	struct qf_buf text = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	memset(p.path, 0x11, sizeof p.path);
	qf_buf_puts(&p.line, "{}");
	qf_log_proof_write(&text, &p);
	assert_text(&text, "c2sp.org/tlog-proof@v1\nextra e30=\nindex 5\nERERERERERERERERERERERERERERERERERERERERERE=\n"
			   "ERERERERERERERERERERERERERERERERERERERERERE=\n\norigin\n");
	assert_ok(qf_log_proof_parse(&got, (struct qf_span){ text.p, text.len }, &e), e);
	assert_int_equal(got.index, 5);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.note.n, 7);
	for (size_t n = 0; n + 8 < text.len; n++) {
		struct qf_log_proof cut;

		assert_int_equal(qf_log_proof_parse(&cut, (struct qf_span){ text.p, n }, &e), QF_EFORMAT);
		qf_buf_free(&cut.line);
	}
	qf_buf_free(&p.line);
	qf_buf_free(&got.line);
	qf_buf_free(&text);
}

static void a_key_reads_back_plain_and_under_its_passphrase_only(void **state)
{
	const uint8_t seed[QF_KEY] = { 7 }, salt[QF_KEY_SALT] = { 1 }, nonce[QF_KEY_NONCE] = { 2 };
	struct qf_key want = key_of(7), got;
	struct qf_buf plain = { 0 }, sealed = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	qf_key_put_plain(&plain, seed);
	assert_ok(qf_key_parse(&got, (struct qf_span){ plain.p, plain.len }, (struct qf_span){ 0 }, &e), e);
	assert_memory_equal(&got, &want, sizeof want);
	assert_ok(qf_key_put_sealed(&sealed, seed, SPAN("open sesame"), salt, nonce, &e), e);
	assert_ok(qf_key_parse(&got, (struct qf_span){ sealed.p, sealed.len }, SPAN("open sesame"), &e), e);
	assert_memory_equal(&got, &want, sizeof want);
	assert_int_equal(qf_key_parse(&got, (struct qf_span){ sealed.p, sealed.len }, (struct qf_span){ 0 }, &e), QF_EINVAL);
	assert_int_equal(qf_key_parse(&got, (struct qf_span){ sealed.p, sealed.len }, SPAN("open"), &e), QF_EINVAL);
	sealed.p[40] = sealed.p[40] == 'A' ? 'B' : 'A';
	assert_int_equal(qf_key_parse(&got, (struct qf_span){ sealed.p, sealed.len }, SPAN("open sesame"), &e), QF_EINVAL);
	assert_int_equal(qf_key_parse(&got, SPAN("no key"), (struct qf_span){ 0 }, &e), QF_EFORMAT);
	qf_buf_free(&plain);
	qf_buf_free(&sealed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flipped_bit_of_three_blocks_is_refused),
		cmocka_unit_test(every_line_deleted_doubled_or_swapped_is_refused),
		cmocka_unit_test(every_cut_is_refused_but_those_between_blocks_which_the_checkpoint_sees),
		cmocka_unit_test(a_record_of_another_chain_or_a_second_time_is_named),
		cmocka_unit_test(a_header_has_its_one_form),
		cmocka_unit_test(work_is_added_exactly_beyond_64_bits),
		cmocka_unit_test(fewer_but_harder_blocks_win_and_ties_go_to_the_lower_hash),
		cmocka_unit_test(every_64th_block_is_asked_a_bit_more_or_less),
		cmocka_unit_test(a_block_comes_after_the_median_of_eleven),
		cmocka_unit_test(a_checkpoint_is_good_for_its_signers_only),
		cmocka_unit_test(a_log_proof_reads_back),
		cmocka_unit_test(a_key_reads_back_plain_and_under_its_passphrase_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
