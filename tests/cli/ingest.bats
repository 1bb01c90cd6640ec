#!/usr/bin/env bats
# Scanning folders: what is new, changed, gone, back, broken.
load common

@test "every good file is in, every bad one is a failure with a class and a sentence, exit 1" {
	small_library
	run qfzz ingest --dataset demo "$M"
	[ "$status" = 1 ]
	[ "$(sql 'SELECT group_concat(title) FROM (SELECT title FROM track WHERE title IS NOT NULL ORDER BY title)')" = "Four,One,Three,Two" ]
	[ "$(sql 'SELECT class FROM failure WHERE path = CAST("b/empty.mp3" AS BLOB)')" = empty ]
	[ "$(sql 'SELECT class FROM failure WHERE path = CAST("b/text.flac" AS BLOB)')" = not-audio ]
	[ "$(sql 'SELECT class FROM failure WHERE path = CAST("b/cut.flac" AS BLOB)')" = truncated ]
	[ "$(sql 'SELECT count(*) FROM failure')" = 3 ]
	[[ $output == *"$M/b/empty.mp3: the file is empty"* ]]
	[ "$(sql 'SELECT count(*) FROM dataset_track')" = "$(sql 'SELECT count(*) FROM track')" ]
}

@test "the second run is silent, exit 0, and writes nothing" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	before=$(sha256sum "$QFZZ_CATALOG")
	run qfzz ingest "$M"
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ "$(sha256sum "$QFZZ_CATALOG")" = "$before" ]
}

@test "the second run opens no music file" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	strace -f -qq -e trace=open,openat,execve -o "$BATS_TEST_TMPDIR/trace" "$(command -v qfzz-ingest)" "$M" || skip "strace may not trace here"
	! grep -E 'one\.flac|two\.mp3|qfzz-read' "$BATS_TEST_TMPDIR/trace"
}

@test "tags, properties and lists come through, each format alike" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	for row in "One|Ann|First|Rock|1987|flac" "Two|Ann|First|Rock|1987|mp3" "Three|Bob|Second|Jazz|1999|vorbis" "Four|Bob|Second|Jazz|1999|opus"; do
		[ "$(sql "SELECT t.title, t.artist, al.title, t.genre, t.year, t.codec FROM track t JOIN album al ON al.id = t.album_id WHERE t.title = '${row%%|*}'")" = "$row" ]
	done
	[ "$(sql 'SELECT count(*) FROM track WHERE title IS NOT NULL AND duration_ms BETWEEN 1990 AND 2080 AND channels = 2')" = 4 ]
}

@test "a changed file is read again and keeps its number" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	id=$(sql "SELECT id FROM track WHERE title = 'One'")
	tone "$M/a/one.flac" 220 title=Uno artist=Ann
	run qfzz ingest "$M"
	[ "$status" = 0 ]
	[ "$(sql "SELECT title FROM track WHERE id = $id")" = Uno ]
	[ "$(sql "SELECT count(*) FROM tag JOIN tag_key k ON k.id = key_id WHERE track_id = $id AND k.name = 'album'")" = 0 ]
}

@test "a vanished file is kept as missing and comes back with its number" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	id=$(sql "SELECT id FROM track WHERE title = 'Two'")
	mv "$M/a/two.mp3" "$BATS_TEST_TMPDIR/away.mp3"
	qfzz ingest "$M"
	[ "$(sql "SELECT missing_since FROM track WHERE id = $id")" = 1700000000 ]
	[ "$(qfzz query title:Two | wc -l)" = 0 ]
	mv "$BATS_TEST_TMPDIR/away.mp3" "$M/a/two.mp3"
	qfzz ingest "$M"
	[ "$(sql "SELECT missing_since IS NULL FROM track WHERE id = $id")" = 1 ]
}

@test "without operands all known folders are looked at again" {
	small_library
	qfzz ingest -q "$M/a" "$M/b" || [ $? = 1 ]
	tone "$M/b/five.ogg" 660 title=Five
	qfzz ingest
	[ "$(sql "SELECT count(*) FROM track WHERE title = 'Five'")" = 1 ]
}

