#!/usr/bin/env bats
# qfzz-playlist: rows in, lists out.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	export QFZZ_CATALOG=$PWD/none.db
	mkdir -p music lists
	for n in a b c; do : > "music/$n.flac"; done
	{
		row a 'A' 8A 120 0.9 0.2
		row b 'B' 2A 100 0.1 0.9
		row c 'A' 9A 121 0.5 0.5
	} > rows
}

row() { # NAME ARTIST CAMELOT BPM ENERGY SCORE
	printf '{"type":"track.v1","path":"%s/music/%s.flac","title":"T %s","artist":"%s","duration_ms":1500,"features":{"tempo_bpm":%s,"camelot":"%s","energy":%s},"recommend":{"score":%s}}\n' \
		"$PWD" "$1" "$1" "$2" "$4" "$3" "$5" "$6"
}

names() { # of the files in a list, in order
	grep -v '^#' "${1:-/dev/stdin}" | sed 's,.*/,,; s,\..*,,' | tr -d '\n'
}

@test "a list beside the music names it relative to itself" {
	qfzz-playlist -o lists/mine.m3u - < rows
	[ "$(sed -n 1,3p lists/mine.m3u)" = $'#EXTM3U\n#PLAYLIST:mine\n#X-QFZZ:qfzz-playlist 0.1.0, order input' ]
	[ "$(sed -n 4,5p lists/mine.m3u)" = $'#EXTINF:2,A - T a\n../music/a.flac' ]
	( cd lists && grep -v '^#' mine.m3u | while read -r f; do [ -f "$f" ] || exit 1; done )
}

@test "on standard output paths start at the current folder" {
	cd lists
	run -0 bash -c 'qfzz-playlist - < ../rows | grep -v "^#"'
	[ "${lines[0]}" = ../music/a.flac ]
}

@test "a list behind a symbolic link is relative to where it really is" {
	mkdir -p deep/er && ln -s deep/er short
	qfzz-playlist -o short/mine.m3u - < rows
	[ "$(grep -v '^#' short/mine.m3u | head -n 1)" = ../../music/a.flac ]
}

@test "the orders" {
	[ "$(qfzz-playlist - < rows | names)" = abc ]
	[ "$(qfzz-playlist --order score - < rows | names)" = bca ]
	[ "$(qfzz-playlist --order energy - < rows | names)" = bca ]
	[ "$(qfzz-playlist --order harmonic - < rows | names)" = abc ] # A and A cost more than any key
}

@test "an unchanged list is not written again" {
	qfzz-playlist -o lists/mine.m3u - < rows
	touch -d 2001-01-01 lists/mine.m3u
	qfzz-playlist -o lists/mine.m3u - < rows
	[ "$(stat -c %Y lists/mine.m3u)" = "$(date -d 2001-01-01 +%s)" ]
	qfzz-playlist --order score -o lists/mine.m3u - < rows
	[ "$(stat -c %Y lists/mine.m3u)" != "$(date -d 2001-01-01 +%s)" ]
	[ "$(ls -A lists)" = mine.m3u ]
}

@test "the suffix chooses the format, --format overrules it" {
	qfzz-playlist -o lists/x.xspf - < rows
	qfzz-playlist -o lists/x.jspf - < rows
	qfzz-playlist -o lists/x.txt --format paths - < rows
	qfzz-playlist -o lists/x.ndjson - < rows
	head -n 1 lists/x.xspf | grep -q '^<?xml'
	jq -e '.playlist | .title == "x" and (.track | length) == 3' lists/x.jspf
	[ "$(head -n 1 lists/x.txt)" = "$PWD/music/a.flac" ]
	cmp rows lists/x.ndjson
	qfzz-playlist -o lists/x.xspf --format jspf --name Y - < rows
	jq -e '.playlist.title == "Y"' lists/x.xspf
}

