/* many.h - SHA-256 of eight short messages in the time of four.
 *
 * Each round of SHA-256 waits for the one before it. With the SHA instructions of x86 (trust/sha_ni.c) eight
 * messages go side by side, each as long as it is; elsewhere OpenSSL hashes one after the other. */
#ifndef QF_TRUST_MANY_H
#define QF_TRUST_MANY_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_MANY 8
#define QF_MANY_BLOCKS 7                      /* of 64 bytes, the padding included */
#define QF_MANY_MAX (64 * QF_MANY_BLOCKS - 9) /* bytes of a message */

struct qf_many { /* all zero: no message yet */
	size_t n;
	size_t len[QF_MANY];
	uint8_t text[QF_MANY][64 * QF_MANY_BLOCKS];
	bool chosen, side_by_side; /* whether it is known how; and then how */
};

/* One more message of `len` <= QF_MANY_MAX bytes, while there are fewer than QF_MANY: where the caller puts it. */
uint8_t *qf_many_add(struct qf_many *m, size_t len);

/* The hashes of all m->n messages in the order in which they came; then there are none. */
void qf_many_end(struct qf_many *m, uint8_t hash[QF_MANY][QF_SHA256]);

#endif
