#!/usr/bin/env bash
# oom.sh - every allocation of ingest and query fails in turn, once and for ever: no crash, no
# silent failure, what was acknowledged is there, the catalog is sound.
. "$(dirname "$0")/common.bash"
gcc -shared -fPIC -O1 -o "$T/oom.so" tests/fault/oom.c -ldl || { not_ok "oom.c does not compile"; finish; }

tone "$M/one.flac" 220 title=One artist=Ann album=First genre=Rock
tone "$M/two.mp3" 330 title=Two artist=Ann album=First genre=Rock
: > "$M/empty.mp3"
qfzz ingest "$M" 2>/dev/null
cp "$QFZZ_CATALOG" "$T/full.db"
printf '{"path":"%s"}\n' "$M/one.flac" "$M/two.mp3" > "$T/rows"

# sweep NAME PROGRAM FRESH COMMAND…: FRESH is the catalog that each run begins with ("" = none)
sweep() {
	local name=$1 program=$2 fresh=$3 total step at ever why runs=0 failed=0
	wanted "$name" || return 0
	shift 3
	wipe; [ -z "$fresh" ] || cp "$fresh" "$QFZZ_CATALOG"
	rm -f "$T/count"
	OOM_PROGRAM=$program OOM_COUNT=$T/count LD_PRELOAD=$T/oom.so "$@" <"$T/rows" >/dev/null 2>&1
	total=3000 # a worker may write no file, not even this one
	[ ! -s "$T/count" ] || total=$(cat "$T/count")
	step=$(every "$total" 6)
	for ever in "" 1; do
		for ((at = 1; at <= total; at += step)); do
			wipe; [ -z "$fresh" ] || cp "$fresh" "$QFZZ_CATALOG"
			env OOM_PROGRAM="$program" OOM_AT=$at ${ever:+OOM_EVER=1} LD_PRELOAD="$T/oom.so" "$@" <"$T/rows" >"$T/out" 2>"$T/err"
			why=$(judge $? "$T/err" "allocation $at${ever:+ and all after}" && acknowledged "$T/out" "allocation $at") || { failed=$((failed + 1)); echo "# $why"; }
			runs=$((runs + 1))
		done
	done
	[ $failed = 0 ] && ok "$name: $total allocations, $runs runs" || not_ok "$name: $failed of $runs runs"
}

mv "$QFZZ_CATALOG" "$T/keep.db"; mkdir "$T/nothing"; qfzz ingest "$T/nothing"; mv "$QFZZ_CATALOG" "$T/empty.db"; mv "$T/keep.db" "$QFZZ_CATALOG"
# a library that was listened to and learned from, for the tools that read one
qfzz features 2>/dev/null
printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' 1690000000 "$M/one.flac" 1690000300 "$M/two.mp3" > "$T/history"
qfzz events -q "$T/history" >/dev/null
qfzz train -q --rank 2 --now 1700000000
cp "$QFZZ_CATALOG" "$T/learned.db"
qfzz train -q --model ease --now 1700000000
mv "$QFZZ_CATALOG" "$T/ease.db"

sweep "ingest of a new library" qfzz-ingest "" qfzz-ingest "$M"
sweep "ingest into an empty catalog" qfzz-ingest "$T/empty.db" qfzz-ingest "$M"
sweep "ingest of rows" qfzz-ingest "$T/empty.db" qfzz-ingest -
sweep "ingest, unchanged" qfzz-ingest "$T/full.db" qfzz-ingest "$M"
QFZZ_SANDBOX=off sweep "the reader of tags" qfzz-read "$T/full.db" qfzz-ingest - # without libseccomp's set-up, which loops when starved
sweep "features" qfzz-features "$T/full.db" qfzz-features -j 1
sweep "query" qfzz-query "$T/learned.db" qfzz-query genre:rock sort:title
sweep "events" qfzz-events "$T/full.db" qfzz-events -q "$T/history"
sweep "train" qfzz-train "$T/learned.db" qfzz-train -q -j 1 --force --rank 2 --now 1700000000
sweep "train, update" qfzz-train "$T/learned.db" qfzz-train -q -j 1 --force --update --now 1700000000
sweep "train, warm" qfzz-train "$T/learned.db" qfzz-train -q -j 1 --force --warm --rank 2 --now 1700000000
for u in a b c d; do for i in 1 2 3 4; do printf '%s\t%s\n' $u $((i * i + i % 2)); done; done > "$T/table.tsv"
sweep "train, ease" qfzz-train "$T/learned.db" qfzz-train -q -j 1 --model ease --now 1700000000
sweep "train on a table" qfzz-train "" qfzz-train -q -j 1 --tsv "$T/table.tsv" --rank 2 --factors "$T/factors.tsv"
sweep "evaluate" qfzz-evaluate "$T/learned.db" qfzz-evaluate -q -j 1 --train "$T/table.tsv" --split weak --resamples 10 ials:rank=2
sweep "evaluate of a catalog" qfzz-evaluate "$T/learned.db" qfzz-evaluate -q -j 1 --split weak --resamples 10 --now 1700000000 hybrid:rank=2
sweep "recommend" qfzz-recommend "$T/learned.db" qfzz-recommend --user me --include-known
sweep "recommend, everyone" qfzz-recommend "$T/learned.db" qfzz-recommend --everyone -j 1
sweep "recommend, with wishes" qfzz-recommend "$T/learned.db" qfzz-recommend --user me --discovery 0.3 --activity study --when morning \
	--calibrate 0.5 --variety 0.3 --diversity dpp --max-per-album 1 --where 'genre:rock' --not-since 1d --now 1700000000
