/* What is signed and hashed: canonical JSON, Merkle trees, records, and the verdict on signatures.
 *
 * QFZZ_TRUST_VECTORS names a folder with published vectors: merkle/{inclusion,consistency}.ndjson
 * (RFC 9162, transparency-dev), jcs/output (RFC 8785), ed25519/wycheproof_ed25519.json, and
 * ed25519/cctv_ed25519.json with cctv_verdicts.tsv (number, libsodium's answer). */
#include "unit.h"

#include "base/file.h"
#include "rows/json.h"
#include "trust/block.h"
#include "trust/genesis.h"
#include "trust/hex.h"
#include "trust/jcs.h"
#include "trust/merkle.h"
#include "trust/record.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- published vectors ------------------------------------------------------------------------- */

static bool vectors(const char *name, struct qf_buf *text)
{
	const char *folder = getenv("QFZZ_TRUST_VECTORS");
	char path[4096];
	struct qf_err e = { 0 };

	if (!folder) {
		print_message("QFZZ_TRUST_VECTORS names no folder of vectors: not tested\n");
		return false;
	}
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_ok(qf_file_read(path, text, 1 << 24, &e), e);
	return true;
}

/* A base64 string of the row; false: it is no hash of 32 bytes. */
static bool hash_of(struct qf_span v, uint8_t out[QF_SHA256])
{
	struct qf_buf b = { 0 };
	bool good = qf_base64_decode(&b, v.p + 1, v.n - 2, NULL) == QF_OK && b.len == QF_SHA256;

	if (good)
		memcpy(out, b.p, QF_SHA256);
	qf_buf_free(&b);
	return good;
}

static bool member_hash(struct qf_span row, const char *key, uint8_t out[QF_SHA256])
{
	struct qf_span v;

	assert_true(qf_json_get(row, key, &v));
	return hash_of(v, out);
}

/* Ours are 32 bytes by type. One vector has the same 12 bytes as both roots, which is what it is about: such
 * roots are compared by their hashes. */
static void member_root(struct qf_span row, const char *key, uint8_t out[QF_SHA256])
{
	struct qf_span v;

	assert_true(qf_json_get(row, key, &v));
	if (!hash_of(v, out))
		qf_sha256(v.p, v.n, out);
}

static uint64_t member_int(struct qf_span row, const char *key)
{
	struct qf_span v;

	assert_true(qf_json_get(row, key, &v));
	return strtoull(v.p, NULL, 10); /* up to 2^64 - 1 */
}

static bool proof_of(struct qf_span row, uint8_t (*proof)[QF_SHA256], size_t *len)
{
	struct qf_span rest, key, v;

	*len = 0;
	assert_true(qf_json_get(row, "proof", &rest));
	if (qf_json_type(rest) == QF_JSON_NULL)
		return true;
	while (qf_json_next(&rest, &key, &v)) {
		assert_true(*len < 100);
		if (!hash_of(v, proof[(*len)++]))
			return false;
	}
	return true;
}

static size_t each_vector(const char *name, bool (*good)(struct qf_span row))
{
	struct qf_buf text = { 0 };
	size_t n = 0;

	if (!vectors(name, &text))
		return 0;
	for (char *p = text.p, *nl; (nl = memchr(p, '\n', (size_t)(text.p + text.len - p))) != NULL; p = nl + 1, n++) {
		struct qf_span row = { p, (size_t)(nl - p) }, want;
		bool refuse = false;

		assert_int_equal(qf_json_check(row, NULL), QF_OK);
		assert_true(qf_json_get(row, "wantErr", &want) && qf_json_to_bool(want, &refuse));
		if (good(row) == refuse)
			fail_msg("%.*s", (int)row.n, row.p);
	}
	qf_buf_free(&text);
	return n;
}

static bool includes(struct qf_span row)
{
	uint8_t proof[100][QF_SHA256], leaf[QF_SHA256], root[QF_SHA256];
	size_t len;

	return member_hash(row, "leafHash", leaf) && member_hash(row, "root", root) && proof_of(row, proof, &len) &&
	       qf_merkle_includes(leaf, member_int(row, "leafIdx"), member_int(row, "treeSize"), (const uint8_t (*)[QF_SHA256])proof, len, root);
}