@test "a folder that is not there is one sentence; the others are scanned" {
	small_library
	run qfzz ingest "$M/nowhere" "$M/a"
	[ "$status" = 1 ]
	[[ $output == *"nowhere: No such file or directory"* ]]
	[ "$(sql 'SELECT count(*) FROM track')" = 2 ]
}

@test "odd names survive: newline, invalid UTF-8, leading dash and blank" {
	tone "$BATS_TEST_TMPDIR/x.flac" 220 title=Odd
	for n in $'new\nline.flac' $'caf\xe9.flac' '-rf x.flac' ' lead.flac' $'esc\e[31m.flac'; do cp "$BATS_TEST_TMPDIR/x.flac" "$M/$n"; done
	cd "$M"
	qfzz ingest .
	[ "$(qfzz query | wc -l)" = 5 ]
	qfzz query | valid
	[ "$(qfzz query | jq -r 'select(.path_b64) | .path_b64' | base64 -d | od -An -tx1 | tr -d ' \n' | grep -c 'e9')" = 1 ]
	[ "$(qfzz query title:Odd --format table | wc -l)" = 6 ]
}

@test "rows on standard input are stored and passed on, foreign keys untouched" {
	small_library
	printf '{"path":"%s","x" : [1, 2.50]}\n' "$M/a/one.flac" > "$BATS_TEST_TMPDIR/in"
	qfzz ingest - < "$BATS_TEST_TMPDIR/in" > "$BATS_TEST_TMPDIR/out"
	grep -qF '"x" : [1, 2.50]' "$BATS_TEST_TMPDIR/out"
	[ "$(jq -r .title "$BATS_TEST_TMPDIR/out")" = One ]
	[ "$(jq -r .track "$BATS_TEST_TMPDIR/out")" = 1 ]
	valid < "$BATS_TEST_TMPDIR/out"
}

@test "a row of another catalog is refused by its line" {
	small_library
	qfzz ingest -q "$M/a"
	run qfzz ingest - <<<'{"catalog":"00000000-0000-4000-8000-000000000000","track":1}'
	[ "$status" = 1 ]
	[[ $output == *"line 1: track 1 belongs to another catalog"* ]]
}

@test "--dry-run says what would be done and changes nothing" {
	small_library
	run bash -c "qfzz ingest --dry-run '$M' | jq -r .planned | sort | uniq -c | tr -s ' '"
	[[ $output == " 7 new" ]]
	[ ! -e "$QFZZ_CATALOG" ]
}

@test "the same library gives the same catalog whatever the number of workers" {
	small_library
	for j in 1 4; do
		QFZZ_CATALOG=$BATS_TEST_TMPDIR/$j.db qfzz ingest -q -j "$j" "$M" || [ $? = 1 ]
		sqlite3 "$BATS_TEST_TMPDIR/$j.db" .dump | sed "s/'uuid','[^']*'/uuid/" > "$BATS_TEST_TMPDIR/$j.sql"
	done
	cmp "$BATS_TEST_TMPDIR/1.sql" "$BATS_TEST_TMPDIR/4.sql"
}

@test "two scans at once: nobody sees a lock, nothing is doubled" {
	small_library
	for i in 1 2 3; do qfzz ingest -q "$M" 2>"$BATS_TEST_TMPDIR/err$i" & done
	wait
	[ "$(sql 'SELECT count(*) FROM track WHERE title IS NOT NULL')" = 4 ]
	! grep -h "locked" "$BATS_TEST_TMPDIR"/err*
}

# hold: another program is writing to the catalog, until `release`
hold() {
	mkfifo "$BATS_TEST_TMPDIR/holder"
	sqlite3 "$QFZZ_CATALOG" < "$BATS_TEST_TMPDIR/holder" 3>&- & holder=$!
	exec 8> "$BATS_TEST_TMPDIR/holder"
	printf '%s\n' 'BEGIN IMMEDIATE;' ".system touch '$BATS_TEST_TMPDIR/held'" >&8
	until [ -e "$BATS_TEST_TMPDIR/held" ]; do sleep 0.01; done
}
release() {
	exec 8>&-
	wait "$holder"
	rm "$BATS_TEST_TMPDIR/holder" "$BATS_TEST_TMPDIR/held"
}

