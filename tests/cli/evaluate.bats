#!/usr/bin/env bats
# qfzz-evaluate: splits, metrics, comparisons, from tables and from the catalog.

bats_require_minimum_version 1.5.0
load learn

setup() { make_library; }

evaluate() { qfzz-evaluate -q --now $NOW --resamples 20 "$@"; }
valid() { /usr/bin/python3 "$BATS_TEST_DIRNAME/validate.py" --features "$BUILD/gen/features.v1.json"; }
holds() { jq -es --arg e "$1" "map(select(.engine == \$e))[0] | $2" > /dev/null; } # ENGINE CONDITION < rows
metric() { jq -c ".metrics[\"$1\"].mean"; }

# Catalogue a to f. Popularity: a 3, b 2, c 1, d 1, e and f 0. The example of the metrics' definitions.
small_tables() {
	printf 'p\ta\np\tb\nq\ta\nr\ta\nr\tb\nr\tc\ns\td\n' > train.tsv
	printf '1\ta\n2\tc\n' > in.tsv
	printf '1\tb\n1\td\n1\te\n2\ta\n3\tf\n' > out.tsv
}

@test "metrics of a split that was given, worked out by hand" {
	small_tables
	# user 1 (a known): b, then c before d (tied: d is held out) and f before e: hits at 1 and 3
	# user 2 (c known): a, b, d, ...: a hit at 1; user 3: a, b, c, d, e, f: f is last
	evaluate --train train.tsv --fold-in in.tsv --held-out out.tsv -k 3 popularity --no-baselines > rows
	valid < rows
	[ "$(jq -c '[.split, .set, .users, .items, .pairs]' rows)" = '["given","test",3,6,7]' ]
	[ "$(metric recall@3 < rows)" = "$(jq -n '(2/3 + 1 + 0) / 3 * 1e9 | round / 1e9')" ]
	[ "$(metric crecall@3 < rows)" = "$(metric recall@3 < rows)" ]
	[ "$(metric precision@3 < rows)" = "$(jq -n '(2/3 + 1/3) / 3 * 1e9 | round / 1e9')" ]
	[ "$(metric hr@3 < rows)" = "$(metric mrr@3 < rows)" ]
	[ "$(metric map@3 < rows)" = "$(jq -n '((1 + 2/3) / 3 + 1) / 3 * 1e9 | round / 1e9')" ]
	[ "$(metric ndcg@3 < rows)" = "$(jq -n '((1 + 1/2) / (1 + 1/(3|log2) + 1/2) + 1) / 3 * 1e9 | round / 1e9')" ]
	# shown: b c d, a b d, a b c: a 2, b 3, c 2, d 2 of six
	[ "$(metric coverage@3 < rows)" = 0.666666667 ]
	[ "$(metric gini@3 < rows)" = "$(jq -n '(2*(-5+-3)*0 + 2*(-1) + 2*1 + 2*3 + 3*5) / (6*9) * 1e9 | round / 1e9')" ]
	# p: a 3/4, b 2/4, c and d 1/4
	[ "$(metric arp@3 < rows)" = "$(jq -n '((2+1+1)/3 + (3+2+1)/3 + (3+2+1)/3) / 3 * 1e9 | round / 1e9')" ]
	[ "$(metric novelty@3 < rows)" = "$(jq -n '((1+2+2)/3 + 2 * (-(0.75|log2)+1+2)/3) / 3 * 1e9 | round / 1e9')" ]
}

@test "candidates: one positive among given negatives, in either notation" {
	small_tables
	# user 1: c 1, d 1, f 0, and b held out; user 2: b, c (its own history counts as a candidate when it is given)
	printf '1\tb\n2\td\n' > one.tsv
	printf '1\tc\td\tf\n2\tb\n2\tc\n' > negatives.tsv
	evaluate --train train.tsv --fold-in in.tsv --held-out one.tsv --candidates negatives.tsv -k 1,3 popularity --no-baselines > rows
	[ "$(jq -c '[.metrics["hr@1"].mean, .metrics["hr@3"].mean, .metrics["mrr@3"].mean]' rows)" = "$(jq -nc '[0.5, 1, ((1 + 1/3) / 2 * 1e9 | round / 1e9)]')" ]
	printf '(1,b)\tc\td\tf\n(2,d)\tb\tc\n' > pairs.tsv
	evaluate --train train.tsv --fold-in in.tsv --held-out one.tsv --candidates pairs.tsv -k 1,3 popularity --no-baselines | cmp - rows
}

