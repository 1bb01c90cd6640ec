#!/usr/bin/env bash
# verify-chain.sh - check a chain that `qfzz trust export` wrote, with standard tools only: bash, jq, sha256sum, xxd, openssl.
#
#   scripts/verify-chain.sh CHAIN.ndjson [HEIGHT:HASH]
#
# Nothing of qfzz is needed or used. Checked are the form of every line, links, indexes, asked and done work, times, counts,
# Merkle roots (RFC 9162), that no record stands twice, and every signature. HEIGHT:HASH, from the "block" line of a checkpoint, is a
# block that must be there: without one, a chain whose end was cut off at a block's border looks whole.
# Prints "OK …" and exits 0, or "block B, record R: reason" for the first fault and exits 4.
# openssl takes some hostile signatures that libsodium, whose verdict counts, refuses; qfzz trust verify --signatures tells.
set -uo pipefail
export LC_ALL=C
[ $# -ge 1 ] || { echo "usage: verify-chain.sh CHAIN.ndjson [HEIGHT:HASH]" >&2; exit 2; }
[ -r "$1" ] || { echo "$1: cannot be read" >&2; exit 3; }
T=$(mktemp -d) && trap 'rm -rf "$T"' EXIT
zeros=$(printf '0%.0s' {1..64})
block=-1 record=0 count=0 root='' tip=$zeros asked=0 least=0 interval=1 pinned=''
leaves=() times=()
declare -A seen

refuse() { echo "block $((block < 0 ? 0 : block)), record $record: $*"; exit 4; }
hash_of_hex() { xxd -r -p | sha256sum | cut -c1-64; }

# tree LEAF…: the root of RFC 9162
tree() {
	local n=$# k=1
	[ "$n" = 1 ] && { echo "$1"; return; }
	while ((2 * k < n)); do ((k *= 2)); done
	echo "01$(tree "${@:1:k}")$(tree "${@:k+1}")" | hash_of_hex
}

# zero_bits HASH BITS: does it begin with so many zero bits?
zero_bits() {
	local digits=$(($2 / 4)) rest=$(($2 % 4))
	[ "${1:0:digits}" = "${zeros:0:digits}" ] && (((16#${1:digits:1} >> (4 - rest)) == 0))
}

complete() {
	((block < 0)) && return
	((record == count)) || refuse "$record records, the header counts $count"
	[ "$(tree "${leaves[@]}")" = "$root" ] || refuse "the Merkle root differs"
}

# the bits that block $block is asked for, from those of the block before
retarget() {
	((block > 0 && block % 64 == 0)) || return 0
	local took=$((times[block - 1] - times[block - 64])) should=$((63 * interval))
	if ((took < should / 2)); then ((asked < 90)) && ((asked++)); elif ((took / 2 > should)); then ((asked > least)) && ((asked--)); fi
	return 0
}

begin_block() { # HEADER
	local h=$1 index prev bits ts node nonce
	complete
	block=$((block + 1)) record=0 leaves=()
	[[ $h =~ ^mchain1\ ([0-9]{10})\ ([0-9a-f]{64})\ ([0-9a-f]{64})\ ([0-9]{7})\ ([0-9]{2})\ ([0-9]{12})\ ([a-z0-9.-]{1,16})\ +([0-9a-f]{12})$ && ${#h} = 244 ]] || refuse "not a header"
	index=${BASH_REMATCH[1]} prev=${BASH_REMATCH[2]} root=${BASH_REMATCH[3]} count=$((10#${BASH_REMATCH[4]})) bits=$((10#${BASH_REMATCH[5]}))
	ts=$((10#${BASH_REMATCH[6]})) node=${BASH_REMATCH[7]} nonce=${BASH_REMATCH[8]}
	[ "$h" = "$(printf 'mchain1 %s %s %s %s %s %s %-16s%43s%s' "$index" "$prev" "$root" "$(printf %07d $count)" "$(printf %02d $bits)" "$(printf %012d $ts)" "$node" '' "$nonce")" ] || refuse "not a header"
	((count >= 1 && count <= 65536 && bits <= 90 && ts >= 946684800 && ts <= 253402300799)) || refuse "a number of the header is out of range"
	((10#$index == block)) || refuse "its index is $index"
	[ "$prev" = "$tip" ] || refuse "it does not follow the block before it"
	retarget
	((bits >= asked)) || refuse "$bits bits of work, $asked are asked"
	tip=$(printf %s "$h" | sha256sum | cut -c1-64)
	zero_bits "$tip" "$bits" || refuse "no proof of work"
	if ((block > 0)); then
		local from=$((block > 11 ? block - 11 : 0)) last
		last=($(printf '%s\n' "${times[@]:from}" | sort -n))
		((ts > last[${#last[@]} / 2])) || refuse "its time is not after the median of the blocks before it"
	fi
	((ts <= $(date +%s) + 7200)) || refuse "its time is more than two hours ahead"
	times+=("$ts")
	[ "$block" != "${PIN%%:*}" ] || pinned=$tip
}

H='[0-9a-f]{64}' N='(0|[1-9][0-9]{0,15})'
may_say() { # REC: what a record of the chain may say
	local action actor delta seq target ts
	[[ $1 =~ ^\{\"action\":\"([a-z]+)\",\"actor\":\"($H)\",\"chain\":\"$chain\",\"delta\":(0|-?[1-9][0-9]*),\"seq\":$N,\"target\":\"((dataset|track|creator):$H)\",\"ts\":$N,\"v\":1\}$ ]] || return
	action=${BASH_REMATCH[1]} actor=${BASH_REMATCH[2]} delta=${BASH_REMATCH[3]} seq=${BASH_REMATCH[4]} target=${BASH_REMATCH[5]} ts=${BASH_REMATCH[7]}
	((seq < 1 << 53 && ts >= 946684800 && ts <= 253402300799 && ts <= times[block] + 7200)) && [ "$target" != "creator:$actor" ] || return
	case $action:$delta in
	interaction:10000 | verification:50000 | report:-50000 | retraction:0) ;;
	rating:-20000 | rating:-10000 | rating:0 | rating:10000 | rating:20000) ;;
	vouch:0) [[ $target == creator:* ]] ;;
	*) return 1 ;;
	esac
}

may_begin() { # REC: what a genesis record may say
	[[ $1 =~ ^\{\"action\":\"genesis\",\"actor\":\"$H\",\"anchors\":\[(\"$H\"(,\"$H\")*)?\],\"bits\":$N,\"interval\":$N,\"name\":\"[a-z0-9.-]{1,64}\",\"ts\":$N,\"v\":1\}$ ]] || return
	asked=${BASH_REMATCH[3]} interval=${BASH_REMATCH[4]} least=$asked
	((asked <= 90 && interval >= 1 && interval <= 100000000 && BASH_REMATCH[5] >= 946684800 && BASH_REMATCH[5] <= 253402300799)) &&
		jq -e '.anchors | . == unique and length <= 256' <<<"$1" >/dev/null
}

take_record() { # LINE
	local line=$1 rec sig leaf
	((block >= 0)) || refuse "a record before the first block"
	((record < count)) || refuse "more records than the header counts ($count)"
	rec=$(jq -cSe '.rec | objects' <<<"$line" 2>/dev/null) && sig=$(jq -er '.sig | strings' <<<"$line" 2>/dev/null) || refuse "not a record"
	[ "$line" = "{\"rec\":$rec,\"sig\":\"$sig\"}" ] || refuse "not canonical"
	[[ $sig =~ ^[0-9a-f]{128}$ ]] || refuse "not a record"
	if ((block == 0)); then
		((count == 1)) || refuse "block 0 holds the genesis record alone"
		may_begin "$rec" || refuse "not a genesis record"
		((10#${header:157:2} >= asked)) || refuse "${header:157:2} bits of work, $asked are asked"
		chain=$(printf %s "$line" | sha256sum | cut -c1-64)
	else
		may_say "$rec" || refuse "not a record, of another chain, or it says what it may not"
	fi
	printf %s "$rec" > "$T/rec"
	xxd -r -p <<<"$sig" > "$T/sig"
	{ printf 302a300506032b6570032100; jq -j .actor <<<"$rec"; } | xxd -r -p > "$T/key"
	openssl pkeyutl -verify -pubin -keyform DER -inkey "$T/key" -rawin -in "$T/rec" -sigfile "$T/sig" >/dev/null 2>&1 || refuse "the signature is not good"
	leaf=$({ printf '\0'; cat "$T/rec" "$T/sig"; } | sha256sum | cut -c1-64)
	[ -z "${seen[$leaf]+x}" ] || refuse "the same record stands in the chain before"
	seen[$leaf]=1
	leaves+=("$leaf")
	record=$((record + 1))
}

PIN=${2:-}
[ -z "$PIN" ] || [[ $PIN =~ ^[0-9]+:[0-9a-f]{64}$ ]] || { echo "verify-chain.sh: '$PIN' is not HEIGHT:HASH" >&2; exit 2; }
[ "$(tr -d '\0' < "$1" | wc -c)" = "$(wc -c < "$1")" ] || refuse "a NUL"
[ -s "$1" ] || refuse "no block at all"
[ "$(tail -c 1 "$1" | xxd -p)" = 0a ] || refuse "the last line has no newline: the file was cut"
while IFS= read -r line; do
	if [[ $line == '{"blk"'* ]]; then
		[[ $line == '{"blk":"'*'"}' ]] || refuse "not a block's line"
		header=${line:8:${#line}-10}
		begin_block "$header"
	else
		take_record "$line"
	fi
done < "$1"
((block >= 0)) || refuse "no block at all"
complete
[ -z "$PIN" ] || [ "$pinned" = "${PIN#*:}" ] || { echo "block ${PIN%%:*}: not the block of the checkpoint: the chain was cut off or made anew"; exit 4; }
echo "OK: $((block + 1)) blocks, tip $tip"
