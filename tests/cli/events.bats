#!/usr/bin/env bats
# qfzz-events: histories in, each event once, with its track or kept until it has one.

load common
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG="$PWD/catalog.db"
	rows="$BATS_TEST_DIRNAME/validate.py"
}

library() { # four tracks: one with identifiers, two of the same name, one named only by its path
	silence music/one.flac 2 ARTIST='Sigur Rós' TITLE='Svefn-g-englar' MUSICBRAINZ_TRACKID=11111111-2222-3333-4444-555555555555 ISRC=GBAKQ9700151
	silence music/short.flac 2 ARTIST=Band TITLE=Live
	silence music/long.flac 9 ARTIST=Band TITLE=Live
	silence music/untagged.flac 2
	qfzz-ingest -q music
}

field() { # KEY: of the one row on stdin
	jq -r ".$1"
}

tracks() { # the files that the events speak of, in the order of the events
	sqlite3 "$QFZZ_CATALOG" "SELECT coalesce(CAST(t.path AS TEXT), '-') FROM event e LEFT JOIN track t ON t.id = e.track_id ORDER BY e.at, e.id" | tr '\n' ' '
}

@test "an identifier, a path or folded names find the track, and nothing is guessed" {
	library
	cat > h.ndjson <<-END
		{"t":1,"action":"play","mbid":"11111111-2222-3333-4444-555555555555","artist":"wrong","title":"name"}
		{"t":2,"action":"play","isrc":"GB-AKQ-97-00151"}
		{"t":3,"action":"skip","path":"$PWD/music/untagged.flac"}
		{"t":4,"action":"complete","artist":"SIGUR ROS","title":"Svefn G Englar"}
		{"t":5,"action":"play","artist":"Band","title":"Live","dur":8500}
		{"t":6,"action":"play","artist":"Band","title":"Live"}
		{"t":7,"action":"play","artist":"Nobody","title":"Nothing"}
	END
	run -0 --separate-stderr qfzz-events h.ndjson
	[ "$(echo "$output" | jq -c '[.read, .new, .known, .matched, .unmatched, .bad]')" = '[7,7,0,5,2,0]' ]
	[ "$(tracks)" = 'one.flac one.flac untagged.flac one.flac long.flac - - ' ]
	[ "${stderr_lines[0]}" = 'qfzz events: h.ndjson: line 6: no track for Band - Live' ]
	[ "${stderr_lines[1]}" = 'qfzz events: h.ndjson: line 7: no track for Nobody - Nothing' ]
	[ "${#stderr_lines[@]}" = 2 ]
}

@test "a history imported again changes nothing, not one byte of the catalog" {
	library
	echo '{"t":1,"action":"play","artist":"Band","title":"Live","dur":2000}' > h.ndjson
	qfzz-events h.ndjson
	before=$(sqlite3 "$QFZZ_CATALOG" .dump | sha256sum)
	run -0 --separate-stderr qfzz-events h.ndjson
	[ "$(echo "$output" | jq -c '[.new, .known]')" = '[0,1]' ]
	[ -z "$stderr" ]
	[ "$(sqlite3 "$QFZZ_CATALOG" .dump | sha256sum)" = "$before" ]
}

@test "an event is kept, and finds its track once the library has it" {
	echo '{"t":1,"action":"like","artist":"Sigur Rós","title":"Svefn-g-englar"}' > h.ndjson
	qfzz-events -q h.ndjson
	[ "$(qfzz-events | jq -c '[.file, .matched, .unmatched]')" = '[null,0,1]' ]
	library
	[ "$(qfzz-events --dry-run | jq -c '[.file, .matched, .unmatched, .planned]')" = '[null,1,0,true]' ]
	[ "$(tracks)" = '- ' ]
	[ "$(qfzz-events | jq -c '[.file, .matched, .unmatched]')" = '[null,1,0]' ]
	[ "$(tracks)" = 'one.flac ' ]
	[ "$(qfzz-events | jq -c '[.read]')" = '[0]' ]
}

@test "a bad record costs itself and exit code 1" {
	printf '%s\n' '{"t":1,"action":"play","path":"/a"}' '{"t":' '{"t":2,"action":"play","path":"/b"}' > h.ndjson
	run -1 --separate-stderr qfzz-events -q h.ndjson
	[ "$(echo "$output" | jq -c '[.new, .bad]')" = '[2,1]' ]
	[ "$stderr" = 'qfzz events: h.ndjson: line 2: JSON: a cut text at byte 6' ]
}

