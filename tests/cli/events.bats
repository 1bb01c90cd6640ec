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
	sqlite3 "$QFZZ_CATALOG" 'UPDATE event SET track_id = NULL' # as if the scan had been killed before it came to them
	[ "$(qfzz-events --dry-run | jq -c '[.file, .matched, .unmatched, .planned]')" = '[null,1,0,true]' ]
	[ "$(tracks)" = '- ' ]
	[ "$(qfzz-events | jq -c '[.file, .matched, .unmatched]')" = '[null,1,0]' ]
	[ "$(tracks)" = 'one.flac ' ]
	[ "$(qfzz-events | jq -c '[.read]')" = '[0]' ]
}

@test "a scan that brings the track matches its events, with sessions; one that was killed leaves that to the next" {
	for t in 100 200 9000; do echo "{\"t\":$t,\"action\":\"play\",\"ms\":1900,\"artist\":\"Band\",\"title\":\"Live\",\"dur\":9000}"; done > h.ndjson
	echo '{"t":300,"action":"play","artist":"Nobody","title":"Nothing"}' >> h.ndjson
	mkdir music && qfzz-ingest -q music
	qfzz-events -q h.ndjson
	library
	[ "$(tracks)" = 'long.flac long.flac - long.flac ' ]
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM user WHERE unsettled_from IS NOT NULL')" = 0 ]
	sqlite3 "$QFZZ_CATALOG" "UPDATE event SET track_id = NULL; UPDATE run SET ended_at = NULL WHERE id = (SELECT max(id) FROM run WHERE tool = 'ingest')"
	qfzz-ingest -q music
	[ "$(tracks)" = 'long.flac long.flac - long.flac ' ]
	sqlite3 "$QFZZ_CATALOG" "UPDATE event SET track_id = NULL; UPDATE run SET ended_at = 1 WHERE tool = 'ingest'"
	before=$(sha256sum "$QFZZ_CATALOG")
	qfzz-ingest -q music # nothing came: it does not look
	[ "$(tracks)" = '- - - - ' ]
	[ "$(sha256sum "$QFZZ_CATALOG")" = "$before" ]
	qfzz-ingest -q --dry-run music
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
	until [ "$(sqlite3 -readonly "$QFZZ_CATALOG" 'SELECT count(*) FROM event' 2> /dev/null)" = 1 ]; do sleep 0.05; done
	kill -TERM $pid
	code=0
	wait $pid || code=$?
	exec 9>&-
	[ "$code" = 143 ]
	[ "$(jq -c '[.read, .new]' out)" = '[1,1]' ]
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM event')" = 1 ]
}

# ---- every format ---------------------------------------------------------------------------

MBID=11111111-2222-3333-4444-555555555555

