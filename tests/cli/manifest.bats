#!/usr/bin/env bats
# A library whose every tag is known: what was written must be in the catalog, oddities and all.
#
# QFZZ_GEN_LIBRARY names a program that makes such a library (SOURCE OUT, with -n, --pool and --sources) and OUT.manifest.ndjson;
# QFZZ_LIBRARY names one that was made before. manifest.py says what the manifest looks like.
load common

library() {
	LIBRARY=${QFZZ_LIBRARY:-$BATS_TEST_TMPDIR/library}
	[ -z "$QFZZ_LIBRARY" ] || return 0
	[ -n "$QFZZ_GEN_LIBRARY" ] || skip "QFZZ_GEN_LIBRARY names no generator of libraries"
	/usr/bin/python3 -c 'import mutagen' 2>/dev/null || skip "python3-mutagen is not installed"
	mkdir "$BATS_TEST_TMPDIR/source"
	for hz in 220 330 440; do
		ffmpeg -nostdin -v error -f lavfi -i "sine=frequency=$hz:sample_rate=44100:duration=20" "$BATS_TEST_TMPDIR/source/$hz.flac"
	done
	/usr/bin/python3 "$QFZZ_GEN_LIBRARY" -n 800 --pool 12 "$BATS_TEST_TMPDIR/source" "$LIBRARY" 2>/dev/null
}

@test "every tag of every file is in the catalog as it was written, all oddities too" {
	library
	run qfzz ingest -q "$LIBRARY"
	[ "$status" = 1 ] # some are damaged on purpose
	run /usr/bin/python3 "$BATS_TEST_DIRNAME/manifest.py" "$QFZZ_CATALOG" "$LIBRARY"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *" 26 oddities: 0 differences"* ]]
}