@test "a file that is missing or no history costs itself, and the others are read" {
	echo '{"t":1,"action":"play","path":"/a"}' > good.ndjson
	echo '{"user_id":1,"username":"rob"}' > user.json
	run -1 --separate-stderr qfzz-events -q gone.ndjson user.json good.ndjson
	[ "$(echo "$output" | jq -c '[.file, .new]')" = '["good.ndjson",1]' ]
	[[ "${stderr_lines[0]}" = *'gone.ndjson: cannot open: No such file or directory' ]]
	[[ "${stderr_lines[1]}" = *'user.json: the first record is of no history format; known: ndjson listenbrainz spotify maloja panoscrobbler lastfm librefm rockbox m3u' ]]
}

@test "ListenBrainz: listens, feedback and a submission, for the user that is named" {
	library
	echo '{"listened_at": 100, "track_metadata": {"artist_name": "Band", "track_name": "Live", "additional_info": {"duration_ms": 9000}}}' > 1.jsonl
	echo '{"recording_mbid": "11111111-2222-3333-4444-555555555555", "score": 1, "created": 200}' > feedback.jsonl
	printf '{\n "listen_type": "single",\n "payload": [ {"listened_at": 300, "track_metadata":\n {"artist_name": "Band", "track_name": "Live", "additional_info": {"duration": 2}}} ]\n}\n' > submission.json
	qfzz-events --user ana 1.jsonl feedback.jsonl submission.json > out
	[ "$(jq -c '[.format, .new, .matched]' out | sort -u)" = '["listenbrainz",1,1]' ]
	[ "$(tracks)" = 'long.flac one.flac short.flac ' ]
	[ "$(sqlite3 "$QFZZ_CATALOG" "SELECT DISTINCT name FROM user")" = ana ]
	"$rows" < out
}

@test "standard input is a stream: what stops in a line is told" {
	run -1 --separate-stderr bash -c "printf '{\"t\":1,\"action\":\"play\",\"path\":\"/a\"}\n{\"t\":2,\"action\":\"play\",\"path\":\"/b\"}' | qfzz-events -q -"
	[ "$(echo "$output" | jq -c '[.file, .new, .bad]')" = '["-",1,1]' ]
	[ "$stderr" = 'qfzz events: -: line 2: the stream stops without a newline' ]
}

@test "of many events without a track twenty are named and the rest counted" {
	for i in $(seq 1234); do echo "{\"t\":$i,\"action\":\"play\",\"artist\":\"A\",\"title\":\"T$i\"}"; done > h.ndjson
	run -0 --separate-stderr qfzz-events h.ndjson
	[ "$(echo "$output" | jq -c '[.new, .unmatched]')" = '[1234,1234]' ]
	[ "${#stderr_lines[@]}" = 21 ]
	[ "${stderr_lines[20]}" = 'qfzz events: and 1214 more events without a track; all are kept and tried again' ]
	[ "$(qfzz-events | jq .unmatched)" = 1234 ]
}

@test "a dry run says the same and stores nothing" {
	library
	echo '{"t":1,"action":"play","artist":"Band","title":"Live","dur":2000}' > h.ndjson
	qfzz-events --dry-run h.ndjson > plan
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM event')" = 0 ]
	qfzz-events h.ndjson > done
	[ "$(jq -cS 'del(.planned)' plan)" = "$(jq -cS . done)" ]
	"$rows" < plan
}

@test "killed in the middle and run again, every event is there once" {
	for i in $(seq 20000); do echo "{\"t\":$i,\"action\":\"play\",\"artist\":\"A\",\"title\":\"T$i\"}"; done > h.ndjson
	qfzz-events -q h.ndjson > /dev/null & pid=$!
	sleep 0.3
	kill -9 $pid || true
	wait $pid || true
	qfzz-events -q h.ndjson
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*), count(DISTINCT uid) FROM event')" = '20000|20000' ]
	[ "$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA integrity_check')" = ok ]
}

@test "stopped by a signal it keeps what it has read, and says so by its exit code" {
	echo '{"t":1,"action":"play","path":"/a"}' > h.ndjson
	mkfifo pipe
	qfzz-events -q - < pipe > out & pid=$!
	exec 9> pipe
	cat h.ndjson >&9
	sleep 0.5
	kill -TERM $pid
	code=0
	wait $pid || code=$?
	exec 9>&-
	[ "$code" = 143 ]
	[ "$(jq -c '[.read, .new]' out)" = '[1,1]' ]
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM event')" = 1 ]
}

@test "misuse" {
	run -2 qfzz-events --format tidal x
	run -2 qfzz-events --user '' x
	run -3 qfzz-events --dry-run x # no catalog to compare with
}
