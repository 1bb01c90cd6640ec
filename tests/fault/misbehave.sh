#!/usr/bin/env bash
# misbehave.sh - each kind of misbehaving worker twenty times (tests/unit/test_pool.c): no neighbour is lost.
cd "$(dirname "$0")/../.." || exit 3
make --no-print-directory B="${1:-build}" "${1:-build}/unit/test_pool" >/dev/null || exit 3
CMOCKA_MESSAGE_OUTPUT=TAP exec "${1:-build}/unit/test_pool"
