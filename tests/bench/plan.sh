#!/usr/bin/env bash
# plan.sh - storage plans of made-up libraries: 100,000 tracks in at most 2 CPU s, within budget and bound.
set -eu
cd "$(dirname "$0")/../.."
make -s "${1:-build}/bench/plan"
"${1:-build}/bench/plan"
