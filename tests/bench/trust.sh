#!/usr/bin/env bash
# trust.sh - rates of the chain of trust, per second of one core's processor time.
#
#   tests/bench/trust.sh [BUILD]        RECORDS=200000 unless told
#
# Mining beside OpenSSL's EVP one-shot in the same run; goals, said where they are missed: SHA-NI 75 MH/s and 25 times EVP, AVX2
# 30 MH/s; hashes of 1,000,000 records/s, 19,000 signatures/s, 50,000 records/s stored durably on the clock.
set -u
cd "$(dirname "$0")/../.."
build=${1:-build}
RECORDS=${RECORDS:-200000}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
make --no-print-directory "$build/bench/trust_speed" "$build/bin/qfzz-trust" >/dev/null || exit 1
export QFZZ_CATALOG=$T/catalog.db SOURCE_DATE_EPOCH=1700010000
below() { awk -v is="$2" -v goal="$3" 'BEGIN { exit !(is < goal) }' && echo "  $1: below the goal of $3"; }

"$build/bench/trust_speed" mine | tee "$T/mine"
while read -r name goal times; do
	line=$(grep "^$name " "$T/mine") || continue
	below "$name, MH/s" "$(sed 's/.* \([0-9.]*\) MH.*/\1/' <<<"$line")" "$goal"
	below "$name, times EVP" "$(sed 's/.* \([0-9.]*\) times.*/\1/' <<<"$line")" "$times"
done <<< $'sha-ni 75 25\navx2 30 1'
"$build/bench/trust_speed" sigs | tee "$T/sigs"
below "signatures" "$(awk '{ print $(NF - 1) }' "$T/sigs")" 19000
"$build/bench/trust_speed" fill "$QFZZ_CATALOG" "$RECORDS" | tee "$T/fill"
below "stored on the clock" "$(sed 's/.*, \([0-9]*\) on.*/\1/' "$T/fill")" 50000

# rate WORDS GOAL ARG…: records a second of processor and of clock, best of five
rate() {
	local words=$1 goal=$2 best=999 wall=999 TIMEFORMAT='%U %S %R' u s r i
	shift 2
	for i in 1 2 3 4 5; do
		read -r u s r < <({ time "$build/bin/qfzz-trust" verify --full "$@" >/dev/null; } 2>&1 | tail -1)
		best=$(awk "BEGIN { x = $u + $s; print x < $best ? x : $best }") wall=$(awk "BEGIN { print $r < $wall ? $r : $wall }")
	done
	awk -v w="$words" -v n="$RECORDS" -v c="$best" -v r="$wall" 'BEGIN { printf "%-40s %10.0f records/s of processor, %.0f on the clock\n", w, n / c, n / r }'
	below "$words" "$(awk "BEGIN { print $RECORDS / $best }")" "$goal"
}
rate "hashes, from the catalog" 1000000
"$build/bin/qfzz-trust" export -o "$T/chain.ndjson"
rate "hashes, from a file" 0 "$T/chain.ndjson"
rate "signatures, 1 thread" 19000 --signatures
rate "signatures, 2 threads" 19000 --signatures --threads 2
exit 0