samples() { # one small file of each documented shape
	mkdir -p samples/listenbrainz/listens/2023
	echo '{"t":1700000000,"action":"play","artist":"Band","title":"Live","dur":9000}' > samples/a.ndjson
	echo '{"user_id":1,"username":"ana"}' > samples/listenbrainz/user.json
	echo '{"listened_at":1700100000,"track_metadata":{"artist_name":"Band","track_name":"Live","additional_info":{"duration_ms":9000}}}' > samples/listenbrainz/listens/2023/11.jsonl
	echo '{"listened_at":1690000000,"track_metadata":{"artist_name":"Band","track_name":"Live"}}' > samples/listenbrainz/listens/2023/2.jsonl
	echo "{\"recording_mbid\":\"$MBID\",\"score\":1,\"created\":1700200000}" > samples/listenbrainz/feedback.jsonl
	echo '{"blurb_content":"x"}' > samples/listenbrainz/pinned_recording.jsonl
	echo '[{"ts":"2023-11-16T00:00:09Z","username":"x1","ms_played":9000,"ip_addr":"192.0.2.77","user_agent_decrypted":"secretagent","master_metadata_track_name":"Live","master_metadata_album_artist_name":"Band","reason_end":"trackdone"}]' > samples/Streaming_History_Audio_1.json
	printf 'uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"1700300000","18 Nov 2023, 09:33","Band","","","","Live","%s"\n' $MBID > samples/lastfm.csv
	printf 'Sigur Rós,,Svefn-g-englar,19 Nov 2023 10:00\n' > samples/headerless.csv
	printf 'time,artist,track,album\n1700500000,Sigur Rós,Svefn-g-englar,\n' > samples/librefm.csv
	printf '#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n#CLIENT/Rockbox\nSigur Rós\t\tSvefn-g-englar\t1\t2\tS\t1700600000\t\n' > samples/.scrobbler.log
	echo '{"scrobbles":[{"time":1700700000,"track":{"artists":["Sigur Rós"],"title":"Svefn-g-englar","length":2},"duration":1}]}' > samples/maloja.json
	echo '{"timeMs":1700800000000,"artist":"Sigur Rós","track":"Svefn-g-englar","durationMs":2000,"mediaPlayerName":"p"}' > samples/pano.jsonl
	sqlite3 samples/sticker.sql "CREATE TABLE sticker (type VARCHAR NOT NULL, uri VARCHAR NOT NULL, name VARCHAR NOT NULL, value VARCHAR NOT NULL);
		INSERT INTO sticker VALUES ('song','one.flac','like','2'), ('song','one.flac','playCount','12'), ('song','short.flac','rating','1'),
		('song','long.flac','rating','5'), ('song','long.flac','skipCount','3'), ('song','untagged.flac','like','0'), ('song','untagged.flac','rating','10'),
		('song','one.flac','lastPlayed','1700000000');"
	printf '#EXTM3U\n#EXTINF:2,x\n../music/./one.flac\n%s/music/untagged.flac\n' "$PWD" > samples/likes.m3u
}

@test "every format imports its sample, and again with the same result" {
	library
	samples
	files=(samples/a.ndjson samples/listenbrainz samples/Streaming_History_Audio_1.json samples/lastfm.csv samples/headerless.csv
		samples/librefm.csv samples/.scrobbler.log samples/maloja.json samples/pano.jsonl samples/sticker.sql samples/likes.m3u)
	run -0 --separate-stderr qfzz-events --tz +02:00 "${files[@]}"
	echo "$output" > rows
	"$rows" < rows
	cat > expected <<-END
		["a.ndjson","ndjson",1,1,0,0]
		["feedback.jsonl","listenbrainz",1,1,0,0]
		["2.jsonl","listenbrainz",1,0,0,0]
		["11.jsonl","listenbrainz",1,1,0,0]
		["Streaming_History_Audio_1.json","spotify",1,0,0,0]
		["lastfm.csv","lastfm",1,1,0,0]
		["headerless.csv","lastfm",1,1,0,0]
		["librefm.csv","librefm",1,1,0,0]
		[".scrobbler.log","rockbox",1,1,0,0]
		["maloja.json","maloja",1,1,0,0]
		["pano.jsonl","panoscrobbler",1,1,0,0]
		["sticker.sql","mpd",3,3,0,0]
		["likes.m3u","m3u",2,2,1,0]
	END
	jq -c '[(.file | sub(".*/"; "")), .format, .new, .matched, .copies, .bad]' rows | diff expected -
	[ "$(jq -c 'select(.format == "mpd") | [.plays, .skips]' rows)" = '[12,3]' ]
	[[ "$stderr" = *'sticker.sql: 12 plays and 3 skips are counted there; without their times they are no events'* ]]
	[ "$(sqlite3 "$QFZZ_CATALOG" "SELECT group_concat(u.name || ' ' || n, ', ') FROM (SELECT user_id, count(*) AS n FROM event GROUP BY 1) JOIN user u ON u.id = user_id")" = 'me 12, ana 3' ]
	# the same act by the first source is the one that counts; local times became UTC; actions follow
	[ "$(sqlite3 "$QFZZ_CATALOG" "SELECT group_concat(action, ' ') FROM (SELECT action FROM event WHERE at = 0 ORDER BY id)")" = 'like dislike dislike like' ]
	[ "$(sqlite3 "$QFZZ_CATALOG" "SELECT at, action FROM event WHERE source = 'rockbox'")" = '1700592800|skip' ]
	[ "$(sqlite3 "$QFZZ_CATALOG" "SELECT at, action, ms, local_hour, local_weekday FROM event WHERE source = 'spotify'")" = '1700092800|skip|9000|2|4' ]
	before=$(sqlite3 "$QFZZ_CATALOG" .dump | sha256sum)
	qfzz-events -q --tz +02:00 "${files[@]}" > again
	[ "$(jq -s -c 'map(.new) | add' again)" = 0 ]
	[ "$(jq -s -c 'map(.known) | add' again)" = 16 ]
	[ "$(sqlite3 "$QFZZ_CATALOG" .dump | sha256sum)" = "$before" ]
	! grep -aqE '192\.0\.2\.77|secretagent|x1' "$QFZZ_CATALOG" "$QFZZ_CATALOG"-* || false
	[ ! -e samples/sticker.sql-wal ] && [ ! -e samples/sticker.sql-journal ]
}

