#!/usr/bin/env bats
# qfzz plan: what is decided, within which budget, for which device, and that rows are what they claim to be.
load common

# five tracks of 20 s: three lossless, an MP3 of 192 and an Opus of 32 kbit/s; all but the last are played
library() {
	cd "$BATS_TEST_TMPDIR"
	[ -d "$BATS_FILE_TMPDIR/music" ] || make_music "$BATS_FILE_TMPDIR/music"
	cp -p "$BATS_FILE_TMPDIR"/music/* "$M"
	qfzz ingest -q "$M"
	for i in $(seq 60); do
		printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((1699000000 + 600 * i)) "$M/1.flac"
		[ $i -gt 10 ] || printf '{"user":"ana","t":%d,"action":"play","path":"%s"}\n' $((1699000100 + 600 * i)) "$M/2.flac"
		[ $i -gt 3 ] || printf '{"user":"me","t":%d,"action":"play","path":"%s"}\n' $((1699000200 + 600 * i)) "$M/3.flac" $((1699000300 + 600 * i)) "$M/4.mp3"
	done | qfzz events -q - >/dev/null
}
make_music() {
	mkdir "$1"
	for i in 1 2 3; do
		ffmpeg -nostdin -v error -y -f lavfi -i "anoisesrc=d=20:c=pink:r=44100:a=0.3:seed=$i" -ac 2 -c:a flac -sample_fmt s16 -metadata title="T$i" \
			-metadata artist=Ann -metadata genre=Rock "$1/$i.flac"
	done
	ffmpeg -nostdin -v error -y -i "$1/1.flac" -b:a 192k -metadata title=Mp3 "$1/4.mp3"
	ffmpeg -nostdin -v error -y -i "$1/1.flac" -c:a libopus -b:a 32k -metadata title=Opus "$1/5.opus"
}
plan() { qfzz plan transcode --now 1700000000 "$@"; }
# track RUNGS… of jobs on standard input, by track
made() { jq -r 'select(.type == "job.v1") | "\(.track) " + ([.renditions[] | select(.action == "make") | .rung] | join(" "))' | sort; }

@test "with room for all, each network has its best; a lossy source is never upscaled" {
	library
	run bash -c 'qfzz plan transcode --now 1700000000 --ladder standard'
	[ "$status" = 0 ]
	[ "$(made <<<"$output")" = "1 flac vorbis-160 opus-96
2 flac vorbis-160 opus-96
3 flac vorbis-160 opus-96
4 vorbis-160 opus-96
5 preview" ] # 192 kbit/s give 160 and less; 32 kbit/s nothing but an excerpt, of 32 kbit/s
	[ "$(jq -c 'select(.track == 5) | .renditions[0].kbps' <<<"$output")" -le 40 ]
}

@test "a budget is kept, the bound holds, and what is played comes first" {
	library
	for budget in 300kB 900kB 2MB 5MB; do
		plan --budget $budget > plan.ndjson
		head -n 1 plan.ndjson | jq -e '.bytes <= .budget_bytes and .value <= .lp_bound and .optimal' >/dev/null
		[ "$(jq -s '[.[1:][].renditions[].bytes] | add' plan.ndjson)" = "$(head -n 1 plan.ndjson | jq .bytes)" ]
	done
	[ "$(plan --budget 300kB | made)" = "1 opus-96" ] # 253 kB of 300: 96 kbit/s on every network
}

@test "only what a query selects is planned for" {
	library
	[ "$(plan --where 'title:(T1, mp3)' | made)" = "1 flac vorbis-160 opus-96
4 vorbis-160 opus-96" ]
	[ "$(plan --where artist:nobody | jq -c '[.tracks, .bytes]')" = '[0,0]' ]
	run plan --where tempo:fast
	[ "$status" = 2 ]
}

@test "policies by rule stand beside the knapsack, with their regret" {
	library
	[ "$(plan --policy play-count | made)" = "1 flac mp3-320 vorbis-160 opus-96 opus-64 preview
2 vorbis-160 opus-96 opus-64
3 opus-96 opus-64 preview
4 opus-96 opus-64 preview
5 preview" ]
	for p in play-count tiers; do plan --policy $p --budget 3MB | head -n 1 | jq -e '.bytes <= 3000000 and .gap > 0 and .wanted_bytes > 3000000' >/dev/null; done
	run plan --policy best
	[ "$status" = 2 ]
	[[ $output == *"'best' is none of knapsack, play-count, tiers"* ]]
}

@test "plays are those of the last days, and of one user if asked" {
	library
	[ "$(plan --user ana --budget 300kB | made)" = "2 opus-96" ]
	[ "$(plan --days 1 | head -n 2 | tail -n 1 | jq -r .reason)" = "not played lately" ]
	run plan --user nobody
	[ "$status" = 3 ]
	[[ $output == *"nobody is called 'nobody'" ]]
}

@test "rows are valid, the table sums up, misuse is named" {
	library
	qfzz features -q
	qfzz train -q --rank 4 --now 1700000000
	plan --loudness -14 | valid
	plan --loudness -14 --limit --ceiling -20 | valid
	plan --format table | grep -q 'value .*, LP bound .*, gap 0.00000 % (proven optimal); 5 tracks: make 12, keep 0, drop 0'
	qfzz plan cache --device phone --size 1MB | valid
	qfzz plan cache simulate --size 1MB | valid
	qfzz plan model --device embedded | valid
	qfzz query | qfzz plan fit --device phone - | valid
	qfzz query | qfzz plan prefetch --device phone - | valid
	printf '{"type":"candidate.v1","title":"Hit","spotify_popularity":99,"youtube_views":5e9,"lastfm_listeners":3000000}\n' | qfzz plan library --now 1800000000 - | valid
	for misuse in "" sing "transcode x" "transcode --ladder none" "transcode --budget much" "transcode --limit" "transcode --format make" "fit" "fit -" "fit --device toaster -" "fit --format make -" \
		"cache --device phone what" "cache --size 1MB --to 2MB" "transcode --format make -o a%b.mk"; do
		run bash -c "qfzz plan $misuse </dev/null"
		[ "$status" = 2 ] || { echo "$misuse: $status $output"; false; }
	done
}

@test "loudness: a gain under the ceiling, the shortfall told, the limiter only when asked for" {
	library
	run plan --loudness -14
	[ "$status" = 1 ]
	[[ $output == *"5 tracks were left out: their loudness is not known"* ]]
	qfzz features -q
	plan | jq -s -e '[.[1:][] | .gain_db] | all(. == 0)' >/dev/null
	plan --loudness -23 > plan.ndjson
	qfzz query | jq -s '[.[] | {key: "\(.track)", value: .features.loudness_lufs}] | from_entries' > lufs
	jq -s -e --slurpfile l lufs '.[1:] | all(.gain_db + $l[0]["\(.track)"] + 23 | fabs < 0.011)' plan.ndjson >/dev/null
	plan --loudness -14 --ceiling -20 | jq -s -e '.[1:] | all(.shortfall_db > 5 and .limit_dbtp == null)' >/dev/null
	plan --loudness -14 --ceiling -20 --limit | jq -s -e '.[1:] | all(.shortfall_db == null and .limit_dbtp == -20)' >/dev/null
}

@test "the same catalog gives the same plan, byte for byte" {
	library
	plan > a.ndjson
	plan > b.ndjson
	cmp a.ndjson b.ndjson
}

@test "fit gives each device what it plays, under the ceiling of network, battery and policy" {
	library
	plan -o plan.ndjson --ladder standard --into "$BATS_TEST_TMPDIR/r"
	qfzz encode -q --plan plan.ndjson
	qfzz query title:t1 > row
	fit() { qfzz plan fit "$@" - <row | jq -r '"\(.plan.rung) \(.plan.buffer_ms) \(.plan.adaptive) \(.plan.policy)"'; }
	[ "$(fit --device phone)" = "vorbis-160 1000 true balanced" ]
	[ "$(fit --device phone --network low)" = "opus-96 1000 true balanced" ]
	[ "$(fit --device phone --network 0.9)" = "opus-96 1000 true balanced" ]
	[ "$(fit --device phone --battery 19)" = "opus-96 1000 true power-save" ]
	[ "$(fit --device car --battery 19 --network high)" = "original 1000 true balanced" ] # no Vorbis, no Opus: FLAC over the ceiling
	[ "$(fit --device desktop --network high --policy quality)" = "original 1000 true quality" ]
	[ "$(fit --device phone --network low --policy 6g)" = "vorbis-160 100 false 6g" ]
	[ "$(qfzz plan fit --device car - <row | jq .plan.fits)" = false ]
	f=$(qfzz plan fit --device phone - <row | jq -r .plan.path)
	[ "$(stat -c %s "$f")" = "$(qfzz plan fit --device phone - <row | jq .plan.bytes)" ]
}

@test "the station's sentence: recommend, fit, playlist" {
	library
	plan -o plan.ndjson --into "$BATS_TEST_TMPDIR/r"
	qfzz encode -q --plan plan.ndjson
	qfzz features -q
	cd "$BATS_TEST_TMPDIR"
	set -o pipefail
	qfzz recommend --user me -n 200 --include-known | qfzz plan fit --device phone - | qfzz playlist --order harmonic -o for-you.m3u -
	grep -q '^r/01/1-vorbis-160-.*\.ogg$' for-you.m3u
	[ "$(grep -c '^r/' for-you.m3u)" -ge 2 ]
}

@test "fit passes on what it does not know, and names rows that fail" {
	library
	printf '{"type":"other.v1","x":1}\n{"path":"/nowhere.flac"}\n{"path":"%s","mine":1.50}\n' "$M/4.mp3" > rows
	run bash -c "qfzz plan fit --device phone - <rows 2>err"
	[ "$status" = 1 ]
	[ "${lines[0]}" = '{"type":"other.v1","x":1}' ]
	[[ ${lines[1]} == *'"mine":1.50,"plan":{"path":"'"$M"'/4.mp3"'* ]]
	[[ $(cat err) == *"/nowhere.flac: not in the catalog"* ]]
}

@test "prefetch is the next tracks' beginnings, in bytes" {
	library
	qfzz query sort:title > rows
	qfzz plan prefetch --device desktop --next 2 --seconds 10 --policy quality - <rows > out
	[ "$(wc -l <out)" = 2 ]
	# the first row, 192 kbit/s of MP3: 8 KiB and half of 20 s
	head -n 1 out | jq -e --argjson all "$(stat -c %s "$M/4.mp3")" '.title == "Mp3" and (.plan.bytes - (8192 + $all / 2) | fabs) < 2000' >/dev/null
}

@test "the cache's policies stand beside Belady's and what an endless cache would have" {
	library
	qfzz plan cache simulate --size 1MB --pins 0 --user me > out
	[ "$(jq -r .policy out | tr '\n' ' ')" = "gdsf lfu-da lru least-played belady endless " ]
	jq -s -e '(.[4].hits >= ([.[0:4][].hits] | max)) and all(.hits <= .plays) and (.[5].hits >= .[4].hits)' out >/dev/null
	[ "$(qfzz plan cache --size 100MB --user me | jq -r '"\(.action) \(.track) \(.plays)"')" = "pin 1 60
pin 3 3
pin 4 3" ]
	qfzz plan cache --size 2MB --to 1MB --pins 0 --policy lru | jq -s -e '([.[] | .bytes] | add) <= 2000000 and ([.[] | select(.action != "evict") | .bytes] | add // 0) <= 1000000' >/dev/null
}

@test "a cache and a model hold only what a query selects" {
	library
	[ "$(qfzz plan cache --size 100MB --where 'title:(T1, mp3)' | jq -r '"\(.action) \(.track) \(.plays)"')" = "pin 1 60
pin 4 3" ]
	[ "$(qfzz plan cache simulate --size 100MB --where title:t1 | jq .plays | sort -u)" = 48 ] # a fifth of 60 is not counted
	[ -z "$(qfzz plan cache --size 100MB --where title:nothing)" ]
	qfzz train -q --rank 4 --now 1700000000
	qfzz plan model --size 1MB --now 1700000000 --where 'title:(T1, mp3)' -o m.bin | jq -e '.kept == 2' >/dev/null
	number() { od -An -tu4 -j $1 -N 4 m.bin | tr -d ' '; }
	[ "$(number 12) $(number $((12 + 8 + $(number 4))))" = "1 4" ] # of the tracks; a row has 8 bytes and one for each factor
	run qfzz plan cache --device phone --where tempo:fast
	[ "$status" = 2 ]
}

@test "a model is pruned to its limit, and what that costs is measured" {
	library
	run qfzz plan model --size 1MB
	[ "$status" = 3 ]
	[[ $output == *"there is no model of listening yet"* ]]
	qfzz train -q --rank 4 --now 1700000000
	qfzz plan model --size 1MB --now 1700000000 -o m.bin > out
	[ "$(stat -c %s m.bin)" = "$(jq .bytes out)" ]
	[ "$(head -c 4 m.bin)" = QFM1 ]
	jq -e '.loss == 1 - .recall and .recall_int8 == 1 and .kept == 4' out >/dev/null
	[ "$(qfzz plan model --size 40 --now 1700000000 | jq .kept)" -le 1 ]
}

@test "the library: additions above 75 and removals by few plays, as proposals" {
	library
	cat > candidates.ndjson <<-END
	{"type":"candidate.v1","title":"Great","spotify_popularity":90,"youtube_views":999999999,"lastfm_listeners":999999,"genres":["rock"]}
	{"type":"candidate.v1","title":"Just not","spotify_popularity":75,"youtube_views":31622776,"lastfm_listeners":177827,"genres":["jazz"]}
	{"type":"candidate.v1","title":"Unknown"}
	{"type":"candidate.v1","title":"Broken","youtube_views":"many"}
	END
	run qfzz plan library --now 1800000000 candidates.ndjson
	[ "$status" = 1 ]
	[[ $output == *"candidates.ndjson: line 4: a figure of this candidate is no number"* ]]
	# .4 * 90 + .3 * 90 + .2 * 100/7*6 + .1 * 100 = 90.14
	[ "$(grep '"add"' <<<"$output" | jq -c '[.candidate.title, .score]')" = '["Great",90.14]' ]
	# fewer than 10 plays, the least first
	[ "$(grep '"remove"' <<<"$output" | jq -r '"\(.track) \(.plays)"')" = "5 0
3 3
4 3" ]
	[ "$(qfzz plan library --now 1800000000 --at-most 1 | jq -r .track)" = 5 ]
	[ -z "$(qfzz plan library --now 1700000000)" ]
	[ -e "$M/5.opus" ]
}