@test "every split of the catalog's events gives rows for the model and the baselines" {
	make_listening
	for split in temporal loo weak strong cold; do
		evaluate --split $split --share 0.3 -k 2,5 hybrid:rank=2 > rows
		valid < rows
		[ "$(jq -r 'select(.group == "all") | .engine' rows | head -n 1)" = hybrid ]
		jq -es 'any(.engine == "popularity") and any(.engine == "content")' rows > /dev/null
		[ $split = cold ] || jq -es 'any(.engine == "ease") and any(.engine == "itemknn") and any(.engine == "trending")' rows > /dev/null
		jq -es --arg s $split 'all(.split == $s) and (.[1:] | all(.versus.model == "hybrid:rank=2"))' rows > /dev/null
	done
}

@test "two communities that hear each other's tracks are told apart by listening, not by popularity" {
	make_listening
	# each user lacks one track of the own six and one is held out: both come before the other six
	evaluate --split weak -k 2 ials:rank=2 > rows
	holds ials '.users == 8 and .metrics["hr@2"].mean == 1' < rows
	holds ease '.metrics["hr@2"].mean == 1' < rows
	holds popularity '.metrics["hr@2"].mean < 0.5 and (.versus.metrics["hr@2"] | .difference < 0 and .high < 0)' < rows
}

@test "cold tracks are found by their sound" {
	for u in 1 2 3 4; do for t in 1 2 3 4 5 6; do event "r$u" $t play; event "j$u" $((t + 6)) play; done; done | import
	evaluate --split cold --share 0.35 -k 1 hybrid:rank=2 > rows
	holds hybrid '.users == 8 and .metrics["hr@1"].mean == 1' < rows
	holds content '.metrics["hr@1"].mean == 1' < rows
	holds popularity '.metrics["hr@1"].mean == 0' < rows # all were heard alike
}

@test "threads, the order of the lines and of the events do not change a byte" {
	make_listening
	evaluate -j 1 --groups --per-user u1 > one
	evaluate -j 2 --groups --per-user u2 > two
	cmp one two
	cmp u1 u2
	sql "CREATE TABLE x AS SELECT * FROM event ORDER BY (id * 7919) % 101; DELETE FROM event;
	     INSERT INTO event SELECT NULL, $(sql "SELECT group_concat(name) FROM pragma_table_info('event') WHERE name <> 'id'") FROM x; DROP TABLE x;"
	evaluate --groups | cmp - one
	for i in $(seq 200); do printf 'u%d\ti%d\t%d\n' $((i * 7 % 23)) $((i * i % 31)) $((1 + i % 4)); done > a.tsv
	sort -r a.tsv > b.tsv
	evaluate --train a.tsv -j 1 ials:rank=4 > one
	evaluate --train b.tsv -j 2 ials:rank=4 | cmp - one
	! cmp -s one <(evaluate --train a.tsv --seed 2 ials:rank=4)
}

@test "per-user rows have what the means are made of" {
	make_listening
	evaluate --split weak -k 2 --per-user users.ndjson popularity --no-baselines > rows
	valid < users.ndjson
	[ "$(jq -s 'length' users.ndjson)" = "$(jq .users rows)" ]
	[ "$(jq -s '[.[].metrics["recall@2"]] | add / length * 1e9 | round / 1e9' users.ndjson)" = "$(metric recall@2 < rows)" ]
	[ "$(jq -r .user users.ndjson | sort | head -n 1)" = u1 ]
}

@test "groups are thirds of the users, and together all of them" {
	make_listening
	evaluate --groups -k 2 --split weak popularity --no-baselines > rows
	valid < rows
	[ "$(jq -r .group rows | tr '\n' ' ')" = 'all light medium heavy niche mixed mainstream ' ]
	jq -es '(.[1:4] | map(.users) | add) == .[0].users and (.[4:] | map(.users) | add) == .[0].users' rows > /dev/null
}

