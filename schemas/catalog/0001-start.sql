-- The catalog, first form. Times are seconds since the epoch, UTC. Paths are bytes, relative to their root.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID; -- uuid, created_at
CREATE TABLE migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;

-- Which tool did what: provenance, and the first thing to look at after an accident.
CREATE TABLE run (
	id         INTEGER PRIMARY KEY,
	tool       TEXT NOT NULL,
	version    TEXT NOT NULL,
	started_at INTEGER NOT NULL,
	ended_at   INTEGER, -- NULL: under way, or it was killed
	exit_code  INTEGER,
	summary    TEXT
) STRICT;

CREATE TABLE root (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE) STRICT; -- absolute, no slash at the end

CREATE TABLE artist (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fold TEXT NOT NULL) STRICT;
CREATE INDEX artist_fold ON artist (fold);

CREATE TABLE album (
	id        INTEGER PRIMARY KEY,
	title     TEXT NOT NULL,
	artist_id INTEGER NOT NULL DEFAULT 0 -- the album artist, else the track's artist; 0: none
) STRICT;
CREATE UNIQUE INDEX album_name ON album (title, artist_id);

CREATE TABLE track (
	id             INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given twice
	root_id        INTEGER NOT NULL REFERENCES root,
	path           BLOB NOT NULL,
	size           INTEGER NOT NULL,
	mtime_ns       INTEGER NOT NULL,
	inode          INTEGER NOT NULL,
	added_at       INTEGER NOT NULL,
	updated_at     INTEGER NOT NULL,
	missing_since  INTEGER, -- the file was not there at that scan; everything known is kept
	title          TEXT,
	artist         TEXT, -- for display: several joined by "; "
	artist_id      INTEGER REFERENCES artist, -- the first one
	album_id       INTEGER REFERENCES album,
	genre          TEXT, -- several joined by "; "
	date           TEXT, -- as precise as the tag was
	year           INTEGER,
	track_no       INTEGER,
	disc_no        INTEGER,
	isrc           TEXT,
	mbid           TEXT, -- MusicBrainz recording
	match_key      TEXT, -- folded artist, a tab, folded title: what histories are matched by
	duration_ms    INTEGER,
	sample_rate_hz INTEGER,
	channels       INTEGER,
	bitrate_kbps   INTEGER,
	codec          TEXT,
	UNIQUE (root_id, path)
) STRICT;
CREATE INDEX track_artist ON track (artist_id);
CREATE INDEX track_album ON track (album_id);
CREATE INDEX track_match ON track (match_key);
CREATE INDEX track_mbid ON track (mbid) WHERE mbid IS NOT NULL;
CREATE INDEX track_isrc ON track (isrc) WHERE isrc IS NOT NULL;

