/* trust.h - the chain of trust in the catalog: records, blocks, the pool, and what goes with them.
 *
 * Here they are bytes; what they mean and whether they are good is the room trust's to say.
 * Nothing is stored before it was checked there.
 *
 * Every record is either in a block of the chosen chain or in the pool of those that wait
 * for one; that holds at the end of every transaction. A catalog has one chain, which begins
 * with its genesis record. Writing calls want an open transaction. Errors as in catalog.h. */
#ifndef QF_CATALOG_TRUST_H
#define QF_CATALOG_TRUST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "catalog/catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_TRUST_HASH 32 /* bytes of hashes and keys */
#define QF_TRUST_WORK 16

/* ---- records -------------------------------------------------------------------------------- */

struct qf_trust_record {
	int64_t id;                /* in this catalog; not read by put */
	const uint8_t *hash, *actor; /* [QF_TRUST_HASH] */
	int64_t seq, delta, ts;
	const char *action, *target; /* target "": the genesis record, whose seq is -1 */
	struct qf_span line;
};

/* Store it if it is not there (*is_new), and put what is new into the pool. */
enum qf_status qf_catalog_put_trust(struct qf_catalog *c, const struct qf_trust_record *r, int64_t *id, bool *is_new, struct qf_err *e);

/* What fn gets is valid during its call; anything but QF_OK from it ends the walk. */
typedef enum qf_status qf_trust_each(void *ctx, const struct qf_trust_record *r, struct qf_err *e);

/* Every record but the genesis record, by actor, seq and hash: an order that depends on the set alone. */
enum qf_status qf_catalog_each_trust(struct qf_catalog *c, qf_trust_each *fn, void *ctx, struct qf_err *e);

/* The pool in the order of arrival; `max` 0: all of it. */
enum qf_status qf_catalog_each_pooled(struct qf_catalog *c, int64_t max, qf_trust_each *fn, void *ctx, struct qf_err *e);
enum qf_status qf_catalog_count_pool(struct qf_catalog *c, int64_t *n, struct qf_err *e);
enum qf_status qf_catalog_count_trust(struct qf_catalog *c, int64_t *n, struct qf_err *e); /* all records, at most: what was forgotten may be counted */

/* The records of a block, by position. */
enum qf_status qf_catalog_each_placed(struct qf_catalog *c, int64_t block, qf_trust_each *fn, void *ctx, struct qf_err *e);

/* The record whose hash begins with these n hexadecimal digits: QF_ENOTFOUND; QF_EINVAL when several do. The texts go
 * into the arena. */
enum qf_status qf_catalog_find_trust(struct qf_catalog *c, const char *digits, struct qf_arena *a, struct qf_trust_record *r,
				     struct qf_err *e);

/* The number that the actor's next record gets. */
enum qf_status qf_catalog_next_seq(struct qf_catalog *c, const uint8_t *actor, int64_t *seq, struct qf_err *e);

/* The line of the genesis record, in the arena. QF_ENOTFOUND: no chain yet. */
enum qf_status qf_catalog_genesis(struct qf_catalog *c, struct qf_arena *a, struct qf_span *line, struct qf_err *e);

/* ---- blocks --------------------------------------------------------------------------------- */

struct qf_trust_block {
	int64_t id, height;
	uint8_t hash[QF_TRUST_HASH], prev[QF_TRUST_HASH], work[QF_TRUST_WORK];
	char header[256]; /* NUL-terminated */
};

/* Store a block with its records[n], if it is not there. It is in no chain until one is chosen. */
enum qf_status qf_catalog_put_block(struct qf_catalog *c, const struct qf_trust_block *b, const int64_t *records, size_t n, struct qf_err *e);

/* Make the chain that ends with this block the chosen one: what it holds leaves the pool, what only the former one held
 * goes back into it. QF_ENOTFOUND: no such block. */
enum qf_status qf_catalog_choose(struct qf_catalog *c, const uint8_t hash[QF_TRUST_HASH], struct qf_err *e);

/* The last block of the chosen chain; QF_ENOTFOUND: there is none. */
enum qf_status qf_catalog_tip(struct qf_catalog *c, struct qf_trust_block *b, struct qf_err *e);

/* The block of the chosen chain at a height. QF_ENOTFOUND. */
enum qf_status qf_catalog_block_at(struct qf_catalog *c, int64_t height, struct qf_trust_block *b, struct qf_err *e);

/* The block of the chosen chain that holds a record, and where; block 0 in *id: it is in the pool. */
enum qf_status qf_catalog_place_of(struct qf_catalog *c, int64_t record, struct qf_trust_block *b, int64_t *pos, struct qf_err *e);

