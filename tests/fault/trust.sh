#!/usr/bin/env bash
# trust.sh - the chain of trust under faults: bytes of an export flipped and cut, kill -9 in add, mine and import, two miners and
# an adder at once. Every acknowledged record is in the pool or in the chain exactly once.
. "$(dirname "$0")/common.bash"
RANDOM=$SEED
kills=$([ "$FULL" = 1 ] && echo 200 || echo 12)
echo "# seed $SEED, $kills kills"
hex() { printf "$1%.0s" {1..32}; }
qfzz ingest -q "$M"
for k in s a b; do qfzz trust keygen "$T/$k.key" >/dev/null; done
qfzz trust init --name test --bits 8 --key "$T/s.key" -q >/dev/null
cp "$QFZZ_CATALOG" "$T/begun.db"

# ---- damage ------------------------------------------------------------------------------------------
for i in 1 2; do qfzz trust add interaction "track:$(hex 0$i)" --key "$T/a.key" >/dev/null; done
qfzz trust mine -q --bits 16 >/dev/null
for i in 3 4 5; do qfzz trust add interaction "track:$(hex 0$i)" --key "$T/a.key" >/dev/null; done
qfzz trust mine -q --bits 16 >/dev/null
qfzz trust export -o "$T/chain"
qfzz trust checkpoint --key "$T/s.key" -o "$T/note"
cat > "$T/flip.py" <<'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[2])] ^= 1 << int(sys.argv[3])
open(sys.argv[4], "wb").write(b)
END
size=$(stat -c %s "$T/chain") failed=0 runs=0 agreed=0
for ((at = 0; at < size; at += $(every "$size" 60))); do
	/usr/bin/python3 "$T/flip.py" "$T/chain" $at $((RANDOM % 8)) "$T/bad"
	qfzz trust verify --signatures --checkpoint "$T/note" "$T/bad" >/dev/null 2>"$T/err"
	code=$?
	[ $code = 4 ] && grep -qE 'block [0-9]+|checkpoint' "$T/err" || { failed=$((failed + 1)); echo "# byte $at: exit $code: $(cat "$T/err")"; }
	if ((runs % 4 == 0)); then
		said=$(scripts/verify-chain.sh "$T/bad" "$(sed -n 's/^block \([0-9]*\) /\1:/p' "$T/note")")
		[ $? = 4 ] && agreed=$((agreed + 1)) || { failed=$((failed + 1)); echo "# byte $at: verify-chain.sh: $said"; }
	fi
	runs=$((runs + 1))
done
[ $failed = 0 ] && ok "$runs flipped bytes of $size, each refused; verify-chain.sh agreed $agreed times" || not_ok "$failed flipped bytes were taken"
failed=0 runs=0
for ((cut = 0; cut < size; cut += $(every "$size" 40))); do
	head -c $cut "$T/chain" > "$T/bad"
	qfzz trust verify --checkpoint "$T/note" "$T/bad" >/dev/null 2>&1
	[ $? = 4 ] || { failed=$((failed + 1)); echo "# the first $cut bytes were taken"; }
	runs=$((runs + 1))
done
[ $failed = 0 ] && ok "$runs cuts, each refused" || not_ok "$failed cuts were taken"

# ---- kill -9 -------------------------------------------------------------------------------------------
# once WHAT: every record whose row was printed is there, exactly once; the catalog is sound and verifies
once() {
	local bad id
	[ "$(sqlite3 "$QFZZ_CATALOG" 'PRAGMA integrity_check' 2>&1)" = ok ] || { echo "$1: the catalog is damaged"; return 1; }
	bad=$(sqlite3 "$QFZZ_CATALOG" "SELECT count(*) FROM trust_record r WHERE (SELECT count(*) FROM trust_pool WHERE record_id = r.id)
		+ (SELECT count(*) FROM trust_placed p JOIN trust_block b ON b.id = p.block_id AND b.best = 1 WHERE p.record_id = r.id) <> 1")
	[ "$bad" = 0 ] || { echo "$1: $bad records are in pool and chain not exactly once"; return 1; }
	jq -rR 'fromjson? | select(.type == "trust-record.v1").id' "$T/acknowledged" | sort > "$T/ids"
	sqlite3 "$QFZZ_CATALOG" 'SELECT lower(hex(hash)) FROM trust_record' | sort > "$T/have"
	bad=$(comm -23 "$T/ids" "$T/have" | wc -l)
	[ "$bad" = 0 ] || { echo "$1: $bad acknowledged records are lost"; return 1; }
	qfzz trust verify --full >/dev/null 2>"$T/err" || { echo "$1: $(cat "$T/err")"; return 1; }
}
strike() { # COMMAND…: kill it after 0 to 0.15 s; what it printed is acknowledged
	"$@" >>"$T/acknowledged" 2>/dev/null &
	local pid=$!
	sleep "0.$(printf %03d $((RANDOM % 150)))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
}
for i in $(seq 3000); do printf '{"action":"interaction","target":"track:%064x"}\n' "$i"; done > "$T/rows"
cp "$QFZZ_CATALOG" "$T/keep.db"
qfzz trust add - --key "$T/b.key" < "$T/rows" >/dev/null
qfzz trust export --pool > "$T/pool"
cp "$T/keep.db" "$QFZZ_CATALOG"; rm -f "$QFZZ_CATALOG-wal" "$QFZZ_CATALOG-shm"
: > "$T/acknowledged"
why=
for i in $(seq "$kills"); do
	case $((i % 3)) in
	0) strike qfzz-trust add - --key "$T/a.key" < "$T/rows" ;;
	1) strike qfzz-trust import "$T/pool" ;;
	2) strike qfzz-trust mine --bits $((8 + RANDOM % 10)) ;;
	esac
	why=$(once "kill $i") || break
	why=
done
[ -z "$why" ] && ok "$kills kills in add, import and mine: every acknowledged record exactly once" || not_ok "$why"
qfzz trust import "$T/pool" >/dev/null 2>&1
qfzz trust mine -q >/dev/null
[ "$(sqlite3 "$QFZZ_CATALOG" "SELECT count(*) FROM trust_record WHERE actor = (SELECT actor FROM trust_record WHERE target LIKE 'track:%bb8' LIMIT 1)")" -ge 3000 ] &&
	ok "the import ends where an unkilled one ends" || not_ok "the import did not end"

# ---- two miners and an adder ------------------------------------------------------------------------------
cp "$T/begun.db" "$QFZZ_CATALOG"; rm -f "$QFZZ_CATALOG-wal" "$QFZZ_CATALOG-shm"
: > "$T/acknowledged"; : > "$T/err-crowd"
rounds=$([ "$FULL" = 1 ] && echo 60 || echo 12)
for i in $(seq "$rounds"); do qfzz trust add interaction "track:$(printf %064x "$i")" --key "$T/a.key" >>"$T/acknowledged" 2>>"$T/err-crowd" || echo "adder: $?" >>"$T/err-crowd"; done & adder=$!
miners=()
for m in one two; do
	for i in $(seq "$rounds"); do qfzz trust mine -q --node "$m" --bits $((12 + RANDOM % 4)) 2>>"$T/err-crowd" >/dev/null || echo "miner: $?" >>"$T/err-crowd"; done & miners+=($!)
done
wait $adder "${miners[@]}"
why=$(once "miners and an adder") && [ ! -s "$T/err-crowd" ] && ok "two miners and an adder: nothing lost, nobody saw a lock" || not_ok "$why $(head -c 300 "$T/err-crowd")"

finish
