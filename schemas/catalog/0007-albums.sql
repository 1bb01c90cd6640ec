-- Loudness over time, and of albums: what follows from all tracks of one stands with each of them.
ALTER TABLE features ADD COLUMN loudness_curve BLOB;
ALTER TABLE features ADD COLUMN loudness_histogram BLOB;
ALTER TABLE features ADD COLUMN album_loudness_lufs REAL;
ALTER TABLE features ADD COLUMN album_peak_dbtp REAL;

-- Albums whose two figures are to be computed again.
CREATE TABLE album_stale (album_id INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER album_heard AFTER INSERT ON features BEGIN
	INSERT OR IGNORE INTO album_stale SELECT album_id FROM track WHERE id = new.track_id AND album_id IS NOT NULL;
END;
CREATE TRIGGER album_handed AFTER UPDATE OF track_id ON features BEGIN
	INSERT OR IGNORE INTO album_stale SELECT album_id FROM track WHERE id = new.track_id AND album_id IS NOT NULL;
END;
CREATE TRIGGER album_gained AFTER UPDATE OF album_id, missing_since ON track
	WHEN (new.album_id IS NOT old.album_id OR new.missing_since IS NOT old.missing_since)
	AND EXISTS (SELECT 1 FROM features WHERE track_id = new.id) BEGIN
	INSERT OR IGNORE INTO album_stale SELECT old.album_id WHERE old.album_id IS NOT NULL;
	INSERT OR IGNORE INTO album_stale SELECT new.album_id WHERE new.album_id IS NOT NULL;
	UPDATE features SET album_loudness_lufs = NULL, album_peak_dbtp = NULL WHERE track_id = new.id AND new.album_id IS NOT old.album_id;
END;
CREATE TRIGGER album_lost AFTER DELETE ON track WHEN old.album_id IS NOT NULL BEGIN
	INSERT OR IGNORE INTO album_stale VALUES (old.album_id);
END;
CREATE TRIGGER change_levelled AFTER UPDATE OF album_loudness_lufs, album_peak_dbtp ON features BEGIN
	UPDATE change SET seq = n FROM next_change WHERE track_id = new.track_id AND NOT removed;
END;
