-- What rescans need to notice little things at little cost.

-- Events that have no track are looked at again whenever tracks came.
CREATE INDEX event_unmatched ON event (id) WHERE track_id IS NULL;
