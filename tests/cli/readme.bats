#!/usr/bin/env bats
# The README's five-minute tour, line by line, on a small library in the demo's place.
load common

@test "every line of the README's tour works" {
	readme=$BATS_TEST_DIRNAME/../../README.md
	cd "$BATS_TEST_TMPDIR"
	mkdir -p demo build/bin
	export QFZZ_CATALOG=demo/catalog.db
	for t in 1 2 3 4 5 6; do
		ffmpeg -nostdin -v error -y -f lavfi -i "sine=frequency=$((200 + 40 * t)):duration=61,tremolo=f=$((1 + t % 3)):d=0.9" -c:a libopus -b:a 128k -vbr off \
			-metadata artist="$([ $((t % 2)) = 0 ] && echo Maxstack || echo Muldjord)" -metadata title="T$t" "$M/$t.opus"
	done
	qfzz ingest "$M"
	qfzz features
	for t in 1 2 3 4; do printf '{"user":"%s","t":%d,"action":"play","path":"%s"}\n' me $((1690000000 + t)) "$M/$t.opus" ana $((1690000000 + t)) "$M/$((t + 2)).opus"; done |
		qfzz events - >/dev/null
	qfzz train
	tried=0
	while IFS= read -r line; do
		case $line in export* | '' | '#'*) continue ;; esac
		run bash -c "set -o pipefail; $line"
		[ "$status" = 0 ] || [ "$status" = 141 ] || { echo "exit $status: $line"; echo "$output"; false; }
		tried=$((tried + 1))
	done < <(sed -n '/^```sh/,/^```/p' "$readme" | grep -v '^```')
	[ "$tried" -ge 10 ]
	[ -s demo/rising.m3u ] && [ -s demo/maxstack.xspf ] && [ -s demo/hls/4/master.m3u8 ]
}

@test "every folder and document that the README names is there" {
	cd "$BATS_TEST_DIRNAME/../.."
	for f in $(grep -oE '\]\([A-Za-z][^)]*\)' README.md docs/*.md | sed 's/.*(\(.*\))/\1/'); do [ -e "$f" ] || [ -e "docs/$f" ] || { echo "$f"; false; }; done
	for d in $(sed -n 's/^| `\([a-z]*\)\/` .*/\1/p' README.md); do [ -d "$d" ] || { echo "$d"; false; }; done
}

@test "every example of every tool is accepted by its option table" {
	for t in $(qfzz --list); do
		while IFS= read -r example; do
			for o in $(grep -oE "qfzz $t [^|]*" <<<"$example" | grep -oE '(^| )--[a-z0-9-]+' | tr -d ' '); do
				qfzz "$t" --describe | jq -e --arg o "${o#--}" '[.options[].name] | index($o)' >/dev/null || { echo "$t: $o in: $example"; false; }
			done
		done < <(qfzz "$t" --describe | jq -r '.examples[]')
	done
}