@test "a rockbox log in local time says nothing without --tz" {
	samples
	run -1 --separate-stderr qfzz-events samples/.scrobbler.log
	[[ "$stderr" = *'line 4: the time is local, and of no known zone (--tz)' ]]
	[ "$(TZ=UTC qfzz-events -q --tz Europe/Berlin samples/.scrobbler.log | jq .new)" = 1 ]
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT at, local_hour FROM event')" = '1700596400|20' ] # in winter UTC+1
}

@test "a folder without an export, and a database of something else, are told" {
	mkdir nothing
	sqlite3 other.db 'CREATE TABLE t (x)'
	run -1 --separate-stderr qfzz-events nothing other.db
	[[ "${stderr_lines[0]}" = *'nothing: no ListenBrainz export: neither feedback.jsonl nor <year>/<month>.jsonl' ]]
	[[ "${stderr_lines[1]}" = *"other.db: a database, but not of MPD's stickers (no such table: sticker)" ]]
}

# ---- what follows -----------------------------------------------------------------------------

facts() { sqlite3 "$QFZZ_CATALOG" 'SELECT at, action, session, local_hour, local_weekday FROM event ORDER BY at, id'; }

@test "two sources tell of one listening: it is counted once, and learned from once" {
	library
	echo '{"t":1000,"action":"complete","src":"player","artist":"Band","title":"Live","dur":9000,"ms":9000}' > player.ndjson
	printf 'uts,artist,track,duration\n1004,Band,Live,9\n2000,Band,Live,9\n' > lastfm.csv
	qfzz-events -q player.ndjson > /dev/null
	[ "$(qfzz-events -q lastfm.csv | jq -c '[.new, .copies]')" = '[2,1]' ]
	[ "$(qfzz-stats | jq -c '[.events.count, .events.matched]')" = '[2,2]' ]
	[ "$(qfzz-events -q lastfm.csv | jq -c '[.new, .known, .copies]')" = '[0,2,0]' ]
}

@test "a file at once or line by line, forwards, backwards and criss-cross: the same events, the same copies" {
	library
	cp "$QFZZ_CATALOG" empty.db
	awk 'function put(t, src) { printf "{\"t\":%d,\"action\":\"play\",\"src\":\"%s\",\"artist\":\"Band\",\"title\":\"Live\",\"dur\":2000}\n", t, src }
		BEGIN {
			for (t = 1000; t <= 2000; t += 100) put(t, "a")   # forwards, with room between
			put(1503, "b"); put(1100, "a"); put(2066, "a")    # told already; known; near the last
			for (t = 990; t >= 800; t -= 65) { put(t, "a"); put(t + 5, "b"); put(t - 6, "b") }
			put(5000, "a"); put(3000, "a"); put(4000, "a"); put(3005, "b"); put(4006, "b"); put(1996, "b"); put(4000, "a")
		}' > h.ndjson
	qfzz-events -q h.ndjson | jq -c '[.new, .known, .copies]' > counts
	[ "$(cat counts)" = '[28,2,6]' ]
	held() { sqlite3 "$QFZZ_CATALOG" 'SELECT * FROM event ORDER BY id; SELECT * FROM event_copy ORDER BY uid'; }
	held > at_once
	cp empty.db "$QFZZ_CATALOG"
	split -l 1 h.ndjson line.
	for l in line.*; do qfzz-events -q "$l" > /dev/null; done
	held | diff at_once -
}

