#!/usr/bin/env bash
# query.sh - CPU milliseconds of queries on a large synthetic catalog, beside sqlite3's own time for the
# same question asked by hand (and mpc's and beet's start-up, where they are installed).
#
#   tests/bench/query.sh [BUILD]        TRACKS=100000 unless told; the goals hold for 1000000
#
# Each figure is the least of five runs, user and system time together, page cache warm. Goals, said where
# they are missed: an indexed query 20 ms, a full-text query 100 ms, a bare start 5 ms.
set -u
cd "$(dirname "$0")/../.."
build=${1:-build}
TRACKS=${TRACKS:-100000}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
make --no-print-directory "$build/bench/fill_catalog" "$build/bin/qfzz-query" > /dev/null || exit 1
if [ -n "${CATALOG:-}" ]; then # one that was made before
	export QFZZ_CATALOG=$CATALOG
else
	export QFZZ_CATALOG=$T/catalog.db
	echo "filling a catalog of $TRACKS tracks"
	"$build/bench/fill_catalog" "$QFZZ_CATALOG" "$TRACKS" $((TRACKS / 2)) || exit 1
fi

# cpu COMMAND…: milliseconds of the fastest of five runs
cpu() {
	local i
	for i in 1 2 3 4 5; do
		perf stat -x, -e task-clock "$@" 2>&1 >/dev/null | awk -F, '/task-clock/ { print $1 }'
	done | sort -n | head -1
}
perf stat -e task-clock true >/dev/null 2>&1 || cpu() { # without perf: the shell's clock, 1 ms fine
	local i TIMEFORMAT='%U %S'
	for i in 1 2 3 4 5; do { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print 1000 * ($1 + $2) }'; done | sort -n | head -1
}

# row GOAL QUERY [SQL]: GOAL in ms, 0 = none
row() {
	local ms peer=- ratio=-
	ms=$(cpu "$build/bin/qfzz-query" "$2")
	if [ -n "${3:-}" ]; then
		peer=$(cpu sqlite3 -readonly "$QFZZ_CATALOG" "$3")
		ratio=$(awk "BEGIN { printf \"%.2f\", $ms / ($peer > 0 ? $peer : 0.01) }")
	fi
	printf '%-46s %9.1f %9s %6s\n' "$2" "$ms" "$peer" "$ratio"
	awk "BEGIN { exit !($1 > 0 && $ms > $1) }" && { echo "  above the goal of $1 ms"; }
}

columns="t.id, t.title, t.artist, t.genre, t.year, t.duration_ms, f.tempo_bpm, f.energy FROM track t LEFT JOIN features f ON f.track_id = t.id"
artist=$(sqlite3 "$QFZZ_CATALOG" 'SELECT artist FROM track LIMIT 1 OFFSET 77')
printf '%-46s %9s %9s %6s\n' query 'qfzz ms' 'sqlite3' ratio
printf '%-46s %9.1f\n' 'qfzz query --version' "$(cpu "$build/bin/qfzz-query" --version)"
awk "BEGIN { exit !($(cpu "$build/bin/qfzz-query" --version) > 5) }" && { echo "  above the goal of 5 ms"; }
row 20 'track:500' "SELECT $columns WHERE t.id = 500"
row 20 "artist:=\"$artist\" limit:50" "SELECT $columns WHERE t.artist = '$artist' LIMIT 50"
row 20 'genre:=Jazz limit:50' "SELECT $columns WHERE t.genre = 'Jazz' LIMIT 50"
row 20 'year:1990 limit:50' "SELECT $columns WHERE t.year = 1990 LIMIT 50"
row 20 'isrc:USABC1234567' "SELECT $columns WHERE t.isrc = 'USABC1234567'"
row 20 'sort:added- limit:50' "SELECT $columns ORDER BY t.added_at DESC LIMIT 50"
row 100 'bapur limit:50' "SELECT $columns WHERE t.id IN (SELECT rowid FROM track_fts WHERE track_fts MATCH 'bapur') LIMIT 50"
row 100 'bapur' "SELECT $columns WHERE t.id IN (SELECT rowid FROM track_fts WHERE track_fts MATCH 'bapur')"
row 100 'bap* limit:50' "SELECT $columns WHERE t.id IN (SELECT rowid FROM track_fts WHERE track_fts MATCH 'bap*') LIMIT 50"
row 0 'tempo:120..121 sort:energy limit:50' "SELECT $columns WHERE f.tempo_bpm BETWEEN 120 AND 121 ORDER BY f.energy LIMIT 50"
row 0 'title:bacon limit:50' "SELECT $columns WHERE t.title LIKE '%bacon%' LIMIT 50"
row 0 'artist:bacon limit:50' "SELECT $columns WHERE t.artist LIKE '%bacon%' LIMIT 50"
row 0 'genre:jazz tempo:120..121 energy:0.99..' "SELECT $columns WHERE t.genre LIKE '%jazz%' AND f.tempo_bpm BETWEEN 120 AND 121 AND f.energy >= 0.99"
row 0 'plays:10.. limit:50' "SELECT $columns WHERE t.id IN (SELECT track_id FROM event WHERE action = 'play' GROUP BY track_id HAVING count(*) >= 10) LIMIT 50"
row 0 'sample:50'
row 0 'group:artist sample:50'
for peer in 'mpc version' 'beet version'; do
	command -v ${peer%% *} >/dev/null && printf '%-46s %9s %9.1f\n' "bare start: $peer" '' "$(cpu $peer)"
done
