#!/usr/bin/env bats
# qfzz-doctor: what is wrong with a catalog, and mending it.

load common
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	export SOURCE_DATE_EPOCH=1700000000 # 20231114T221320Z
	mkdir music
	for i in 1 2 3; do silence "music/$i.flac" 1 "TITLE=T$i" "ARTIST=A$i" "ALBUM=B$i" GENRE=Jazz; done
	QFZZ_CATALOG=$PWD/well.db qfzz-ingest -q --dataset d "$PWD/music"
	printf '{"user":"ana","t":%d,"action":"play","artist":"A1","title":"T1"}\n' 1 2 3 > h.ndjson
	QFZZ_CATALOG=$PWD/well.db qfzz-events -q h.ndjson > /dev/null
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG=$PWD/catalog.db SOURCE_DATE_EPOCH=1700000000
	cp "$BATS_FILE_TMPDIR/well.db" catalog.db
	chmod 600 catalog.db
}

found() { qfzz-doctor "$@" | jq -r 'select(.severity != "note") | .check' | sort -u | paste -sd' '; }

@test "a healthy catalog: no word, exit 0, not touched" {
	before=$(sha256sum < catalog.db)
	run -0 qfzz-doctor
	[ "$output" = "" ]
	[ "$(sha256sum < catalog.db)" = "$before" ]
}

@test "a file that others may read" {
	chmod 644 catalog.db
	run -4 qfzz-doctor --format ndjson
	[[ "$output" = *'"check":"mode"'*'mode 644'* ]]
	run -0 qfzz-doctor --repair
	[ "$(stat -c %a catalog.db)" = 600 ]
	[ "$(stat -c %a catalog.db.backup-20231114T221320Z)" = 600 ]
}

@test "rows that contradict each other are found, and mended after a backup" {
	sqlite3 catalog.db "PRAGMA foreign_keys = 0;
		INSERT INTO features (track_id, version, at, size, mtime_ns) VALUES (99, 1, 1, 1, 1);
		INSERT INTO tag_own VALUES (99, 1, 0, 'x');
		INSERT INTO dataset_track VALUES (1, 99);
		UPDATE event SET track_id = 98 WHERE at = 2;
		UPDATE event SET user_id = 7 WHERE at = 3;
		UPDATE track SET root_id = 5 WHERE id = 3;
		DELETE FROM track_fts WHERE rowid IN (1, 2);
		DELETE FROM artist WHERE id = (SELECT artist_id FROM track WHERE id = 2)"
	qfzz-doctor > rows || [ $? = 4 ]
	"$BATS_TEST_DIRNAME/validate.py" < rows
	[ "$(found)" = "albums artists datasets events features roots tags users words" ]
	[ "$(jq -c 'select(.check == "words") | .count' rows)" = 2 ]
	run -0 qfzz-doctor --repair --format ndjson
	[ "$(echo "$output" | jq -r 'select(.severity != "note" and (.mended | not)).check')" = "" ]
	[ "$(found)" = "" ]
	[ "$(sql 'SELECT count(*) FROM features')" = 0 ]
	[ "$(sql 'SELECT count(track_id) || count(*) FROM event')" = 23 ]
	[ "$(sql "SELECT name FROM user WHERE id = 7")" = recovered-7 ]
	[ "$(sql "SELECT name FROM artist WHERE id = (SELECT artist_id FROM track WHERE id = 2)")" = A2 ]
	[ "$(qfzz-query T1 | jq .track)" = 1 ]
	[ "$(sqlite3 catalog.db.backup-20231114T221320Z 'SELECT count(*) FROM features')" = 1 ] # as it was before
}

@test "an action that is none: found, and not carried into the new file" {
	sqlite3 catalog.db "PRAGMA ignore_check_constraints = 1; UPDATE event SET action = 'hum' WHERE at = 2"
	run -4 qfzz-doctor --format ndjson
	[[ "$output" = *'CHECK constraint failed in event'* ]]
	run qfzz-doctor --repair
	[ "$(sqlite3 catalog.db 'SELECT group_concat(at) FROM event')" = 1,3 ]
}

