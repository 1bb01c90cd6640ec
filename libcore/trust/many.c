#include "trust/many.h"

#include "trust/sha.h"

#include <string.h>

uint8_t *qf_many_add(struct qf_many *m, size_t len)
{
	m->len[m->n] = len;
	return m->text[m->n++];
}

#if defined(__x86_64__)
/* Pads each message (FIPS 180-4, 5.1.1); lanes without one have no blocks. */
static void side_by_side(struct qf_many *m, uint8_t hash[QF_MANY][QF_SHA256])
{
	size_t blocks[QF_MANY] = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		size_t len = m->len[i], end = 64 * (blocks[i] = (len + 9 + 63) / 64);

		memset(m->text[i] + len, 0, end - len);
		m->text[i][len] = 0x80;
		m->text[i][end - 2] = (uint8_t)(len >> 5);
		m->text[i][end - 1] = (uint8_t)(len << 3);
	}
	qf_sha_ni_hash(m->text, blocks, hash);
}

static bool usable(struct qf_many *m)
{
	if (!m->chosen)
		m->side_by_side = qf_sha_ni_usable();
	m->chosen = true;
	return m->side_by_side;
}
#else
static void side_by_side(struct qf_many *m, uint8_t hash[QF_MANY][QF_SHA256])
{
	(void)m;
	(void)hash;
}

static bool usable(struct qf_many *m)
{
	(void)m;
	return false;
}
#endif

void qf_many_end(struct qf_many *m, uint8_t hash[QF_MANY][QF_SHA256])
{
	if (m->n > 1 && usable(m))
		side_by_side(m, hash);
	else
		for (size_t i = 0; i < m->n; i++)
			qf_sha256(m->text[i], m->len[i], hash[i]);
	m->n = 0;
}
