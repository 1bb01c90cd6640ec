-- Histories: what follows from an event, and the same listening told by several sources.

ALTER TABLE event ADD COLUMN derived INTEGER NOT NULL DEFAULT 0;     -- 1: the source told no action; it follows from the rest
ALTER TABLE event ADD COLUMN precision_s INTEGER NOT NULL DEFAULT 0; -- `at` is the first of 1 + this many seconds
ALTER TABLE event ADD COLUMN session INTEGER;                        -- of its user, from 1; NULL: no time
ALTER TABLE event ADD COLUMN local_hour INTEGER;                     -- 0 to 23 where it was heard; NULL: no time, or imported before
ALTER TABLE event ADD COLUMN local_weekday INTEGER;                  -- 1 Monday to 7 Sunday

-- From this time on the sessions, replays and derived actions of a user are not worked out yet; NULL: all are.
ALTER TABLE user ADD COLUMN unsettled_from INTEGER;
UPDATE user SET unsettled_from = 0;

-- An event that another source had told before. It stands aside, so that whoever reads `event` counts a listening once.
CREATE TABLE event_copy (
	uid         BLOB NOT NULL PRIMARY KEY,
	event_id    INTEGER NOT NULL REFERENCES event ON DELETE CASCADE, -- the first
	at          INTEGER NOT NULL,
	action      TEXT NOT NULL,
	ms          INTEGER,
	source      TEXT NOT NULL,
	artist      TEXT,
	title       TEXT,
	album       TEXT,
	mbid        TEXT,
	isrc        TEXT,
	path        BLOB,
	duration_ms INTEGER,
	derived     INTEGER NOT NULL,
	precision_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX event_copy_of ON event_copy (event_id);

-- Identifiers in their one form, as events have them.
UPDATE track SET isrc = upper(replace(replace(isrc, '-', ''), ' ', '')) WHERE isrc IS NOT NULL;
UPDATE track SET mbid = lower(mbid) WHERE mbid IS NOT NULL;

-- Listens of ListenBrainz told no action, but stand as plays.
UPDATE event SET derived = 1 WHERE source = 'listenbrainz' AND action = 'play';
