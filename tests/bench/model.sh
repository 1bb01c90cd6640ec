#!/usr/bin/env bash
# What learning costs: an epoch in processor seconds, its ratio to the floor and its memory, also as
# on a machine without AVX-512; what serving costs; and the quality on a held-out split, against the
# anchor of 0.4597 NDCG@100. QFZZ_HETREC names a folder with strong-min5.{train,test_tr,test_te}.csv.gz
# (Last.fm HetRec 2011, artists with at least 5 listeners, 400 users held out).
set -euo pipefail
build=${1:-build}
cd "$(dirname "$0")/../.."
make -s "$build/bench/model_eval" "$build/bench/serve" "$build/bench/epoch"

core_s() { sed 's/.*: \([0-9.]*\) core-s.*/\1/' <<< "$1"; }
best=$("$build/bench/epoch" 100000 50000 10000000 64 cg 2)
echo "$best"
if grep -q avx512f /proc/cpuinfo; then
	less=$(OPENBLAS_CORETYPE=Haswell "$build/bench/epoch" 100000 50000 10000000 64 cg 2 avx2)
	echo "$less"
	awk -v a="$(core_s "$less")" -v b="$(core_s "$best")" 'BEGIN { printf "without AVX-512: %.2f times as long (at most 2.5)\n", a / b }'
fi
"$build/bench/epoch" 100000 50000 10000000 128 cg 2
for how in "64 cg" "128 cg" "64 chol" "128 chol"; do
	"$build/bench/epoch" 6040 3706 1103000 $how 2 # the shape of MovieLens-1M
done

"$build/bench/serve"             # one user against a million tracks
"$build/bench/serve" 50000 64 100000 # everybody at once
if [ -z "${QFZZ_HETREC:-}" ] || [ ! -d "$QFZZ_HETREC" ]; then
	echo "skipped: QFZZ_HETREC names no folder"
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for f in train test_tr test_te; do zcat "$QFZZ_HETREC/strong-min5.$f.csv.gz" >"$tmp/$f.csv"; done
for seed in 1 2 3; do
	"$build/bench/model_eval" "$tmp/train.csv" "$tmp/test_tr.csv" "$tmp/test_te.csv" 128 16 0.3 0.01 100 "$seed"
done
