#!/usr/bin/env bats
# qfzz-playlist with playlists that are kept in the catalog.

bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/common.bash"
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG=$PWD/catalog.db SOURCE_DATE_EPOCH=1700000000
	for n in 1 2 3 4 5; do silence music/$n.flac 2 TITLE=T$n ARTIST=A$n; done
	qfzz-ingest -q music
}

# rows NUMBERS: of these tracks, in this order
rows() {
	local n
	for n in "$@"; do qfzz-query title:=T$n; done
}

# titles ARGUMENT…: of what qfzz-playlist prints
titles() {
	qfzz-playlist "$@" | jq -r .title | tr -d 'T\n'
}

@test "a kept list has versions and says how it came about; unchanged, none is added" {
	rows 1 2 3 | qfzz-playlist --keep road --user ana --command 'by hand' --seed 7 --order score - > row
	jq -e '.playlist == "road" and .version == 1 and .user == "ana" and .at == 1700000000 and .tracks == 3 and .parent == null
		and .how == {tool: "qfzz-playlist 0.1.0", order: "score", seed: 7, command: "by hand"}' row
	rows 1 2 3 | qfzz-playlist --keep road --user ana - > again
	[ ! -s again ]
	rows 3 2 1 | qfzz-playlist --keep road --user ben - | jq -e '.version == 2 and .parent == 1'
	[ "$(titles show road)" = 321 ]
	[ "$(titles show road@1)" = 123 ]
	[ "$(titles show road@ana)" = 123 ]
	qfzz-playlist show road -o road.m3u
	[ "$(grep -c '^music/' road.m3u)" = 3 ]
	rows 5 | qfzz-playlist --keep other - > /dev/null
	[ "$(qfzz-playlist list | jq -r '"\(.playlist) \(.version)"')" = $'other 1\nroad 2' ]
	qfzz-playlist drop road
	[ "$(qfzz-playlist list | jq -r .playlist)" = other ]
	run -3 --separate-stderr qfzz-playlist show road
	[[ "$stderr" = *"no playlist 'road' of this version or user is kept"* ]]
	run -3 qfzz-playlist drop road
}

@test "a list is kept and written by one command, and neither changes while the music does not" {
	qfzz-query sort:title | qfzz-playlist --keep all -o all.m3u -
	touch -d 2001-01-01 all.m3u
	run -0 bash -c 'qfzz-query sort:title | qfzz-playlist --keep all -o all.m3u -'
	[ "$output" = "" ]
	[ "$(stat -c %Y all.m3u)" = "$(date -d 2001-01-01 +%s)" ]
	[ "$(qfzz-playlist list | jq .version)" = 1 ]
	run -1 --separate-stderr bash -c 'qfzz-playlist --keep all - < /dev/null'
	[[ "$stderr" = *"all: no track came in; the list is left as it was"* ]]
	mv music/3.flac elsewhere.flac
	qfzz-ingest -q music || true
	[ "$(titles show all)" = 12345 ] # what is missing is still of the list
}

@test "diff tells what was added, removed and moved, between versions and files" {
	rows 1 2 3 4 | qfzz-playlist --keep road - > /dev/null
	rows 4 1 2 5 | qfzz-playlist --keep road - > /dev/null
	qfzz-playlist diff road@1 road > d
	[ "$(jq -r '"\(.change) \(.title) \(.from) \(.to)"' d)" = $'removed T3 3 null\nmoved T4 4 1\nadded T5 null 4' ]
	valid < d
	qfzz-playlist list | valid
	qfzz-playlist show road@1 -o one.xspf
	[ "$(qfzz-playlist diff one.xspf road@1)" = "" ]
	[ "$(qfzz-playlist diff one.xspf road | jq -r .change | tr '\n' ' ')" = 'removed moved added ' ]
	run -2 qfzz-playlist diff road
	run -2 qfzz-playlist frobnicate road
}

@test "two people's edits are merged against what they had in common" {
	rows 1 2 3 | qfzz-playlist --keep road --user ana - > /dev/null
	rows 1 2 3 5 | qfzz-playlist --keep road --user ben - > /dev/null             # version 2, from 1
	rows 4 1 3 | qfzz-playlist --keep road --user ana --base 1 - > /dev/null       # version 3, from 1
	[ "$(titles merge road@ana road@ben)" = 4135 ]
	qfzz-playlist merge road@ana road@ben --keep road --user ana | jq -e '.version == 4 and .parent == 3 and .merged == 2'
	rows 5 4 1 3 | qfzz-playlist --keep road --user ben --base 4 - > /dev/null     # version 5 moves 5 to the front
	rows 4 1 5 3 | qfzz-playlist --keep road --user ana --base 4 - > /dev/null     # version 6 moves it as well
	run -1 --separate-stderr qfzz-playlist merge road@ana road@ben
	[ "$(jq -r .title <<< "$output" | tr -d 'T\n')" = 4153 ]
	[[ "$stderr" = *"music/5.flac: both moved it to different places; it stays where the first has it"* ]]
}

@test "files are merged too, with the base that is given" {
	rows 1 2 3 | qfzz-playlist -o base.m3u -
	rows 1 3 | qfzz-playlist -o ana.pls -
	rows 1 2 3 3 4 | qfzz-playlist -o ben.jspf - # one twice
	[ "$(titles merge base.m3u ana.pls ben.jspf)" = 1334 ]
	run -2 --separate-stderr qfzz-playlist merge ana.pls ben.jspf
	[[ "$stderr" = *"give the base as well"* ]]
}

@test "who is forgotten takes the playlists along, who gets a pseudonym keeps them" {
	rows 1 2 | qfzz-playlist --keep mine --user ana - > /dev/null
	rows 1 2 3 | qfzz-playlist --keep ours --user ben - > /dev/null
	rows 1 2 3 4 | qfzz-playlist --keep ours --user ana - > /dev/null
	qfzz-events --export ana | jq -e 'select(.type == "playlist.v1") | .playlist' | sort > exported
	[ "$(cat exported)" = $'"mine"\n"ours"' ]
	qfzz-events -q --forget ana
	[ "$(qfzz-playlist list | jq -r '"\(.playlist) \(.user)"')" = 'ours ben' ]
	[ "$(titles show ours)" = 123 ]
	qfzz-events -q --anonymize > /dev/null
	qfzz-playlist list | jq -e '.playlist == "ours" and (.user | startswith("anon-"))'
}