sweep "recommend, by ease" qfzz-recommend "$T/ease.db" qfzz-recommend --user me --include-known
sweep "recommend, everyone by ease" qfzz-recommend "$T/ease.db" qfzz-recommend --everyone --include-known
sweep "similar" qfzz-similar "$T/learned.db" qfzz-similar track:1
sweep "radio" qfzz-radio "$T/learned.db" qfzz-radio artist:ann track:1 --user me
sweep "profile" qfzz-profile "$T/learned.db" qfzz-profile me
printf 'a\tdaily\t06:00-06:01\t*\tshuffle\t0\ttitle:two\t1\t-16\n' > "$T/dayparts"
sweep "schedule" qfzz-schedule "$T/learned.db" qfzz-schedule --dayparts "$T/dayparts" --date 2023-11-14 --tz Z -
sweep "stats" qfzz-stats "$T/learned.db" qfzz-stats
printf '{"id":"two","name":"Two","category":"music","folder":"%s","licence":"MIT"}' "$M" > "$T/two.json"
printf 'Format: x\n\nFiles: *\nCopyright: A\nLicense: CC0\n' > "$T/copyright"
qfzz dataset add "$T/two.json" >/dev/null
cp "$QFZZ_CATALOG" "$T/set.db"
sweep "dataset add" qfzz-dataset "$T/learned.db" qfzz-dataset add "$T/two.json"
sweep "dataset add from a copyright file" qfzz-dataset "$T/learned.db" qfzz-dataset add --from-deb-copyright "$T/copyright" --folder "$M" --name two
sweep "dataset manifest" qfzz-dataset "$T/set.db" qfzz-dataset manifest two
sweep "dataset export" qfzz-dataset "$T/set.db" qfzz-dataset export two --croissant
sweep "quality" qfzz-quality "$T/set.db" qfzz-quality two --explain
sweep "quality, the best part" qfzz-quality "$T/set.db" qfzz-quality two --curate
sweep "doctor" qfzz-doctor "$T/learned.db" qfzz-doctor
sweep "plan transcode" qfzz-plan "$T/learned.db" qfzz-plan transcode --into "$T/r" -o "$T/p.mk" --format make
sweep "plan fit" qfzz-plan "$T/learned.db" qfzz-plan fit --device phone -
sweep "plan cache" qfzz-plan "$T/learned.db" qfzz-plan cache simulate --size 1MB
sweep "plan model" qfzz-plan "$T/learned.db" qfzz-plan model --size 1MB
sweep "plan library" qfzz-plan "$T/learned.db" qfzz-plan library --now 1800000000
cp "$T/learned.db" "$QFZZ_CATALOG"; qfzz plan transcode --ladder opus --into "$T/r" -o "$T/e.ndjson"
sweep "encode" qfzz-encode "$T/learned.db" qfzz-encode --plan "$T/e.ndjson"
QFZZ_SANDBOX=off sweep "the encoding worker" qfzz-render "$T/learned.db" qfzz-encode --plan "$T/e.ndjson" --job 1
cp "$T/learned.db" "$QFZZ_CATALOG"; qfzz plan transcode --ladder aac --into "$T/r" -o "$T/aac.ndjson"
QFZZ_SANDBOX=off sweep "the worker that encodes AAC" qfzz-render-aac "$T/learned.db" qfzz-encode --plan "$T/aac.ndjson" --job 1
cp "$T/learned.db" "$QFZZ_CATALOG"; qfzz encode -q --plan "$T/e.ndjson"; cp "$QFZZ_CATALOG" "$T/encoded.db"
printf '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",NAME="n"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="g"\nhttp://a/b\n' > "$T/poor.m3u8"
afresh=(sh -c 'rm -rf "$0"; exec "$@"' "$T/hls" qfzz-package --target 1 -o "$T/hls")
sweep "package" qfzz-package "$T/encoded.db" "${afresh[@]}"
QFZZ_SANDBOX=off sweep "the segmenting worker" qfzz-segment "$T/encoded.db" "${afresh[@]}"
sweep "package, lint" qfzz-package "" qfzz-package --lint "$T/poor.m3u8"
sweep "playlist" qfzz-playlist "" qfzz-playlist --order harmonic -o "$T/list.m3u" -
for f in pls xspf jspf; do qfzz-query --catalog "$T/learned.db" | qfzz-playlist -o "$T/foreign.$f" -; done
for f in pls xspf jspf; do sweep "playlist of a foreign $f" qfzz-playlist "$T/learned.db" qfzz-playlist --read "$T/foreign.$f" --clean --not-since 1d --order smooth; done
sweep "playlist, kept and shaped" qfzz-playlist "$T/learned.db" qfzz-playlist --keep k --length 5s --arc peak --artist-gap 1 --now 1700000000 -
sweep "station init" qfzz-station "" qfzz-station init --force "$T/station" "music=$M"
sweep "station check" qfzz-station "" qfzz-station check --conf "$T/station/station.conf"
sweep "station settings" qfzz-station "" qfzz-station settings --conf "$T/station/station.conf"
sweep "playlist, ready-made" qfzz-playlist "$T/learned.db" qfzz-playlist run best-of-month --now 1700000000
beat() { jq -nc --arg p "$1" --argjson bpm "$2" '{path: $p, features: {version: 1, duration_s: 2, loudness_lufs: -20, tempo_bpm: $bpm, beats_s: [range(0; 2; 60 / $bpm)]}}'; }
{ beat "$M/one.flac" 480; beat "$M/two.mp3" 500; } > "$T/beats" # four beats of half a second, stretched
sweep "mix" qfzz-mix "" sh -c "qfzz-mix --only 1 --plot '$T/plot.svg' -o '$T/mix.flac' - < '$T/beats'"
QFZZ_SANDBOX=off sweep "the mixing worker" qfzz-sound "" sh -c "qfzz-mix -o '$T/mix.flac' - < '$T/beats'"
# a chain with a block and something that waits
cp "$T/full.db" "$QFZZ_CATALOG"
qfzz trust keygen "$T/key" >/dev/null && qfzz trust init -q --name test --bits 4 --key "$T/key" >/dev/null
cp "$QFZZ_CATALOG" "$T/begun.db"
said="track:$(printf 'ab%.0s' {1..32})"
qfzz trust add interaction "$said" --key "$T/key" >/dev/null && qfzz trust mine -q >/dev/null && qfzz trust export -o "$T/chain"
qfzz trust add rating "$said" --stars 4 --key "$T/key" >/dev/null && qfzz trust export --pool > "$T/pool"
id=$(sed -n 4p "$T/chain" | tr -d '\n' | sha256sum | cut -c1-16)
cp "$QFZZ_CATALOG" "$T/trust.db"
sweep "trust add" qfzz-trust "$T/trust.db" qfzz-trust add report "$said" --key "$T/key"
sweep "trust import" qfzz-trust "$T/trust.db" qfzz-trust import "$T/pool"
sweep "trust mine" qfzz-trust "$T/trust.db" qfzz-trust mine -q
sweep "trust merge" qfzz-trust "$T/begun.db" qfzz-trust merge "$T/chain"
sweep "trust verify" qfzz-trust "$T/trust.db" qfzz-trust verify --signatures --full
sweep "trust score" qfzz-trust "$T/trust.db" qfzz-trust score "$said" --explain
sweep "trust prove" qfzz-trust "$T/trust.db" qfzz-trust prove "$id"
sweep "trust checkpoint" qfzz-trust "$T/trust.db" qfzz-trust checkpoint --key "$T/key"
sweep "trust filter" qfzz-trust "$T/trust.db" qfzz-trust filter --min 0.5 -
finish
