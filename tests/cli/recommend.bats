#!/usr/bin/env bats
# qfzz-recommend: tracks for a user, with reasons.

bats_require_minimum_version 1.5.0
load learn

setup() {
	make_library
	make_listening
	train
}

recommend() { qfzz-recommend --now $NOW "$@"; }

@test "the one track that the others of the community play comes first, and says why" {
	run -0 --separate-stderr recommend --user u1 -n 3
	[ -z "$stderr" ]
	[ "$(jq -r .track <<< "${lines[0]}")" = 1 ]
	[ "$(jq '.recommend.score' <<< "${lines[0]}")" = 1 ]
	[[ "$(jq -r '.recommend.why[0]' <<< "${lines[0]}")" =~ ^(because\ you\ played|sounds\ like)\ Artist\ [123]\ -\ T[2-6]\ \(0\.[0-9]+\)$ ]]
	[ "$(jq '.recommend | (.listening + .sound - 1 | fabs) < 0.002 and .model == 1' <<< "${lines[0]}")" = true ]
}

@test "what was played comes back only when it is asked for" {
	[ "$(recommend --user u1 -n 20 --max-per-artist 0 | tracks)" = "$(recommend --user u1 -n 20 --max-per-artist 0 | jq -r 'select(.track == 1 or .track > 6) | .track' | tr '\n' ' ')" ]
	[ "$(recommend --user u1 -n 20 --max-per-artist 0 | wc -l)" = 7 ]
	[ "$(recommend --user u1 -n 20 --max-per-artist 0 --include-known | wc -l)" = 12 ]
}

@test "what was disliked never comes, until it is liked again" {
	event u1 1 dislike 1690500000 | import
	[[ " $(recommend --user u1 -n 20 --include-known | tracks)" != *" 1 "* ]]
	event u1 1 like 1690600000 | import
	[[ " $(recommend --user u1 -n 20 --include-known | tracks)" == *" 1 "* ]]
}

@test "an artist comes so often and not more" {
	[ "$(recommend --user u1 -n 20 --include-known --max-per-artist 1 | jq -r .artist | sort | uniq -d)" = '' ]
	[ "$(recommend --user u1 -n 20 --include-known --max-per-artist 1 | wc -l)" = 6 ]
}

@test "a user that nobody knows gets what most play, and is told so" {
	run -0 --separate-stderr recommend --user stranger -n 2
	[[ $stderr == *"nobody called 'stranger' has a history here: these are the tracks that most people play"* ]]
	[ "${#lines[@]}" = 2 ]
	[ "$(jq -r '.recommend.why[0]' <<< "${lines[0]}")" = 'popular here: 4 listeners' ]
}

@test "a new track is placed by its sound, and a file that is gone does not come" {
	add_track 13 1 0
	sql 'UPDATE track SET missing_since = 5 WHERE id = 1'
	run -0 recommend --user u1 -n 1
	[ "$(jq -r .track <<< "$output")" = 13 ]
	[[ "$(jq -r '.recommend.why[0]' <<< "$output")" == "sounds like "* ]]
}

@test "a play after the training counts at once" {
	event new 8 play | import
	[ "$(recommend --user new -n 1 | jq '.track >= 7')" = true ]
}

@test "without a model sound decides, without sound popularity" {
	sql 'DELETE FROM model'
	run -0 --separate-stderr recommend --user u1 -n 1
	[[ $stderr == *"no model is trained"* ]]
	[ "$(jq -c '[.track, .recommend.model]' <<< "$output")" = '[1,null]' ]
	sql 'DELETE FROM features'
	run -0 --separate-stderr recommend --user u1 -n 1
	[[ $stderr == *"neither a model nor features"* ]]
	[ "${#lines[@]}" = 1 ]
}

@test "rows validate, and the playlist tool takes them" {
	recommend --user u1 -n 5 | python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json"
	recommend --user u1 -n 5 | qfzz-playlist --order harmonic -o "$BATS_TEST_TMPDIR/list.m3u" -
	[ "$(grep -vc "^#" "$BATS_TEST_TMPDIR/list.m3u")" = 5 ]
	[ "$(recommend --user u1 -n 1 | jq -r .features.camelot)" = 8A ]
}

@test "the same call gives the same bytes" {
	recommend --user u2 -n 9 --variety 0.4 > one
	recommend --user u2 -n 9 --variety 0.4 > two
	cmp one two
	[ "$(sort -u one | wc -l)" = "$(wc -l < one)" ]
}

@test "misuse, no catalog, a damaged model" {
	run -2 qfzz-recommend
	run -3 qfzz-recommend --user u1 --catalog none.db
	sql "UPDATE factor SET vectors = X'00' WHERE side = 'track'"
	run -3 --separate-stderr recommend --user u1
	[[ $stderr == *"qfzz train --force"* ]]
	[ -z "$output" ]
}

# The same lists, first with the codes, then without them.
both_ways() {
	local options
	for options in '-n 25' '-n 60 --max-per-artist 1' '-n 20 --variety 0.4' '-n 300 --include-known'; do
		echo "$1: $options"
		recommend --user "$1" $options
	done
}

@test "a large library gives the same list from a shortlist as read whole, also after changes" {
	local u
	python3 "$BATS_TEST_DIRNAME/large.py" "$QFZZ_CATALOG" 10500 150
	qfzz-train -q --now $NOW --rank 16 --no-check
	[ "$(sql "SELECT count(*) FROM factor WHERE side = 'codes'")" = 3 ]
	# a track goes, one is heard anew, one comes, one is purged: the shortlist knows without a training
	sql "UPDATE track SET missing_since = 5 WHERE id = 103; DELETE FROM track WHERE id = 110;
	     REPLACE INTO features SELECT 120, version, at, size, mtime_ns, $(sql "SELECT group_concat(name) FROM pragma_table_info('features') WHERE cid > 4") FROM features WHERE track_id = 121;"
	add_track 20000 1 0
	for u in many3 many77 u1; do both_ways "$u"; done > from-codes
	sql "DELETE FROM factor WHERE side = 'codes_at'"
	for u in many3 many77 u1; do both_ways "$u"; done > whole
	[ "$(wc -l < whole)" -gt 1000 ]
	cmp from-codes whole
}

@test "a training that has nothing to learn still brings the codes up to date" {
	python3 "$BATS_TEST_DIRNAME/large.py" "$QFZZ_CATALOG" 10500 50
	qfzz-train -q --now $NOW --rank 16 --no-check
	add_track 20000 1 0
	sql 'SELECT max(id) FROM model' > model
	qfzz-train -q --now $NOW --rank 16 --no-check
	[ "$(sql 'SELECT max(id) FROM model')" = "$(cat model)" ]
	[ "$(sql "SELECT hex(ids) FROM factor WHERE side = 'codes_at'")" = \
		"$(sql 'SELECT printf("%02X%02X000000000000", max(seq) & 255, max(seq) >> 8) FROM change')" ]
	recommend --user many3 -n 200 > from-codes
	sql "DELETE FROM factor WHERE side = 'codes_at'"
	recommend --user many3 -n 200 > whole
	cmp from-codes whole
}
