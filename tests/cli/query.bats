#!/usr/bin/env bats
# qfzz-query: the catalog's tracks by tags, features and words.

bats_require_minimum_version 1.5.0

tagged() { # NAME TAG…: a tenth of a second of silence
	local name=$1
	shift
	head -c 8820 /dev/zero | flac -s -f --force-raw-format --endian=little --sign=signed --channels=1 --bps=16 --sample-rate=44100 \
		"${@/#/--tag=}" -o "$name" -
}

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	mkdir music
	tagged music/1.flac 'TITLE=Blue Air' 'ARTIST=John Zorn' GENRE=Jazz DATE=1990
	tagged music/2.flac 'TITLE=Svéfn' 'ARTIST=Sigur Rós' 'GENRE=Post-Rock' DATE=1999
	tagged music/3.flac $'TITLE=tab\tand\033[31mred'
	export QFZZ_CATALOG="$BATS_FILE_TMPDIR/catalog.db"
	qfzz-ingest "$PWD/music"
	sqlite3 "$QFZZ_CATALOG" "INSERT INTO features (track_id, version, at, size, mtime_ns, tempo_bpm, camelot, energy, moods, waveform)
		SELECT id, 1, 1, size, mtime_ns, 118 + 2 * id, '8A', 0.25 * id, 'calm', x'0102' FROM track WHERE id < 3"
}

titles() { jq -r .title; }

@test "no query: all tracks, in the order of their numbers" {
	run -0 bash -c 'qfzz-query | jq -r .track'
	[ "$output" = $'1\n2\n3' ]
}

@test "words, fields, ranges, labels" {
	[ "$(qfzz-query ros | titles)" = Svéfn ]
	[ "$(qfzz-query 'artist:zorn year:..1995' | titles)" = "Blue Air" ]
	[ "$(qfzz-query tempo:122 | titles)" = Svéfn ]
	[ "$(qfzz-query mood:calm sort:energy- -n 1 | titles)" = Svéfn ]
	[ "$(qfzz-query -- -has:features | jq .track)" = 3 ]
	[ "$(qfzz-query 'blue , svefn' | wc -l)" = 2 ]
}

@test "operands are one query, and options may stand between them" {
	[ "$(qfzz-query blue --features none air | titles)" = "Blue Air" ]
}

@test "rows say which catalog, and carry as many features as asked for" {
	qfzz-query blue | jq -e '.type == "track.v1" and (.catalog | length) == 36 and .features.tempo_bpm == 120 and (.features | has("waveform") | not)'
	qfzz-query blue --features all | jq -e '.features.waveform == [1, 2]'
	qfzz-query blue --features none | jq -e 'has("features") | not'
}

@test "formats: paths, tsv, and a table that control bytes cannot harm" {
	[ "$(qfzz-query --format paths blue)" = "$BATS_FILE_TMPDIR/music/1.flac" ]
	[ "$(qfzz-query --format tsv --fields artist,features.tempo_bpm blue)" = $'artist\tfeatures.tempo_bpm\nJohn Zorn\t120.00' ]
	run -0 qfzz-query --format table track:3
	[[ "$output" = *'tab\tand\x1b[31mred'* ]]
}

@test "nothing found is no failure" {
	run -0 qfzz-query artist:nobody
	[ "$output" = "" ]
}

@test "a wrong query is exit 2 and says where and what" {
	run -2 --separate-stderr qfzz-query 'blue tmpo:120'
	[[ "$stderr" = *"query: column 6: there is no field 'tmpo'; did you mean tempo?"* ]]
	run -2 qfzz-query -
}

@test "--explain shows how the query is understood, without a catalog" {
	QFZZ_CATALOG=/nowhere run -0 qfzz-query --explain 'tempo:120..130 , -air'
	[ "$output" = '(or (range tempo_bpm 120 130) (not (word "air")))' ]
}

@test "without a catalog: exit 3 and what to do" {
	QFZZ_CATALOG=$BATS_TEST_TMPDIR/none.db run -3 --separate-stderr qfzz-query blue
	[[ "$stderr" = *"no catalog there"* ]]
}

@test "a file that is gone is not selected unless asked for" {
	cp "$QFZZ_CATALOG" "$BATS_TEST_TMPDIR/c.db"
	sqlite3 "$BATS_TEST_TMPDIR/c.db" "UPDATE track SET missing_since = 5 WHERE id = 1"
	[ "$(qfzz-query --catalog "$BATS_TEST_TMPDIR/c.db" | wc -l)" = 2 ]
	[ "$(qfzz-query --catalog "$BATS_TEST_TMPDIR/c.db" missing:file | titles)" = "Blue Air" ]
}

@test "a reader that stops early is a quiet end, a full disk is not" {
	run -0 bash -c 'qfzz-query | head -n 1 | wc -l'
	run -3 --separate-stderr bash -c 'qfzz-query > /dev/full'
	[[ "$stderr" = *"No space left"* ]]
}

@test "query and playlist make a list that plays from where it stands" {
	mkdir "$BATS_TEST_TMPDIR/lists"
	qfzz-query sort:year- limit:2 | qfzz-playlist -o "$BATS_TEST_TMPDIR/lists/x.m3u" -
	cd "$BATS_TEST_TMPDIR/lists"
	[ "$(grep -c . x.m3u)" = 7 ]
	grep -v '^#' x.m3u | while read -r f; do [ -f "$f" ] || exit 1; done
	grep -q '^#EXTINF:0,Sigur Rós - Svéfn$' x.m3u
}