static bool consistent(struct qf_span row)
{
	uint8_t proof[100][QF_SHA256], one[QF_SHA256], two[QF_SHA256];
	size_t len;

	member_root(row, "root1", one);
	member_root(row, "root2", two);
	return proof_of(row, proof, &len) &&
	       qf_merkle_consistent(member_int(row, "size1"), member_int(row, "size2"), (const uint8_t (*)[QF_SHA256])proof, len, one, two);
}

static void all_196_proofs_of_rfc_9162_get_their_verdict(void **state)
{
	(void)state;
	if (!getenv("QFZZ_TRUST_VECTORS"))
		skip();
	assert_int_equal(each_vector("merkle/inclusion.ndjson", includes), 98);
	assert_int_equal(each_vector("merkle/consistency.ndjson", consistent), 98);
}

/* Of the six outputs of RFC 8785 only those without null, fractions, control characters and keys beyond ASCII are ours. */
static void canonical_texts_of_rfc_8785_are_taken_or_refused_as_the_subset_says(void **state)
{
	static const struct { const char *name, *why; } want[] = {
		{ "arrays", "byte 17: no value that is canonical" },      /* null */
		{ "french", "byte 32: a key that is not ASCII" },
		{ "structures", "byte 18: an escape that is not canonical" }, /* \n */
		{ "unicode", "" },
		{ "values", "byte 13: no value that is canonical" },      /* null */
		{ "weird", "byte 2: an escape that is not canonical" },
	};

	(void)state;
	if (!getenv("QFZZ_TRUST_VECTORS"))
		skip();
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct qf_buf text = { 0 };
		struct qf_err e = { 0 };
		char name[64];

		snprintf(name, sizeof name, "jcs/output/%s.json", want[i].name);
		vectors(name, &text);
		while (text.len && text.p[text.len - 1] == '\n')
			text.len--;
		qf_jcs_check((struct qf_span){ text.p, text.len }, &e);
		assert_string_equal(e.text, want[i].why);
		qf_buf_free(&text);
	}
}

static bool hex_member(struct qf_span row, const char *key, struct qf_buf *out)
{
	struct qf_span v;

	qf_buf_clear(out);
	if (!qf_json_get(row, key, &v) || v.n % 2)
		return false;
	qf_buf_reserve(out, v.n);
	out->len = (v.n - 2) / 2;
	return qf_hex_decode(v.p + 1, out->len, (uint8_t *)out->p);
}

static void wycheproof_and_openssl_agree_with_the_verdict_on_151_signatures(void **state)
{
	struct qf_buf text = { 0 }, pk = { 0 }, msg = { 0 }, sig = { 0 };
	struct qf_span groups, group, tests, test, key, v;
	size_t n = 0;

	(void)state;
	if (!vectors("ed25519/wycheproof_ed25519.json", &text))
		skip();
	assert_int_equal(qf_json_check((struct qf_span){ text.p, text.len }, NULL), QF_OK);
	assert_true(qf_json_get((struct qf_span){ text.p, text.len }, "testGroups", &groups));
	while (qf_json_next(&groups, &key, &group)) {
		assert_true(qf_json_get(group, "publicKey", &v) && hex_member(v, "pk", &pk) && pk.len == QF_KEY);
		assert_true(qf_json_get(group, "tests", &tests));
		for (; qf_json_next(&tests, &key, &test); n++) {
			bool valid, good;

			assert_true(hex_member(test, "msg", &msg) && hex_member(test, "sig", &sig) && qf_json_get(test, "result", &v));
			valid = qf_json_is(v, "valid");
			good = sig.len == QF_SIGNATURE && qf_signature_good((const uint8_t *)sig.p, (struct qf_span){ msg.p, msg.len }, (const uint8_t *)pk.p);
			assert_int_equal(good, valid);
		}
	}
	assert_int_equal(n, 151);
	qf_buf_free(&text);
	qf_buf_free(&pk);
	qf_buf_free(&msg);
	qf_buf_free(&sig);
}