@test "words that the full-text index should not have are found and mended" {
	sqlite3 catalog.db "PRAGMA trusted_schema = 1; UPDATE track SET title = 'Renamed' WHERE id = 2" # past the index
	[ "$(found)" = words ]
	[ -z "$(qfzz-doctor --quick)" ]
	run -0 qfzz-doctor --repair
	[ "$(sql "SELECT group_concat(rowid) FROM track_fts WHERE track_fts MATCH 'renamed'")" = 2 ]
	run -0 qfzz-doctor
	[ "$output" = "" ]
}

@test "notes are no reason for exit 4" {
	sqlite3 catalog.db "INSERT INTO artist (name, fold) VALUES ('nobody', 'nobody');
		INSERT INTO features (track_id, version, at, size, mtime_ns) VALUES (1, 0, 1, 1, 1)"
	run -0 qfzz-doctor --format ndjson
	[ "$(echo "$output" | jq -r '.check + " " + .severity' | paste -sd,)" = "artists note,stale note" ]
	[[ "$output" = *'qfzz features'* ]]
}

@test "files that are not there" {
	sqlite3 catalog.db "UPDATE root SET path = CAST('/nowhere' AS BLOB)"
	[ "$(qfzz-doctor | jq -c '[.check, .severity, .count]')" = '["files","note",3]' ]
	run -0 qfzz-doctor --quick
	[ "$output" = "" ]
}

# page TABLE: the number of a page of the table that holds rows, from 0
page() { sqlite3 catalog.db "SELECT pageno - 1 FROM dbstat WHERE name = '$1' AND pagetype = 'leaf' ORDER BY pageno DESC LIMIT 1"; }
size() { sqlite3 catalog.db "PRAGMA page_size"; }

@test "a damaged file: tools name the doctor, and he recovers the rest" {
	p=$(page album_name) s=$(size)
	dd if=/dev/zero of=catalog.db bs="$s" seek="$p" count=1 conv=notrunc status=none
	before=$(sha256sum < catalog.db)
	run -4 qfzz-doctor --format ndjson
	[[ "$output" = *'"severity":"damage"'*'qfzz doctor --repair'* ]]
	cp catalog.db other.db
	silence new/4.flac 1 TITLE=T4 ALBUM=B1
	run -3 --separate-stderr qfzz-ingest --catalog "$PWD/other.db" new
	[[ "$stderr" = *"qfzz doctor --repair"* ]]
	[ "$(sha256sum < catalog.db)" = "$before" ]
	run -0 qfzz-doctor --repair --format ndjson
	[[ "$output" = *"the damaged file is kept as $PWD/catalog.db.damaged-20231114T221320Z"* ]]
	[ "$(sha256sum < catalog.db.damaged-20231114T221320Z)" = "$before" ]
	[ "$(stat -c %a catalog.db)" = 600 ]
	run -0 qfzz-doctor
	[ "$(qfzz-query | jq -c '[.track, .title, .artist, .album]')" = "$(QFZZ_CATALOG=$BATS_FILE_TMPDIR/well.db qfzz-query | jq -c '[.track, .title, .artist, .album]')" ]
	[ "$(sql 'SELECT count(*) FROM event')" = 3 ]
	[ "$(sql "SELECT value FROM meta WHERE key = 'uuid'")" = "$(sqlite3 "$BATS_FILE_TMPDIR/well.db" "SELECT value FROM meta WHERE key = 'uuid'")" ]
}

