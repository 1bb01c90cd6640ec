#!/usr/bin/env bats
# qfzz-radio: a station from seeds.

bats_require_minimum_version 1.5.0
load learn

setup() { make_library; }

radio() { qfzz-radio --now $NOW "$@"; }

@test "only what is near enough is played, each track once, no seed, and artists apart" {
	run -0 --separate-stderr radio track:1 -n 12
	# the other five of the genre have the cosine 0.64, all of jazz 0: too far; by artist 1, 2, 2, 3, 3
	[ "$(jq -r .artist <<< "$output" | tr '\n' ',')" = 'Artist 1,Artist 2,Artist 3,Artist 2,Artist 3,' ]
	[ "$(tracks <<< "$output" | tr ' ' '\n' | sort | xargs)" = '2 3 4 5 6' ]
	[[ $stderr == *"only 5 tracks are near enough"* ]]
	[ "$(radio track:1 -n 12 --spacing 0 -q | jq -r .track | sort | xargs)" = '2 3 4 5 6' ]
	[ "$(radio track:1 -n 5 --spacing 0 | tracks)" = '2 3 4 5 6 ' ]
}

@test "a score is what the seeds, the flow and chance give, and says from where" {
	run -0 radio track:1 track:3 -n 2 --drift 0.25
	# nearness to the seeds 0.64; drift takes a quarter of 0.64 from the track before
	[ "$(jq -c '.radio | [.score, .seeds, .flow, .chance, .listening]' <<< "${lines[1]}")" = '[0.64,0.48,0.16,0,0]' ]
	[ "$(jq -r '.radio.why[0]' <<< "${lines[1]}")" = 'sounds like Artist 1 - T1 (0.32)' ]
	[[ "$(jq -r '.radio.why[1]' <<< "${lines[1]}")" == 'goes on from Artist '*' (0.16)' ]]
	jq -e '.radio | (.seeds + .flow + .chance - .score | fabs) < 0.00006' <<< "$output" > /dev/null
}

@test "another seed is another station, the same seed the same" {
	[ "$(radio track:7 -n 5 --seed 1 | tracks)" = "$(radio track:7 -n 5 --seed 1 | tracks)" ]
	[ "$(for s in 1 2 3 4; do radio track:7 -n 5 --seed $s | tracks; echo; done | sort -u | wc -l)" -gt 1 ]
	jq -e '.radio.chance > 0 and .radio.chance < 0.05' <<< "$(radio track:7 -n 5 --seed 1)" > /dev/null
}

@test "what the listener heard lately or dislikes does not come" {
	{ event me 2 play $((NOW - 3600)); event me 3 play $((NOW - 3 * 86400)); event me 4 dislike; } | import
	[ "$(radio track:1 -n 9 -q --user me | tracks | xargs -n 1 | sort | xargs)" = '3 5 6' ]
	[ "$(radio track:1 -n 9 -q --user me --not-since 1w | tracks | xargs -n 1 | sort | xargs)" = '5 6' ]
	run -0 --separate-stderr radio track:1 -n 2 --user nobody
	[[ $stderr == *"nobody called 'nobody' has a history here: nothing is left out"* ]]
	run -2 radio track:1 --user me --not-since soon
}

@test "artists and playlists are seeds too, for radio and for similar" {
	[ "$(radio 'artist:artist 4' -n 9 -q | tracks | xargs -n 1 | sort -n | xargs)" = '9 10 11 12' ]
	[ "$(qfzz-similar 'artist:ARTIST 4' -n 4 | tracks | xargs -n 1 | sort -n | xargs)" = '9 10 11 12' ]
	[ "$(qfzz-similar track:1 -n 2 | radio -n 9 -q - | jq 'select(.track == 2 or .track == 3)')" = '' ]
	run -1 --separate-stderr radio 'artist:Nobody' track:1 -n 1
	[ "${#lines[@]}" = 1 ]
	[[ $stderr == *"artist:Nobody: no track of such an artist is known"* ]]
}

@test "rows validate, the playlist tool takes them, misuse is told" {
	radio track:1 -n 5 | python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json"
	radio track:1 -n 5 | qfzz-playlist -o "$BATS_TEST_TMPDIR/list.m3u" -
	[ "$(grep -vc "^#" "$BATS_TEST_TMPDIR/list.m3u")" = 5 ]
	run -2 qfzz-radio
	run -3 qfzz-radio track:1 --catalog none.db
}

@test "one track in the library: nothing to go on to, and that is said" {
	sql 'DELETE FROM features WHERE track_id > 1; DELETE FROM track WHERE id > 1'
	run -0 --separate-stderr radio track:1
	[ -z "$output" ]
	[[ $stderr == *"only 0 tracks are near enough"* ]]
}