@test "the XSPF is well-formed XML" {
	echo '{"path":"/m/a&<\u0001>.flac","title":"Q & \u0001 ]]> \"A\"","artist":"\r\n"}' | qfzz-playlist --format xspf - > x.xspf
	python3 -c 'import xml.dom.minidom as m; t = m.parse("x.xspf").getElementsByTagName("title")[0]; assert t.firstChild.data == "Q &  ]]> \"A\""'
}

@test "ndjson passes rows on byte for byte, those of other types too" {
	{ echo '{"type":"note.v1","say":  "hello"}'; cat rows; echo '{"type":"other.v1"}'; } > mixed
	qfzz-playlist --format ndjson - < mixed > out
	{ echo '{"type":"note.v1","say":  "hello"}'; echo '{"type":"other.v1"}'; cat rows; } > wanted
	cmp out wanted
	[ "$(qfzz-playlist - < mixed | names)" = abc ]
}

@test "a bad line is named, the rest is written, exit 1" {
	{ head -n 1 rows; echo 'nonsense'; echo '{"title":"no path"}'; echo '{"path":"/x","features":{"tempo_bpm":"fast"}}'; tail -n 1 rows; } > bad
	run -1 --separate-stderr qfzz-playlist --format paths - < bad
	[ "${#lines[@]}" = 2 ]
	[[ "${stderr_lines[0]}" = *"line 2: not a JSON object"* ]]
	[[ "${stderr_lines[1]}" = *"line 3: neither \"track\" nor \"path\""* ]]
	[[ "${stderr_lines[2]}" = *"line 4: \"features.tempo_bpm\" is not a number"* ]]
}

@test "a stream that was cut is exit 1, what came before it is written" {
	run -1 --separate-stderr bash -c 'head -c -1 rows | qfzz-playlist --format paths -'
	[ "${#lines[@]}" = 2 ]
	[[ "$stderr" = *"stops without a newline"* ]]
}

@test "a path with a newline stays out of M3U, is named, and stands in JSPF" {
	echo '{"path":"/m/two\nlines.mp3"}' > nl
	run -1 --separate-stderr qfzz-playlist - < nl
	[[ "$stderr" = *'/m/two\nlines.mp3: a path with a line break'* ]]
	[ "$(names <<< "$output")" = "" ]
	run -1 --separate-stderr qfzz-playlist --format paths - < nl
	[ "$output" = "" ]
	run -0 --separate-stderr qfzz-playlist --format jspf - < nl
	[[ "$output" = *'file:///m/two%0Alines.mp3'* ]]
}

@test "what plan fit chose is written, and path_b64 gives the exact bytes" {
	echo '{"path":"/m/a.flac","plan":{"path":"/m/a.opus"}}' > in
	echo '{"path":"/m/?","path_b64":"L20v/w=="}' >> in
	echo '{"path":"/m/b.flac","plan":{"path":null}}' >> in
	qfzz-playlist --format paths - < in > out
	printf '/m/a.opus\n/m/\xff\n/m/b.flac\n' | cmp - out
}

@test "duplicates are kept" {
	[ "$(cat rows rows | qfzz-playlist --order score - | names)" = bbccaa ]
}

@test "no rows give an empty list" {
	run -0 qfzz-playlist - < /dev/null
	[ "${lines[0]}" = '#EXTM3U' ]
}

@test "no rows leave a list that is there as it was" {
	echo yesterday > kept.m3u
	run -1 --separate-stderr qfzz-playlist -o kept.m3u - < /dev/null
	[ "$(cat kept.m3u)" = yesterday ]
	[[ "$stderr" = *"kept.m3u: no track came in; the file is left as it was"* ]]
}

@test "misuse is exit 2: no operand, a wrong one, an unknown order" {
	run -2 qfzz-playlist < rows
	run -2 qfzz-playlist rows
	run -2 qfzz-playlist --order sideways - < rows
	run -2 qfzz-playlist --format asx - < rows
}

@test "a folder that is not there, and a lost write, are exit 3 with a sentence" {
	run -3 --separate-stderr qfzz-playlist -o nowhere/x.m3u - < rows
	[[ "$stderr" = *"nowhere: No such file or directory"* ]]
	run -3 --separate-stderr bash -c 'qfzz-playlist - < rows > /dev/full'
	[[ "$stderr" = *"No space left"* ]]
}

