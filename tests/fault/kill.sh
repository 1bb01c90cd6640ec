#!/usr/bin/env bash
# kill.sh - kill -9 at random moments of ingest, features, events and repair: nothing acknowledged is lost,
# the catalog is sound, and the rerun ends where an unkilled run ends. FULL=1: 1,000 kills.
. "$(dirname "$0")/common.bash"
kills=$([ "$FULL" = 1 ] && echo 250 || echo 6)
echo "# seed $SEED, $kills kills a tool, four tools"
RANDOM=$SEED

tone "$T/x.ogg" 220 title=X artist=A album=B genre=C
for i in $(seq 150); do cp "$T/x.ogg" "$M/$i.ogg"; done
: > "$M/empty.mp3"
for i in 1 2 3 4 5 6; do tone "$M/long$i.flac" $((200 + 30 * i)) title="Long $i" artist=A; done
qfzz ingest "$M" 2>/dev/null
qfzz features 2>/dev/null
contents "$QFZZ_CATALOG" > "$T/want"
wipe

# strike TOOL ARG…: run it, kill it after 0 to 0.4 s
strike() {
	"$@" >"$T/out" 2>/dev/null &
	local pid=$!
	sleep "0.$(printf %03d $((RANDOM % 400)))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
}

find "$M" -name '*.ogg' | sort | sed 's/.*/{"path":"&"}/' > "$T/rows"
why=
for i in $(seq "$kills"); do
	[ $((i % 5)) = 1 ] && wipe # a first run now and then, a resumed one mostly
	if [ $((i % 2)) = 0 ]; then strike qfzz-ingest "$M"; else strike qfzz-ingest - <"$T/rows"; fi
	: > "$T/err"
	why=$(judge 0 "$T/err" "kill $i" && { [ ! -s "$QFZZ_CATALOG" ] || acknowledged "$T/out" "kill $i"; }) || break
	why=
done
[ -z "$why" ] && ok "ingest: $kills kills, the catalog sound, every printed row there" || not_ok "ingest: $why"
qfzz ingest "$M" 2>/dev/null

why=
for i in $(seq "$kills"); do
	strike qfzz-features
	: > "$T/err"
	why=$(judge 0 "$T/err" "kill $i") || break
	why=
	[ $((i % 7)) = 0 ] && sqlite3 "$QFZZ_CATALOG" "DELETE FROM features WHERE track_id % 2 = 0"
done
[ -z "$why" ] && ok "features: $kills kills, the catalog sound" || not_ok "features: $why"

qfzz features 2>/dev/null
contents "$QFZZ_CATALOG" > "$T/got"
cmp -s "$T/want" "$T/got" && ok "the rerun equals an unkilled run" || { not_ok "the rerun differs from an unkilled run"; diff "$T/want" "$T/got" | head -5; }

for i in $(seq 20000); do
	echo "{\"user\":\"u$((i % 7))\",\"t\":$((1600000000 + i * 200)),\"action\":\"play\",\"artist\":\"A\",\"title\":\"Long $((i % 9))\"}"
done > "$T/history"
cp "$QFZZ_CATALOG" "$T/heard.db"
heard() { sqlite3 "$QFZZ_CATALOG" 'SELECT u.name, e.at, e.action, e.track_id, e.session FROM event e JOIN user u ON u.id = e.user_id ORDER BY 1, 2, 3'; }
qfzz events -q "$T/history" >/dev/null 2>&1
heard > "$T/want"
why=
for i in $(seq "$kills"); do
	[ $((i % 5)) = 1 ] && { wipe; cp "$T/heard.db" "$QFZZ_CATALOG"; }
	strike qfzz-events -q "$T/history"
	: > "$T/err"
	why=$(judge 0 "$T/err" "kill $i") || break
	why=
done
[ -z "$why" ] && ok "events: $kills kills, the catalog sound" || not_ok "events: $why"
qfzz events -q "$T/history" >/dev/null 2>&1
heard > "$T/got"
[ -s "$T/want" ] && cmp -s "$T/want" "$T/got" && ok "events: the rerun equals an unkilled run" || { not_ok "events: the rerun differs"; diff "$T/want" "$T/got" | head -5; }

