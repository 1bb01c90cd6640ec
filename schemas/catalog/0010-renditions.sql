-- Renditions: what was encoded from tracks, where it lies and what it is. Originals are no renditions.
CREATE TABLE rendition (
	id       INTEGER PRIMARY KEY,
	track_id INTEGER REFERENCES track ON DELETE SET NULL, -- NULL: the track was forgotten, the file is still there
	folder   BLOB NOT NULL, -- absolute
	file     TEXT NOT NULL, -- in it
	rung     TEXT NOT NULL, -- of which ladder it was made (datasets/ladders.tsv)
	codec    TEXT NOT NULL,
	kbps     INTEGER NOT NULL, -- 0: lossless
	seconds  REAL NOT NULL,    -- an excerpt of this length; 0: the whole track
	recipe   TEXT NOT NULL,    -- hash of all that decides its bytes, the source's size and mtime among it
	bytes    INTEGER NOT NULL,
	sha256   TEXT NOT NULL,
	gain_db  REAL NOT NULL,
	made_at  INTEGER NOT NULL,
	UNIQUE (folder, file)
) STRICT;
CREATE INDEX rendition_track ON rendition (track_id);