@test "a catalog that stays busy is exit 75 with a sentence" {
	small_library
	qfzz ingest -q "$M/a"
	hold
	run qfzz ingest --wait 0.2 "$M/b"
	release
	[ "$status" = 75 ]
	[[ $output == *"another tool has been writing for 0.2 s"* ]]
	[[ $output != *locked* ]]
}

@test "who keeps it busy is named, with verb and process; one that died is not blamed" {
	small_library
	qfzz ingest -q "$M/a"
	echo "$$ features" > "$QFZZ_CATALOG.writer"
	hold
	run qfzz ingest --wait 0.1 "$M/b"
	release
	[ "$status" = 75 ]
	[[ $output == *"qfzz features (process $$) has been writing"* ]]
	sleep 0 & dead=$!
	wait $dead
	echo "$dead features" > "$QFZZ_CATALOG.writer"
	hold
	run qfzz ingest --wait 0.1 "$M/b"
	release
	[[ $output == *"another tool has been writing"* ]]
}

@test "while it writes its name stands beside the catalog, and goes with it" {
	tone "$M/one.flac" 220 title=One
	export ASAN_OPTIONS=detect_leaks=0 # which strace does not bear
	strace -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:delay_enter=500000 qfzz-ingest "$M" & pid=$! # its writing takes half a second
	until [ -s "$QFZZ_CATALOG.writer" ]; do
		kill -0 $pid
		sleep 0.01
	done
	[[ $(cat "$QFZZ_CATALOG.writer") == *" ingest" ]]
	wait $pid
	[ ! -e "$QFZZ_CATALOG.writer" ]
}

@test "SIGTERM ends a scan in its turn, and the next run completes it" {
	mkdir -p "$M/many"
	tone "$BATS_TEST_TMPDIR/x.flac" 220 title=Many
	for i in $(seq 400); do cp "$BATS_TEST_TMPDIR/x.flac" "$M/many/$i.flac"; done
	qfzz ingest "$M" & pid=$!
	sleep 0.1
	kill -TERM $pid 2>/dev/null || true
	wait $pid || code=$?
	[ "${code:-0}" = 143 ] || [ "${code:-0}" = 0 ]
	[ ! -e "$QFZZ_CATALOG" ] || [ "$(sql 'PRAGMA integrity_check')" = ok ]
	qfzz ingest "$M"
	[ "$(sql 'SELECT count(*) FROM track')" = 400 ]
}

# ---- moves -------------------------------------------------------------------------------------------

# heard ID: features and an event of a track, as other verbs would have stored them
heard() {
	sqlite3 "$QFZZ_CATALOG" "PRAGMA trusted_schema = 1; INSERT INTO features (track_id, version, at, size, mtime_ns, audio_id)
		SELECT id, 1, 5, size, mtime_ns, 'audio' || id FROM track WHERE id = $1;
		INSERT OR IGNORE INTO user (id, name) VALUES (1, 'me');
		INSERT INTO event (uid, user_id, at, action, source, track_id) VALUES (randomblob(8), 1, 5, 'play', 'test', $1)"
}

@test "a moved file keeps its number, features and events, and is not opened" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	id=$(sql "SELECT id FROM track WHERE title = 'One'")
	heard "$id"
	mkdir -p "$M/new/place"
	mv "$M/a/one.flac" "$M/new/place/uno.flac"
	chmod 000 "$M/new/place/uno.flac"
	run qfzz ingest "$M"
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ "$(sql "SELECT path, missing_since IS NULL FROM track WHERE id = $id")" = "new/place/uno.flac|1" ]
	[ "$(sql "SELECT (SELECT count(*) FROM features WHERE track_id = $id), (SELECT count(*) FROM event WHERE track_id = $id)")" = "1|1" ]
	[ "$(sql "SELECT count(*) FROM track WHERE title = 'One'")" = 1 ]
}

