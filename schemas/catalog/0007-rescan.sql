-- What rescans need to notice little things at little cost.

-- Events that have no track are looked at again whenever tracks came.
CREATE INDEX event_unmatched ON event (id) WHERE track_id IS NULL;

-- The .lrc file beside the song as it was when it was read: modification time in ns plus size. NULL: there was none.
ALTER TABLE track ADD COLUMN lyrics_stamp INTEGER;
