#!/usr/bin/env bats
# qfzz-similar: tracks like others.

bats_require_minimum_version 1.5.0
load learn

setup() { make_library; }

@test "without a model sound decides: cosine 0.64 within a genre, 0 beyond, and no seed" {
	run -0 --separate-stderr qfzz-similar track:1 -n 20 --max-per-artist 0
	[ -z "$stderr" ]
	[ "$(tracks <<< "$output")" = '2 3 4 5 6 7 8 9 10 11 12 ' ]
	[ "$(jq -r .similar.score <<< "$output" | uniq | tr '\n' ' ')" = '0.64 0 ' ]
	[ "$(jq -r '.similar.why[0]' <<< "${lines[0]}")" = 'sounds like Artist 1 - T1 (0.64)' ]
}

@test "of several seeds the mean counts, and none of them comes" {
	run -0 qfzz-similar track:1 track:2 track:7 -n 20 --max-per-artist 0
	[ "$(tracks <<< "$output")" = '3 4 5 6 8 9 10 11 12 ' ]
	[ "$(jq -r .similar.score <<< "${lines[0]}")" = 0.4267 ]
	[ "$(jq -r .similar.score <<< "${lines[4]}")" = 0.2133 ]
	[ "$(jq '.similar.why | length' <<< "${lines[0]}")" = 2 ]
}

@test "listeners make tracks alike" {
	make_listening
	sql 'DELETE FROM features WHERE track_id = 2'
	train
	run -0 qfzz-similar track:2 -n 20 --max-per-artist 0
	[ "$(head -n 5 <<< "$output" | jq '.track <= 6 and .similar.listening > 0.5' | sort -u)" = true ]
	[[ "$(jq -r '.similar.why[0]' <<< "${lines[0]}")" == 'heard by those who play Artist 1 - T2 '* ]]
}

@test "a path and rows name seeds too" {
	cd "$BATS_TEST_TMPDIR"
	mkdir music
	sql "UPDATE root SET path = CAST('$PWD/music' AS BLOB)"
	[ "$(qfzz-similar music/t1.flac -n 1 | jq .track)" = 2 ]
	[ "$(qfzz-similar track:1 track:3 -n 2 | qfzz-similar -n 20 - | jq 'select(.track == 2 or .track == 4)')" = '' ]
}

@test "a seed that is not known is one failed record" {
	run -1 --separate-stderr qfzz-similar track:1 track:99 nowhere/x.flac -n 1
	[ "${#lines[@]}" = 1 ]
	[[ $stderr == *"track:99: not in the catalog"* ]]
	[[ $stderr == *"nowhere/x.flac: No such file or directory"* ]]
	sql 'DELETE FROM features WHERE track_id = 1'
	run -1 --separate-stderr qfzz-similar track:1
	[ -z "$output" ]
	[[ $stderr == *"neither its sound nor its listeners are known"* ]]
}

@test "rows validate, and a missing operand is misuse" {
	qfzz-similar track:1 | python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json"
	run -2 qfzz-similar </dev/null
}