@test "a folder that moved into another root keeps its numbers, whichever root is scanned first" {
	small_library
	mkdir "$BATS_TEST_TMPDIR/other"
	cp -p "$M/b/three.ogg" "$BATS_TEST_TMPDIR/other/keep.ogg"
	qfzz ingest -q "$M/a" "$BATS_TEST_TMPDIR/other"
	ids=$(sql "SELECT group_concat(id) FROM (SELECT id FROM track WHERE title IN ('One', 'Two') ORDER BY title)")
	mv "$M/a" "$BATS_TEST_TMPDIR/other/a"
	mkdir "$M/a"
	qfzz ingest
	[ "$(sql "SELECT group_concat(id) FROM (SELECT id FROM track WHERE title IN ('One', 'Two') AND missing_since IS NULL ORDER BY title)")" = "$ids" ]
	mv "$BATS_TEST_TMPDIR/other/a/one.flac" "$M/a/one.flac"
	qfzz ingest "$BATS_TEST_TMPDIR/other"
	qfzz ingest "$M/a"
	mv "$M/a/one.flac" "$BATS_TEST_TMPDIR/other/one.flac"
	qfzz ingest "$BATS_TEST_TMPDIR/other" "$M/a" # it comes before it is known to be gone
	[ "$(sql "SELECT group_concat(id) FROM (SELECT id FROM track WHERE title IN ('One', 'Two') AND missing_since IS NULL ORDER BY title)")" = "$ids" ]
	[ "$(sql 'SELECT count(*) FROM track')" = 3 ]
	[ "$(sql "SELECT count(*) FROM track_fts WHERE track_fts MATCH 'one'")" = 1 ]
}

@test "a recording that comes back in another format is the same track" {
	id=0a1b2c3d-0000-4000-8000-000000000000
	tone "$M/song.mp3" 220 title=Song artist=Ann
	tone "$M/new.flac" 220 title=Song artist=Ann musicbrainz_trackid=$id
	mv "$M/new.flac" "$BATS_TEST_TMPDIR/new.flac"
	tone "$M/song.ogg" 220 title=Song artist=Ann musicbrainz_trackid=$id
	rm "$M/song.mp3"
	qfzz ingest "$M"
	heard 1
	rm "$M/song.ogg"
	mv "$BATS_TEST_TMPDIR/new.flac" "$M/other name.flac"
	qfzz ingest "$M"
	[ "$(sql 'SELECT id, codec, path, missing_since IS NULL FROM track')" = "1|flac|other name.flac|1" ]
	[ "$(sql 'SELECT count(*) FROM event WHERE track_id = 1')" = 1 ]
	[ "$(qfzz query ann | wc -l)" = 1 ]
	[ "$(sql 'PRAGMA foreign_key_check; PRAGMA integrity_check')" = ok ]
}

@test "where two vanished files fit, nothing is guessed; exact copies are two tracks" {
	tone "$M/x.flac" 220 title=Twin
	cp -p "$M/x.flac" "$M/y.flac"
	qfzz ingest "$M"
	[ "$(sql 'SELECT count(*) FROM track')" = 2 ]
	cp -p "$M/x.flac" "$BATS_TEST_TMPDIR/z.flac"
	rm "$M/x.flac" "$M/y.flac"
	mv "$BATS_TEST_TMPDIR/z.flac" "$M/z.flac"
	qfzz ingest "$M"
	[ "$(sql 'SELECT count(*), count(missing_since) FROM track')" = "3|2" ]
}

@test "a moved file that is damaged stays on the list of failures" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	mv "$M/b/cut.flac" "$M/a/cut2.flac"
	qfzz ingest "$M"
	[ "$(sql "SELECT group_concat(CAST(path AS TEXT)) FROM failure WHERE class = 'truncated'")" = a/cut2.flac ]
}