/* Two verifiers that differ on one of these would split a chain: the verdict is pinned. */
static void the_strict_verdict_on_914_edge_cases_is_the_pinned_one(void **state)
{
	struct qf_buf text = { 0 }, pinned = { 0 }, pk = { 0 }, sig = { 0 }, msg = { 0 };
	struct qf_span rest, key, test, v;
	size_t n = 0, taken = 0;
	char *line;

	(void)state;
	if (!vectors("ed25519/cctv_ed25519.json", &text) || !vectors("ed25519/cctv_verdicts.tsv", &pinned))
		skip();
	rest = (struct qf_span){ text.p, text.len };
	while (rest.n && rest.p[rest.n - 1] == '\n')
		rest.n--;
	assert_int_equal(qf_json_check(rest, NULL), QF_OK);
	line = strchr(pinned.p, '\n') + 1;
	for (; qf_json_next(&rest, &key, &test); n++, line = strchr(line, '\n') + 1) {
		bool good;

		assert_true(hex_member(test, "key", &pk) && hex_member(test, "sig", &sig) && qf_json_get(test, "msg", &v));
		qf_buf_clear(&msg);
		assert_true(qf_json_to_text(v, &msg));
		good = qf_signature_good((const uint8_t *)sig.p, (struct qf_span){ msg.p, msg.len }, (const uint8_t *)pk.p);
		assert_int_equal(strtoul(line, NULL, 10), n);
		assert_int_equal(good, strncmp(strchr(line, '\t') + 1, "accept", 6) == 0);
		taken += good;
	}
	assert_int_equal(n, 914);
	assert_int_equal(taken, 43);
	qf_buf_free(&text);
	qf_buf_free(&pinned);
	qf_buf_free(&pk);
	qf_buf_free(&sig);
	qf_buf_free(&msg);
}

/* ---- trees ------------------------------------------------------------------------------------------ */

