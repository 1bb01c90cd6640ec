-- Playlists that are kept: each by name, with all its versions and how they came about.
CREATE TABLE playlist (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE playlist_version (
	id          INTEGER PRIMARY KEY,
	playlist_id INTEGER NOT NULL REFERENCES playlist ON DELETE CASCADE,
	number      INTEGER NOT NULL, -- from 1, rising
	user_id     INTEGER REFERENCES user ON DELETE CASCADE, -- whose edit it is
	at          INTEGER NOT NULL,
	parent      INTEGER, -- number of the version that was edited; NULL: none
	merged      INTEGER, -- and of the one that was merged into it
	how         TEXT NOT NULL, -- JSON: order, seed, command, model
	UNIQUE (playlist_id, number)
) STRICT;
CREATE INDEX playlist_version_user ON playlist_version (user_id);
CREATE TABLE playlist_entry (
	version_id INTEGER NOT NULL REFERENCES playlist_version ON DELETE CASCADE,
	place      INTEGER NOT NULL, -- from 1
	track_id   INTEGER REFERENCES track ON DELETE SET NULL, -- NULL: not, or no longer, in this catalog
	path       BLOB NOT NULL, -- as it was written
	PRIMARY KEY (version_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX playlist_entry_track ON playlist_entry (track_id);
CREATE TRIGGER playlist_emptied AFTER DELETE ON playlist_version
	WHEN NOT EXISTS (SELECT 1 FROM playlist_version WHERE playlist_id = old.playlist_id) BEGIN
	DELETE FROM playlist WHERE id = old.playlist_id;
END;
