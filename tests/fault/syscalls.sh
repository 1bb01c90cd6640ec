#!/usr/bin/env bash
# syscalls.sh - every read, write, open, sync, rename … of ingest and query after main fails in turn, once
# and for ever, by strace's injection: no crash, no silent failure, nothing acknowledged lost.
. "$(dirname "$0")/common.bash"
strace -qq -o /dev/null true 2>/dev/null || { echo "1..0 # SKIP strace may not trace here"; exit 0; }

tone "$M/one.flac" 220 title=One artist=Ann
tone "$M/two.mp3" 330 title=Two artist=Ann
qfzz ingest "$M" 2>/dev/null
cp "$QFZZ_CATALOG" "$T/full.db"
printf '{"path":"%s"}\n' "$M/one.flac" "$M/two.mp3" > "$T/rows"

calls="read:EIO pread64:EIO write:ENOSPC pwrite64:ENOSPC openat:EMFILE fsync:EIO fdatasync:EIO ftruncate:EIO unlink:EIO mmap:ENOMEM sendmsg:EPIPE socketpair:EMFILE"

# sweep NAME FRESH COMMAND…
sweep() {
	local name=$1 fresh=$2 call error first last at why step runs=0 failed=0 ever
	wanted "$name" || return 0
	shift 2
	for c in $calls; do
		call=${c%:*} error=${c#*:}
		wipe; [ -z "$fresh" ] || cp "$fresh" "$QFZZ_CATALOG"
		strace -qq -e trace="$call,openat" -o "$T/trace" "$@" <"$T/rows" >/dev/null 2>&1
		# main begins by looking whether the standard descriptors are open
		first=$(sed '/"\/dev\/null", O_RDONLY)/q' "$T/trace" | grep -c "^$call(") || true
		last=$(grep -c "^$call(" "$T/trace") || true
		step=$(every $((last - first)) 1)
		for ((at = first + 1; at <= last; at += step)); do
			for ever in "" +; do
				wipe; [ -z "$fresh" ] || cp "$fresh" "$QFZZ_CATALOG"
				timeout 60 strace -qq -e trace="$call" -e inject="$call:error=$error:when=$at$ever" -o /dev/null "$@" <"$T/rows" >"$T/out" 2>"$T/err"
				code=$?
				# when stderr itself fails only the exit code can tell
				[ "$call" = write ] && [ $code != 0 ] && echo "stderr may be gone" >> "$T/err"
				why=$(judge $code "$T/err" "$call $at$ever" && acknowledged "$T/out" "$call $at$ever") || { failed=$((failed + 1)); echo "# $why"; }
				runs=$((runs + 1))
			done
		done
	done
	[ $failed = 0 ] && ok "$name: $runs runs" || not_ok "$name: $failed of $runs runs"
}

printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' 1690000000 "$M/one.flac" 1690000300 "$M/two.mp3" > "$T/history"

sweep "ingest of a new library" "" qfzz-ingest "$M"
sweep "ingest of rows" "" qfzz-ingest -
sweep "query" "$T/full.db" qfzz-query genre:rock
sweep "events" "$T/full.db" qfzz-events -q "$T/history"
sweep "stats" "$T/full.db" qfzz-stats
printf '{"id":"two","name":"Two","category":"music","folder":"%s","licence":"MIT"}' "$M" > "$T/two.json"
cp "$T/full.db" "$QFZZ_CATALOG" && qfzz dataset add "$T/two.json" >/dev/null && cp "$QFZZ_CATALOG" "$T/set.db"
sweep "dataset add" "$T/full.db" qfzz-dataset add "$T/two.json"
sweep "dataset manifest" "$T/set.db" qfzz-dataset manifest two -o "$T/sums"
sweep "quality" "$T/set.db" qfzz-quality two
sweep "doctor" "$T/full.db" qfzz-doctor
printf 'a\tdaily\t06:00-06:01\t*\tshuffle\t0\ttitle:two\t1\t-16\n' > "$T/dayparts"
sweep "schedule" "$T/full.db" qfzz-schedule --dayparts "$T/dayparts" --date 2023-11-14 --tz Z --seed 2
sweep "plan" "$T/full.db" qfzz-plan transcode --into "$T/r" -o "$T/p.mk" --format make
cp "$T/full.db" "$QFZZ_CATALOG"; qfzz plan transcode --ladder opus --into "$T/r" -o "$T/e.ndjson"
sweep "encode" "$T/full.db" qfzz-encode --plan "$T/e.ndjson"
sweep "station init" "" qfzz-station init --force "$T/station" "music=$M"
sweep "station settings" "" qfzz-station settings --conf "$T/station/station.conf" -o "$T/settings.mk"
sweep "playlist" "" qfzz-playlist -o "$T/list.m3u" -
sweep "playlist, kept" "$T/full.db" qfzz-playlist --keep k --now 1700000000 -
sweep "mix" "" qfzz-mix --bits 16 -o "$T/mix.flac" -
# a chain with a block and something that waits
cp "$T/full.db" "$QFZZ_CATALOG"
qfzz trust keygen "$T/key" >/dev/null && qfzz trust init -q --name test --bits 4 --key "$T/key" >/dev/null
cp "$QFZZ_CATALOG" "$T/begun.db"
said="track:$(printf 'ab%.0s' {1..32})"
qfzz trust add interaction "$said" --key "$T/key" >/dev/null && qfzz trust mine -q >/dev/null && qfzz trust export -o "$T/chain"
qfzz trust add rating "$said" --stars 4 --key "$T/key" >/dev/null && qfzz trust export --pool > "$T/pool"
id=$(sed -n 4p "$T/chain" | tr -d '\n' | sha256sum | cut -c1-16)
cp "$QFZZ_CATALOG" "$T/trust.db"
sweep "trust add" "$T/trust.db" qfzz-trust add report "$said" --key "$T/key"
sweep "trust import" "$T/trust.db" qfzz-trust import "$T/pool"
sweep "trust mine" "$T/trust.db" qfzz-trust mine -q
sweep "trust merge" "$T/begun.db" qfzz-trust merge "$T/chain"
sweep "trust verify" "$T/trust.db" qfzz-trust verify --signatures --full
sweep "trust score" "$T/trust.db" qfzz-trust score "$said" --explain
sweep "trust prove" "$T/trust.db" qfzz-trust prove "$id"
sweep "trust checkpoint" "$T/trust.db" qfzz-trust checkpoint --key "$T/key"
sweep "trust filter" "$T/trust.db" qfzz-trust filter --min 0.5 -
finish