# A leaf of the catalog is lost; whoever kills the repair finds the broken file or the mended one
sqlite3 "$QFZZ_CATALOG" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
leaf=$(sqlite3 "$QFZZ_CATALOG" "SELECT pageno FROM dbstat WHERE name = 'event' AND pagetype = 'leaf' LIMIT 1 OFFSET 3")
cp "$QFZZ_CATALOG" "$T/broken.db"
dd if=/dev/zero of="$T/broken.db" bs="$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA page_size')" seek=$((leaf - 1)) count=1 conv=notrunc status=none
wipe; cp "$T/broken.db" "$QFZZ_CATALOG"
qfzz doctor --repair >/dev/null 2>&1
heard > "$T/want"
why=
for i in $(seq "$kills"); do
	wipe; cp "$T/broken.db" "$QFZZ_CATALOG"
	strike qfzz-doctor --repair
	if ! cmp -s "$T/broken.db" "$QFZZ_CATALOG"; then
		: > "$T/err"
		why=$(judge 0 "$T/err" "kill $i") || break
	fi
	[ $((i % 10)) = 0 ] && qfzz doctor --repair >/dev/null 2>&1
	why=
done
[ -z "$why" ] && ok "repair: $kills kills, the old file or a sound one" || not_ok "repair: $why"
qfzz doctor --repair >/dev/null 2>&1
heard > "$T/got"
[ -s "$T/want" ] && cmp -s "$T/want" "$T/got" && ok "repair: the rerun equals an unkilled run" || { not_ok "repair: the rerun differs"; diff "$T/want" "$T/got" | head -5; }
# learning: a model is there whole or not at all, and the one before it stays as it is
find "$M" -name '*.ogg' | sort | awk '{ for (u = 0; u < 40; u++) if ((u * 7 + NR * NR) % 5 < 2)
	printf "{\"user\":\"u%d\",\"t\":%d,\"action\":\"play\",\"path\":\"%s\"}\n", u, 1690000000 + NR, $0 }' > "$T/history"
qfzz events -q "$T/history" >/dev/null
qfzz train -q --no-check --rank 64 --now 1700000000
models() { sqlite3 "$QFZZ_CATALOG" "SELECT m.id, m.data_hash, m.params, f.side, f.page, hex(f.ids), hex(f.vectors) FROM model m JOIN factor f ON f.model_id = m.id WHERE m.id $1 ORDER BY 1, 4, 5" | sha256sum; }
sides=$(sqlite3 "$QFZZ_CATALOG" "SELECT count(DISTINCT side) FROM factor") # of a whole model
why=
for i in $(seq "$kills"); do
	last=$(sqlite3 "$QFZZ_CATALOG" "SELECT max(id) FROM model") before=$(models "= $last")
	if [ $((i % 5)) = 4 ]; then strike qfzz-train -q --force --model "ease:lambda=$i"; elif [ $((i % 3)) = 0 ]; then strike qfzz-train -q --force --update; else strike qfzz-train -q --force --no-check --rank 64 --epochs 300 --seed "$i"; fi
	: > "$T/err"
	why=$(judge 0 "$T/err" "kill $i") || break
	why="kill $i: the model before is not what it was"
	[ "$(models "= $last")" = "$before" ] || break
	why="kill $i: half a model"
	[ -z "$(sqlite3 "$QFZZ_CATALOG" "SELECT 1 FROM model m LEFT JOIN factor f ON f.model_id = m.id GROUP BY m.id HAVING count(DISTINCT side) <> iif(m.kind = 'ease', 2, $sides)")" ] || break
	why="kill $i: no list from it"
	qfzz recommend -u u1 -n 3 2>/dev/null | grep -q '"model":' || break
	why=
done
[ -z "$why" ] && ok "train: $kills kills, every model whole" || not_ok "train: $why"
left=$(for p in $(pgrep -f "$build/libexec/qfzz"); do grep -qaF "$QFZZ_CATALOG" "/proc/$p/environ" 2>/dev/null && echo "$p"; done)
[ -z "$left" ] && ok "no worker outlived its parent" || not_ok "workers outlived their parent"
finish
