#!/usr/bin/env bats
# Ready-made playlists: pipes as data, which qfzz-playlist shows and runs.

bats_require_minimum_version 1.5.0
load common

NOW=1700000000

setup_file() {
	export W=$BATS_FILE_TMPDIR
	export QFZZ_CATALOG=$W/catalog.db SOURCE_DATE_EPOCH=$NOW
	mkdir -p "$W/music"
	for t in 1 2 3 4 5 6 7 8; do
		ffmpeg -nostdin -v error -y -f lavfi -i "sine=frequency=$((200 + 90 * t)):duration=5,tremolo=f=$((1 + t % 3)):d=0.9" -c:a libopus -b:a 32k \
			-metadata artist="A$((t % 4))" -metadata title="T$t" "$W/music/$t.opus"
	done
	qfzz-ingest -q "$W/music"
	qfzz-features -q
	for t in 1 2 3; do # heard long ago
		for k in 1 2; do printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((NOW - 300 * 86400 + t * 1000 + k * 400)) "$W/music/$t.opus"; done
	done > "$W/events"
	for t in 3 4; do printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((NOW - 86400 + t * 1000)) "$W/music/$t.opus"; done >> "$W/events"
	qfzz-events -q - < "$W/events" > /dev/null
	qfzz-train -q > /dev/null
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG=$W/catalog.db
}

titles() { # of a ready-made list, in order
	qfzz-playlist run "$@" --now $NOW --format ndjson | jq -r .title | tr -d 'T\n'
}

@test "the pipes that are shown are those of the data, and each is an object of its own" {
	qfzz-playlist ready | valid
	[ "$(qfzz-playlist ready | jq -r .pipe)" = "$(grep -v '^#' "$BATS_TEST_DIRNAME/../../datasets/readymade.tsv" | cut -f 4)" ]
	[ "$(qfzz-playlist --describe | jq -c '.pipes[]')" = "$(qfzz-playlist ready)" ]
}

@test "every ready-made list gives tracks" {
	for list in $(qfzz-playlist ready | jq -r .name); do
		of=
		[ "$list" != radio ] || of=track:1
		run -0 --separate-stderr qfzz-playlist run "$list" $of --now $NOW -n 4 --format paths
		[ "${#lines[@]}" -ge 1 ] && [ "${#lines[@]}" -le 4 ] || { echo "$list: ${#lines[@]} tracks"; false; }
	done
}

@test "they mean what they say" {
	[[ "$(titles best-of-month)" =~ ^34$ ]]              # twice and once more, and once
	[[ "$(titles forgotten-favourites)" != *[34]* ]]     # heard yesterday
	[[ "$(titles forgotten-favourites)" = *[12]* ]]
	[ "$(titles new-in-library | wc -c)" = 8 ]
	[[ "$(titles discover-weekly)" =~ ^[45678]+$ ]]       # 4 was heard after the week began
	[[ "$(titles radio track:5)" != *5* ]]
	[ "$(titles daily-mix 1)" != "" ]
}

@test "a pipe works on its own, and the list is made, shaped and kept like any other" {
	pipe=$(qfzz-playlist ready | jq -r 'select(.name == "new-in-library").pipe')
	[ "$(user=me n=3 now=$NOW sh -c "$pipe")" = "$(qfzz-playlist run new-in-library -n 3 --now $NOW)" ]
	qfzz-playlist run new-in-library --now $NOW --length 10s --keep fresh -o fresh.m3u
	[ "$(grep -vc '^#' fresh.m3u)" = 2 ]
	[ "$(qfzz-playlist list | jq -r .how.command)" = "$pipe" ]
}

@test "a table of one's own, misuse, and a pipe that fails" {
	printf '# mine\nslow\t-\tslow ones\tqfzz query sort:tempo -n "$n"\nbad\t-\tfails\tfalse\n' > mine.tsv
	[ "$(qfzz-playlist run slow --pipes mine.tsv -n 2 --format paths | wc -l)" = 2 ]
	run -1 --separate-stderr qfzz-playlist run bad --pipes mine.tsv
	[[ "$stderr" = *"bad: its pipe ended with exit code 1"* ]]
	printf 'x\ty\n' > bad.tsv
	run -3 --separate-stderr qfzz-playlist ready --pipes bad.tsv
	[[ "$stderr" = *"bad.tsv: line 1: name, what \$of means, meaning and pipe are wanted"* ]]
	run -2 qfzz-playlist run nonsense
	run -2 qfzz-playlist run best-of-month something
	run -1 --separate-stderr qfzz-playlist run radio --now $NOW
	[[ "$stderr" = *"near which track or artist?"* ]]
}