@test "sessions, replays and actions do not depend on the order of import" {
	library
	for i in 0 1 2 3 4 5 6 7; do
		echo "{\"t\":$((1000 + i * 700)),\"action\":\"play\",\"derived\":true,\"ms\":$((i % 3 * 1000)),\"src\":\"x\",\"artist\":\"Band\",\"title\":\"Live\",\"dur\":2000}" >> h.ndjson
		echo "{\"t\":$((20000 + i * 900)),\"action\":\"play\",\"derived\":true,\"src\":\"x\",\"artist\":\"Nobody\",\"title\":\"T$((i % 2))\"}" >> h.ndjson
	done
	qfzz-events -q --tz Z h.ndjson > /dev/null
	facts > at_once
	[ "$(cut -d '|' -f 2 at_once | sort | uniq -c | tr -s ' ' | tr '\n' ',')" = ' 2 complete, 2 play, 6 replay, 6 skip,' ]
	[ "$(cut -d '|' -f 3 at_once | uniq -c | tr -s ' ' | tr '\n' ',')" = ' 8 1, 8 2,' ]
	for seed in 1 2 3; do
		rm "$QFZZ_CATALOG"*
		qfzz-ingest -q music
		awk -v seed=$seed 'BEGIN { srand(seed) } { print rand() "\t" $0 }' h.ndjson | sort | cut -f 2- > shuffled
		split -l 3 shuffled part.
		for p in part.*; do qfzz-events -q --tz Z $p > /dev/null; done
		facts | diff at_once -
	done
}

@test "an action is worked out anew once the length of the track is known" {
	echo '{"t":1000,"action":"play","derived":true,"ms":2000,"artist":"Sigur Rós","title":"Svefn-g-englar"}' > h.ndjson
	qfzz-events -q --tz Z h.ndjson > /dev/null
	[ "$(facts)" = '1000|skip|1|0|4' ]
	library
	qfzz-events -q --tz Z > /dev/null
	[ "$(facts)" = '1000|complete|1|0|4' ]
	[ "$(qfzz-events -q h.ndjson | jq -c '[.new, .known]')" = '[0,1]' ]
}

@test "a session of three days is one, however it came in" {
	for t in $(seq 100000 1200 359200); do echo "{\"t\":$t,\"action\":\"play\",\"artist\":\"A\",\"title\":\"T$t\"}"; done > all # 217, every 20 minutes
	echo '{"t":361000,"action":"play","artist":"A","title":"half an hour later"}' >> all
	qfzz-events -q --tz Z all > /dev/null
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT group_concat(n) FROM (SELECT count(*) n FROM event GROUP BY session ORDER BY session)')" = 217,1 ]
	facts > at_once
	rm "$QFZZ_CATALOG"*
	sed -n '1~2p' all > odd; sed -n '2~2p' all > even # 40 minutes apart: each its own session, until the others come between
	qfzz-events -q --tz Z odd > /dev/null
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT max(session) FROM event')" = 109 ]
	split -l 7 even part.
	for p in part.*; do qfzz-events -q --tz Z $p > /dev/null; done
	facts | diff at_once -
	echo '{"t":360100,"action":"play","artist":"A","title":"between"}' > more
	qfzz-events -q --tz Z more > /dev/null
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*), min(session), max(session) FROM event')" = '219|1|1' ]
}

@test "two events that turn out to be of one track become one" {
	echo '{"t":1000,"action":"play","src":"a","artist":"Sigur Rós","title":"Svefn-g-englar"}' > a.ndjson
	echo "{\"t\":1002,\"action\":\"play\",\"src\":\"b\",\"mbid\":\"$MBID\"}" > b.ndjson
	[ "$(qfzz-events -q a.ndjson b.ndjson | jq -s -c 'map([.new, .copies])')" = '[[1,0],[1,0]]' ]
	library
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM event_copy)')" = '1|1' ]
	[ "$(qfzz-stats | jq -c '[.events.count, .events.matched]')" = '[1,1]' ]
	[ "$(qfzz-events -q a.ndjson b.ndjson | jq -s -c 'map(.known)')" = '[1,1]' ]
}

