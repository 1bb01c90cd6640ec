-- Datasets: what is told of them and of each of their files, what users think of them, and what they are worth.

ALTER TABLE dataset ADD COLUMN descriptor TEXT; -- JSON (schemas/descriptor.v1.json); NULL: known by its name only
ALTER TABLE dataset ADD COLUMN folder BLOB;     -- absolute, no slash at the end; paths of its files are relative to it
ALTER TABLE dataset ADD COLUMN manifest TEXT;   -- SHA-256 of its manifest when that was last made, hexadecimal

-- What descriptor, copyright file, table or manifest tell of a file, whether it is in the catalog or not.
CREATE TABLE dataset_file (
	dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
	path       BLOB NOT NULL, -- relative to the folder
	track_id   INTEGER REFERENCES track ON DELETE SET NULL,
	licence    TEXT, -- SPDX expression
	sha256     TEXT, -- hexadecimal
	size       INTEGER, -- of the file whose digest was made here: with mtime_ns tells whether it still holds
	mtime_ns   INTEGER,
	title      TEXT,
	artist     TEXT,
	album      TEXT,
	genre      TEXT,
	year       INTEGER,
	duration_s REAL,
	PRIMARY KEY (dataset_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_file_track ON dataset_file (track_id);

CREATE TABLE dataset_rating (
	dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
	user_id    INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
	stars      INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
	note       TEXT,
	at         INTEGER NOT NULL,
	PRIMARY KEY (dataset_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_rating_user ON dataset_rating (user_id);

-- The last judgement: of a set, and of a track the best one that any of its sets gave (1 less the weight of its worst defect).
CREATE TABLE dataset_quality (
	dataset_id INTEGER PRIMARY KEY REFERENCES dataset ON DELETE CASCADE,
	at         INTEGER NOT NULL,
	score      REAL NOT NULL,
	tier       TEXT NOT NULL,
	report     TEXT NOT NULL -- the row that was printed, JSON
) STRICT;
CREATE TABLE track_quality (
	track_id INTEGER PRIMARY KEY REFERENCES track ON DELETE CASCADE,
	score    REAL NOT NULL,
	defects  TEXT -- words with commas between; NULL: none
) STRICT;
