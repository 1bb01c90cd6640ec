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
	grep -q '^#EXTINF:1,Sigur Rós - Svéfn$' x.m3u
}

@test "a wrong query: a caret under the place" {
	run -2 --separate-stderr qfzz-query 'blue tmpo:120'
	[ "${stderr_lines[1]}" = '  blue tmpo:120' ]
	[ "${stderr_lines[2]}" = '       ^' ]
	run -2 --separate-stderr qfzz-query "rós $(printf 'x%.0s ' {1..80}) (open"
	[ "${#stderr_lines[2]}" -le 64 ]
	[[ "${stderr_lines[2]}" = *^ ]]
}

@test "lists, beginnings, regular expressions" {
	[ "$(qfzz-query 'genre:(jazz, classical)' | titles)" = "Blue Air" ]
	[ "$(qfzz-query 'artist:sig*' | titles)" = Svéfn ]
	[ "$(qfzz-query 'title::^blue.(air|sky)$' | titles)" = "Blue Air" ]
	run -2 qfzz-query 'title::(a{1,255}){1,255}'
	[[ "$output" = *"repetitions"* ]]
}

@test "times before now count from --now, or from the clock" {
	added=$(sqlite3 "$QFZZ_CATALOG" 'SELECT min(added_at) FROM track')
	[ "$(qfzz-query --now $((added + 3600)) added:2h.. | wc -l)" = 3 ]
	[ "$(qfzz-query --now $((added + 86400 * 40)) added:30d.. | wc -l)" = 0 ]
	[ "$(qfzz-query --now $((added + 86400 * 40)) added:..30d | wc -l)" = 3 ]
	[ "$(qfzz-query added:1d | wc -l)" = 3 ]
}

@test "a sample is the same for the same seed, and no other tracks than those asked for" {
	[ "$(qfzz-query sample:2 --seed 1)" = "$(qfzz-query --seed 1 sample:2)" ]
	[ "$(qfzz-query sample:2 | wc -l)" = 2 ]
	[ "$(for i in 1 2 3 4 5 6 7 8; do qfzz-query sample:1 --seed $i | jq .track; done | sort -u | wc -l)" = 3 ]
	[ "$(qfzz-query sample:9 artist:ros | titles)" = Svéfn ]
}

@test "plays and skips of the events that were imported" {
	export QFZZ_CATALOG="$BATS_TEST_TMPDIR/c.db"
	qfzz-ingest "$BATS_FILE_TMPDIR/music"
	printf '{"user":"%s","t":%d,"action":"%s","artist":"John Zorn","title":"Blue Air"}\n' \
		ana 1000 play ben 2000 complete ben 3000 skip ana 9000 like | qfzz-events - > "$BATS_TEST_TMPDIR/row" ||
		{ printf '{"user":"%s","t":%d,"action":"%s","artist":"John Zorn","title":"Blue Air"}\n' \
			ana 1000 play ben 2000 complete ben 3000 skip ana 9000 like > "$BATS_TEST_TMPDIR/h.ndjson"; qfzz-events "$BATS_TEST_TMPDIR/h.ndjson"; }
	[ "$(qfzz-query 'plays:2 skips:1 likes:1' | titles)" = "Blue Air" ]
	[ "$(qfzz-query plays:0 | wc -l)" = 2 ]
	[ "$(qfzz-query --now $((2000 + 86400)) played:1d.. | titles)" = "Blue Air" ]
	[ "$(qfzz-query --now $((2001 + 86400)) played:1d.. | wc -l)" = 0 ]
}

@test "a query is kept under a name, used, listed and dropped" {
	cp "$QFZZ_CATALOG" "$BATS_TEST_TMPDIR/c.db"
	export QFZZ_CATALOG="$BATS_TEST_TMPDIR/c.db"
	run -0 qfzz-query --save calm 'mood:calm , energy:..0.1' --now 77
	[ "$output" = "" ]
	qfzz-query --save rock '@calm genre:rock' --now 78
	[ "$(qfzz-query @calm blue | titles)" = "Blue Air" ]
	[ "$(qfzz-query @rock | titles)" = Svéfn ]
	qfzz-query --saved | "$BATS_TEST_DIRNAME/validate.py"
	[ "$(qfzz-query --saved | jq -c '[.name, .query, .saved_at]')" = $'["calm","mood:calm , energy:..0.1",77]\n["rock","@calm genre:rock",78]' ]
	run -2 --separate-stderr qfzz-query 'blue @nothing'
	[[ "$stderr" = *"column 6: no query was saved under this name"* ]]
	run -2 qfzz-query --save calm tmpo:3
	run -2 qfzz-query --save 'a b' blue
	qfzz-query --forget calm
	run -2 --separate-stderr qfzz-query @rock
	[[ "$stderr" = *"rock: query: column 1: no query was saved"* ]]
	run -3 qfzz-query --forget calm
}