@test "a pipe that pauses holds nobody up" {
	mkfifo pipe
	qfzz-events -q - < pipe > out & pid=$!
	exec 9> pipe
	echo '{"t":1,"action":"play","path":"/a"}' >&9
	sleep 0.3
	echo '{"t":2,"action":"play","path":"/b"}' > other.ndjson
	run -0 qfzz-events -q --wait 1 other.ndjson
	exec 9>&-
	wait $pid
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM event')" = 2 ]
}

# ---- what people may ask for --------------------------------------------------------------------

two_listeners() {
	for i in $(seq 300); do
		echo "{\"user\":\"quixotella\",\"t\":$((i * 1000)),\"action\":\"play\",\"src\":\"x\",\"artist\":\"Zyxwvut Orchestra $i\",\"title\":\"Ululation $i\",\"album\":\"Hapax\"}"
		echo "{\"user\":\"quixotella\",\"t\":$((i * 1000 + 1)),\"action\":\"play\",\"src\":\"y\",\"artist\":\"Zyxwvut Orchestra $i\",\"title\":\"Ululation $i\"}"
		echo "{\"user\":\"ben\",\"t\":$((i * 1000)),\"action\":\"play\",\"derived\":true,\"src\":\"x\",\"artist\":\"Band\",\"title\":\"Live\",\"dur\":2000}"
	done > two.ndjson
	qfzz-events -q --tz Z two.ndjson > /dev/null
}
remains() { cat "$QFZZ_CATALOG"* | grep -aciE 'quixotella|zyxwvut|ululation|hapax' || true; }

@test "--forget leaves not one byte of a person, and all of the others" {
	library
	two_listeners
	qfzz-train -q > /dev/null
	for kind in backup damaged; do cp "$QFZZ_CATALOG" "$QFZZ_CATALOG.$kind-20260101"; done
	echo mine > "$QFZZ_CATALOG.other"
	sqlite3 "$QFZZ_CATALOG" "SELECT * FROM event e JOIN user u ON u.id = e.user_id WHERE u.name = 'ben'" > ben
	[ "$(remains)" -gt 0 ]
	run -0 --separate-stderr qfzz-events --forget quixotella --dry-run
	[ "$(echo "$output" | jq -c '[.act, .events, .copies, .planned]')" = '["forget",300,300,true]' ]
	[ "$(remains)" -gt 0 ]
	run -0 --separate-stderr qfzz-events --forget quixotella
	echo "$output" > said
	"$rows" < said
	[ "$(jq -c '[.user, .events, .copies, .models > 0, (.backups | length)]' said)" = '["quixotella",300,300,true,2]' ]
	[[ "$stderr" = *'what was signed into a chain stays there'* ]]
	[ "$(remains)" = 0 ]
	[ ! -e "$QFZZ_CATALOG.backup-20260101" ] && [ ! -e "$QFZZ_CATALOG.damaged-20260101" ]
	[ -e "$QFZZ_CATALOG.other" ]
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM model')" = 0 ]
	sqlite3 "$QFZZ_CATALOG" "SELECT * FROM event e JOIN user u ON u.id = e.user_id WHERE u.name = 'ben'" | diff ben -
	[ "$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT count(*) FROM event_copy')" = "$(printf 'ok\n0')" ]
	run -0 --separate-stderr qfzz-events --forget quixotella
	[[ "$stderr" = *"the catalog knows nobody called 'quixotella'"* ]]
}