@test "--relocate: every file keeps its track, nothing is read again" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	before=$(sql 'SELECT id, path FROM track ORDER BY id')
	mv "$M" "$BATS_TEST_TMPDIR/moved"
	qfzz ingest --relocate "$M" "$BATS_TEST_TMPDIR/moved"
	[ "$(sql 'SELECT path FROM root')" = "$BATS_TEST_TMPDIR/moved" ]
	run qfzz ingest
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ "$(sql 'SELECT id, path FROM track ORDER BY id')" = "$before" ]
	[ "$(sql 'SELECT count(missing_since) FROM track')" = 0 ]
}

@test "--relocate refuses what would make a mess, in a sentence" {
	small_library
	qfzz ingest -q "$M/a" "$M/b" || [ $? = 1 ]
	run qfzz ingest --relocate "$M/a" "$M/nowhere"
	[ "$status" = 2 ]
	[[ $output == *"there is no such folder"* ]]
	run qfzz ingest --relocate "$M/c" "$BATS_TEST_TMPDIR"
	[ "$status" != 0 ]
	[[ $output == *"no folder that was ingested is there"* ]]
	run qfzz ingest --relocate "$M/a" "$M/b"
	[ "$status" = 2 ]
	[[ $output == *"known as a folder of its own"* ]]
	run qfzz ingest --relocate "$M/a" "$M"
	[ "$status" = 2 ]
	[[ $output == *"would lie within"* ]]
	[ "$(sql 'SELECT count(*) FROM root')" = 2 ]
}

@test "--purge-missing forgets what is gone that long; what was listened to stays" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	heard 1
	rm "$M/a/one.flac"
	qfzz ingest "$M"
	SOURCE_DATE_EPOCH=$((1700000000 + 89 * 86400)) qfzz ingest -q --purge-missing 90
	[ "$(sql 'SELECT count(*) FROM track WHERE id = 1')" = 1 ]
	SOURCE_DATE_EPOCH=$((1700000000 + 90 * 86400)) qfzz ingest -q --purge-missing 90
	[ "$(sql 'SELECT count(*) FROM track WHERE id = 1')" = 0 ]
	[ "$(sql 'SELECT count(*), count(track_id) FROM event')" = "1|0" ]
	[ "$(sql 'SELECT count(*) FROM tag WHERE track_id = 1')" = 0 ]
	[ "$(sql "INSERT INTO track_fts (track_fts, rank) VALUES ('integrity-check', 1)" 2>&1 | grep -c malformed)" = 0 ]
	[ "$(qfzz query --changed-since seq:0 | jq -r 'select(.track == 1) | .type + " " + .change')" = "removed.v1 removed" ]
}

# ---- changes ---------------------------------------------------------------------------------------------

@test "query --changed-since tells what was added, updated and removed, and nothing twice" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	n=$(sql 'SELECT count(*) FROM track')
	[ "$(qfzz query --changed-since seq:0 | jq -r .change | sort | uniq -c | tr -s ' ')" = " $n added" ]
	seq=$(qfzz query --changed-since seq:0 | jq -s 'map(.seq) | max')
	[ -z "$(qfzz query --changed-since "seq:$seq")" ]
	rm "$M/a/one.flac"
	tone "$M/a/two.mp3" 330 title=Due artist=Ann
	tone "$M/a/five.flac" 550 title=Five
	SOURCE_DATE_EPOCH=1700001000 qfzz ingest "$M"
	qfzz query --changed-since "seq:$seq" > "$BATS_TEST_TMPDIR/out"
	valid < "$BATS_TEST_TMPDIR/out"
	[ "$(jq -r '[.change, .title // "-"] | join(" ")' "$BATS_TEST_TMPDIR/out" | sort | tr '\n' ',')" = "added Five,removed -,updated Due," ]
	[ "$(qfzz query --changed-since 2023-11-14T22:30:00Z | wc -l)" = 3 ]
	[ "$(qfzz query --changed-since 2023-11-14 | wc -l)" = $((n + 1)) ]
	[ -z "$(qfzz query --changed-since 2023-11-15)" ]
	run qfzz query --changed-since yesterday
	[ "$status" = 2 ]
}

