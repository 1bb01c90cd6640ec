#!/usr/bin/env bash
# events.sh - what a long history costs: a million events (N=) of 50,000 tracks (TRACKS=) by 100 listeners,
# imported, imported again, and half a million (N/2) of the same listens from a second source.
#
#   tests/bench/events.sh [BUILD]        prints CPU seconds, rows a second and peak memory of each
set -euo pipefail
B=${1:-build} N=${N:-1000000} TRACKS=${TRACKS:-50000}
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
export QFZZ_CATALOG=$d/catalog.db LC_ALL=C
"$B/bin/qfzz-events" -q > /dev/null # an empty catalog of today's form

# Only the columns that matching reads. The names fold to themselves.
sqlite3 "$QFZZ_CATALOG" > "$d/null" <<-END
	BEGIN;
	INSERT INTO root VALUES (1, CAST('/music' AS BLOB));
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $TRACKS)
	INSERT INTO artist SELECT i, 'artist ' || i, 'artist ' || i FROM n WHERE i <= $TRACKS / 10 + 1;
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $TRACKS)
	INSERT INTO track (id, root_id, path, size, mtime_ns, inode, added_at, updated_at, title, artist, artist_id, match_key, duration_ms)
	SELECT i, 1, CAST('album/' || i || '.flac' AS BLOB), 1, 1, i, 1, 1, 'title ' || i, 'artist ' || (i / 10 + 1), i / 10 + 1,
	       'artist ' || (i / 10 + 1) || char(9) || 'title ' || i, 180000 + i % 120000 FROM n;
	COMMIT;
END

# Listeners take turns; each hears a track every four minutes or so. Park and Miller's random numbers (CACM 31, 1988).
events() { # SOURCE COUNT
	awk -v src="$1" -v n="$2" -v tracks="$TRACKS" 'BEGIN {
		x = 1
		for (k = 0; k < n; k++) {
			x = (16807 * x) % 2147483647
			i = 1 + int(tracks * (x / 2147483647) ^ 2)
			len = 180000 + i % 120000
			heard = x % 5 ? len : x % 30000
			printf "{\"type\":\"event.v1\",\"user\":\"user %d\",\"t\":%d,\"action\":\"%s\",\"ms\":%d,\"dur\":%d,\"src\":\"%s\"," \
				"\"artist\":\"artist %d\",\"title\":\"title %d\",\"album\":\"album %d\"}\n", k % 100,
				1400000000 + int(k / 100) * 240, x % 5 ? "complete" : "skip", heard, len, src, int(i / 10) + 1, i, int(i / 10)
		}
	}'
}
events first "$N" > "$d/first.ndjson"
events second $((N / 2)) > "$d/second.ndjson"

measure() { # WHAT ROWS COMMAND…
	local what=$1 rows=$2
	shift 2
	/usr/bin/env time -f '%U %S %M' -o "$d/time" "$@" > "$d/out"
	awk -v what="$what" -v rows="$rows" '{ cpu = $1 + $2
		printf "%-36s %7d rows  %6.2f CPU s  %8.0f rows/s  %5.0f MiB\n", what, rows, cpu, rows / (cpu > 0 ? cpu : 0.01), $3 / 1024 }' "$d/time"
}
measure "events, first import" "$N" "$B/bin/qfzz-events" -q "$d/first.ndjson"
jq -r '"  new \(.new), matched \(.matched)"' "$d/out"
measure "events, the same again" "$N" "$B/bin/qfzz-events" -q "$d/first.ndjson"
measure "events, half from a second source" $((N / 2)) "$B/bin/qfzz-events" -q "$d/second.ndjson"
ls -l "$QFZZ_CATALOG" | awk '{ printf "  catalog %.0f MB\n", $5 / 1e6 }'