# well DB: what a catalog of setup_file holds, but for what differs from run to run
well() { sqlite3 "$1" "SELECT id, path, title, artist, artist_id, album_id, tag_set FROM track; SELECT * FROM tag; SELECT at, track_id FROM event WHERE at < 10;
	SELECT * FROM dataset_track; SELECT * FROM change; SELECT * FROM meta; SELECT name, seq FROM sqlite_sequence; SELECT version FROM migration"; }

@test "a destroyed first page costs nothing" {
	sqlite3 catalog.db "UPDATE sqlite_sequence SET seq = 77" # of a track that was purged: its number is not given again
	cp catalog.db before.db
	dd if=/dev/urandom of=catalog.db bs=4096 count=1 conv=notrunc status=none
	run -4 qfzz-doctor
	run -0 qfzz-doctor --repair
	diff <(well before.db) <(well catalog.db)
	[ "$(sql "SELECT group_concat(rowid) FROM track_fts WHERE track_fts MATCH 't2'")" = 2 ]
	run -0 qfzz-doctor
}

@test "however long the database's own words are, the way out stands behind them" {
	LC_ALL=C sed -i 's/loudness_range_lu/loudness_r`nge_lu/' catalog.db # in the text of a table of fifty columns
	run -3 qfzz-query
	[[ $output == *"the catalog is damaged ("*"\`qfzz doctor --repair\` recovers what it can" ]]
}

# many DB: 5,000 events more, in a tree of two levels
many() {
	sqlite3 "$1" "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 5099)
		INSERT INTO event (uid, user_id, at, action, source, artist) SELECT CAST(i AS BLOB), 1, i, 'play', 'test', 'somebody ' || i FROM n"
}

@test "below a broken inner page no row is lost, and none that was deleted comes back" {
	many catalog.db
	sqlite3 catalog.db "DELETE FROM event WHERE at > 4000"
	p=$(sqlite3 catalog.db "SELECT pageno - 1 FROM dbstat WHERE name = 'event' AND pagetype = 'internal'")
	dd if=/dev/zero of=catalog.db bs=4096 seek="$p" count=1 conv=notrunc status=none
	run -0 qfzz-doctor --repair
	[ "$(sql "SELECT count(*), max(at), count(DISTINCT artist) FROM event")" = "3904|4000|3902" ]
	diff <(well "$BATS_FILE_TMPDIR/well.db") <(well catalog.db)
}

@test "what stands in the journal alone is taken from there; what was not committed is not" {
	cp catalog.db live.db
	sqlite3 live.db "PRAGMA wal_autocheckpoint = 0" "UPDATE track SET title = 'Journal' WHERE id = 2" \
		"INSERT INTO event (uid, user_id, at, action, source) VALUES (X'aa', 1, 50, 'play', 'test')" \
		".system cp live.db catalog.db; cp live.db-wal catalog.db-wal" \
		"INSERT INTO event (uid, user_id, at, action, source) VALUES (X'bb', 1, 60, 'play', 'test')" ".system cp live.db-wal longer-wal"
	p=$(page album_name)
	dd if=/dev/zero of=catalog.db bs=4096 seek="$p" count=1 conv=notrunc status=none
	cp catalog.db torn.db
	size=$(stat -c %s longer-wal)
	head -c $((size - 1)) longer-wal > torn.db-wal # cut within the last frame
	run -0 qfzz-doctor --repair
	[ "$(sql "SELECT title FROM track WHERE id = 2")" = Journal ]
	[ "$(sql "SELECT group_concat(at) FROM (SELECT at FROM event ORDER BY at)")" = 1,2,3,50 ]
	run -0 qfzz-doctor --repair --catalog torn.db
	[ "$(sqlite3 torn.db "SELECT group_concat(at) FROM (SELECT at FROM event ORDER BY at)")" = 1,2,3,50 ]
}

@test "a damaged catalog of the first version is recovered, and brought up to date" {
	rm catalog.db
	sqlite3 catalog.db ".read $BATS_TEST_DIRNAME/../../schemas/catalog/0001-start.sql"
	sqlite3 catalog.db <<-SQL
		PRAGMA application_id = 0x71667a7a; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
		INSERT INTO migration VALUES (1, 'start', 0);
		INSERT INTO meta VALUES ('uuid', '00000000-0000-4000-8000-000000000000');
		INSERT INTO root VALUES (1, CAST('/m' AS BLOB));
		INSERT INTO user VALUES (1, 'ana');
		INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, title) VALUES (7, 1, CAST('x.flac' AS BLOB), 1, 1, 1, 5, 5, 'Old Song');
		INSERT INTO tag_key VALUES (1, 'title'), (2, 'lyrics');
		INSERT INTO tag VALUES (7, 1, 0, 'Old Song');
		INSERT INTO tag_long (track_id, key_id, idx, value) VALUES (7, 2, 0, printf('%.20000c', 'x'));
		INSERT INTO event (uid, user_id, at, action, source, track_id) VALUES (X'aa', 1, 50, 'play', 'test', 7);
	SQL
	chmod 600 catalog.db
	dd if=/dev/zero of=catalog.db bs=4096 seek="$(page artist_fold)" count=1 conv=notrunc status=none
	run -0 qfzz-doctor --repair
	[ "$(sql "SELECT group_concat(k.name || length(g.value)) FROM tag g JOIN tag_key k ON k.id = g.key_id WHERE track_id = 7")" = title8,lyrics20000 ]
	[ "$(sql "SELECT at || action || track_id FROM event")" = 50play7 ]
	[ "$(sql "SELECT rowid FROM track_fts WHERE track_fts MATCH 'song'")" = 7 ]
	[ "$(qfzz-query song | jq -r .catalog)" = 00000000-0000-4000-8000-000000000000 ]
	run -0 qfzz-doctor
}

