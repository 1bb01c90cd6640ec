#!/usr/bin/env bash
# crowd.sh - many writers and readers at once: nobody sees a lock, nothing is lost or doubled.
. "$(dirname "$0")/common.bash"
writers=$([ "$FULL" = 1 ] && echo 16 || echo 6)
readers=$([ "$FULL" = 1 ] && echo 8 || echo 3)
each=200
for i in $(seq 20); do tone "$M/$i.ogg" $((200 + i)) title="Track $i" artist=A; done
qfzz ingest "$M"
for w in $(seq "$writers"); do
	for k in $(seq $each); do
		echo "{\"user\":\"u$w\",\"t\":$((1600000000 + w * 1000 + k)),\"action\":\"play\",\"artist\":\"A\",\"title\":\"Track $((k % 20 + 1))\"}"
	done > "$T/events$w"
done
pids=()
for w in $(seq "$writers"); do qfzz events "$T/events$w" >/dev/null 2>"$T/err-w$w" & pids+=($!); done
for r in $(seq "$readers"); do
	(for k in 1 2 3 4 5; do qfzz query artist:a | wc -l | grep -qx 20 || exit 9; qfzz stats >/dev/null || exit 8; done) 2>"$T/err-r$r" & pids+=($!)
done
codes=
for p in "${pids[@]}"; do wait "$p"; codes="$codes $?"; done
[ -z "$(tr -d ' 0' <<<"$codes")" ] && ok "$writers writers and $readers readers at once, all exit 0" || { not_ok "exit codes:$codes"; cat "$T"/err-*; }
[ "$(sqlite3 "$QFZZ_CATALOG" 'SELECT count(*) FROM event WHERE track_id IS NOT NULL')" = $((writers * each)) ] &&
	ok "all $((writers * each)) events are there" || not_ok "events are missing"
cat "$T"/err-* | grep -qi locked && not_ok "somebody saw a lock" || ok "nobody saw a lock"
finish
