#!/usr/bin/env bats
# What every tool has in common: help, misuse, lost output, the front, the layers.
load common

tools() { qfzz --list; }

@test "qfzz help lists every verb with its stage and purpose" {
	run qfzz help
	[ "$status" = 0 ]
	for t in $(tools); do grep -qE "^  $t +[^ ]" <<<"$output"; done
	[ "$(tools | wc -l)" -ge 9 ]
}

@test "an unknown verb is misuse and names the way to the list" {
	run qfzz nonsense
	[ "$status" = 2 ]
	[[ $output == *"'nonsense' is no verb; \`qfzz help\` lists them" ]]
	run qfzz qurey
	[ "$status" = 2 ]
	[ "$output" = "qfzz: 'qurey' is no verb; did you mean 'query'? \`qfzz help\` lists them" ]
}

@test "every tool answers --help, --version and --describe" {
	for t in $(tools); do
		qfzz "$t" --help | grep -q "^Usage: qfzz $t"
		qfzz "$t" --version | grep -qE "^qfzz $t [0-9]+\.[0-9]+\.[0-9]+$"
		qfzz "$t" --describe | jq -e --arg t "$t" '.verb == $t and (.purpose | length > 5) and (.examples | length > 0)
			and ([.options[].name] | index("help"))' >/dev/null
	done
}

@test "every option of every tool is told in its --help" {
	for t in $(tools); do
		help=$(qfzz "$t" --help)
		for o in $(qfzz "$t" --describe | jq -r '.options[].name'); do grep -qF -- "--$o" <<<"$help"; done
	done
}

@test "misuse is exit 2 with a sentence, for every tool" {
	for t in $(tools); do
		run qfzz "$t" --no-such-option
		[ "$status" = 2 ]
		[[ $output == "qfzz $t: no such option: --no-such-option (see qfzz $t --help)" ]]
	done
}

@test "a value out of range, missing or of the wrong kind is named" {
	run qfzz ingest --jobs 0 x
	[ "$status" = 2 ] && [[ $output == *"--jobs: 0 is out of range (1 to 256)"* ]]
	run qfzz ingest --jobs=two x
	[ "$status" = 2 ] && [[ $output == *"--jobs: 'two' is not a number"* ]]
	run qfzz ingest --dataset
	[ "$status" = 2 ] && [[ $output == *"--dataset needs a value"* ]]
	run qfzz query --format=xml
	[ "$status" = 2 ] && [[ $output == *"--format: 'xml' is none of"* ]]
}

@test "a lost write is exit 3" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	for t in "stats --format table" "query" "stats --help"; do
		run bash -c "qfzz $t >/dev/full"
		[ "$status" = 3 ]
		[[ $output == *"output: No space left on device"* ]]
	done
}

@test "a reader that leaves early ends a tool quietly" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	run bash -c 'set -o pipefail; qfzz query | head -n 1 | wc -l'
	[ "$output" = 1 ]
}

@test "a missing catalog is named with the way to make one" {
	run qfzz query
	[ "$status" = 3 ]
	[[ $output == *"no catalog there; \`qfzz ingest FOLDER\` makes one"* ]]
	[ ! -e "$QFZZ_CATALOG" ]
}

@test "a newer catalog is refused by every tool that opens one" {
	small_library
	qfzz ingest -q "$M" || [ $? = 1 ]
	sqlite3 "$QFZZ_CATALOG" 'PRAGMA user_version = 9999'
	for t in "ingest $M" features query stats "events /dev/null" train evaluate "recommend --user x" "similar track:1" "radio track:1" "trust log" "profile x" schedule "plan transcode" "package -o x"; do
		run qfzz $t
		[ "$status" = 3 ]
		[[ $output == *"use a newer qfzz"* ]]
	done
}

@test "a tool starts in a few milliseconds: it links only what it uses" {
	for t in query ingest stats playlist package; do
		! ldd "$(command -v qfzz-$t)" | grep -qE 'libav|libfftw|libopenblas|libtag'
	done
}

@test "no room looks at one that it must not see" {
	files=$(git ls-files '*.c' '*.h' '*.cpp' 2>/dev/null || find libcore tools -name '*.[ch]' -o -name '*.cpp')
	run scripts/check-layers $files
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "the layer check does find an arrow that points the wrong way" {
	mkdir -p "$BATS_TEST_TMPDIR/libcore/base"
	cd "$BATS_TEST_TMPDIR"
	echo '#include "catalog/catalog.h"' > libcore/base/bad.c
	run "$BATS_TEST_DIRNAME/../../scripts/check-layers" libcore/base/bad.c
	[ "$status" = 1 ]
	[[ $output == *"'base' must not see 'catalog'"* ]]
}

@test "scripts/deps does nothing when all is there" {
	run scripts/deps
	[ "$status" = 0 ] && [ -z "$output" ]
}

@test "every feature has its column in a migration" {
	run scripts/new-feature
	[ "$status" = 0 ]
	[[ $output == *"every feature has its column"* ]]
}

@test "make install puts tools, workers and schemas in their places, and they run from there" {
	make -s -o all B="$BUILD" install PREFIX=/usr DESTDIR="$BATS_TEST_TMPDIR/root" >/dev/null
	root=$BATS_TEST_TMPDIR/root/usr
	[ -x "$root/bin/qfzz" ] && [ -x "$root/libexec/qfzz/qfzz-read" ]
	for t in $(tools); do [ -s "$root/share/man/man1/qfzz-$t.1" ]; done
	(. "$root/share/bash-completion/completions/qfzz"; COMP_WORDS=(qfzz query --form); COMP_CWORD=2; _qfzz; [ "${COMPREPLY[0]}" = --format ])
	tone "$M/one.flac" 220 title=One
	PATH=$root/bin:/usr/bin:/bin qfzz ingest "$M"
	[ "$(PATH=$root/bin:/usr/bin:/bin qfzz query --format paths)" = "$M/one.flac" ]
}
