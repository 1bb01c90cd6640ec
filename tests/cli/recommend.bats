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
	for options in '-n 25' '-n 60 --max-per-artist 1' '-n 20 --variety 0.4' '-n 300 --include-known' \
		'-n 250 --variety 0.3 --diversity dpp --max-per-artist 1' '--where bpm:100..110 --max-per-album 1' \
		'--activity workout -n 15' '--not-since 1y --include-known' '--where bpm:60..61 --activity study --variety 0.2' \
		'--discovery 0 -n 10' '--discovery 0.3 --activity study -n 10' '--discovery 1' '--calibrate 0.5 -n 20'; do
		echo "$1: $options"
		recommend --user "$1" $options
	done
}

# What is near some tracks, among them one that came, one that was heard anew and one that is gone.
near_both_ways() {
	local options
	for options in 'track:7' 'track:20000 track:120 track:103 track:7 -n 40 --max-per-artist 1' 'track:8 --variety 0.4'; do
		echo "similar $options"
		qfzz-similar $options
	done
	for options in 'track:7 --seed 3' 'track:120 track:9 --user many3 --not-since 1y -n 20'; do
		echo "radio $options"
		qfzz-radio --now $NOW $options
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
	{ for u in many3 many77 u1; do both_ways "$u"; done; near_both_ways; } > from-codes
	sql "DELETE FROM factor WHERE side = 'codes_at'"
	{ for u in many3 many77 u1; do both_ways "$u"; done; near_both_ways; } > whole
	[ "$(wc -l < whole)" -gt 1000 ]
	[ "$(grep -c '"similar":' whole)" = 90 ]
	[ "$(grep -c '"radio":' whole)" -gt 20 ]
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

# ---- wishes ------------------------------------------------------------------------------------

parts_add_up() { jq -e '.recommend | ((.parts | add) - .score | fabs) < 0.00006' > /dev/null; }

@test "discovery moves from the artists that are known to new ones, and says what it did" {
	run -0 recommend --user u1 -n 20 --max-per-artist 0 --discovery 0
	[ "$(jq -s 'map(.track) | max' <<< "$output")" = 6 ] # rock alone, known tracks too
	run -0 recommend --user u1 -n 20 --max-per-artist 0 --discovery 1
	[ "$(jq -s 'map(.track) | min' <<< "$output")" = 7 ]
	run -0 recommend --user u1 -n 20 --max-per-artist 0 --discovery 0.25
	[ "${#lines[@]}" = 12 ]
	# artist 2 was played twice, which is most, and its track 3 once, which is most as well: (1 + 1) / 2, times 1 - 2 * 0.25
	[ "$(jq 'select(.track == 3).recommend.parts.discovery' <<< "$output")" = 0.5 ]
	[ "$(jq -r 'select(.track == 3).recommend.why[-1]' <<< "$output")" = 'you know it, or its artist (+0.50)' ]
	# track 1 was not played; its artist's track 2 was, once: log 2 / log 3, half, half
	[ "$(jq 'select(.track == 1).recommend.parts.discovery' <<< "$output")" = 0.157732 ]
	[ "$(jq 'select(.track == 9).recommend.parts.discovery' <<< "$output")" = 0 ]
	parts_add_up <<< "$output"
}

@test "what was heard lately stays out for as long as is said" {
	event u1 5 play $((NOW - 6 * 86400)) | import
	run -0 recommend --user u1 -n 20 --max-per-artist 0 --include-known --not-since 7d
	[ "$(jq -s 'map(.track) | index(5)' <<< "$output")" = null ]
	[ "${#lines[@]}" = 11 ]
	run -0 recommend --user u1 -n 20 --max-per-artist 0 --include-known --not-since 5d
	[ "${#lines[@]}" = 12 ]
	run -2 recommend --user u1 --not-since yesterday
	[[ $output == *"--not-since: 'yesterday' is no length of time like"* ]]
}

@test "mood words and a query leave out what does not fit" {
	sql "UPDATE features SET arousal = 0.2, energy = 0.2 WHERE track_id IN (2, 8, 9)"
	sql "UPDATE track SET year = 1999 WHERE id = 8"
	[ "$(recommend --user u1 -n 20 --include-known --mood 'something calm' | tracks | tr ' ' '\n' | sort | xargs)" = '2 8 9' ]
	[ "$(recommend --user u1 -n 20 --include-known --mood calm --where year:1990..1999 | tracks)" = '8 ' ]
	run -0 --separate-stderr recommend --user u1 --where 'genre:polka'
	[ -z "$output" ]
	[[ $stderr == *"no track is left that fits"* ]]
	run -2 recommend --user u1 --mood 'calm and crunchy'
	[[ $output == *"--mood: there is no mood word 'crunchy'"* ]]
	run -2 recommend --user u1 --where 'year:'
	[[ $output == *"--where: "* ]]
}

@test "an activity takes from what does not suit it as much as its table says" {
	# study, with a fall-off of 0.3 each: arousal up to 0.5 and energy 0.1 to 0.5 count 2, danceability up to 0.6 counts 1
	sql "UPDATE features SET arousal = 0.65, energy = 0.5, danceability = 0.9 WHERE track_id = 8"
	run -0 recommend --user u1 -n 20 --max-per-artist 0 --activity study
	[ "$(jq 'select(.track == 8).recommend.parts.activity' <<< "$output")" = -0.4 ] # (2 * 0.5 + 2 + 0) / 5 - 1
	[ "$(jq 'select(.track == 9).recommend.parts.activity' <<< "$output")" = 0 ]
	[ "$(jq -r 'select(.track == 8).recommend.why[-1]' <<< "$output")" = 'not quite what suits the activity (-0.40)' ]
	while read -r line; do parts_add_up <<< "$line"; done <<< "$output"
	run -2 recommend --user u1 --activity knitting
	[[ $output == *"--activity: no activity is called 'knitting'; there are: workout, running,"* ]]
}

@test "the time of the day and the week lifts what is heard then" {
	# track 9 every Monday at 8 (local_weekday 1), track 10 every Saturday at 20, four times each
	for i in 0 1 2 3; do
		event clock 9 play $((1690185600 + i * 604800 + 8 * 3600))
		event clock 10 play $((1690588800 + i * 604800 + 20 * 3600))
	done | import
	sql "UPDATE event SET local_hour = CASE track_id WHEN 9 THEN 8 ELSE 20 END, local_weekday = CASE track_id WHEN 9 THEN 1 ELSE 6 END
	     WHERE user_id = (SELECT id FROM user WHERE name = 'clock')"
	run -0 recommend --user clock -n 20 --max-per-artist 0 --include-known --when 'mon 8'
	# their energy, tempo and artist are the same, and so half of each is then: only the track tells, log2((4 + 2.5) / 9 / 0.5) / 4
	[ "$(jq 'select(.track == 9).recommend.parts.when' <<< "$output")" = 0.132629 ]
	[ "$(jq 'select(.track == 10).recommend.parts.when' <<< "$output")" = -0.211999 ]
	[ "$(jq -r 'select(.track == 10).recommend.why[-1]' <<< "$output")" = 'you hear such at other times (-0.21)' ]
	[ "$(recommend --user clock -n 20 --max-per-artist 0 --include-known --when 'saturday evening' | jq 'select(.track == 10).recommend.parts.when > 0')" = true ]
	[ "$(recommend --user clock -n 1 --include-known --when now --now 1690185600 --tz +08:00 | jq .recommend.parts.when)" = "$(recommend --user clock -n 1 --include-known --when 'mon 16' --now 1690185600 | jq .recommend.parts.when)" ]
	sql 'UPDATE event SET local_weekday = NULL, local_hour = NULL'
	run -0 --separate-stderr recommend --user clock -n 1 --when morning
	[[ $stderr == *"at what time of the day 'clock' listens is not known"* ]]
	run -2 recommend --user u1 --when teatime
	[[ $output == *"--when: 'teatime' is no time: now, an hour (0 to 23)"* ]]
}

@test "an album comes so often and not more" {
	sql "INSERT INTO album (id, title) VALUES (1, 'All rock'), (2, 'All jazz')"
	sql "UPDATE track SET album_id = CASE WHEN id <= 6 THEN 1 ELSE 2 END"
	[ "$(recommend --user u1 -n 20 --include-known --max-per-artist 0 --max-per-album 2 | jq -r .album | sort | uniq -c | tr -s ' \n' ' ')" = ' 2 All jazz 2 All rock ' ]
}

@test "calibration gives genres in the shares that the user hears" {
	sql "UPDATE track SET genre = CASE WHEN id <= 6 THEN 'Rock' ELSE 'Jazz; Late' END"
	event u1 7 play | import
	event u1 7 play 1690000100 | import
	run -0 recommend --user u1 -n 4 --max-per-artist 0 --include-known --calibrate 0.9
	# five plays of rock and two of jazz: nearest with four tracks is 3 to 1
	[ "$(jq -r .genre <<< "$output" | sort | uniq -c | tr -s ' \n' ' ')" = ' 1 Jazz; Late 3 Rock ' ]
	run -0 recommend --user u1 -n 4 --max-per-artist 0 --include-known
	[ "$(jq -r .genre <<< "$output" | sort -u)" = Rock ]
	run -0 --separate-stderr recommend --user stranger -n 1 --calibrate 0.5
	[[ $stderr == *"what genres 'stranger' hears is not known: --calibrate changes nothing"* ]]
}

@test "a determinantal point process spreads the list over both genres at once" {
	run -0 recommend --user u1 -n 2 --include-known --max-per-artist 0 --variety 0.9 --diversity dpp
	[ "$(jq -s 'map(.track > 6) | sort' -c <<< "$output")" = '[false,true]' ]
	run -0 recommend --user u1 -n 2 --include-known --max-per-artist 0 --variety 0 --diversity dpp
	[ "$(jq -s 'map(.track > 6) | sort' -c <<< "$output")" = '[false,false]' ]
}

@test "all wishes at once give rows that validate, for anybody" {
	local wishes=(-n 20 --discovery 0.3 --mood 'not sleep' --activity workout --when 'weekend night' --not-since 1d --max-per-album 5
		--diversity dpp --variety 0.3 --calibrate 0.4 --where 'tempo:100..130')
	sql "UPDATE features SET arousal = 0.6, valence = 0.5"
	for u in u1 stranger; do
		run -0 --separate-stderr recommend --user $u "${wishes[@]}"
		[ "${#lines[@]}" -ge 4 ]
		python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json" <<< "$output"
		while read -r line; do parts_add_up <<< "$line"; done <<< "$output"
	done
}

@test "--everyone gives each user the list that their own row of the model gives" {
	make_listening
	train --no-check
	qfzz-recommend --everyone -n 2 --now $NOW -j 1 > one
	qfzz-recommend --everyone -n 2 --now $NOW -j 2 | cmp - one
	python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json" < one
	[ "$(jq -r .user one | tr '\n' ' ')" = 'u1 u2 u3 u4 u5 u6 u7 u8 ' ]
	# u1 has heard all rock but track 1, u2 but track 2 …: that one comes first, then some jazz
	[ "$(jq -r '.tracks[0].track' one | tr '\n' ' ')" = '1 2 3 4 7 8 9 10 ' ]
	[ "$(jq -s 'all(.tracks | length == 2 and .[0].score > 0.5 and .[1].score < 0.3)' one)" = true ]
	# what is disliked never comes, what is known only with --include-known
	event u1 1 dislike | import
	train --no-check
	qfzz-recommend --everyone -n 12 --now $NOW | jq -se '.[0] | .user == "u1" and ([.tracks[].track] | index(1) == null and length == 6)' > /dev/null
	qfzz-recommend --everyone -n 12 --now $NOW --include-known | jq -se '.[0] | .user == "u1" and ([.tracks[].track] | index(1) == null and length == 11)' > /dev/null
	run -2 qfzz-recommend --everyone --user u1
	run -2 qfzz-recommend --everyone --mood calm
	sql 'DELETE FROM factor; DELETE FROM model'
	run -3 qfzz-recommend --everyone --now $NOW
	[[ $output == *"there is no model of listening"* ]]
}
