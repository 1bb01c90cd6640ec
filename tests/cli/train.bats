#!/usr/bin/env bats
# qfzz-train: from events to a model.

bats_require_minimum_version 1.5.0
load learn

setup() { make_library; }

factors() { sql "SELECT side, page, hex(ids), hex(vectors) FROM factor WHERE model_id = (SELECT max(id) FROM model) ORDER BY side, page"; }

@test "without listening a model of sound alone is stored, and said" {
	run -0 --separate-stderr train
	[[ $stderr == *"nobody has listened to any of the 12 tracks yet"* ]]
	[ -z "$output" ]
	[ "$(sql 'SELECT kind, count(*) FROM model')" = 'sound|1' ]
}

@test "a model keeps how it was made and how good it is" {
	make_listening
	run -0 --separate-stderr train
	[ -z "$output$stderr" ]
	[ "$(sql 'SELECT kind, seed, created_at, length(data_hash) FROM model')" = "ials|1|$NOW|64" ]
	[ "$(sql 'SELECT params FROM model' | jq -c '[.rank, .epochs, .alpha0, .lambda]')" = '[2,16,0.3,0.015]' ]
	[ "$(sql 'SELECT metrics FROM model' | jq -c '[.users, .tracks, .pairs, .sounds, .check.users]')" = '[8,12,40,12,8]' ]
	[ "$(sql 'SELECT metrics FROM model' | jq '.loss > 0 and .check.recall_at_20 == 1')" = true ]
	[ "$(sql "SELECT exit_code FROM run WHERE tool = 'train'")" = 0 ]
}

@test "the number of jobs does not change a bit" {
	make_listening
	train --jobs 1
	factors > one
	train --force --jobs 2
	factors > two
	train --force --jobs 4 --no-check
	factors > four
	[ -s one ]
	cmp one two
	cmp one four
}

