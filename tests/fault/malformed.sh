#!/usr/bin/env bash
# malformed.sh - files that are not what they say: no tool dies, no worker dies either, each file is a track
# or a failure, each track has its features or a failure, all within the limits; told once; the same whatever
# the number of workers.
#
# The files are damaged copies of generated ones (SEED), and those of the folder QFZZ_MALFORMED, if given.
. "$(dirname "$0")/common.bash"
count=$([ "$FULL" = 1 ] && echo 3000 || echo $((150 * DENSE)))
classes="'damaged', 'truncated', 'empty', 'not-audio', 'unsupported', 'broken', 'limit'" # not: crashed

sources() {
	local f
	for f in flac mp3 ogg opus wav aiff m4a w64 au caf wma wv aac; do
		tone "$T/seed.$f" 440 title=Seed artist=Nobody 2>/dev/null && [ -s "$T/seed.$f" ] && echo "$T/seed.$f"
	done
	ffmpeg -nostdin -v error -y -i "$T/seed.wav" -c:a alac "$T/seed-alac.m4a" && echo "$T/seed-alac.m4a"
	ffmpeg -nostdin -v error -y -i "$T/seed.wav" -c:a adpcm_ms "$T/seed-adpcm.wav" && echo "$T/seed-adpcm.wav"
	ffmpeg -nostdin -v error -y -i "$T/seed.wav" -c:a flac -f ogg "$T/seed-flac.ogg" && echo "$T/seed-flac.ogg"
}

ask() { sqlite3 -readonly "$QFZZ_CATALOG" "$1"; }

# listen_to FOLDER NAME
listen_to() {
	local dir=$1 name=$2 code files began=$SECONDS
	wipe
	files=$(find "$dir" -type f -regextype posix-extended -iregex '.*\.[a-z0-9]+$' | wc -l)
	qfzz ingest -q "$dir" > "$T/out" 2> "$T/err"; code=$?
	[ $code -le 1 ] && ok "$name: ingest ends with $code" || not_ok "$name: ingest ends with $code: $(tail -n 2 "$T/err")"
	qfzz features -q > "$T/out" 2> "$T/err2"; code=$?
	[ $code -le 1 ] && ok "$name: features ends with $code" || not_ok "$name: features ends with $code: $(tail -n 2 "$T/err2")"
	why=$(judge $code "$T/err2" features) || not_ok "$name: $why"
	[ "$(ask "SELECT count(*) FROM failure WHERE class NOT IN ($classes)")" = 0 ] && ok "$name: every failure has a class, and none is 'crashed'" ||
		not_ok "$name: $(ask "SELECT class, path, message FROM failure WHERE class NOT IN ($classes) LIMIT 5")"
	[ "$(ask "SELECT count(*) FROM track t WHERE NOT EXISTS (SELECT 1 FROM features WHERE track_id = t.id)
		AND NOT EXISTS (SELECT 1 FROM failure x WHERE x.stage = 'features' AND x.root_id = t.root_id AND x.path = t.path)")" = 0 ] &&
		ok "$name: each track has features or a failure" || not_ok "$name: a track has neither features nor a failure"
	[ "$(qfzz ingest -q "$dir" 2>&1; qfzz features -q 2>&1; echo $?)" = 0 ] && ok "$name: all of it is known the next time" || not_ok "$name: the second run is not silent"
	echo "# $name: $files files in $((SECONDS - began)) s: $(ask "SELECT (SELECT count(*) FROM features) || ' heard, ' || group_concat(n || ' ' || c, ', ')
		FROM (SELECT class c, count(*) n FROM failure WHERE stage = 'features' GROUP BY 1)"), $(ask "SELECT count(*) FROM failure WHERE stage = 'ingest'") known to ingest"
	contents "$QFZZ_CATALOG" > "$T/contents.$name"
}

# each FOLDER: a file of the folder is a track or a failure
each() {
	local known seen
	known=$(ask "SELECT count(*) FROM (SELECT path FROM track UNION SELECT path FROM failure)")
	seen=$(find "$1" -type f | wc -l)
	[ "$known" = "$seen" ] && ok "each of $seen files is a track or a failure" || not_ok "$known of $seen files are a track or a failure"
}

# same FOLDER NAME: one, two and seven workers, and no sandbox, tell the same
same() {
	local j how=
	for j in 1 2 7 7off; do
		wipe
		[ $j = 7off ] && how=off
		QFZZ_SANDBOX=$how qfzz ingest -q -j ${j%off} "$1" 2>/dev/null
		QFZZ_SANDBOX=$how qfzz features -q -j ${j%off} 2>/dev/null
		contents "$QFZZ_CATALOG" | cmp -s - "$T/contents.$2" && ok "$2: the same with --jobs $j" || not_ok "$2: not the same with --jobs $j"
	done
}

echo "# seed $SEED, $count files"
mkdir "$T/mutated"
mapfile -t seeds < <(sources)
tests/fault/mutate.py "$SEED" "$count" "$T/mutated" "${seeds[@]}"
listen_to "$T/mutated" mutated
each "$T/mutated"
same "$T/mutated" mutated
if [ -n "${QFZZ_MALFORMED:-}" ]; then
	listen_to "$QFZZ_MALFORMED" given
	same "$QFZZ_MALFORMED" given
else
	ok "given # SKIP QFZZ_MALFORMED names no folder of malformed files"
fi
finish