@test "a file that comes back is added again for whoever saw it go" {
	small_library
	qfzz ingest -q "$M/a"
	mv "$M/a/one.flac" "$BATS_TEST_TMPDIR/"
	qfzz ingest "$M/a"
	seq=$(qfzz query --changed-since seq:0 | jq -s 'map(.seq) | max')
	mv "$BATS_TEST_TMPDIR/one.flac" "$M/a/"
	qfzz ingest "$M/a"
	[ "$(qfzz query --changed-since "seq:$seq" | jq -r '.change + " " + .title')" = "added One" ]
}

# ---- tags ------------------------------------------------------------------------------------------------

# tag TITLE KEY: the values, one to a line
tag() { sql "SELECT g.value FROM tag g JOIN tag_key k ON k.id = g.key_id JOIN track t ON t.id = g.track_id WHERE t.title = '$1' AND k.name = '$2' ORDER BY g.idx"; }

@test "lists stay lists, what the canonical form loses is kept raw, an album's tags stand once" {
	for i in 1 2 3; do
		silence "$M/$i.flac" 1 TITLE=T$i ARTIST=A "ARTIST=B; C" ALBUM=Al LABEL=L TRACKNUMBER=$i/3 REPLAYGAIN_TRACK_GAIN='-3.2 dB' \
			DATE=2001-02-03T00:00 ITUNESADVISORY=1 "COPYRIGHT=(c) me, https://creativecommons.org/licenses/by/4.0/"
	done
	qfzz ingest "$M"
	[ "$(tag T2 artist)" = $'A\nB; C' ]
	[ "$(tag T2 tracknumber)/$(tag T2 tracktotal)" = 2/3 ]
	[ "$(tag T2 rg_track_gain) $(tag T2 raw:replaygain_track_gain)" = "-3.20 -3.2 dB" ]
	[ "$(tag T2 date) $(tag T2 raw:date)" = "2001-02-03 2001-02-03T00:00" ]
	[ "$(tag T2 explicit) $(tag T2 licenseurl)" = "1 https://creativecommons.org/licenses/by/4.0/" ]
	[ "$(sql 'SELECT count(*) FROM tag_set')" = 1 ]
	[ "$(qfzz query tag.explicit:1 tag.label:L | wc -l)" = 3 ]
}

@test "what only a retagged file had is swept out, and what others have stays" {
	lyrics=$(head -c 5000 /dev/zero | tr '\0' x)
	for i in 1 2 3; do silence "$M/$i.flac" 1 TITLE=T$i ARTIST=A ALBUM=Al "LYRICS=$lyrics" "LABEL=$lyrics"; done
	silence "$M/4.flac" 1 TITLE=T4 ARTIST=B ALBUM=Other "LYRICS=y$lyrics" "LABEL=z$lyrics"
	qfzz ingest "$M"
	[ "$(sql 'SELECT (SELECT count(*) FROM tag_set), (SELECT count(*) FROM tag_text), (SELECT count(*) FROM album), (SELECT count(*) FROM artist)')" = "2|3|2|2" ]
	silence "$M/1.flac" 1 TITLE=T1b ARTIST=A ALBUM=Al
	silence "$M/4.flac" 1 TITLE=T4b ARTIST=A ALBUM=Al
	qfzz ingest "$M"
	[ "$(sql 'SELECT (SELECT count(*) FROM tag_set), (SELECT count(*) FROM tag_text), (SELECT count(*) FROM album), (SELECT count(*) FROM artist)')" = "2|1|1|1" ]
	[ "$(tag T2 lyrics)$(tag T3 label)" = "$lyrics$lyrics" ]
	[ "$(sql 'SELECT count(*) FROM tag_shared WHERE set_id NOT IN (SELECT tag_set FROM track)')" = 0 ]
	[ "$(sql 'PRAGMA foreign_key_check; PRAGMA integrity_check')" = ok ]
	qfzz doctor
}

