#!/usr/bin/env bats
# qfzz-profile: what somebody hears.

bats_require_minimum_version 1.5.0
load learn

setup() {
	make_library
	sql "UPDATE track SET genre = CASE WHEN id <= 3 THEN 'Rock' WHEN id <= 6 THEN 'Pop' WHEN id <= 9 THEN 'Jazz' END, year = 1980 + id"
	make_listening
}

profile() { qfzz-profile --now $NOW "$@"; }
is() { jq -e "$1" <<< "$output" > /dev/null; }
valid() { python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json"; }

@test "shares, figures and times of a small history" {
	sql "UPDATE features SET tempo_bpm = 100 + track_id, moods = 'calm' WHERE track_id IN (2, 3)"
	sql "UPDATE event SET local_hour = 8, local_weekday = 5"
	run -0 --separate-stderr profile u1
	[ -z "$stderr" ]
	valid <<< "$output"
	# tracks 2 to 6, once each
	is '[.user, .events, .matched, .weight, .tracks, .artists] == ["u1", 5, 5, 5, 5, 3]'
	is '.genres == [{ genre: "Pop", share: 0.6 }, { genre: "Rock", share: 0.4 }]'
	is '.decades == [{ decade: 1980, share: 1 }]'
	is '.keys[0].camelot == "8A" and .moods == [{ mood: "calm", share: 1 }]'
	is '.top_artists[0] == { artist: "Artist 2", share: 0.4 }'
	is '.top_tracks[0] == { name: "Artist 1 - T2", track: 2, share: 0.2 }'
	is '.tempo | [.mean, .low, .median, .high] == [113, 102, 120, 120]'
	is '[.hours[8], .hours[9], .weekdays[4]] == [1, 0, 1]'
	is '[.neighbours, .model, .valence] == [[], null, null]'
}

@test "quarters tell how it moved" {
	event me 1 play 1680000000 | import # March 2023
	{ event me 4 play 1682000000; event me 1 replay 1682000500; } | import # April 2023
	run -0 profile me
	is '.quarters | map([.quarter, .genre, .new_artists, .change]) == [["2023-Q1", "Rock", 1, null], ["2023-Q2", "Rock", 0.3333, 0.3333]]'
}

@test "neighbours are of like taste, and can be left unnamed" {
	train
	run -0 profile u1 --neighbours 3
	valid <<< "$output"
	[ "$(jq -r '[.neighbours[].user] | sort | join(" ")' <<< "$output")" = 'u2 u3 u4' ]
	[ "$(jq '.neighbours | map(.likeness > 0.9) | all' <<< "$output")" = true ]
	[ "$(profile u1 --neighbours 0 | jq -c .neighbours)" = '[]' ]
	[ "$(profile u1 --neighbours 50 | jq '.neighbours | length')" = 7 ]
}

@test "the genre map lays what sounds alike together" {
	event both 1 play | import
	event both 4 play | import
	event both 7 play | import
	run -0 profile both
	[ "$(jq -r '.genre_map[] | select(.genre == "Rock").near[0].genre' <<< "$output")" = Pop ]
	[ "$(jq '.genre_map | map({(.genre): .}) | add | ((.Rock.x - .Jazz.x | fabs) > (.Rock.x - .Pop.x | fabs))' <<< "$output")" = true ]
}

@test "people get lines" {
	run -0 profile u1 --format table
	[ "${lines[0]}" = 'u1: 5 events, 5 tracks by 3 artists' ]
	[[ $output == *'genres        Pop 60 %, Rock 40 %'* ]]
	[[ $output == *'tempo         120, mostly 120 to 120'* ]]
	[ "$(profile u1 --format tsv --fields user,events,tempo.median | tail -n 1)" = $'u1\t5\t120.0' ]
}

@test "somebody without a liking, and somebody unknown, are told" {
	event shy 1 dislike | import
	run -0 --separate-stderr profile shy
	[[ $stderr == *"nothing that 'shy' did is a sign of liking"* ]]
	valid <<< "$output"
	[ "$(jq -c '[.genres, .quarters, .hours, .tempo]' <<< "$output")" = '[[],[],[],null]' ]
	run -3 profile stranger
	run -2 profile
	run -2 profile u1 u2
}

@test "the same call gives the same bytes" {
	train
	profile u2 > one
	profile u2 > two
	cmp one two
}
