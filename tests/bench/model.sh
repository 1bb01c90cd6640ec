#!/usr/bin/env bash
# Quality of the factorization on a held-out split, against the anchor of 0.4597
# NDCG@100. QFZZ_HETREC names a folder with strong-min5.{train,test_tr,test_te}.csv.gz
# (Last.fm HetRec 2011, artists with at least 5 listeners, 400 users held out).
set -euo pipefail
build=${1:-build}
cd "$(dirname "$0")/../.."
make -s "$build/bench/model_eval" "$build/bench/serve"
"$build/bench/serve"             # one user against a million tracks
"$build/bench/serve" 50000 64 20000
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