@test "long values stand outside the indexed table, once each" {
	lyrics=$(head -c 5000 /dev/zero | tr '\0' x)
	silence "$M/1.flac" 1 TITLE=T1 "LYRICS=$lyrics"
	silence "$M/2.flac" 1 TITLE=T2 "LYRICS=$lyrics" "COMMENT=$lyrics"
	qfzz ingest "$M"
	[ "$(sql 'SELECT count(*), length(value) FROM tag_text')" = "1|5000" ]
	[ "$(tag T1 lyrics)" = "$lyrics" ]
	[ "$(tag T2 comment)" = "$lyrics" ]
	[ "$(sql 'SELECT max(length(value)) < 1025 FROM tag_own')" = 1 ]
}

@test "lyrics beside the file are its synced lyrics, unless it has its own or they are no text of 1 MiB" {
	silence "$M/1.flac" 1 TITLE=T1
	printf '\xef\xbb\xbf[00:01.00]La\n' > "$M/1.lrc"
	silence "$M/2.flac" 1 TITLE=T2 'SYNCEDLYRICS=[00:01.00]Own'
	echo '[00:01.00]Other' > "$M/2.lrc"
	silence "$M/3.flac" 1 TITLE=T3
	head -c 1048577 /dev/zero > "$M/3.lrc"
	silence "$M/4.flac" 1 TITLE=T4
	mkfifo "$M/4.lrc"
	qfzz ingest "$M"
	[ "$(tag T1 synced_lyrics)" = "[00:01.00]La" ]
	[ "$(tag T2 synced_lyrics)" = "[00:01.00]Own" ]
	[ -z "$(tag T3 synced_lyrics)$(tag T4 synced_lyrics)" ]
}

@test "lyrics beside a file are noticed when they come, change, move and go, and only then" {
	silence "$M/1.flac" 1 TITLE=T1
	silence "$M/1.live.flac" 1 TITLE=T2
	qfzz ingest "$M"
	echo '[00:01.00]La' > "$M/1.lrc"
	qfzz ingest "$M"
	[ "$(tag T1 synced_lyrics)" = "[00:01.00]La" ]
	before=$(sha256sum "$QFZZ_CATALOG")
	qfzz ingest "$M"
	qfzz ingest "$M/1.flac"
	[ "$(sha256sum "$QFZZ_CATALOG")" = "$before" ]
	printf '{"path":"%s"}\n' "$M/1.flac" | qfzz ingest - > /dev/null
	seq=$(sql 'SELECT max(seq) FROM change')
	qfzz ingest "$M"
	[ "$(sql 'SELECT max(seq) FROM change')" = "$seq" ]
	echo '[00:02.00]Lo' > "$M/1.lrc"
	touch -d 2001-01-01 "$M/1.lrc"
	qfzz ingest "$M"
	[ "$(tag T1 synced_lyrics)" = "[00:02.00]Lo" ]
	mkdir "$M/new" && mv "$M/1.flac" "$M/new/"
	qfzz ingest "$M" # the song moved, its lyrics stayed behind
	[ -z "$(tag T1 synced_lyrics)" ]
	mv "$M/1.lrc" "$M/new/"
	qfzz ingest "$M"
	[ "$(tag T1 synced_lyrics)" = "[00:02.00]Lo" ]
	mv "$M/new" "$M/both"
	chmod 000 "$M/both/1.flac" # both moved: nothing is read
	run qfzz ingest "$M"
	[ "$status" = 0 ] && [ -z "$output" ]
	[ "$(tag T1 synced_lyrics)" = "[00:02.00]Lo" ]
	rm "$M/both/1.lrc"
	chmod 644 "$M/both/1.flac"
	qfzz ingest "$M"
	[ -z "$(tag T1 synced_lyrics)$(tag T2 synced_lyrics)" ]
	[ "$(sql 'SELECT count(*) FROM track')" = 2 ]
}