/* RFC 9162 2.1.5 names the shape for 7 leaves: root = node(node(node(a,b), node(c,d)), node(node(e,f), j)). */
static void a_tree_of_seven_has_the_shape_of_the_rfc(void **state)
{
	uint8_t leaf[7][QF_SHA256], g[QF_SHA256], h[QF_SHA256], i[QF_SHA256], k[QF_SHA256], l[QF_SHA256], want[QF_SHA256], got[QF_SHA256];
	uint8_t proof[QF_MERKLE_LEVELS][QF_SHA256];
	struct qf_merkle m = { 0 };
	size_t len;

	(void)state;
	for (uint8_t at = 0; at < 7; at++) {
		const uint8_t data[2] = { 0, at };

		qf_sha256(data, sizeof data, leaf[at]);
		qf_merkle_add(&m, leaf[at]);
	}
	qf_merkle_node(leaf[0], leaf[1], g);
	qf_merkle_node(leaf[2], leaf[3], h);
	qf_merkle_node(leaf[4], leaf[5], i);
	qf_merkle_node(g, h, k);
	qf_merkle_node(i, leaf[6], l);
	qf_merkle_node(k, l, want);
	qf_merkle_root(&m, got);
	assert_memory_equal(got, want, QF_SHA256);

	/* "The inclusion proof for d0 is [b, h, l]"; "for d6 is [i, k]" */
	qf_merkle_prove((const uint8_t (*)[QF_SHA256])leaf, 7, 0, proof, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(proof[0], leaf[1], QF_SHA256);
	assert_memory_equal(proof[1], h, QF_SHA256);
	assert_memory_equal(proof[2], l, QF_SHA256);
	qf_merkle_prove((const uint8_t (*)[QF_SHA256])leaf, 7, 6, proof, &len);
	assert_int_equal(len, 2);
	assert_memory_equal(proof[0], i, QF_SHA256);
	assert_memory_equal(proof[1], k, QF_SHA256);

	/* "The consistency proof between hash0 (3 leaves) and hash is [c, d, g, l]" */
	qf_merkle_prove_consistent((const uint8_t (*)[QF_SHA256])leaf, 3, 7, proof, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(proof[0], leaf[2], QF_SHA256);
	assert_memory_equal(proof[1], leaf[3], QF_SHA256);
	assert_memory_equal(proof[2], g, QF_SHA256);
	assert_memory_equal(proof[3], l, QF_SHA256);
}

static void the_empty_tree_is_the_hash_of_nothing(void **state)
{
	struct qf_merkle m = { 0 };
	uint8_t root[QF_SHA256];
	char text[2 * QF_SHA256 + 1];

	(void)state;
	qf_merkle_root(&m, root);
	qf_hex_encode(root, QF_SHA256, text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void every_proof_in_every_tree_up_to_40_holds_and_no_other(void **state)
{
	enum { MOST = 40 };
	uint8_t leaf[MOST][QF_SHA256], root[MOST + 1][QF_SHA256], proof[QF_MERKLE_LEVELS + 1][QF_SHA256];
	const uint8_t (*leaves)[QF_SHA256] = (const uint8_t (*)[QF_SHA256])leaf, (*path)[QF_SHA256] = (const uint8_t (*)[QF_SHA256])proof;
	struct qf_merkle m = { 0 };
	size_t len;

	(void)state;
	for (uint8_t i = 0; i < MOST; i++) {
		qf_sha256(&i, 1, leaf[i]);
		qf_merkle_add(&m, leaf[i]);
		qf_merkle_root(&m, root[i + 1]);
	}
	for (uint64_t n = 1; n <= MOST; n++)
		for (uint64_t at = 0; at < n; at++) {
			qf_merkle_prove(leaves, n, at, proof, &len);
			assert_true(qf_merkle_includes(leaf[at], at, n, path, len, root[n]));
			assert_false(qf_merkle_includes(leaf[at], at + 1, n, path, len, root[n]));
			assert_false(qf_merkle_includes(leaf[(at + 1) % MOST], at, n, path, len, root[n]));
			qf_merkle_prove_consistent(leaves, at + 1, n, proof, &len);
			assert_true(qf_merkle_consistent(at + 1, n, path, len, root[at + 1], root[n]));
			if (at + 1 < n)
				assert_false(qf_merkle_consistent(at + 1, n, path, len, root[at + 2], root[n]));
		}
}

/* ---- canonical JSON ---------------------------------------------------------------------------------- */

static void assert_jcs(const char *text, const char *why)
{
	struct qf_err e = { 0 };

	qf_jcs_check((struct qf_span){ text, strlen(text) }, &e);
	assert_string_equal(e.text, why);
}

static void what_is_not_canonical_is_refused_where_it_is_not(void **state)
{
	(void)state;
	assert_jcs("{\"a\":[1,-2,true,false,\"x\\\"\\\\\xc3\xa9\"],\"aa\":{},\"b\":9007199254740991}", "");
	assert_jcs("{\"b\":1,\"a\":2}", "byte 7: keys that do not rise, or stand twice");
	assert_jcs("{\"a\":1,\"a\":2}", "byte 7: keys that do not rise, or stand twice");
	assert_jcs("{ \"a\":1}", "byte 1: a key is missing");
	assert_jcs("{\"a\":1e999}", "byte 6: a number that is not an integer");
	assert_jcs("{\"a\":1.5}", "byte 6: a number that is not an integer");
	assert_jcs("-0", "byte 0: a number that begins with 0");
	assert_jcs("01", "byte 0: a number that begins with 0");
	assert_jcs("9007199254740992", "byte 0: an integer of 2^53 or more");
	assert_jcs("-9007199254740992", "byte 0: an integer of 2^53 or more");
	assert_jcs("99999999999999999999", "byte 0: an integer of 2^53 or more");
	assert_jcs("null", "byte 0: no value that is canonical");
	assert_jcs("\"\\u0041\"", "byte 1: an escape that is not canonical");
	assert_jcs("\"\\/\"", "byte 1: an escape that is not canonical");
	assert_jcs("\"\x7f\"", "byte 1: a control character");
	assert_jcs("\"\n\"", "byte 1: a control character");
	assert_jcs("\"\xff\"", "byte 1: not UTF-8");
	assert_jcs("\"\xed\xa0\x80\"", "byte 1: not UTF-8");
	assert_jcs("{\"\xc3\xa9\":1}", "byte 2: a key that is not ASCII");
	assert_jcs("{}\r", "byte 2: something behind the value");
	assert_jcs("\"a", "byte 2: a string without end");
	assert_jcs("", "byte 0: no value that is canonical");
	assert_jcs("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "");
	assert_jcs("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "byte 16: nested too deep");
}

/* ---- records ------------------------------------------------------------------------------------------ */

static void key_of(uint8_t seed, uint8_t public[QF_KEY], uint8_t secret[QF_SECRET])
{
	uint8_t s[QF_KEY] = { seed };

	crypto_sign_seed_keypair(public, secret, s);
}

static struct qf_record a_rating(uint8_t secret[QF_SECRET])
{
	struct qf_record r = { .deed = QF_RATING, .delta = 20000, .seq = 4, .ts = 1700000000, .target = { .kind = QF_TARGET_TRACK } };

	key_of(1, r.actor, secret);
	memset(r.chain, 0xcc, sizeof r.chain);
	memset(r.target.id, 0xab, sizeof r.target.id);
	return r;
}

static void a_signed_record_reads_back_and_its_line_is_the_documented_one(void **state)
{
	uint8_t secret[QF_SECRET], id[QF_SHA256], want[QF_SHA256];
	struct qf_record r = a_rating(secret), got;
	struct qf_buf line = { 0 }, form = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_record_sign(&r, secret, &line, &e), e);
	qf_buf_puts(&form, "{\"rec\":{\"action\":\"rating\",\"actor\":\"");
	qf_buf_hex(&form, r.actor, QF_KEY);
	qf_buf_puts(&form, "\",\"chain\":\"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\",\"delta\":20000,\"seq\":4,\"target\":\"track:"
		    "abababababababababababababababababababababababababababababababab\",\"ts\":1700000000,\"v\":1},\"sig\":\"");
	assert_memory_equal(line.p, form.p, form.len);
	assert_int_equal(line.len, form.len + 128 + 2);
	assert_int_equal(qf_jcs_check((struct qf_span){ line.p, line.len }, &e), QF_OK);
	assert_ok(qf_record_parse(&got, (struct qf_span){ line.p, line.len }, &e), e);
	assert_int_equal(got.deed, QF_RATING);
	assert_int_equal(got.delta, 20000);
	assert_int_equal(got.seq, 4);
	assert_int_equal(got.ts, 1700000000);
	assert_memory_equal(got.actor, r.actor, QF_KEY);
	assert_memory_equal(got.target.id, r.target.id, QF_SHA256);
	assert_true(qf_record_signed(&got));
	qf_record_id((struct qf_span){ line.p, line.len }, id);
	qf_sha256(line.p, line.len, want);
	assert_memory_equal(id, want, QF_SHA256);
	qf_buf_free(&line);
	qf_buf_free(&form);
}

static void the_longest_record_has_the_length_that_is_given_for_its_leaf(void **state)
{
	uint8_t secret[QF_SECRET], leaf[QF_SHA256], want[QF_SHA256], text[QF_LEAF_MAX];
	struct qf_record r = a_rating(secret), got;
	struct qf_buf line = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	r.deed = QF_VERIFICATION;
	r.delta = 50000;
	r.seq = (INT64_C(1) << 53) - 1;
	r.ts = QF_TIME_MAX;
	r.target.kind = QF_TARGET_CREATOR;
	assert_ok(qf_record_sign(&r, secret, &line, &e), e);
	assert_ok(qf_record_parse(&got, (struct qf_span){ line.p, line.len }, &e), e);
	assert_int_equal(1 + got.rec.n + QF_SIGNATURE, QF_LEAF_MAX);
	qf_record_leaf_text(got.rec, got.sig, text);
	qf_sha256(text, sizeof text, want);
	qf_record_leaf(got.rec, got.sig, leaf);
	assert_memory_equal(leaf, want, QF_SHA256);
	qf_buf_free(&line);
}

/* Whatever byte is changed to whatever the neighbouring bit makes of it: no record any more, or its signature is broken. */
static void no_flipped_bit_of_a_record_goes_unseen(void **state)
{
	uint8_t secret[QF_SECRET];
	struct qf_record r = a_rating(secret), got;
	struct qf_buf line = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	assert_ok(qf_record_sign(&r, secret, &line, &e), e);
	for (size_t i = 0; i < 8 * line.len; i++) {
		line.p[i / 8] = (char)(line.p[i / 8] ^ 1 << i % 8);
		if (qf_record_parse(&got, (struct qf_span){ line.p, line.len }, &e) == QF_OK)
			assert_false(qf_record_signed(&got));
		line.p[i / 8] = (char)(line.p[i / 8] ^ 1 << i % 8);
	}
	for (size_t n = 0; n < line.len; n++)
		assert_int_equal(qf_record_parse(&got, (struct qf_span){ line.p, n }, &e), QF_EFORMAT);
	qf_buf_free(&line);
}

static void assert_may_not(struct qf_record r, const char *why)
{
	uint8_t secret[QF_SECRET];
	struct qf_buf line = { 0 };
	struct qf_err e = { 0 };

	key_of(1, r.actor, secret);
	assert_int_equal(qf_record_sign(&r, secret, &line, &e), QF_EINVAL);
	assert_string_equal(e.text, why);
	qf_buf_free(&line);
}

static void a_record_may_not_say_everything(void **state)
{
	uint8_t secret[QF_SECRET];
	struct qf_record r = a_rating(secret), self = r;

	(void)state;
	r.delta = 20001;
	assert_may_not(r, "20001 is no delta of the action rating");
	r.delta = 30000;
	assert_may_not(r, "30000 is no delta of the action rating");
	r.deed = QF_INTERACTION;
	assert_may_not(r, "30000 is no delta of the action interaction");
	r.deed = QF_VOUCH;
	r.delta = 0;
	assert_may_not(r, "a vouch is for a creator");
	self.target.kind = QF_TARGET_CREATOR;
	memcpy(self.target.id, self.actor, QF_KEY);
	assert_may_not(self, "the actor speaks of itself");
	r = a_rating(secret);
	r.ts = 0;
	assert_may_not(r, "ts 0 is outside the years 2000 to 9999");
	assert_int_equal(qf_deed_delta(QF_RATING, 1), -20000);
	assert_int_equal(qf_deed_delta(QF_RATING, 5), 20000);
	assert_int_equal(qf_deed_delta(QF_INTERACTION, 0), 10000);
	assert_int_equal(qf_deed_delta(QF_REPORT, 0), -50000);
}

static void a_genesis_record_reads_back_with_its_anchors_in_order(void **state)
{
	uint8_t secret[QF_SECRET];
	struct qf_genesis g = { .name = "radio.example", .rules = { 16, 600 }, .ts = 1700000000, .n_anchors = 2 }, got;
	struct qf_buf line = { 0 };
	struct qf_err e = { 0 };

	(void)state;
	key_of(9, g.actor, secret);
	memset(g.anchors[0], 0xee, QF_KEY);
	memset(g.anchors[1], 0x11, QF_KEY);
	assert_ok(qf_genesis_sign(&g, secret, &line, &e), e);
	assert_ok(qf_genesis_parse(&got, (struct qf_span){ line.p, line.len }, &e), e);
	assert_string_equal(got.name, "radio.example");
	assert_int_equal(got.anchors[0][0], 0x11);
	assert_int_equal(got.rules.bits, 16);
	assert_memory_equal(got.id, g.id, QF_SHA256);
	for (size_t i = 0; i < 8 * line.len; i++) {
		line.p[i / 8] = (char)(line.p[i / 8] ^ 1 << i % 8);
		assert_int_equal(qf_genesis_parse(&got, (struct qf_span){ line.p, line.len }, &e), QF_EFORMAT);
		line.p[i / 8] = (char)(line.p[i / 8] ^ 1 << i % 8);
	}
	qf_buf_free(&line);
}

/* 25 bytes: a whole piece of what is decoded at once, and a rest. */
static void each_byte_at_each_place_is_a_digit_or_refused(void **state)
{
	enum { BYTES = 25 };
	const char *digits = "0123456789abcdef", *is;
	char text[2 * BYTES];
	uint8_t out[BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = digits[i * 7 % 16];
	for (size_t at = 0; at < sizeof text; at++)
		for (int c = 0; c < 256; c++) {
			char was = text[at];

			text[at] = (char)c;
			is = c ? strchr(digits, c) : NULL;
			assert_int_equal(qf_hex_decode(text, BYTES, out), is != NULL);
			if (is)
				assert_int_equal(at % 2 ? out[at / 2] & 15 : out[at / 2] >> 4, is - digits);
			text[at] = was;
		}
	assert_true(qf_hex_decode(text, 0, out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_196_proofs_of_rfc_9162_get_their_verdict),
		cmocka_unit_test(canonical_texts_of_rfc_8785_are_taken_or_refused_as_the_subset_says),
		cmocka_unit_test(wycheproof_and_openssl_agree_with_the_verdict_on_151_signatures),
		cmocka_unit_test(the_strict_verdict_on_914_edge_cases_is_the_pinned_one),
		cmocka_unit_test(each_byte_at_each_place_is_a_digit_or_refused),
		cmocka_unit_test(a_tree_of_seven_has_the_shape_of_the_rfc),
		cmocka_unit_test(the_empty_tree_is_the_hash_of_nothing),
		cmocka_unit_test(every_proof_in_every_tree_up_to_40_holds_and_no_other),
		cmocka_unit_test(what_is_not_canonical_is_refused_where_it_is_not),
		cmocka_unit_test(a_signed_record_reads_back_and_its_line_is_the_documented_one),
		cmocka_unit_test(the_longest_record_has_the_length_that_is_given_for_its_leaf),
		cmocka_unit_test(no_flipped_bit_of_a_record_goes_unseen),
		cmocka_unit_test(a_record_may_not_say_everything),
		cmocka_unit_test(a_genesis_record_reads_back_with_its_anchors_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
