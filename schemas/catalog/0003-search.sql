-- Searching: queries kept under a name, and the indexes that large libraries need.

CREATE TABLE saved_query (
	name     TEXT PRIMARY KEY,
	query    TEXT NOT NULL, -- as it was typed
	saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX track_genre ON track (genre, missing_since); -- tracks that are there are found without a look at them
CREATE INDEX track_year ON track (year, missing_since);
CREATE INDEX track_added ON track (added_at);
CREATE INDEX track_several ON track (artist) WHERE instr(artist, '; ') > 0; -- tracks of more than one artist
CREATE INDEX features_tempo ON features (tempo_bpm);
CREATE INDEX features_energy ON features (energy);
CREATE INDEX features_camelot ON features (camelot);

-- Plays, skips and the last time are read from the index alone.
DROP INDEX event_track;
CREATE INDEX event_track ON event (track_id, action, at);