@test "several values are tried on a validation split, and the best of them on the test" {
	for i in $(seq 600); do printf 'u%d\ti%d\n' $((i * 7 % 43)) $((i * i % 31 + i * 7 % 43 % 2 * 31)); done > a.tsv
	evaluate --train a.tsv --split strong -k 10 --tune crecall@10 ease:lambda=1/1000000 --no-baselines > rows
	valid < rows
	[ "$(jq -r .set rows | tr '\n' ' ')" = 'validation validation test ' ]
	best=$(jq -sr '.[0:2] | sort_by(-.metrics["crecall@10"].mean)[0].params.lambda' rows)
	[ "$(jq -s '.[2].params.lambda' rows)" = "$best" ]
}

@test "seeds: the mean over trainings and how far they lie apart" {
	for i in $(seq 600); do printf 'u%d\ti%d\n' $((i * 7 % 43)) $((i * i % 131)); done > a.tsv
	evaluate --train a.tsv --seeds 2 -k 10 ials:rank=3 popularity --no-baselines > rows
	[ "$(jq -c .seeds rows | tr '\n' ' ')" = '[1,2] [] ' ]
	valid < rows
	holds ials '.metrics["ndcg@10"].seeds_sd > 0' < rows
}

@test "features: tags decide cold items, and calibration goes by them" {
	for u in 1 2 3 4 5 6 7 8; do for i in 1 2 3 4 5 6; do printf 'u%d\t%s%d\n' $u $([ $((u % 2)) = 0 ] && echo r || echo j) $i; done; done > a.tsv
	for i in 1 2 3 4 5 6; do printf 'r%d\trock\nj%d\tjazz\n' $i $i; done > tags.tsv
	evaluate --train a.tsv --features tags.tsv --split cold --share 0.35 -k 1 hybrid:rank=2 > rows
	valid < rows
	holds content '.metrics["hr@1"].mean == 1 and .metrics["calibration@1"].mean == 0' < rows
	holds hybrid '.metrics["hr@1"].mean == 1' < rows
}

@test "too little listening is a sentence, never a number" {
	run -3 --separate-stderr evaluate
	[[ $stderr == *"no listening has one"* || $stderr == *"leaves nothing"* ]]
	[ -z "$output" ]
	: > none.tsv
	run -3 evaluate --train none.tsv
	[[ $output == *"leaves nothing to learn from"* ]]
	printf 'u\ti\n' > one.tsv
	run -3 evaluate --train one.tsv
	[[ $output == *"leaves nothing to find"* ]]
	printf 'u\ta\nu\tb\n' > user.tsv
	evaluate --train user.tsv -k 1 > rows
	valid < rows
	for u in 1 2 3 4; do for i in 1 2 3 4; do printf 'u%d\ti%d\t5\n' $u $i; done; done > flat.tsv
	evaluate --train flat.tsv -k 1,4 > rows
	valid < rows
	! grep -q 'null\|nan' rows
}

@test "a line that cannot be read is named; a heading and comments are not lines" {
	printf 'user\titem\tplays\n# so far\nu\ta\t2\nu\tb\t0\n' > a.tsv
	run -3 evaluate --train a.tsv
	[[ $output == *"a.tsv:4: the weight must be a number above 0, not '0'"* ]]
	printf 'u,a,1\nv\n' > a.tsv
	run -3 evaluate --train a.tsv
	[[ $output == *"a.tsv:2: a user and an item were expected, not 'v'"* ]]
	run -3 evaluate --train nowhere.tsv
	[[ $output == *"nowhere.tsv: No such file or directory"* ]]
}

@test "misuse is named" {
	run -2 evaluate --fold-in x
	run -2 evaluate --train x --held-out y --split weak
	run -2 evaluate -k 10,5
	run -2 evaluate --tune ndcg@7
	[[ $output == *"'ndcg@7' is none of the metrics at 10,20,100"* ]]
	run -2 evaluate als
	[[ $output == *"'als': no such engine; there are hybrid, ials, ease"* ]]
	run -2 evaluate ials:ranks=3
	[[ $output == *"KEY=VALUE with a key of ials was expected"* ]]
	run -2 evaluate ials:rank=2.5
	run -3 evaluate --train <(printf 'u\ta\nu\tb\nv\ta\nv\tb\n') hybrid
	[[ $output == *"hybrid goes by features of the tracks, and there are none"* ]]
}