-- All canonical tags, in the order of the file. Long values stand aside, so that no index or scan meets them.
CREATE TABLE tag_key (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE tag (
	track_id INTEGER NOT NULL REFERENCES track ON DELETE CASCADE,
	key_id   INTEGER NOT NULL REFERENCES tag_key,
	idx      INTEGER NOT NULL,
	value    TEXT NOT NULL,
	PRIMARY KEY (track_id, key_id, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE tag_long (
	id       INTEGER PRIMARY KEY,
	track_id INTEGER NOT NULL REFERENCES track ON DELETE CASCADE,
	key_id   INTEGER NOT NULL REFERENCES tag_key,
	idx      INTEGER NOT NULL,
	value    TEXT NOT NULL,
	UNIQUE (track_id, key_id, idx)
) STRICT;

CREATE VIRTUAL TABLE track_fts USING fts5 (title, artist, album, genre, tokenize = 'unicode61 remove_diacritics 2');

CREATE TABLE dataset (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, added_at INTEGER NOT NULL) STRICT;
CREATE TABLE dataset_track (
	dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
	track_id   INTEGER NOT NULL REFERENCES track ON DELETE CASCADE,
	PRIMARY KEY (dataset_id, track_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_of ON dataset_track (track_id);

-- What could not be read, and why. A file that fails again, unchanged, is known and no news.
CREATE TABLE failure (
	id       INTEGER PRIMARY KEY,
	stage    TEXT NOT NULL, -- the verb
	root_id  INTEGER NOT NULL REFERENCES root,
	path     BLOB NOT NULL,
	track_id INTEGER REFERENCES track ON DELETE CASCADE,
	class    TEXT NOT NULL,
	message  TEXT NOT NULL,
	size     INTEGER NOT NULL,
	mtime_ns INTEGER NOT NULL,
	version  INTEGER NOT NULL, -- of what failed on it
	at       INTEGER NOT NULL,
	UNIQUE (stage, root_id, path)
) STRICT;
CREATE INDEX failure_track ON failure (track_id);

CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE event (
	id          INTEGER PRIMARY KEY,
	uid         BLOB NOT NULL UNIQUE, -- of the content: the same event imported again is the same row
	user_id     INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
	at          INTEGER NOT NULL,
	action      TEXT NOT NULL CHECK (action IN ('play', 'skip', 'complete', 'replay', 'like', 'dislike', 'add')),
	ms          INTEGER, -- heard
	source      TEXT NOT NULL,
	track_id    INTEGER REFERENCES track ON DELETE SET NULL, -- NULL: matches no track so far
	artist      TEXT,
	title       TEXT,
	album       TEXT,
	mbid        TEXT,
	isrc        TEXT,
	path        BLOB,
	duration_ms INTEGER
) STRICT;
CREATE INDEX event_user ON event (user_id, at);
CREATE INDEX event_track ON event (track_id);

CREATE TABLE model (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	created_at INTEGER NOT NULL,
	kind       TEXT NOT NULL,
	params     TEXT NOT NULL, -- JSON
	seed       INTEGER NOT NULL,
	data_hash  TEXT NOT NULL, -- SHA-256 of what it was trained on
	metrics    TEXT NOT NULL  -- JSON
) STRICT;
CREATE TABLE factor ( -- pages of vectors, in the order of ids
	id       INTEGER PRIMARY KEY,
	model_id INTEGER NOT NULL REFERENCES model ON DELETE CASCADE,
	side     TEXT NOT NULL, -- 'user', 'track', or the name of another matrix
	page     INTEGER NOT NULL,
	ids      BLOB NOT NULL, -- int64 each, little endian
	vectors  BLOB NOT NULL, -- float32 each, rank of them per id
	UNIQUE (model_id, side, page)
) STRICT;

-- One column for each line of schemas/features.tsv: REAL, TEXT, or BLOB (float32 or int8, little endian).
CREATE TABLE features (
	track_id INTEGER PRIMARY KEY REFERENCES track ON DELETE CASCADE,
	version  INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	size     INTEGER NOT NULL, -- of the file that was heard: another one there makes them stale
	mtime_ns INTEGER NOT NULL,
	duration_s REAL,
	loudness_lufs REAL,
	loudness_range_lu REAL,
	peak_dbfs REAL,
	true_peak_dbtp REAL,
	replaygain_db REAL,
	tempo_bpm REAL,
	tempo_confidence REAL,
	beats_s BLOB,
	onset_rate_hz REAL,
	key TEXT,
	camelot TEXT,
	key_strength REAL,
	tuning_cents REAL,
	centroid_hz_mean REAL,
	centroid_hz_sd REAL,
	rolloff_hz_mean REAL,
	rolloff_hz_sd REAL,
	flatness_mean REAL,
	flatness_sd REAL,
	bandwidth_hz_mean REAL,
	bandwidth_hz_sd REAL,
	zero_crossings_hz_mean REAL,
	zero_crossings_hz_sd REAL,
	mfcc_mean BLOB,
	mfcc_sd BLOB,
	chroma BLOB,
	energy REAL,
	danceability REAL,
	acousticness REAL,
	valence REAL,
	arousal REAL,
	moods TEXT,
	silence_head_s REAL,
	silence_tail_s REAL,
	waveform BLOB,
	fingerprint TEXT,
	file_sha256 TEXT,
	audio_id TEXT,
	embedding BLOB
) STRICT;
CREATE INDEX features_audio_id ON features (audio_id);
