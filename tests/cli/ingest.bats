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
	[ "$status" = 0 ] && [ -z "$output" ]
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

@test "a catalog that stays busy is exit 75 with a sentence" {
	small_library
	qfzz ingest -q "$M/a"
	sqlite3 "$QFZZ_CATALOG" <<-SQL &
		BEGIN IMMEDIATE;
		.system sleep 2
		COMMIT;
	SQL
	sleep 0.5
	run qfzz ingest --wait 0.2 "$M/b"
	wait
	[ "$status" = 75 ]
	[[ $output == *"another tool has been writing"* ]]
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