@test "a table for people" {
	make_listening
	evaluate --split weak -k 2,5 --format table ials:rank=2 > table
	grep -qE '^set +model +ndcg@2 +ndcg@5 +crecall@2 +crecall@5 +p$' table
	grep -qE '^test +ease .* [01]\.[0-9]{4}$' table
	grep -qE '^test +ials:rank=2 +[01]\.[0-9]{4} ' table
}

@test "scores of somebody else are measured by the same rules" {
	small_tables
	printf '1\tc\t0.5\n1\tb\t0.5\n1\td\t9\n2\tc\t1\n2\ta\t-1\n9\ta\t1\n' > scores.tsv
	# user 1: d held out, first; then c before b (tied, b held out); user 2: a after c; user 3 has no list
	evaluate --train train.tsv --held-out out.tsv --scores scores.tsv -k 1,3 --no-baselines > rows
	valid < rows
	[ "$(jq -c '[.engine, .users, .metrics["hr@1"].mean]' rows)" = "$(jq -nc '["given", 3, (1/3 * 1e9 | round / 1e9)]')" ]
	[ "$(metric recall@3 < rows)" = "$(jq -n '(2/3 + 1) / 3 * 1e9 | round / 1e9')" ]
	[ "$(metric mrr@3 < rows)" = 0.5 ]
	printf '1\td\n1\tc\n1\tb\n2\tc\n2\ta\n' > lists.tsv
	evaluate --train train.tsv --held-out out.tsv --scores lists.tsv -k 1,3 --no-baselines | cmp - rows
	printf '1\td\t1\n1\td\t2\n' > twice.tsv
	run -3 evaluate --train train.tsv --held-out out.tsv --scores twice.tsv
	[[ $output == *"twice.tsv: an item stands twice for one user"* ]]
}

# QFZZ_EVAL_REFERENCE names a program for Python with numpy: RECS TRUTH --train TRAIN --items N -k LIST --json --per-user FILE, with
# the metrics' names as here.
@test "every metric is that of an independent evaluator, ties included" {
	[ -n "$QFZZ_EVAL_REFERENCE" ] || skip "QFZZ_EVAL_REFERENCE names no evaluator"
	/usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
	for round in 1 2 3 4 5 6; do
		awk -v seed=$round 'BEGIN { srand(seed); items = 5 + int(60 * rand()); levels = 2 + int(6 * rand())
			for (u = 0; u < 40; u++) for (i = 0; i < items; i++) {
				item = i % 3 ? i : "x" i
				if (rand() < 0.15) print "p" u "\t" item > "train"
				if (rand() < 0.7 && u % 13) print "t" u "\t" item "\t" int(levels * rand()) / 4 > "scores"
				if (rand() < 0.1) print "t" u "\t" item > "truth"
			} }'
		evaluate --train train --held-out truth --scores scores -k 1,2,5,20,100 --no-baselines --per-user ours.ndjson > rows
		/usr/bin/python3 "$QFZZ_EVAL_REFERENCE" scores truth --train train --items "$(jq .items rows)" -k 1,2,5,20,100 --json --per-user theirs.tsv > theirs.json
		jq -es '.[0].metrics as $ours | .[1] | [to_entries[] | select($ours[.key]) | ($ours[.key].mean - .value | fabs)] | length == 55 and max < 1e-6' \
			rows theirs.json
		[ "$(jq -s '.[0].users == .[1].users' rows theirs.json)" = true ]
		jq -r '[.user, .metrics["ndcg@5"], .metrics["map@20"]] | @tsv' ours.ndjson | sort > ours
		awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { printf "%s\t%.9f\t%.9f\n", $1, $c["ndcg@5"], $c["map@20"] }' theirs.tsv | sort > theirs
		join ours theirs | awk '{ if (($2 - $4)^2 > 1e-12 || ($3 - $5)^2 > 1e-12) exit 1; n++ } END { exit n < 30 }'
	done
}