@test "a migration that rewrites rows leaves a backup of what was, that --forget removes" {
	rm catalog.db
	sqlite3 catalog.db ".read $BATS_TEST_DIRNAME/../../schemas/catalog/0001-start.sql"
	sqlite3 catalog.db "PRAGMA application_id = 0x71667a7a; PRAGMA user_version = 1; INSERT INTO migration VALUES (1, 'start', 0);
		INSERT INTO meta VALUES ('uuid', '00000000-0000-4000-8000-000000000000'); INSERT INTO root VALUES (1, CAST('/m' AS BLOB)); INSERT INTO user VALUES (1, 'ana');
		INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, title, isrc, mbid)
			VALUES (7, 1, CAST('x.flac' AS BLOB), 1, 1, 1, 5, 5, 'Old Song', 'de-abc-00-12345', 'ABCD');
		INSERT INTO event (uid, user_id, at, action, source, track_id) VALUES (X'aa', 1, 50, 'play', 'listenbrainz', 7)"
	sqlite3 catalog.db .dump > before
	run -0 qfzz-events -q
	[ "$(stat -c %a catalog.db.backup-v1)" = 600 ]
	diff <(sort before) <(sqlite3 catalog.db.backup-v1 .dump | sort)
	[ "$(sqlite3 catalog.db.backup-v1 'PRAGMA user_version')" = 1 ]
	[ "$(sql 'SELECT isrc, mbid FROM track')" = "DEABC0012345|abcd" ]
	[ "$(sql 'SELECT action, derived, session FROM event')" = "play|1|1" ]
	[ "$(ls catalog.db.*)" = catalog.db.backup-v1 ]
	qfzz-events -q --forget ana > said
	[ ! -e catalog.db.backup-v1 ]
}

@test "not a catalog, none at all" {
	run -3 qfzz-doctor --catalog "$PWD/none.db"
	run -3 qfzz-doctor --repair --catalog "$PWD/none.db"
	sqlite3 other.db "CREATE TABLE x (y)"
	run -3 qfzz-doctor --catalog "$PWD/other.db"
	run -3 qfzz-doctor --repair --catalog "$PWD/other.db"
	run -2 qfzz-doctor operand
}
