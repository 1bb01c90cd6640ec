#!/bin/bash
# ingest.sh - what a scan costs: CPU seconds (user + system, parent and workers), memory, bytes on disk.
#
#   tests/bench/ingest.sh [BUILD]
#
# The library is QFZZ_LIBRARY, or is made by the program QFZZ_GEN_LIBRARY (SOURCE OUT -n N) from the music in QFZZ_MUSIC, with
# QFZZ_BENCH_FILES files [20000]. MPD and beets are measured beside, where they are installed.
set -eu
build=$(realpath "${1:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/qfzz-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
library=${QFZZ_LIBRARY:-}
if [ -z "$library" ]; then
	if [ -z "${QFZZ_GEN_LIBRARY:-}" ] || [ -z "${QFZZ_MUSIC:-}" ]; then
		echo "skipped: neither QFZZ_LIBRARY, nor QFZZ_GEN_LIBRARY and QFZZ_MUSIC are set"
		exit 0
	fi
	library=$work/library
	/usr/bin/python3 "$QFZZ_GEN_LIBRARY" -n "${QFZZ_BENCH_FILES:-20000}" "$QFZZ_MUSIC" "$library" 2> /dev/null
fi
library=$(realpath "$library")
export QFZZ_CATALOG=$work/catalog.db
find "$library" -type f -exec cat {} + > /dev/null # the page cache is warm for all

# measure WHAT COMMAND…: one line; what the command prints and its exit code do not matter
measure() {
	local what=$1
	shift
	/usr/bin/time -o "$work/time" -f "%U %S %e %M" "$@" > "$work/out" 2>&1 || true
	tail -n 1 "$work/time" | awk -v what="$what" '{ printf "%-34s %7.2f CPU s %7.2f s %6.1f MiB\n", what, $1 + $2, $3, $4 / 1024 }'
}

printf '%s files, %s\n' "$(find "$library" -type f | wc -l)" "$library"
measure "qfzz ingest, first" "$build/bin/qfzz-ingest" -q "$library"
measure "qfzz ingest, unchanged" "$build/bin/qfzz-ingest" -q "$library"
long=$(sqlite3 -readonly "$QFZZ_CATALOG" "SELECT coalesce(sum(length(CAST(value AS BLOB))), 0) FROM tag_text WHERE length(CAST(value AS BLOB)) > 4096")
size=$(stat -c %s "$QFZZ_CATALOG")
printf '%-34s %7s MB, without values over 4 KiB %s MB; %s tracks, %s tags\n' "catalog" "$((size / 1000000)).$((size / 100000 % 10))" \
	"$(((size - long) / 1000000)).$(((size - long) / 100000 % 10))" "$(sqlite3 -readonly "$QFZZ_CATALOG" 'SELECT count(*) FROM track')" \
	"$(sqlite3 -readonly "$QFZZ_CATALOG" 'SELECT count(*) FROM tag')"

if command -v mpd > /dev/null; then
	mkdir "$work/mpd"
	cat > "$work/mpd.conf" <<-CONF
		music_directory "$library"
		db_file "$work/mpd/db"
		log_file "$work/mpd/log"
		bind_to_address "$work/mpd/socket"
		follow_outside_symlinks "no"
		auto_update "no"
		audio_output {
			type "null"
			name "null"
		}
	CONF
	update() { # one server, one update, until it is done: CPU time of the process as it stands in /proc
		local pid tick ticks
		rm -f "$work/mpd/socket"
		mpd --no-daemon "$work/mpd.conf" > /dev/null 2>&1 & pid=$!
		for _ in $(seq 100); do [ -S "$work/mpd/socket" ] && break || sleep 0.1; done
		printf 'update\nclose\n' | timeout 5 nc -U "$work/mpd/socket" > /dev/null || true
		while sleep 0.5; printf 'status\nclose\n' | timeout 5 nc -U "$work/mpd/socket" | grep -q updating_db; do :; done
		tick=$(getconf CLK_TCK)
		ticks=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
		awk -v what="$1" -v ticks="$ticks" -v tick="$tick" 'BEGIN { printf "%-34s %7.2f CPU s\n", what, ticks / tick }'
		kill "$pid" && wait "$pid" 2> /dev/null || true
	}
	if command -v nc > /dev/null; then
		update "mpd, first"
		update "mpd, unchanged"
	else
		echo "mpd: skipped, there is no nc to talk to it"
	fi
else
	echo "mpd: not installed"
fi
if command -v beet > /dev/null; then
	mkdir "$work/beets"
	printf 'directory: %s\nlibrary: %s/library.db\nimport: { copy: no, write: no }\n' "$library" "$work/beets" > "$work/beets/config.yaml"
	export BEETSDIR=$work/beets
	rm -rf "$work/nopipe" && mkdir "$work/nopipe"
	find "$library" -mindepth 1 -maxdepth 1 ! -name _traps -exec ln -s {} "$work/nopipe/" \; # beets hangs on a FIFO
	measure "beet import -A -C -q, first" beet import -A -C -q "$work/nopipe"
	measure "beet update, unchanged" beet update
else
	echo "beets: not installed"
fi
