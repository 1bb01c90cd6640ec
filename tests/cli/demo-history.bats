#!/usr/bin/env bats
# scripts/demo-history: made-up listening that says so, the same for the same rows.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG="$PWD/catalog.db"
	demo="$BATS_TEST_DIRNAME/../../scripts/demo-history"
	rows="$BATS_TEST_DIRNAME/validate.py"
}

tracks() { # N: rows of a library of three datasets and names that need care
	jq -nc --argjson n "$1" 'range($n) | { type: "track.v1", path: "/m/\(. % 3)/t\t\(.).flac", title: "\"T\\ \(.)",
		artist: "Ärt \(. / 5 | floor)", dataset: "set \(. % 3)", duration_ms: (90000 + . * 137),
		features: { version: 1, energy: (. % 10 / 10), tempo_bpm: (80 + . % 60) } }'
}

@test "every event is a right row, says that it is synthetic, and none is after the end" {
	tracks 300 | "$demo" --end 1700000000 > events
	"$rows" < events
	[ "$(jq -r .src events | sort -u)" = synthetic ]
	[ "$(jq -r .user events | sort -u | wc -l)" = 12 ]
	[ "$(jq -s 'map(.t) | (max <= 1700000000) and (min >= 1700000000 - 60 * 86400) and (. == sort)' events)" = true ]
	[ "$(jq -r .action events | sort -u | tr '\n' ' ')" = 'complete dislike like play replay skip ' ]
}

@test "the same rows in any order give the same bytes, another seed another story" {
	tracks 300 > rows
	"$demo" < rows > one
	tac rows | "$demo" > two
	cmp one two
	"$demo" --seed 2 < rows > three
	! cmp -s one three
}

@test "rows without features, datasets or artists will do" {
	tracks 20 | jq -c '{ type, path, duration_ms }' | "$demo" | "$rows"
}

@test "without tracks there is nothing to tell" {
	run -1 "$demo" < /dev/null
	run -2 "$demo" --seed x < /dev/null
}

@test "its events are taken, all of them, and only once" {
	tracks 30 | "$demo" --days 20 > events
	n=$(wc -l < events)
	[ "$(qfzz-events -q events | jq -c '[.read, .new, .bad]')" = "[$n,$n,0]" ]
	[ "$(qfzz-events -q events | jq -c '[.new, .known]')" = "[0,$n]" ]
}