@test "mpv plays every file of a list, whatever they are called" {
	command -v mpv > /dev/null || skip "mpv is not installed"
	command -v flac > /dev/null || skip "flac is not installed"
	mkdir awkward
	head -c 88200 /dev/zero | flac -s --force-raw-format --endian=little --sign=signed --channels=1 --bps=16 --sample-rate=44100 -o one.flac -
	for n in '#hash' ' blank' '%20' '100%' "it's" '"quoted" \back' 'Sigur Rós' '日本' 'a;b,c' '?x=y' '-dash' '[1]' 'http:' $'tab\there'; do
		cp one.flac "awkward/$n.flac"
	done
	cp one.flac $'awkward/latin\xff.flac'
	for f in awkward/*; do
		if [[ $f = *latin* ]]; then
			printf '{"path":"?","path_b64":"%s"}\n' "$(printf %s "$PWD/$f" | base64 -w 0)"
		else
			jq -cn --arg p "$PWD/$f" '{type: "track.v1", path: $p, title: $p}'
		fi
	done > awkward.rows
	[ "$(wc -l < awkward.rows)" = 15 ]
	for list in lists/a.m3u awkward/a.m3u; do
		qfzz-playlist -o "$list" - < awkward.rows
		mpv --no-config --no-video --really-quiet --ao=pcm --ao-pcm-file=out.pcm --ao-pcm-waveheader=no --audio-format=s16 \
			--audio-samplerate=48000 --audio-channels=stereo "$list"
		[ "$(stat -c %s out.pcm)" = $((15 * 192000)) ] # a second each
	done
}

@test "every format is read back, and written again in the same bytes" {
	mkdir odd && touch odd/{'#hash','100%20','a b','Sigur Rós','q"uote'}.flac
	for f in odd/*; do jq -cn --arg p "$PWD/$f" '{type: "track.v1", path: $p, title: ("T " + ($p | split("/") | last)), artist: "A", duration_ms: 2000}'; done > odd.rows
	for format in m3u pls jspf xspf paths ndjson; do
		qfzz-playlist -o "lists/x.$format" --format $format - < odd.rows
		qfzz-playlist --read "lists/x.$format" --format $format -o "lists/y.$format" --name x 2> said
		cmp "lists/x.$format" "lists/y.$format"
	done
	for profile in mpv mpd vlc navidrome uri; do
		qfzz-playlist --profile $profile -o "lists/x.m3u" --order score - < odd.rows
		qfzz-playlist --profile $profile --read lists/x.m3u -o lists/y.m3u 2> said
		cmp lists/x.m3u lists/y.m3u
	done
	signed=(--base-url https://h/m --root . --sign key --now 1700000000)
	qfzz-playlist "${signed[@]}" -o lists/x.m3u - < odd.rows
	grep -qF 'https://h/m/odd/100%2520.flac?md5=' lists/x.m3u
	qfzz-playlist "${signed[@]}" --read lists/x.m3u -o lists/y.m3u 2> said
	cmp lists/x.m3u lists/y.m3u
}

@test "a foreign list: byte order mark, CRLF, backslashes, escapes and decomposed accents find their files" {
	touch music/{'a b','Ré'}.flac lists/'c%20d.flac' lists/'c d.flac'
	printf '\xEF\xBB\xBF#EXTM3U\r\n..\\music\\a.flac\r\n../music/a%%20b.flac\r\n../music/Re\xcc\x81.flac\r\nc%%20d.flac\r\nfile://%s/music/b.flac\r\n' "$PWD" > lists/f.m3u
	run -0 --separate-stderr qfzz-playlist --read lists/f.m3u --format paths
	[ "$output" = "$(printf '%s\n' "$PWD"/music/{a,'a b','Ré'}.flac "$PWD/lists/c%20d.flac" "$PWD/music/b.flac")" ] # the literal name wins
}

@test "what is found nowhere is named, the rest is read, exit 1" {
	printf 'music/a.flac\nmusic/gone.flac\nhttp://h/x\n' > f.m3u
	run -1 --separate-stderr qfzz-playlist --read f.m3u --format paths
	[ "$output" = "$PWD/music/a.flac" ]
	[[ "$stderr" = *"f.m3u: entry 2, 'music/gone.flac': neither a file nor a track of the catalog"* ]]
	[[ "$stderr" = *"f.m3u: entry 3, 'http://h/x'"* ]]
	run -3 --separate-stderr qfzz-playlist --read nowhere.m3u
	echo '<playlist>' > bad.xspf
	run -3 --separate-stderr qfzz-playlist --read bad.xspf
	[[ "$stderr" = *"bad.xspf: XSPF, line 2: no element found"* ]]
}

@test "entries of a foreign list are matched to the catalog by identifiers, places below a root, names and length" {
	. "$BATS_TEST_DIRNAME/common.bash"
	command -v flac > /dev/null || skip "flac is not installed"
	mkdir -p lib/album
	head -c 88200 /dev/zero | flac -s --force-raw-format --endian=little --sign=signed --channels=1 --bps=16 --sample-rate=44100 -o one.flac -
	n=0
	for t in 'Föhn' 'Zwei' 'Drei' 'Vier'; do
		n=$((n + 1))
		cp one.flac "lib/album/$n.flac"
		metaflac --set-tag="TITLE=$t" --set-tag="ARTIST=Die Band" --set-tag="ISRC=USRC1760783$n" \
			--set-tag="MUSICBRAINZ_TRACKID=89e3bc9a-5c1c-4d5f-9c5d-0a2c9b6f1f5$n" "lib/album/$n.flac"
	done
	export QFZZ_CATALOG=$PWD/c.db
	qfzz-ingest -q lib
	jq -cn '{playlist: {title: "W", track: [
		{identifier: ["https://musicbrainz.org/recording/89E3BC9A-5c1c-4d5f-9c5d-0a2c9b6f1f54"]},
		{identifier: "urn:isrc:usrc17607832"},
		{title: "FOHN", creator: "die band", duration: 1400, location: "http://elsewhere/x"},
		{location: "album/3.flac"},
		{title: "nobody knows"}]}}' > w.jspf
	run -1 --separate-stderr qfzz-playlist --read w.jspf
	[ "$(jq -r .title <<< "$output" | tr '\n' ' ')" = 'Vier Zwei Föhn Drei ' ]
	[ "$(jq -r .track <<< "$output" | wc -l)" = 4 ]
	[[ "$stderr" = *"entry 5, 'nobody knows': neither a file nor a track of the catalog"* ]]
	run -0 bash -c "printf 'lib/album/2.flac\n' > p.m3u; qfzz-playlist --read p.m3u | jq -r .artist"
	[ "$output" = "Die Band" ]
}

@test "what a player cannot hold is named" {
	touch 'music/end ' 'music/a?.flac'
	jq -cn --arg p "$PWD/music/end " '{type: "track.v1", path: $p}' > odd
	run -1 --separate-stderr qfzz-playlist --profile mpd -o lists/x.m3u - < odd
	[[ "$stderr" = *"music/end : a name that ends in a blank"* ]]
	jq -cn --arg p "$PWD/music/a?.flac" '{type: "track.v1", path: $p}' > odd
	run -1 --separate-stderr qfzz-playlist --profile rockbox -o lists/x.m3u - < odd
	[[ "$stderr" = *"a FAT file system cannot hold this name"* ]]
	run -1 --separate-stderr qfzz-playlist --base-url http://h/ --root lists -o lists/x.m3u - < rows
	[[ "$stderr" = *"does not lie in the folder that the URL stands for"* ]]
	run -2 qfzz-playlist --profile walkman - < rows
	run -2 qfzz-playlist --sign key - < rows
	run -2 qfzz-playlist --base-url nonsense - < rows
	run -2 qfzz-playlist --base-url http://h --expires soon - < rows
}

@test "energy follows an arc, a shuffle its seed, artists keep apart" {
	[ "$(qfzz-playlist --arc cooldown - < rows | names)" = acb ]
	[ "$(qfzz-playlist --arc 1,0,0.5 - < rows | names)" = abc ]
	[ "$(qfzz-playlist --order album - < rows | names)" = abc ]
	for seed in 1 2 3 4 5 6; do
		[ "$(qfzz-playlist --order shuffle --seed $seed - < rows | names | tr c a)" = aba ] # A, B, A
	done
	[ "$(for seed in 1 2 3 4 5 6; do qfzz-playlist --order shuffle --seed $seed - < rows | names; echo; done | sort -u | wc -l)" = 2 ]
	run -1 --separate-stderr qfzz-playlist --artist-gap 2 - < rows
	[[ "$stderr" = *"--artist-gap: at 1 of 3 places an artist comes again sooner: there are too few others"* ]]
	run -2 qfzz-playlist --arc sideways - < rows
	run -2 qfzz-playlist --arc wave --order score - < rows
}

@test "tracks that fill a time, that must be in, and that have their place" {
	for i in 1 2 3 4 5 6; do
		printf '{"type":"track.v1","catalog":"5c1e0000-0000-4000-8000-000000000000","track":%d,"path":"/m/%d.flac","duration_ms":%d}\n' $i $i $((i * 60000))
	done > six # 1 to 6 minutes
	run -0 bash -c 'qfzz-playlist --length 3min --format paths - < six | tr -d "\n"'
	[ "$output" = /m/1.flac/m/2.flac ] # not 3: those that come early
	run -0 bash -c 'qfzz-playlist --length 0:10:00 --include 6 --at 1=4 --format paths - < six | tr -d "\n"'
	[ "$output" = /m/4.flac/m/6.flac ]
	run -1 --separate-stderr qfzz-playlist --length 1h --format paths - < six
	[ "${#lines[@]}" = 6 ]
	[[ "$stderr" = *"--length: no choice among the tracks that came is nearer to 60:00 than 21:00"* ]]
	run -1 --separate-stderr qfzz-playlist --include track:9 --at 9=1 --format paths - < six
	[[ "$stderr" = *"--include: track 9 is not among those that came"* ]]
	[[ "$stderr" = *"--at: place 9 is beyond the list"* ]]
	run -2 qfzz-playlist --length forever - < six
	run -2 qfzz-playlist --at first=1 - < six
}

@test "explicit tracks and those heard lately stay out, and a smooth order joins what sounds alike" {
	command -v flac > /dev/null || skip "flac is not installed"
	mkdir -p lib
	for n in 1 2 3 4; do
		ffmpeg -nostdin -v error -y -f lavfi -i "sine=frequency=$((n % 2 ? 220 : 3000)):duration=3" -ac 1 lib/$n.flac
		metaflac --set-tag="TITLE=T$n" --set-tag="ARTIST=A$n" --set-tag="ITUNESADVISORY=$((n == 2))" lib/$n.flac
	done
	export QFZZ_CATALOG=$PWD/c.db
	qfzz-ingest -q lib
	qfzz-features -q
	echo '{"type":"event.v1","user":"u","t":1700000000,"action":"play","title":"T3","artist":"A3"}' | qfzz-events -q -
	[ "$(qfzz-query | qfzz-playlist --clean - | names)" = 134 ]
	[ "$(qfzz-query | qfzz-playlist --not-since 1d --user u --now 1700080000 - | names)" = 124 ]
	[ "$(qfzz-query | qfzz-playlist --not-since 1d --user u --now 1700090000 - | names)" = 1234 ]
	run -0 --separate-stderr bash -c 'qfzz-query | qfzz-playlist --not-since 1d --user x --format paths - | wc -l'
	[ "$output" = 4 ]
	[[ "$stderr" = *"nobody called 'x' has a history here"* ]]
	[[ "$(qfzz-query | qfzz-playlist --order smooth - | names)" =~ ^(1324|1342|3124|3142)$ ]]
	run -2 bash -c 'qfzz-query | qfzz-playlist --not-since never -'
}