@test "mood words become ranges" {
	[ "$(qfzz-query --mood 'Something CALM, to sleep' --explain | head -1)" = \
		'(and (range arousal * 0.4) (range energy * 0.5) (range arousal * 0.3) (range energy * 0.3) (range tempo_bpm * 100))' ] ||
		[ "$(qfzz-query --mood 'Something CALM, to sleep' --explain | head -1)" = \
		'(and (and (range arousal * 0.4) (range energy * 0.5)) (and (range arousal * 0.3) (range energy * 0.3) (range tempo_bpm * 100)))' ]
	[ "$(qfzz-query --mood 'not fast' blue --explain | head -1)" = '(and (word "blue") (not (range tempo_bpm 130 *)))' ]
	run -2 --separate-stderr qfzz-query --mood 'something wobbly'
	[[ "$stderr" = *"no mood word 'wobbly'"* ]]
}

@test "every line of the table of moods is a query" {
	while IFS=$'\t' read -r words query; do
		case $words in '#'* | '') continue ;; esac
		[ "$query" = - ] || QFZZ_CATALOG=/nowhere qfzz-query --explain "$query" >/dev/null || { echo "$words: $query"; return 1; }
	done < "$BATS_TEST_DIRNAME/../../datasets/moods.tsv"
}

@test "smart playlists of Navidrome" {
	cd "$BATS_TEST_TMPDIR"
	explained() { echo "$1" > x.nsp; QFZZ_CATALOG=/nowhere qfzz-query --now 8640000 --explain x.nsp; }
	[ "$(explained '{"all":[{"is":{"genre":"Jazz"}},{"any":[{"gt":{"year":1980}},{"contains":{"title":"air"}}]}],"sort":"-year,title","limit":5}')" = \
		'(and (is genre "Jazz") (or (range year 1981 *) (has title "air"))) sort:year- sort:title+ limit:5' ]
	[ "$(explained '{"any":[{"inTheLast":{"lastPlayed":30}},{"notInTheLast":{"dateAdded":10}},{"is":{"loved":true}}]}')" = \
		'(or (range played 6048000 *) (not (range added 7776000 *)) (range likes 1 *))' ]
	[ "$(explained '{"all":[{"startsWith":{"artist":"Sig"}},{"endsWith":{"title":"a.b"}},{"inTheRange":{"year":[1990,1999]}}],"order":"desc","sort":"title"}')" = \
		'(and (has artist "Sig"*) (match title "a\\.b$") (range year 1990 1999)) sort:title-' ]
	[ "$(explained '{"all":[{"lt":{"playCount":3}},{"before":{"dateadded":"1970-01-02"}},{"isMissing":{"genre":true}},{"notContains":{"album":"x"}},{"isNot":{"artist":"y"}}]}')" = \
		'(and (range plays * 3)) (range added * 86400)) (not (known genre)) (not (has album "x")) (not (is artist "y")))' ]
	[ "$(explained '{"all":[{"after":{"dateadded":"1970-01-02"}},{"isPresent":{"comment":true}}],"sort":"random","limit":9}')" = \
		'(and (and (known added) (not (range added * 172800)))) (known tag.comment)) sample:9 limit:9' ]
	for bad in '{"all":[{"inPlaylist":{"id":"x"}}]}' '{"all":[],"limitPercent":500}' '{"all":[{"is":{"rating":5}}]}' '{"x":1}' '{"all":' '{"all":[{"gt":{"year":"x"}}]}'; do
		echo "$bad" > x.nsp
		run --separate-stderr qfzz-query x.nsp
		[ "$status" = 3 ] || [ "$status" = 2 ]
		[[ "$stderr" = *"x.nsp"* ]]
	done
	echo '{"all":[{"inPlaylist":{"id":"x"}}]}' > x.nsp
	run qfzz-query x.nsp
	[[ "$output" = *"line 1: smart playlist: inPlaylist is not known here: the playlists of Navidrome are not in the catalog"* ]]
	printf '{\n "all": [\n  { "is": { "genre": "x" } },\n  { "gt": { "rating": 3 } }\n ]\n}\n' > x.nsp
	run qfzz-query x.nsp
	[[ "$output" = *"x.nsp"*"line 4: smart playlist: the field rating is not known here"* ]]
	n=$(qfzz-query | wc -l)
	for percent in 1 50 100; do
		echo "{\"all\":[{\"gt\":{\"added\":\"1970-01-02\"}}],\"sort\":\"-title\",\"limitPercent\":$percent}" > x.nsp
		want=$((n * percent / 100))
		[ "$(qfzz-query x.nsp | wc -l)" = $((want > 0 ? want : 1)) ]
		[ "$(qfzz-query x.nsp | jq -c .track)" = "$(qfzz-query "sort:title- limit:$((want > 0 ? want : 1))" | jq -c .track)" ]
		sed -i 's/-title/random/' x.nsp
		[ "$(qfzz-query x.nsp | wc -l)" = $((want > 0 ? want : 1)) ]
	done
	echo '{"all":[{"contains":{"genre":"nothing"}}],"limitPercent":50}' > x.nsp
	[ "$(qfzz-query x.nsp | wc -l)" = 0 ]
	echo '{"all":[],"limitPercent":50,"limit":3}' > x.nsp
	[ "$(qfzz-query x.nsp | wc -l)" = 3 ]
	echo '{"all":[{"contains":{"artist":"ros"}}]}' > x.nsp
	[ "$(qfzz-query x.nsp | titles)" = Svéfn ]
	[ "$(qfzz-query x.nsp blue | titles)" = "" ]
}