@test "--export gives everything, and brings it back" {
	library
	two_listeners
	qfzz-events --export quixotella > all
	"$rows" < all
	[ "$(jq -r .type all | sort | uniq -c | tr -s ' ' | tr '\n' ',')" = ' 600 event.v1, 1 person.v1,' ]
	[ "$(head -1 all | jq -c '[.act, .user, .events, .copies, .first, .last, .sessions]')" = '["export","quixotella",300,300,1000,300000,1]' ]
	sqlite3 "$QFZZ_CATALOG" 'SELECT hex(uid), action, session FROM event ORDER BY uid; SELECT hex(uid) FROM event_copy ORDER BY uid' > before
	qfzz-events --export ben > ben
	[ "$(tail -1 ben | jq -c '[.track, .derived, .local_hour]')" = '[4,true,11]' ] || [ "$(tail -1 ben | jq -c '[.derived, .local_hour]')" = '[true,11]' ]
	grep -v person.v1 all > events
	grep -v person.v1 ben >> events
	[ "$(qfzz-events -q events | jq .new)" = 0 ]
	qfzz-events -q --forget quixotella > /dev/null
	qfzz-events -q --forget ben > /dev/null
	[ "$(qfzz-events -q --tz Z events | jq -c '[.new, .copies]')" = '[900,300]' ]
	sqlite3 "$QFZZ_CATALOG" 'SELECT hex(uid), action, session FROM event ORDER BY uid; SELECT hex(uid) FROM event_copy ORDER BY uid' | diff before -
	run -3 qfzz-events --export nobody
}

@test "what somebody gave to datasets is held on them: it is exported, and forgotten" {
	for set in small large; do
		echo "{\"id\":\"$set\",\"name\":\"$set\",\"licence\":\"CC0-1.0\",\"category\":\"music\"}" > $set.json
		qfzz-dataset add $set.json > /dev/null
	done
	qfzz-dataset rate small --user quixotella --stars 4 --note ululation > /dev/null
	qfzz-dataset rate large --user quixotella --stars 2 > /dev/null
	qfzz-dataset rate large --user ben --stars 5 > /dev/null
	qfzz-events --export quixotella > all
	"$rows" < all
	[ "$(jq -c 'select(.type == "rating.v1") | [.user, .dataset, .stars, .note]' all | tr '\n' ' ')" = '["quixotella","large",2,null] ["quixotella","small",4,"ululation"] ' ]
	qfzz-events -q --forget quixotella > /dev/null
	[ "$(remains)" = 0 ]
	[ "$(qfzz-dataset show large | jq -e '.rating == {count: 1, mean: 5}')" = true ]
}

@test "--anonymize puts keyed hashes in the place of names, and knows who comes again" {
	library
	two_listeners
	facts > before
	run -0 --separate-stderr qfzz-events --tz Z --anonymize
	echo "$output" > said
	"$rows" < said
	[ "$(stat -c %a "$QFZZ_CATALOG.key")" = 600 ]
	key=$(cat "$QFZZ_CATALOG.key")
	hash=$(printf quixotella | openssl dgst -sha256 -hmac "$key" -r | cut -c 1-32)
	[ "$(head -1 said | jq -c '[.act, .user, .events, .copies]')" = "[\"anonymize\",\"anon-$hash\",300,300]" ]
	[ "$(cat "$QFZZ_CATALOG"* | grep -ac quixotella || true)" = 0 ]
	facts | diff before -
	[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM user')" = 2 ]
	[ -z "$(qfzz-events --tz Z --anonymize)" ] # nobody is left to be renamed
	[ "$(qfzz-events -q --tz Z --anonymize two.ndjson | jq -c '[.new, .known]')" = '[0,900]' ]
	qfzz-events -q --tz Z two.ndjson > /dev/null # by mistake under the names
	[ "$(qfzz-events -q --tz Z --anonymize | jq -s length)" = 2 ]
	facts | diff before -
	echo 0123456789abcdef > other.key
	[ "$(qfzz-events -q --anonymize --key other.key --user dora two.ndjson | jq .type -r | head -1)" = events.v1 ]
	run -3 qfzz-events --anonymize --key two.ndjson.gone
}

@test "misuse" {
	run -2 qfzz-events --format tidal x
	run -2 qfzz-events --user '' x
	run -2 qfzz-events --tz Nowhere/Atall x
	run -2 qfzz-events --tz ../../etc/passwd x
	run -2 qfzz-events --forget a --export b
	run -2 qfzz-events --forget a x
	run -2 qfzz-events --key f
	run -3 qfzz-events --dry-run x # no catalog to compare with
}
