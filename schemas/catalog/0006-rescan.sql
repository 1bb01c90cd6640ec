-- What rescans need to notice little things at little cost.

-- Events that have no track are looked at again whenever tracks came.
CREATE INDEX event_unmatched ON event (id) WHERE track_id IS NULL;

-- The .lrc file beside the song as it was when it was read: modification time in ns plus size. NULL: there was none.
ALTER TABLE track ADD COLUMN lyrics_stamp INTEGER;

-- What tells at once that no track has a set of tags or a long value any more, so that they can be swept out.
CREATE INDEX track_tag_set ON track (tag_set);
CREATE INDEX tag_own_long ON tag_own (value) WHERE typeof(value) = 'integer';
CREATE INDEX tag_shared_long ON tag_shared (value) WHERE typeof(value) = 'integer';