struct qf_trust_walk {
	enum qf_status (*block)(void *ctx, const struct qf_trust_block *b, bool *records, struct qf_err *e); /* *records: its records are wanted */
	qf_trust_each *record;
	void *ctx;
};

/* The chosen chain from its first block on, in one view of the catalog. */
enum qf_status qf_catalog_chain(struct qf_catalog *c, const struct qf_trust_walk *w, struct qf_err *e);

/* ---- what was found out ------------------------------------------------------------------------ */

/* The last block up to which the chosen chain was verified on this level (0 hashes, 1 signatures): height -1: not at
 * all, or that block is in it no more. */
enum qf_status qf_catalog_verified(struct qf_catalog *c, int level, int64_t *height, struct qf_err *e);
enum qf_status qf_catalog_set_verified(struct qf_catalog *c, int level, int64_t height, const uint8_t hash[QF_TRUST_HASH], int64_t now,
				       struct qf_err *e);

/* A checkpoint that was signed or accepted here, and the last block that the highest of them speaks of; height -1: none. */
enum qf_status qf_catalog_put_checkpoint(struct qf_catalog *c, int64_t height, const uint8_t hash[QF_TRUST_HASH], const char *note, int64_t now,
					 struct qf_err *e);
enum qf_status qf_catalog_checkpoint(struct qf_catalog *c, int64_t *height, uint8_t hash[QF_TRUST_HASH], struct qf_err *e);

/* How much the operator of this node trusts another one's key: 0 to 1. */
enum qf_status qf_catalog_set_peer(struct qf_catalog *c, const uint8_t key[QF_TRUST_HASH], double weight, struct qf_err *e);
enum qf_status qf_catalog_each_peer(struct qf_catalog *c, enum qf_status (*fn)(void *ctx, const uint8_t *key, double weight, struct qf_err *e),
				    void *ctx, struct qf_err *e);

/* A dataset whose manifest and files were found true here; and whether this node has found a target true: such a dataset,
 * or a track whose sound it has heard itself. */
enum qf_status qf_catalog_set_agreed(struct qf_catalog *c, const char *target, int64_t now, struct qf_err *e);
enum qf_status qf_catalog_agrees(struct qf_catalog *c, const char *target, bool *yes, struct qf_err *e);

/* The audio id of a track, 64 digits and a NUL; "" when it was not heard yet. */
enum qf_status qf_catalog_audio_id(struct qf_catalog *c, int64_t track, char id[65], struct qf_err *e);

/* The audio ids of all tracks of artists, with the artist's folded name, by both; for those who make creators of them. */
enum qf_status qf_catalog_each_work(struct qf_catalog *c, enum qf_status (*fn)(void *ctx, const char *artist, const char *audio_id, struct qf_err *e),
				    void *ctx, struct qf_err *e);

/* ---- listening ----------------------------------------------------------------------------------- */

/* The key under which a user's listening is told, if the user has agreed to that (*known); QF_ENOTFOUND: no such user. */
enum qf_status qf_catalog_pseudonym(struct qf_catalog *c, const char *user, uint8_t key[QF_TRUST_HASH], bool *known, struct qf_err *e);
enum qf_status qf_catalog_set_pseudonym(struct qf_catalog *c, const char *user, const uint8_t key[QF_TRUST_HASH], struct qf_err *e);

/* The user has another number now: the key goes along, unless that one has its own. */
enum qf_status qf_catalog_move_pseudonym(struct qf_catalog *c, int64_t user, int64_t to, struct qf_err *e);

/* What the user did with tracks that have an audio id and is not told yet: "interaction" for each UTC day with a play, a
 * complete or a replay, "verification" for a like, "report" for a dislike; by day, audio id and action. `day`
 * is its first second; 0 when the time of a like is not known. */
enum qf_status qf_catalog_each_untold(struct qf_catalog *c, const char *user,
				      enum qf_status (*fn)(void *ctx, const char *audio_id, const char *action, int64_t day, struct qf_err *e),
				      void *ctx, struct qf_err *e);

/* ---- scores ------------------------------------------------------------------------------------------- */

/* Tells the field `trust` of queries: of a track, 0 to 1, by its audio id, "" when it was not heard yet. */
typedef enum qf_status qf_trust_of(void *ctx, const char *audio_id, double *trust, struct qf_err *e);

/* Who tells; before that a query that weighs the field fails. `end` (may be NULL) is called when the catalog is closed. Once. */
enum qf_status qf_catalog_set_trust(struct qf_catalog *c, qf_trust_of *fn, void (*end)(void *ctx), void *ctx, struct qf_err *e);

#endif