@test "the order in which events came does not change a bit" {
	event_lines() { for u in zoe bob ann max eve; do for t in 1 2 3 5 7 8 9; do [ $((($t * ${#u} + t) % 3)) = 0 ] || event $u $t play $((1690000000 + t)); done; done; }
	event_lines > all
	cp "$QFZZ_CATALOG" other.db
	import < all
	train -j 1
	factors > one
	export QFZZ_CATALOG=$PWD/other.db
	tac all | import
	[ "$(sql "SELECT id FROM user WHERE name = 'zoe'")" != 1 ]
	train -j 2
	factors > two
	[ -s one ]
	cmp one two
	[ "$(sql 'SELECT data_hash FROM model')" = "$(sqlite3 catalog.db 'SELECT data_hash FROM model')" ]
}

@test "another seed starts elsewhere" {
	make_listening
	train
	factors > one
	train --seed 2
	factors > two
	! cmp -s one two
}

@test "nothing new, no new model; a new play, a new one" {
	make_listening
	train
	train
	[ "$(sql 'SELECT count(*) FROM model')" = 1 ]
	event u1 1 play | import
	train
	[ "$(sql 'SELECT count(*) FROM model')" = 2 ]
}

@test "the newest three models are kept" {
	make_listening
	for s in 1 2 3 4 5; do train --no-check --seed $s; done
	[ "$(sql 'SELECT group_concat(seed) FROM model')" = 3,4,5 ]
	[ "$(sql 'SELECT count(DISTINCT model_id) FROM factor')" = 3 ]
}

@test "no row of a user is stored" {
	make_listening
	train
	[ "$(sql 'SELECT group_concat(DISTINCT side) FROM factor ORDER BY side' | tr ',' '\n' | sort | tr '\n' ' ')" = 'gramian map played track ' ]
}

@test "what was disliked or only skipped is no liking, and old plays fade" {
	event a 1 play 1690000000 > h
	event a 2 skip >> h
	event a 3 play >> h
	event a 3 dislike 1690000100 >> h
	event a 4 play $((NOW - 86400 * 10)) >> h
	import < h
	train --half-life 10
	[ "$(sql 'SELECT metrics FROM model' | jq -c '[.tracks, .pairs]')" = '[2,2]' ]
	# two columns for tracks 1 and 4: listeners 1, plays 2^(-age / 10 days); track 4 has 0.5 = 0x3f000000
	[ "$(sql "SELECT substr(hex(vectors), 17) FROM factor WHERE side = 'played'")" = 0000803F0000003F ]
}

@test "a value out of range is misuse" {
	run -2 qfzz-train --rank 0
	run -2 qfzz-train --epochs ten
	run -2 qfzz-train extra
}

@test "the examples and --describe work" {
	make_listening
	qfzz-train --describe | jq -e '.verb == "train"' > /dev/null
	qfzz-train --half-life 180 --rank 128 -q
	qfzz-train --epochs 24 --alpha0 0.1 --lambda 0.003 --now 1700000000 --force -q
}

newest() { sql "SELECT $1 FROM model WHERE id = (SELECT max(id) FROM model)"; }

@test "--update folds in a track that came, and is as near to the end as a whole training" {
	make_listening
	run -3 qfzz-train --update
	[[ $output == *"there is no model of listening to update"* ]]
	train --no-check
	add_track 13 4 1
	for u in 5 6 7; do event u$u 13 play; done | import
	qfzz-train -q --now $NOW --update
	[ "$(newest metrics | jq -c '[.tracks, .pairs, .from_model, .folded_tracks, .changed_pairs]')" = '[13,43,1,1,3]' ]
	[ "$(newest params | jq -c '[.rank, .update]')" = '[2,true]' ]
	# u8 plays jazz, and the new track is jazz of a known artist
	qfzz-recommend -u u8 --now $NOW | jq -r .track | grep -qx 13
	# nothing new: nothing done
	qfzz-train -q --now $NOW --update
	[ "$(sql 'SELECT count(*) FROM model')" = 2 ]
	run -2 qfzz-train --update --warm
	train --no-check --force
	[ "$(sql "SELECT json_extract((SELECT metrics FROM model WHERE id = 2), '$.loss') <= json_extract((SELECT metrics FROM model WHERE id = 3), '$.loss') * 1.001")" = 1 ]
}

@test "an update does not depend on the order in which events came, nor on the jobs" {
	make_listening
	train --no-check
	cp "$QFZZ_CATALOG" other.db
	event u1 1 play > new
	event u8 8 play >> new
	import < new
	qfzz-train -q --now $NOW --update -j 1
	factors > one
	export QFZZ_CATALOG=$PWD/other.db
	tac new | import
	qfzz-train -q --now $NOW --update -j 2
	factors > two
	[ -s one ]
	cmp one two
}

@test "when many pairs have changed by updates a whole training is due, and makes them forgotten" {
	make_listening
	train --no-check
	event u1 1 play | import
	run -0 --separate-stderr qfzz-train --now $NOW --update # 1 of 41
	[[ $stderr != *"is due"* ]]
	event u2 2 play | import
	event u3 3 play | import
	run -0 --separate-stderr qfzz-train --now $NOW --update # 3 of 43
	[[ $stderr == *"7 % of the pairs of users and tracks have changed"*"qfzz train --warm"* ]]
	qfzz-train -q --now $NOW --rank 2 --warm --epochs 4 --no-check
	[ "$(newest metrics | jq -c '[.from_model, .changed_pairs]')" = '[3,null]' ]
	[ "$(newest params | jq -c '[.warm, .update, .epochs]')" = '[true,null,4]' ]
}

@test "a warm start is nearer to the end than one by chance, unless the rank differs" {
	make_listening
	train --no-check --epochs 40
	train --no-check --epochs 1 --warm
	[ "$(sql "SELECT json_extract((SELECT metrics FROM model WHERE id = 2), '$.loss') <= json_extract((SELECT metrics FROM model WHERE id = 1), '$.loss') * 1.000001")" = 1 ]
	run -0 --separate-stderr qfzz-train --now $NOW --rank 3 --warm --no-check
	[[ $stderr == *"the newest model has the rank 2: this one begins by chance"* ]]
	[ "$(newest metrics | jq .from_model)" = null ]
}

@test "--model takes what evaluate takes, and options win over it" {
	make_listening
	qfzz-train -q --now $NOW --no-check --model hybrid:rank=3,eps=2,cg=0,nu=0.5,polish=1,ridge=4 --rank 2
	[ "$(newest params | jq -c '[.engine, .rank, .eps, .cg, .nu, .polish, .ridge, .alpha0]')" = '["hybrid",2,2,0,0.5,true,4,0.3]' ]
	qfzz-recommend -u u1 --now $NOW | jq -e '.recommend.score' > /dev/null
	qfzz-train -q --now $NOW --no-check -m ials:rank=2
	[ "$(newest params | jq -c '[.engine, .ridge]')" = '["ials",null]' ]
	[ "$(sql "SELECT count(*) FROM factor WHERE side = 'map' AND model_id = 2")" = 0 ]
	run -2 qfzz-train --model nosuch
	[[ $output == *"no such engine"* ]]
	run -2 qfzz-train --model popularity
	[[ $output == *"no engine that can be stored"* ]]
	run -2 qfzz-train --model hybrid:lambda=0.01/0.03
	[[ $output == *"several values"* ]]
	run -2 qfzz-train --model ials:ridge=1
}

@test "a table is trained on without a catalog, in any order of its lines" {
	rm -f "$QFZZ_CATALOG"
	for i in $(seq 90); do printf 'u%d\ti%d\t%d\n' $((i * 7 % 11)) $((i * i % 13)) $((1 + i % 3)); done > a.tsv
	qfzz-train -q --tsv a.tsv --rank 3 --jobs 1 --factors one > row
	/usr/bin/python3 "$BATS_TEST_DIRNAME/validate.py" < row
	[ "$(jq -c '[.type, .users, .tracks, .pairs, .loss > 0]' row)" = "[\"model.v1\",11,7,$(cut -f 1,2 a.tsv | sort -u | wc -l),true]" ]
	sort -r a.tsv > b.tsv
	qfzz-train -q --tsv b.tsv --rank 3 --jobs 2 --factors two | cmp - row
	cmp one two
	[ "$(cut -f 1 one | sort | uniq -c | tr -s ' ' | tr '\n' ' ')" = ' 7 item  11 user ' ]
	[ "$(awk -F '\t' '{ print NF }' one | sort -u)" = 5 ]
	qfzz-train -q --tsv a.tsv --dry-run | jq -e '.planned == "train" and .users == 11' > /dev/null
	[ ! -e "$QFZZ_CATALOG" ]
	: > none.tsv
	run -3 qfzz-train --tsv none.tsv
	[[ $output == *"nobody listened to anything"* ]]
	run -2 qfzz-train --factors x
}

@test "--dry-run says what would be trained and stores nothing; an unchanged run writes nothing" {
	make_listening
	run -0 --separate-stderr qfzz-train --now $NOW --rank 2 --dry-run
	[ "$(jq -c '[.planned, .users, .tracks]' <<< "$output")" = '["train",8,12]' ]
	python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json" <<< "$output"
	[ "$(sql 'SELECT count(*) FROM model')" = 0 ]
	train
	[ "$(qfzz-train --now $NOW --rank 2 --dry-run | jq -r .planned)" = nothing ]
	before=$(sha256sum "$QFZZ_CATALOG")
	train
	[ "$(sha256sum "$QFZZ_CATALOG")" = "$before" ]
}

# Of u1's five tracks the score of track 1 by hand: X'X + 1 has 4 on the diagonal for tracks 1 to 4 and 5 for 5 and 6, beside it 2, 3 and 4.
# Its inverse P has P_11 = 1/2, and a row of it for 1 sums up to 1/6; the others of the row add (P_11 - 1/6) / P_11 = 2/3.
@test "ease is stored, and everything that goes by listening goes by it" {
	make_listening
	qfzz-train -q --now $NOW --model ease:lambda=1
	[ "$(newest "kind || ' ' || params")" = 'ease {"algorithm":3,"engine":"ease","lambda":1.000000000,"keep":1000}' ]
	[ "$(newest metrics | jq -c '[.users, .tracks, .pairs, .check.users, .bytes == 8 * .neighbours, .loss]')" = '[8,12,40,8,true,null]' ]
	[ "$(sql 'SELECT group_concat(DISTINCT side) FROM factor' | tr ',' '\n' | sort | tr '\n' ' ')" = 'ease played ' ]
	[ "$(qfzz-recommend --everyone --now $NOW -n 1 | jq -c '[.user, .tracks[0].track, .tracks[0].score]' | tr '\n' ' ')" = \
		'["u1",1,0.666667] ["u2",2,0.666667] ["u3",3,0.666667] ["u4",4,0.666667] ["u5",7,0.666667] ["u6",8,0.666667] ["u7",9,0.666667] ["u8",10,0.666667] ' ]
	# the two views with the weights 8 / 28 and 20 / 28, each divided by its best
	[ "$(qfzz-recommend --user u1 --now $NOW -n 1 | jq -c '[.track, .recommend.score, .recommend.parts.listening]')" = '[1,1,0.285714]' ]
	sql 'UPDATE features SET embedding = NULL'
	run -0 qfzz-recommend --user u1 --now $NOW -n 1
	[ "$(jq -c '[.recommend.score, .recommend.why]' <<< "$output")" = \
		'[1,["because you played Artist 3 - T5 (0.50)","because you played Artist 3 - T6 (0.50)"]]' ]
	[ "$(qfzz-similar track:5 -n 1 | jq '.track')" = 6 ]
	[ "$(qfzz-radio track:5 -n 1 | jq '.track')" = 6 ]
	qfzz-train -q --now $NOW --model ease:lambda=1
	[ "$(sql 'SELECT count(*) FROM model')" = 2 ] # the sound has changed, once
}

@test "a model of ease does not depend on the order in which events came, nor on the jobs" {
	make_listening
	qfzz-train -q --now $NOW -m ease -j 1
	sql "SELECT hex(vectors) FROM factor WHERE side = 'ease'" > one
	rm -f "$QFZZ_CATALOG"*
	make_library
	make_listening() { :; }
	for u in 8 7 6 5 4 3 2 1; do
		from=$((u <= 4 ? 1 : 7))
		for ((t = from + 5; t >= from; t--)); do [ $((t - from)) = $(((u - 1) % 4)) ] || event "u$u" "$t" play $((1690000000 + 1000 * t + u)); done
	done | import
	qfzz-train -q --now $NOW -m ease -j 2
	sql "SELECT hex(vectors) FROM factor WHERE side = 'ease'" > two
	[ -s one ]
	cmp one two
}

@test "ease with one user of one track, with all alike, and with nobody" {
	qfzz-train -q --now $NOW -m ease 2> /dev/null
	[ "$(newest kind)" = sound ]
	qfzz-recommend -u u --now $NOW -n 1 2> /dev/null | jq -e '.recommend.score == 0' > /dev/null
	event u 1 play | import
	qfzz-train -q --now $NOW -m ease
	[ "$(qfzz-recommend --everyone --now $NOW --include-known | jq -c '[.tracks[0].track, .tracks[0].score == 0, (.tracks | length)]')" = '[1,true,1]' ]
	[ "$(qfzz-recommend -u u --now $NOW -n 1 --include-known | jq -c '[.track, .recommend.score]')" = '[1,1]' ]
	for u in a b c; do for t in 1 2 3; do event $u $t play; done; done | import
	qfzz-train -q --now $NOW -m ease
	[ "$(qfzz-recommend --everyone --now $NOW --include-known -n 12 | jq -c '[.user, (.tracks | length)]' | tr -d '\n')" = '["u",3]["a",3]["b",3]["c",3]' ]
}

@test "a damaged model of ease is a sentence, and what ease has not is misuse" {
	make_listening
	qfzz-train -q --now $NOW -m ease
	run -3 qfzz-train --update
	[[ $output == *"the newest model is of ease, which is solved whole"* ]]
	run -2 qfzz-train --model ease --rank 3
	run -2 qfzz-train --model ease --warm
	[[ $output == *"ease is solved whole"* ]]
	run -3 qfzz-plan model --size 1M
	[[ $output == *"the newest model is of ease, which has no rows for a device"* ]]
	local bytes
	for bytes in "zeroblob(length(vectors))" "substr(vectors, 1, 20)" "CAST(vectors || X'00' AS BLOB)"; do
		cp "$QFZZ_CATALOG" kept.db
		sql "UPDATE factor SET vectors = $bytes WHERE side = 'ease'"
		run -3 qfzz-recommend --user u1 --now $NOW
		[[ $output == *"a page of the model is damaged; \`qfzz train --force\` makes a new one"* ]]
		cp kept.db "$QFZZ_CATALOG"
		rm -f "$QFZZ_CATALOG"-*
	done
}
