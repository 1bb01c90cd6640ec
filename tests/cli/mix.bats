#!/usr/bin/env bats
# Transitions as rows, and as sound.

bats_require_minimum_version 1.5.0
load common

setup() {
	export QFZZ_CATALOG=$BATS_TEST_TMPDIR/none.db
	cd "$BATS_TEST_TMPDIR"
}

# row NAME SECONDS BPM FROM CAMELOT [MORE]: a track in bars of four, as `qfzz query --features all` would tell of it
row() {
	jq -nc --arg n "$1" --argjson s "$2" --argjson bpm "$3" --argjson from "$4" --arg key "$5" --argjson more "${6:-{\}}" \
		'[range($from; $s; 60 / $bpm)] as $b | {type: "track.v1", path: "/music/\($n).flac", duration_ms: ($s * 1000),
		features: {version: 1, duration_s: $s, loudness_lufs: -14, tempo_bpm: $bpm, camelot: $key, beats_s: $b,
			downbeats_s: [$b[range(0; $b | length; 4)]], silence_head_s: 0, silence_tail_s: 0}} + $more'
}

transitions() { qfzz-playlist --transitions --format ndjson "$@" -; }

@test "rows say how each track goes over into the next" {
	{ row a 60 120 0.5 8A; row b 60 126 0.3 9A; row c 60 150 0 2B; } > rows
	run -0 --separate-stderr transitions < rows
	[ -z "$stderr" ]
	valid <<< "$output"
	# beats 0.5, 1.0 … 59.5: sixteen fit behind 50.5, a bar line; 126 BPM are 5 % slower there; 4 dB down to -18 LUFS
	[[ "${lines[0]}" = *'"transition":{"kind":"beatmatched","cue_out_s":50.500,"cue_in_s":0.300,"length_s":8.000,"beats":16,"stretch":1.05000,"beats_apart_ms":0.0,"keys":"near","why":"beats on beats","gain_db":-4.00}}' ]]
	[ "$(jq -r '.transition | .kind, .why, .cue_out_s, .length_s, .keys' <<< "${lines[1]}" | xargs)" = 'crossfade the tempi are too far apart 57 3 clash' ]
	[[ "${lines[2]}" = *'"transition":{"kind":"end","gain_db":-4.00}}' ]]
	# all else is as it was
	[ "$(jq -c 'del(.transition)' <<< "$output")" = "$(jq -c . rows)" ]
}

@test "neighbours of an album are not touched, and are as loud as the album" {
	{
		row a 60 120 0.5 8A '{"album":"Live","artist":"Ann","tracknumber":1}'
		row b 60 120 0.5 8A '{"album":"Live","artist":"Ann","tracknumber":2}' | jq -c '.features.album_loudness_lufs = -10'
		row c 60 120 0.5 8A
	} > rows
	run -0 transitions < rows
	[ "$(jq -r '.transition | "\(.kind) \(.gain_db)"' <<< "$output" | tr '\n' ,)" = 'gapless -4,beatmatched -8,end -4,' ]
}

@test "features that are wrong are named, and the track is taken as one that nobody heard" {
	{ row a 60 120 0.5 8A; row b 60 120 0.5 8A '{"features":{"silence_head_s":"long"}}'; } > rows
	run -1 --separate-stderr transitions < rows
	[[ "$stderr" = *'/music/b.flac: features: silence_head_s'* ]]
	[ "$(jq -r '.transition.kind' <<< "$output" | xargs)" = 'crossfade end' ]
	run -2 qfzz-playlist --transitions -o x.m3u - < rows
}

# ---- as sound -------------------------------------------------------------------------------------

clicks() { /usr/bin/python3 "$BATS_TEST_DIRNAME/clicks.py" "$@"; }

# a library of two click tracks, 12 dB apart, and the mix of them; made once
setup_file() {
	export W=$BATS_FILE_TMPDIR QFZZ_CATALOG=$BATS_FILE_TMPDIR/catalog.db
	cd "$W"
	mkdir music
	clicks make music/a.wav 30 120 0.5 1000 0
	clicks make music/b.wav 30 126 0.3 3000 -12
	qfzz ingest -q music && qfzz features -q
	qfzz query --features all > rows
	qfzz query | qfzz-mix --beats 8 --bits 16 -o mix.flac - > mixed
	flac -s -d -o mix.wav mix.flac
}

# ebur128 [OPTION…]: what ffmpeg's meter says of mix.flac: integrated loudness and true peak
ebur128() { ffmpeg -nostdin -hide_banner "$@" -i "$W/mix.flac" -af ebur128=peak=true -f null - 2>&1 | sed -n 's/^ *\(I\|Peak\): *\([-0-9.]*\) .*/\2/p' | xargs; }

@test "in a crossing the beats of click tracks fall within 20 ms of each other" {
	cd "$W"
	read -r from length <<< "$(jq -r 'select(.transition.kind == "beatmatched") | "\(.transition.cue_out_s - .mix.from_s) \(.transition.length_s)"' mixed)"
	[[ "$length" = 4 || "$length" = 4.00* || "$length" = 3.99* ]]
	read -r apart beats <<< "$(clicks meet mix.wav 1000 3000 "$from" "$(jq -n "$from + $length")" 120)"
	echo "$apart ms, $beats beats"
	[ "$beats" = 7 ]
	jq -ne "$apart < 20"
}

