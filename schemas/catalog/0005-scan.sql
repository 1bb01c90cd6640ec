-- Tags in less room, a log of changes, and what finding moved files again needs.

-- Most tags of a track are those of its album: such sets stand once, whoever shares them. A set is known by the
-- SHA-256 of what it holds; values longer than 1 KiB stand in tag_text, once each, and "value" is their number.
-- Key names that begin with "raw:" are tags as the file has them, kept where the canonical form lost something.
CREATE TABLE tag_text (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, value TEXT NOT NULL) STRICT;
CREATE TABLE tag_set (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE tag_shared (
	set_id INTEGER NOT NULL REFERENCES tag_set ON DELETE CASCADE,
	key_id INTEGER NOT NULL REFERENCES tag_key,
	idx    INTEGER NOT NULL,
	value  ANY NOT NULL,
	PRIMARY KEY (set_id, key_id, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE tag_own (
	track_id INTEGER NOT NULL REFERENCES track ON DELETE CASCADE,
	key_id   INTEGER NOT NULL REFERENCES tag_key,
	idx      INTEGER NOT NULL,
	value    ANY NOT NULL,
	PRIMARY KEY (track_id, key_id, idx)
) STRICT, WITHOUT ROWID;
INSERT INTO tag_own SELECT track_id, key_id, idx, value FROM tag ORDER BY 1, 2, 3;
INSERT INTO tag_text (hash, value) SELECT DISTINCT qf_sha256(value), value FROM tag_long;
INSERT INTO tag_own SELECT l.track_id, l.key_id, l.idx, x.id FROM tag_long l JOIN tag_text x ON x.hash = qf_sha256(l.value);
DROP TABLE tag;
DROP TABLE tag_long;
ALTER TABLE track ADD COLUMN tag_set INTEGER REFERENCES tag_set;

-- All tags of all tracks, however they are kept.
CREATE VIEW tag (track_id, key_id, idx, value) AS
	SELECT track_id, key_id, idx,
	       CASE typeof(value) WHEN 'integer' THEN (SELECT x.value FROM tag_text x WHERE x.id = tag_own.value) ELSE value END
	  FROM tag_own
	UNION ALL
	SELECT t.id, s.key_id, s.idx,
	       CASE typeof(s.value) WHEN 'integer' THEN (SELECT x.value FROM tag_text x WHERE x.id = s.value) ELSE s.value END
	  FROM track t JOIN tag_shared s ON s.set_id = t.tag_set;

-- The full-text index, which now reads the words where they stand instead of keeping a copy. Words of a track leave the
-- index before its row changes, and enter it behind that.
DROP TABLE track_fts;
CREATE VIEW track_words (id, title, artist, album, genre) AS
	SELECT t.id, t.title, t.artist, al.title, t.genre FROM track t LEFT JOIN album al ON al.id = t.album_id;
CREATE VIRTUAL TABLE track_fts USING fts5 (title, artist, album, genre, content = 'track_words', content_rowid = 'id',
	tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO track_fts (track_fts) VALUES ('rebuild');

-- Vanished files, by what tells them again.
CREATE INDEX track_missing ON track (size, mtime_ns) WHERE missing_since IS NOT NULL;
CREATE INDEX track_missing_inode ON track (inode, size) WHERE missing_since IS NOT NULL;

-- The last change of every track that ever was, in the order in which they were committed. A track that was purged
-- keeps its row, so that whoever copied it learns that it is gone.
CREATE TABLE change (
	track_id INTEGER PRIMARY KEY,
	seq      INTEGER NOT NULL, -- grows with every change of any track
	added    INTEGER NOT NULL, -- the seq at which the track came, or came back
	at       INTEGER NOT NULL, -- seconds since the epoch
	removed  INTEGER NOT NULL  -- 1: the file is gone
) STRICT;
CREATE UNIQUE INDEX change_seq ON change (seq);
INSERT INTO change SELECT id, row_number() OVER (ORDER BY id), row_number() OVER (ORDER BY id),
	coalesce(missing_since, updated_at), missing_since IS NOT NULL FROM track;

-- (An aggregate, max(seq), would look at every row.)
CREATE VIEW next_change (n) AS SELECT coalesce((SELECT seq FROM change ORDER BY seq DESC LIMIT 1), 0) + 1;
CREATE TRIGGER change_added AFTER INSERT ON track BEGIN
	INSERT INTO change SELECT new.id, n, n, new.updated_at, new.missing_since IS NOT NULL FROM next_change;
END;
CREATE TRIGGER change_updated AFTER UPDATE ON track BEGIN
	UPDATE change SET seq = n, at = coalesce(new.missing_since, new.updated_at), removed = new.missing_since IS NOT NULL,
		added = CASE WHEN removed AND new.missing_since IS NULL THEN n ELSE added END
		FROM next_change WHERE track_id = new.id;
END;
CREATE TRIGGER change_heard AFTER INSERT ON features BEGIN
	UPDATE change SET seq = n, at = new.at FROM next_change WHERE track_id = new.track_id AND NOT removed;
END;
CREATE TRIGGER change_removed AFTER DELETE ON track BEGIN
	UPDATE change SET seq = n, removed = 1 FROM next_change WHERE track_id = old.id AND NOT removed;
END;
