#include "trust/merkle.h"

#include <string.h>

void qf_merkle_node(const uint8_t left[QF_SHA256], const uint8_t right[QF_SHA256], uint8_t out[QF_SHA256])
{
	uint8_t both[1 + 2 * QF_SHA256] = { 0x01 };

	memcpy(both + 1, left, QF_SHA256);
	memcpy(both + 1 + QF_SHA256, right, QF_SHA256);
	qf_sha256(both, sizeof both, out);
}

/* As in adding 1 to a binary number: each full subtree to the left is taken up into a larger one. */
void qf_merkle_add(struct qf_merkle *m, const uint8_t leaf[QF_SHA256])
{
	uint8_t hash[QF_SHA256];
	size_t level = 0;

	memcpy(hash, leaf, sizeof hash);
	for (; m->n >> level & 1; level++)
		qf_merkle_node(m->node[level], hash, hash);
	memcpy(m->node[level], hash, sizeof hash);
	m->n++;
}

void qf_merkle_root(const struct qf_merkle *m, uint8_t root[QF_SHA256])
{
	bool any = false;

	qf_sha256("", 0, root);
	for (size_t level = 0; level < QF_MERKLE_LEVELS; level++) {
		if (!(m->n >> level & 1))
			continue;
		if (any)
			qf_merkle_node(m->node[level], root, root);
		else
			memcpy(root, m->node[level], QF_SHA256);
		any = true;
	}
}

static void root_of(const uint8_t (*leaves)[QF_SHA256], uint64_t n, uint8_t root[QF_SHA256])
{
	struct qf_merkle m = { 0 };

	for (uint64_t i = 0; i < n; i++)
		qf_merkle_add(&m, leaves[i]);
	qf_merkle_root(&m, root);
}

/* The largest power of two below n, n > 1. */
static uint64_t split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

/* What was found from the root down is wanted from the leaf up. */
static void reverse(uint8_t (*p)[QF_SHA256], size_t n)
{
	uint8_t t[QF_SHA256];

	for (size_t i = 0; i < n / 2; i++) {
		memcpy(t, p[i], sizeof t);
		memcpy(p[i], p[n - 1 - i], sizeof t);
		memcpy(p[n - 1 - i], t, sizeof t);
	}
}

void qf_merkle_prove(const uint8_t (*leaves)[QF_SHA256], uint64_t n, uint64_t at, uint8_t (*proof)[QF_SHA256], size_t *len)
{
	*len = 0;
	while (n > 1) {
		uint64_t k = split(n);

		if (at < k) {
			root_of(leaves + k, n - k, proof[(*len)++]);
			n = k;
		} else {
			root_of(leaves, k, proof[(*len)++]);
			leaves += k;
			at -= k;
			n -= k;
		}
	}
	reverse(proof, *len);
}

void qf_merkle_prove_consistent(const uint8_t (*leaves)[QF_SHA256], uint64_t old, uint64_t n, uint8_t (*proof)[QF_SHA256],
				size_t *len)
{
	bool known = true; /* what is left of the old tree is the whole of it, whose root the verifier has */

	*len = 0;
	while (old != n) {
		uint64_t k = split(n);

		if (old <= k) {
			root_of(leaves + k, n - k, proof[(*len)++]);
			n = k;
		} else {
			root_of(leaves, k, proof[(*len)++]);
			leaves += k;
			old -= k;
			n -= k;
			known = false;
		}
	}
	if (!known)
		root_of(leaves, n, proof[(*len)++]);
	reverse(proof, *len);
}

bool qf_merkle_includes(const uint8_t leaf[QF_SHA256], uint64_t at, uint64_t n, const uint8_t (*proof)[QF_SHA256], size_t len,
			const uint8_t root[QF_SHA256])
{
	uint64_t fn = at, sn = n - 1;
	uint8_t r[QF_SHA256];

	if (at >= n)
		return false;
	memcpy(r, leaf, sizeof r);
	for (size_t i = 0; i < len; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			qf_merkle_node(proof[i], r, r);
			for (; !(fn & 1) && fn; fn >>= 1)
				sn >>= 1;
		} else {
			qf_merkle_node(r, proof[i], r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(r, root, sizeof r) == 0;
}

bool qf_merkle_consistent(uint64_t old, uint64_t n, const uint8_t (*proof)[QF_SHA256], size_t len,
			  const uint8_t old_root[QF_SHA256], const uint8_t root[QF_SHA256])
{
	uint64_t fn = old - 1, sn = n - 1;
	uint8_t fr[QF_SHA256], sr[QF_SHA256];
	size_t i = 0;

	if (old == 0 || old > n)
		return false;
	if (old == n)
		return len == 0 && memcmp(old_root, root, QF_SHA256) == 0;
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	if ((old & (old - 1)) != 0 && len == 0)
		return false;
	memcpy(fr, (old & (old - 1)) == 0 ? old_root : proof[i++], sizeof fr);
	memcpy(sr, fr, sizeof sr);
	for (; i < len; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			qf_merkle_node(proof[i], fr, fr);
			qf_merkle_node(proof[i], sr, sr);
			for (; !(fn & 1) && fn; fn >>= 1)
				sn >>= 1;
		} else {
			qf_merkle_node(sr, proof[i], sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(fr, old_root, sizeof fr) == 0 && memcmp(sr, root, sizeof sr) == 0;
}