@test "words are completed from fields and values" {
	qfzz-query --complete t | "$BATS_TEST_DIRNAME/validate.py"
	[ "$(qfzz-query --complete temp --format tsv --fields query)" = $'query\ntempo:\ntempo_confidence:\ntempo_stability:' ]
	[ "$(qfzz-query --complete artist:SIG | jq -c '[.field, .value, .query, .tracks]')" = '["artist","Sigur Rós","artist:=\"Sigur Rós\"",1]' ]
	[ "$(qfzz-query --complete genre:po | jq -r .value)" = Post-Rock ]
	[ "$(qfzz-query --complete title:sve | jq -r .value)" = Svéfn ]
	[ "$(qfzz-query --complete blue | jq -r .query)" = 'title:="Blue Air"' ]
	[ "$(qfzz-query "$(qfzz-query --complete blue | jq -r .query)" | titles)" = "Blue Air" ]
	run -0 qfzz-query --complete 'zzz"('
	[ "$output" = "" ]
	run -3 qfzz-query --complete codec:fl
}

@test "--explain shows the SQL and the plan where there is a catalog" {
	run -0 qfzz-query --explain 'artist:zorn year:1990'
	[ "${lines[0]}" = '(and (has artist "zorn") (range year 1990 1990))' ]
	[[ "${lines[1]}" = 'sql: SELECT '*"'zorn'"* ]]
	[[ "$output" = *'plan: '* ]]
}

@test "a catalog in a folder that cannot be written" {
	there=$(mktemp -d /tmp/qfzz-ro-XXXXXX)
	as=()
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	cp "$QFZZ_CATALOG" "$there/catalog.db"
	cp "$(command -v qfzz-query)" "$there"
	chmod 444 "$there/catalog.db"
	chmod 555 "$there"
	QFZZ_CATALOG="$there/catalog.db" run -0 "${as[@]}" "$there/qfzz-query" --format paths blue
	[ "$output" = "$BATS_FILE_TMPDIR/music/1.flac" ]
	chmod 755 "$there" # a writer that has not finished leaves its journal
	echo x > "$there/catalog.db-wal"
	chmod 600 "$there/catalog.db-wal"
	chmod 555 "$there"
	QFZZ_CATALOG="$there/catalog.db" run -3 --separate-stderr "${as[@]}" "$there/qfzz-query" blue
	[[ "$stderr" = *"cannot be written"* ]]
	chmod 755 "$there"
	rm -r "$there"
}
