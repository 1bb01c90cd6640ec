-- The chain of trust. Records stand as they were signed, and neither they nor blocks are ever changed; what else the columns
-- say of them is an index that can be made again from the lines.

CREATE TABLE trust_record (
	id     INTEGER PRIMARY KEY,
	hash   BLOB NOT NULL UNIQUE, -- SHA-256 of the line
	actor  BLOB NOT NULL,        -- public key
	seq    INTEGER NOT NULL,     -- of the actor; two records with the same one convict it
	action TEXT NOT NULL,
	target TEXT NOT NULL,
	delta  INTEGER NOT NULL,     -- millionths
	ts     INTEGER NOT NULL,
	line   BLOB NOT NULL
) STRICT;
CREATE INDEX trust_record_actor ON trust_record (actor, seq);
CREATE UNIQUE INDEX trust_record_genesis ON trust_record (action) WHERE action = 'genesis'; -- one chain a catalog

CREATE TABLE trust_block (
	id     INTEGER PRIMARY KEY,
	hash   BLOB NOT NULL UNIQUE,
	prev   BLOB NOT NULL,
	height INTEGER NOT NULL,
	header TEXT NOT NULL,
	work   BLOB NOT NULL,    -- of this block and all before it: 128 bits, big endian
	best   INTEGER NOT NULL  -- 1: in the chain that was chosen
) STRICT;
CREATE UNIQUE INDEX trust_block_best ON trust_block (height) WHERE best = 1;
CREATE TABLE trust_placed (
	block_id  INTEGER NOT NULL REFERENCES trust_block,
	pos       INTEGER NOT NULL,
	record_id INTEGER NOT NULL REFERENCES trust_record,
	PRIMARY KEY (block_id, pos)
) STRICT, WITHOUT ROWID;
CREATE INDEX trust_placed_record ON trust_placed (record_id);

-- What is in no block of the chosen chain.
CREATE TABLE trust_pool (record_id INTEGER PRIMARY KEY REFERENCES trust_record ON DELETE CASCADE) STRICT;

CREATE TABLE trust_checkpoint (
	id     INTEGER PRIMARY KEY,
	height INTEGER NOT NULL, -- of the last block that it speaks of
	hash   BLOB NOT NULL,    -- of that block: no other chain is chosen any more
	note   TEXT NOT NULL,
	at     INTEGER NOT NULL
) STRICT;

-- Up to where the chosen chain was verified: 0 hashes, 1 signatures too.
CREATE TABLE trust_verified (level INTEGER PRIMARY KEY, height INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL) STRICT;

CREATE TABLE trust_peer (key BLOB PRIMARY KEY, weight REAL NOT NULL CHECK (weight BETWEEN 0 AND 1)) STRICT;
CREATE TABLE trust_agreed (target TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT; -- datasets whose manifest was found true here

-- Whose listening is told to the chain, and under which key.
CREATE TABLE trust_pseudonym (
	user_id INTEGER PRIMARY KEY REFERENCES user ON DELETE CASCADE,
	actor   BLOB NOT NULL
) STRICT;
CREATE TRIGGER trust_pseudonym_forget AFTER DELETE ON trust_pseudonym BEGIN
	DELETE FROM trust_record WHERE actor = OLD.actor AND id IN (SELECT record_id FROM trust_pool) AND id NOT IN (SELECT record_id FROM trust_placed);
END;

CREATE TRIGGER trust_record_update BEFORE UPDATE ON trust_record BEGIN SELECT RAISE(ABORT, 'a trust record is never changed'); END;
CREATE TRIGGER trust_record_delete BEFORE DELETE ON trust_record WHEN EXISTS (SELECT 1 FROM trust_placed WHERE record_id = OLD.id)
	BEGIN SELECT RAISE(ABORT, 'a trust record in a block is never deleted'); END;
CREATE TRIGGER trust_block_update BEFORE UPDATE OF id, hash, prev, height, header, work ON trust_block
	BEGIN SELECT RAISE(ABORT, 'a block is never changed'); END;
CREATE TRIGGER trust_block_delete BEFORE DELETE ON trust_block BEGIN SELECT RAISE(ABORT, 'a block is never deleted'); END;
CREATE TRIGGER trust_placed_update BEFORE UPDATE ON trust_placed BEGIN SELECT RAISE(ABORT, 'a block is never changed'); END;
CREATE TRIGGER trust_placed_delete BEFORE DELETE ON trust_placed BEGIN SELECT RAISE(ABORT, 'a block is never changed'); END;
CREATE TRIGGER trust_checkpoint_update BEFORE UPDATE ON trust_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER trust_checkpoint_delete BEFORE DELETE ON trust_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END;
