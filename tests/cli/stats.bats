#!/usr/bin/env bats
# qfzz-stats: what the catalog holds.

load common
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG="$PWD/catalog.db"
	rows="$BATS_TEST_DIRNAME/validate.py"
}

library() {
	silence music/1.flac 36 ARTIST=A TITLE=One ALBUM=X
	silence music/2.flac 36 ARTIST=A TITLE=Two ALBUM=X
	silence music/3.flac 72 ARTIST=B TITLE=Three ALBUM=Y
	echo 'no audio at all' > music/broken.flac
	qfzz-ingest -q --dataset mine music || [ $? = 1 ]
	printf '{"user":"%s","t":%d,"action":"%s","artist":"%s","title":"%s"}\n' \
		ana 1 play A One  ana 2 like A One  ben 3 play B Three  ben 4 play B Gone > h.ndjson
	qfzz-events -q h.ndjson > events.row
}

@test "the row, by hand arithmetic, and by its schema" {
	library
	qfzz-stats > row
	"$rows" < row
	"$rows" < events.row
	[ "$(jq -c '[.tracks, .missing, .artists, .albums]' row)" = '[3,0,2,2]' ]
	[ "$(jq -c .hours row)" = 0.04 ]                                       # 36 + 36 + 72 s
	[ "$(jq -c .codecs row)" = '[{"name":"flac","tracks":3,"hours":0.04}]' ]
	[ "$(jq -c .datasets row)" = '[{"name":"mine","tracks":3}]' ]
	[ "$(jq -c '[.features.tracks, .features.without]' row)" = '[0,3]' ]
	[ "$(jq -c '[.failures.files, .failures.classes[0].stage]' row)" = '[1,"ingest"]' ]
	[ "$(jq -c '[.users.count, .users.busiest[0].name, .users.busiest[0].matched]' row)" = '[2,"ana",2]' ]
	[ "$(jq -c '[.events.count, .events.matched, .events.matched_share]' row)" = '[4,3,0.75]' ]
	[ "$(jq -c '[.events.actions[] | .action, .events, .matched]' row)" = '["play",3,2,"like",1,1]' ]
	[ "$(jq -c .models row)" = '[]' ]
}

@test "a track whose file is gone is missing, and counts nowhere else" {
	library
	rm music/3.flac
	qfzz-ingest -q music
	[ "$(qfzz-stats | jq -c '[.tracks, .missing, .artists, .hours]')" = '[2,1,1,0.02]' ]
	[ "$(qfzz-stats | jq -c .events.matched)" = 3 ] # what was heard stays heard
}

@test "words for people" {
	library
	run -0 qfzz-stats --format table
	[ "${lines[1]}" = 'tracks     3, 0.0 hours, 2 artists, 2 albums' ]
	[ "${lines[2]}" = 'codecs     flac 3 (0.0 h)' ]
	[ "${lines[4]}" = 'features   0 of 3 tracks; 0 by an older version' ]
	[ "${lines[6]}" = 'events     4 by 2 users; 75.0 % with a track in the catalog' ]
}

@test "the same catalog gives the same bytes, and is not touched" {
	library
	before=$(sha256sum < "$QFZZ_CATALOG")
	[ "$(qfzz-stats)" = "$(qfzz-stats)" ]
	[ "$(sha256sum < "$QFZZ_CATALOG")" = "$before" ]
}

@test "columns of one's own choice" {
	library
	[ "$(qfzz-stats --format tsv --fields tracks,events.matched_share)" = $'tracks\tevents.matched_share\n3\t0.7500' ]
}

@test "without a catalog it says so" {
	run -3 --separate-stderr qfzz-stats
	[[ "$stderr" = *'no catalog there'* ]]
	run -2 qfzz-stats music
}

@test "Prometheus: every line by its format, nobody's name, written whole" {
	library
	SOURCE_DATE_EPOCH=1700000000 qfzz-stats --format prometheus -o x.prom
	grep -qx 'qfzz_tracks 3' x.prom
	grep -qx 'qfzz_duration_seconds 144' x.prom
	grep -qx 'qfzz_codec_tracks{name="flac"} 3' x.prom
	grep -qx 'qfzz_dataset_tracks{name="mine"} 3' x.prom
	grep -q '^qfzz_failures_by_class{stage="ingest",class="[a-z-]*"} 1$' x.prom
	grep -qx 'qfzz_action_events{action="play"} 3' x.prom
	grep -qx 'qfzz_stats_timestamp_seconds 1700000000' x.prom
	! grep -q ana x.prom || false
	[ "$(grep -vcE '^(# (HELP|TYPE) qfzz_[a-z_]+ .+|qfzz_[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [0-9]+)$' x.prom)" = 0 ]
	[ "$(grep -v '^#' x.prom | sed 's/ [0-9]*$//' | sort | uniq -d)" = "" ]
	[ "$(SOURCE_DATE_EPOCH=1700000000 qfzz-stats --format prometheus)" = "$(cat x.prom)" ]
	if command -v promtool >/dev/null; then promtool check metrics < x.prom; fi
	run -3 qfzz-stats --format prometheus -o none/x.prom
	[ ! -e none ]
	run -2 qfzz-stats -o x.prom --format tsv
}