@test "the tracks are equally loud, and peaks stay under -1 dBTP, by ffmpeg's meter" {
	read -r first _ <<< "$(ebur128 -t 24)"
	read -r second _ <<< "$(ebur128 -ss 34)"
	read -r _ peak <<< "$(ebur128)"
	echo "$first and $second LUFS, $peak dBTP"
	jq -ne "($first - $second | fabs) < 1 and ($first + 18 | fabs) < 0.5 and $peak < -1"
}

@test "the same tracks are the same bytes, whether rows or the catalog tell of their beats, and rows tell what is where" {
	cd "$W"
	qfzz-mix --beats 8 --bits 16 -o again.flac - < rows > again
	cmp mix.flac again.flac
	[ "$(jq -c '[.mix, .transition]' mixed)" = "$(jq -c '[.mix, .transition]' again)" ]
	valid < mixed
	# the second begins with the crossing; the file is as long as its parts
	[ "$(jq -s '.[1].mix.at_s == .[0].transition.cue_out_s - .[0].mix.from_s' mixed)" = true ]
	[ "$(jq -s '.[1].mix.from_s == .[0].transition.cue_in_s' mixed)" = true ]
}

@test "one transition by itself, and its picture" {
	cd "$W"
	run -0 --separate-stderr qfzz-mix --only 1 --beats 8 --around 4 --plot one.svg -o one.flac - < rows
	[ -z "$stderr" ]
	[ "$(metaflac --show-total-samples one.flac | xargs -I@ jq -n '(@ / 44100 - 12 | fabs) < 0.1')" = true ]
	grep -q 'a.wav → b.wav' one.svg
	grep -q 'beatmatched: beats on beats · 4.0 s · 8 beats' one.svg
	/usr/bin/python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("one.svg")'
	qfzz-mix --only 1 --beats 8 --around 4 --plot again.svg - < rows
	cmp one.svg again.svg
	run -1 qfzz-mix --only 2 -o none.flac - < rows
	[[ "$output" = *'there is no transition 2 between 2 tracks'* ]]
	run -2 qfzz-mix --plot x.svg -o x.flac - < rows
	[ ! -e none.flac ] && [ ! -e x.flac ]
}

@test "a track that cannot be played is named, and the rest goes on" {
	cd "$W"
	head -c 3000 music/a.wav > music/cut.wav; echo nothing > music/text.wav
	{ echo "{\"path\":\"$W/gone.wav\"}"; head -n 1 rows; echo "{\"path\":\"$W/music/text.wav\"}"; tail -n 1 rows; echo '{"path":7}'; } > odd
	run -1 --separate-stderr qfzz-mix --beats 8 --bits 16 -o odd.flac - < odd
	[ "${#stderr_lines[@]}" = 3 ]
	[[ "$stderr" = *'line 5: '*"$W/gone.wav: "*"$W/music/text.wav: "* ]]
	cmp mix.flac odd.flac
	run -1 --separate-stderr qfzz-mix -o none.flac - <<< "{\"path\":\"$W/gone.wav\"}"
	[ ! -e none.flac ] && [ -z "$output" ]
}

@test "a decoder that was taken over: not a number is silence, and nonsense ends the track" {
	cd "$W"
	mkdir fake
	printf '%s\n' '#!/bin/sh' "printf '\\002\\000\\000\\000'" "head -c 16 /dev/zero | tr '\\000' '\\377'" "printf '\\377\\377\\377\\377'" > fake/qfzz-sound
	chmod +x fake/qfzz-sound
	QFZZ_LIBEXEC=$W/fake run -1 --separate-stderr qfzz-mix -o fake.flac - < <(head -n 1 rows)
	[[ "$stderr" = *'music/a.wav: its decoder died' ]]
	[ "$(flac -s -d -c --force-raw-format --endian=little --sign=signed fake.flac | od -An -v -tx1 | tr -d ' \n')" = 000000000000000000000000 ] # 2 frames
}

@test "an original is never written to" {
	cd "$W"
	cp music/a.wav a.flac
	run -2 qfzz-mix -o a.flac - <<< "{\"path\":\"$W/a.flac\"}"
	cmp music/a.wav a.flac
}

@test "mashups: the best first, without the track itself and what no stretch brings near" {
	cd "$W"
	{ cat rows; row far 60 150 0 8A; row near 60 121 0 8A; } > all
	run -0 --separate-stderr qfzz-mix --catalog "$W/catalog.db" --mashup music/a.wav - < all
	valid <<< "$output"
	# 121 over 120 BPM: 0.83 of 6 %; 126: 5 %
	[ "$(jq -r '"\(.path | split("/") | last) \(.mashup.tempo * 100 | floor)"' <<< "$output" | tr '\n' ,)" = 'near.flac 93,b.wav 58,' ]
	[ "$(jq -s 'all(.[].mashup; (.score - .tempo * .key | fabs) < 0.0002)' <<< "$output")" = true ]
	[ "$(qfzz-mix --catalog "$W/catalog.db" --mashup track:1 -n 1 - < all | wc -l)" = 1 ]
	run -1 qfzz-mix --catalog "$W/catalog.db" --mashup nowhere.wav - < all
}

@test "terminated, it leaves nothing behind" {
	cd "$W"
	mkdir here
	qfzz-mix -o here/x.flac - < <(for i in $(seq 500); do cat rows; done) & pid=$!
	until ls -d here/.qfzz-work-* 2> /dev/null; do sleep 0.05; done
	kill -TERM $pid
	wait $pid && code=0 || code=$?
	[ "$code" = 143 ]
	[ -z "$(ls -A here)" ]
}