@test "pictures are told of, not kept" {
	command -v metaflac > /dev/null || skip "metaflac is not installed"
	silence "$M/1.flac" 1 TITLE=T1
	ffmpeg -nostdin -v error -f lavfi -i color=red:size=8x8 -frames:v 1 "$BATS_TEST_TMPDIR/c.png"
	metaflac --import-picture-from="4||||$BATS_TEST_TMPDIR/c.png" --import-picture-from="3||||$BATS_TEST_TMPDIR/c.png" "$M/1.flac"
	qfzz ingest "$M"
	[ "$(tag T1 picture_count) $(tag T1 picture_type) $(tag T1 picture_mime)" = "2 front image/png" ]
	[ "$(tag T1 picture_bytes)" = "$(stat -c %s "$BATS_TEST_TMPDIR/c.png")" ]
}

@test "MP4 says explicit, and tells of its cover" {
	/usr/bin/python3 -c 'import mutagen' 2>/dev/null || skip "python3-mutagen is not installed"
	tone "$M/1.m4a" 220 title=T1
	/usr/bin/python3 - "$M/1.m4a" <<-PY
		import sys
		from mutagen.mp4 import MP4, MP4Cover
		f = MP4(sys.argv[1])
		f["rtng"] = [1]
		f["covr"] = [MP4Cover(b"\xff\xd8" + bytes(98), MP4Cover.FORMAT_JPEG)]
		f.save()
	PY
	qfzz ingest "$M"
	[ "$(tag T1 explicit) $(tag T1 picture_type) $(tag T1 picture_mime) $(tag T1 picture_bytes)" = "1 front image/jpeg 100" ]
}

@test "a catalog of the first version is brought up to date, its tags, words and tracks as they were" {
	silence "$M/1.flac" 1 TITLE=T1 ARTIST=A
	sqlite3 "$QFZZ_CATALOG" ".read $BATS_TEST_DIRNAME/../../schemas/catalog/0001-start.sql"
	sqlite3 "$QFZZ_CATALOG" <<-SQL
		PRAGMA application_id = 0x71667a7a; PRAGMA user_version = 1;
		INSERT INTO migration VALUES (1, 'start', 0);
		INSERT INTO meta VALUES ('uuid', '00000000-0000-4000-8000-000000000000');
		INSERT INTO root VALUES (1, CAST('$M' AS BLOB));
		INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, title)
			VALUES (7, 1, CAST('gone.flac' AS BLOB), 1, 1, 1, 5, 5, 'Old Song');
		INSERT INTO track_fts (rowid, title) VALUES (7, 'Old Song');
		INSERT INTO tag_key VALUES (1, 'title'), (2, 'lyrics'), (3, 'comment');
		INSERT INTO tag VALUES (7, 1, 0, 'Old Song');
		INSERT INTO tag_long (track_id, key_id, idx, value) VALUES (7, 2, 0, printf('%.2000c', 'x')), (7, 3, 0, printf('%.2000c', 'x'));
	SQL
	qfzz ingest "$M"
	[ "$(sql 'SELECT group_concat(k.name || length(g.value)) FROM tag g JOIN tag_key k ON k.id = g.key_id WHERE track_id = 7')" = title8,lyrics2000,comment2000 ]
	[ "$(sql 'SELECT count(*) FROM tag_text')" = 1 ]
	[ "$(sql "SELECT rowid FROM track_fts WHERE track_fts MATCH 'song'")" = 7 ]
	[ "$(qfzz query --changed-since seq:0 | jq -r '.track, .change' | tr '\n' ' ')" = "8 added 7 removed " ]
}

@test "with --follow a loop of links ends, and a linked file is found" {
	small_library
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	tone "$BATS_TEST_TMPDIR/elsewhere/six.ogg" 770 title=Six
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$M/b/linked"
	qfzz ingest -q "$M" || [ $? = 1 ]
	[ "$(sql "SELECT count(*) FROM track WHERE title = 'Six'")" = 0 ]
	timeout 20 qfzz ingest -q --follow "$M"
	[ "$(sql "SELECT count(*) FROM track WHERE title = 'Six'")" = 1 ]
	[ "$(sql "SELECT count(*) FROM track WHERE title = 'One'")" = 1 ]
}
