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
