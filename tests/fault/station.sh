#!/usr/bin/env bash
# station.sh - a station's make and all that it started, killed at random moments of its first run and of the run after a new file: make again
# gives the bytes of runs that nobody killed, in every file that listeners get, and the same catalog. QFZZ_DEMO=demo: on the music of
# `make demo`, too, its first run killed 20 times in a row.
. "$(dirname "$0")/common.bash"
kills=$([ "$FULL" = 1 ] && echo 20 || echo $DENSE)
echo "# seed $SEED, $kills kills"
RANDOM=$SEED
S=$T/radio
for i in 1 2 3 4; do tone "$M/$i.flac" $((210 * i)) title="T$i" artist="A$((i % 2))" license=CC0-1.0; done
mv "$M/4.flac" "$T/new.flac"
printf '{"user":"me","t":%d,"action":"play","artist":"A1","title":"T1"}\n' 1699000000 1699100000 1699200000 > "$T/history.ndjson"
printf 'all\tdaily\t06:00-06:02\t*\tshuffle\t0\t-\t-\t-16\n' > "$T/dayparts.tsv"
qfzz trust keygen -q "$T/station.key" >/dev/null
unset QFZZ_CATALOG SOURCE_DATE_EPOCH

# begin NAME=FOLDER…: as the owner leaves it, before the first night
begin() {
	rm -rf "$S" "$M/4.flac"
	qfzz station init "$S" "$@"
	cp "$T/station.key" "$S"
	sed -i 's|^history =.*|history = ../history.ndjson|; s|^dayparts =.*|dayparts = ../dayparts.tsv|; s|^devices =.*|devices = embedded|
		s|^ladder =.*|ladder = opus|; s|^chain =.*|chain = yes|; s|^edge =.*|edge = yes|; s|^taste =.*|taste = me|' "$S/station.conf"
}
station() { (cd "$S" && make -s -j2 -f station.mk DAY=2023-11-15 "$@" 2>>"$T/err"); }
given() { (cd "$S/out" && find . -type f -print0 | sort -z | xargs -0 sha256sum); contents "$S/catalog.db"; }
# strike MS [VAR=VALUE…]: make at it for a random time up to that
strike() {
	(cd "$S" && exec setsid make -s -j2 -f station.mk DAY=2023-11-15 "${@:2}") >/dev/null 2>&1 &
	local pid=$! r=$RANDOM
	sleep "$(awk -v ms="$1" -v r=$r 'BEGIN { printf "%.3f", ms / 1000 * r / 32768 }')"
	kill -9 -- -$pid 2>/dev/null
	wait $pid 2>/dev/null
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }

begin tones="$M"
t0=$(now_ms)
station || not_ok "the first run: $(tail -n 3 "$T/err")"
t1=$(now_ms)
given > "$T/first"
cp -p "$T/new.flac" "$M/4.flac"
station || not_ok "the run after a new file: $(tail -n 3 "$T/err")"
t2=$(now_ms)
given > "$T/second"
[ "$(grep -c '  \./' "$T/first")" -ge 15 ] && [ "$(grep -c '  \./' "$T/second")" -gt "$(grep -c '  \./' "$T/first")" ] &&
	ok "two runs that nobody kills: $(grep -c '  \./' "$T/second") files in $((t1 - t0)) and $((t2 - t1)) ms" || not_ok "there are too few files"

why=
for i in $(seq "$kills"); do
	begin tones="$M"
	strike $((t1 - t0))
	station || why="kill $i: make: $(tail -n 3 "$T/err")"
	given | cmp -s - "$T/first" || why="kill $i, of the first run: $(diff <(given) "$T/first" | head -n 3)"
	cp -p "$T/new.flac" "$M/4.flac"
	strike $((t2 - t1))
	station || why="kill $i: make: $(tail -n 3 "$T/err")"
	given | cmp -s - "$T/second" || why="kill $i, of the run after a new file: $(diff <(given) "$T/second" | head -n 3)"
	[ "$(sqlite3 "$S/catalog.db" 'PRAGMA integrity_check')" = ok ] || why="kill $i: the catalog is damaged"
	[ -z "$(find "$S" -name '*.new' -o -name '.qfzz*')" ] || why="kill $i: left: $(find "$S" -name '*.new' -o -name '.qfzz*' | head -n 2)"
	[ -z "$why" ] || break
done
[ -z "$why" ] && ok "$kills kills of a first run, $kills of a run after a new file: the same bytes" || not_ok "$why"

[ -d "${QFZZ_DEMO:-}/music" ] || finish
demo() { # an owner of real music, who begins with its datasets
	cp "$QFZZ_DEMO/history.ndjson" "$T"
	begin "asc=$QFZZ_DEMO/music/asc-music" "muldjord=$QFZZ_DEMO/music/muldjord" "singularity=$QFZZ_DEMO/music/singularity-music" "sonic-pi=$QFZZ_DEMO/music/sonic-pi-samples"
	sed -i 's|^dayparts =.*|dayparts =|; s|^devices =.*|devices = phone|' "$S/station.conf"
}
demo
t0=$(now_ms)
station DAY=2026-01-01 || not_ok "the demo's first run: $(tail -n 3 "$T/err")"
t1=$(now_ms)
given > "$T/first"
demo
for i in $(seq 20); do strike $(((t1 - t0) / 8)) DAY=2026-01-01; done
station DAY=2026-01-01 || not_ok "the demo after 20 kills: $(tail -n 3 "$T/err")"
given | cmp -s - "$T/first" && ok "the demo's music: $(grep -c '  \./' "$T/first") files in $((t1 - t0)) ms; after 20 kills the same bytes" ||
	not_ok "the demo after 20 kills: $(diff <(given) "$T/first" | head -n 3)"
finish
