#!/usr/bin/env bats
# The chain of trust: signing, mining, verifying, proving, exchanging, scoring.
load common

HEX() { printf "$1%.0s" {1..32}; }

# key NAME: a new key; its public half
key() { qfzz trust keygen "$BATS_TEST_TMPDIR/$1" | jq -r .key; }
as() { local k=$1; shift; qfzz trust "$@" --key "$BATS_TEST_TMPDIR/$k"; }

# begin: an empty catalog with a chain, begun by station.key; K is its public half
begin() {
	qfzz ingest -q "$M"
	K=$(key station.key)
	as station.key init --name test.example --bits 8 -q >/dev/null
}
# a chain of three blocks, exported to $C
three_blocks() {
	begin
	key ana.key >/dev/null
	as ana.key add rating "track:$(HEX ab)" --stars 5 >/dev/null
	as station.key add interaction "track:$(HEX ab)" >/dev/null
	qfzz trust mine -q >/dev/null
	for i in 1 2 3; do as ana.key add interaction "track:$(HEX 0$i)" >/dev/null; done
	qfzz trust mine -q >/dev/null
	C=$BATS_TEST_TMPDIR/chain.ndjson
	qfzz trust export -o "$C"
}
at() { QFZZ_CATALOG=$BATS_TEST_TMPDIR/$1.db "${@:2}"; }

@test "a key is a file for its owner alone, that openssl reads" {
	k=$(key a.key)
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/a.key")" = 600 ]
	[ "$(openssl pkey -in "$BATS_TEST_TMPDIR/a.key" -pubout -outform DER | tail -c 32 | xxd -p -c 64)" = "$k" ]
	run qfzz trust keygen "$BATS_TEST_TMPDIR/a.key"
	[ "$status" = 3 ] && [[ $output == *"File exists"* ]]
}

@test "a key under a passphrase wants it" {
	begin
	echo "open sesame" > "$BATS_TEST_TMPDIR/pass"
	qfzz trust keygen "$BATS_TEST_TMPDIR/b.key" --passphrase-file "$BATS_TEST_TMPDIR/pass" | valid
	! grep -q "PRIVATE KEY" "$BATS_TEST_TMPDIR/b.key" || false
	run as b.key add interaction "track:$(HEX ab)"
	[ "$status" = 2 ] && [[ $output == *"the key wants its passphrase"* ]]
	as b.key add interaction "track:$(HEX ab)" --passphrase-file "$BATS_TEST_TMPDIR/pass" | jq -e '.seq == 0'
}

@test "from a key to a verified chain, every row as its schema says" {
	qfzz ingest -q "$M"
	{
		qfzz trust keygen "$BATS_TEST_TMPDIR/s.key"
		as s.key init --name test.example --bits 8
		as s.key add rating "track:$(HEX ab)" --stars 4
		as s.key add vouch "creator:$(HEX 12)"
		qfzz trust mine
		as s.key add report "dataset:$(HEX cd)"
		qfzz trust log
		qfzz trust show block:0 block:1
		qfzz trust verify --signatures
		qfzz trust score "track:$(HEX ab)" artist:Ann --explain
		qfzz trust top
	} > "$BATS_TEST_TMPDIR/rows"
	run valid < "$BATS_TEST_TMPDIR/rows"
	[ "$status" = 0 ]
	[ "$(jq -s 'map(select(.type == "trust-verify.v1"))[0] | [.blocks, .records, .signatures]' -c "$BATS_TEST_TMPDIR/rows")" = '[2,3,true]' ]
}

@test "the first interaction of the anchor makes 0.50 into 0.51, a stranger's nothing" {
	begin
	key ana.key >/dev/null
	as ana.key add interaction "track:$(HEX ab)" >/dev/null
	qfzz trust score "track:$(HEX ab)" | jq -e '.score == 0.5 and .ledger == 0.51 and .records == 1'
	as station.key add interaction "track:$(HEX ab)" >/dev/null
	qfzz trust score "track:$(HEX ab)" | jq -e '.score == 0.51 and .ledger == 0.52'
	qfzz trust score "track:$(HEX ab)" --explain | jq -e '[.evidence[].weight] | sort == [0, 1]'
}

@test "a chain without anchors is said to be one" {
	qfzz ingest -q "$M"
	key s.key >/dev/null
	as s.key init --name open --bits 4 --anchors "" -q >/dev/null
	as s.key add rating "track:$(HEX ab)" --stars 5 >/dev/null
	run qfzz trust score "track:$(HEX ab)"
	[[ $output == *"the chain has no anchors"* ]]
}

@test "verify names block, record and reason, and exits 4" {
	three_blocks
	run qfzz trust verify "$C"
	[ "$status" = 0 ]
	sed '4s/"delta":10000/"delta":20000/' "$C" > "$C.bad"
	run qfzz trust verify "$C.bad"
	[ "$status" = 4 ] && [[ $output == *"block 1, record 1: 20000 is no delta of the action interaction"* ]]
	sed '4s/"seq":0/"seq":1/' "$C" > "$C.bad"
	run qfzz trust verify "$C.bad"
	[ "$status" = 4 ] && [[ $output == *"block 1: the Merkle root of its records is another one than the header's"* ]]
	head -c -1 "$C" > "$C.bad"
	run qfzz trust verify "$C.bad"
	[ "$status" = 4 ] && [[ $output == *"block 2, record 2"* ]]
	: > "$C.bad"
	run qfzz trust verify "$C.bad"
	[ "$status" = 4 ] && [[ $output == *"no block at all"* ]]
}

@test "a forged signature is found by --signatures, whatever the number of threads" {
	three_blocks
	sql_w() { sqlite3 "$QFZZ_CATALOG" "$1"; }
	for n in 1 2; do
		run qfzz trust verify --signatures --full --threads $n
		[ "$status" = 0 ]
	done
	# somebody with the file and sqlite3 can drop the triggers, but not sign
	sql_w "DROP TRIGGER trust_record_update; UPDATE trust_record SET actor = zeroblob(32) WHERE action = 'rating'"
	run qfzz trust verify --full
	[ "$status" = 4 ] && [[ $output == *"block 1, record 0: the catalog's columns say something else than its line"* ]]
}

@test "what was verified is not verified again, and --full does" {
	three_blocks
	[ "$(qfzz trust verify | jq .from)" = 0 ]
	[ "$(qfzz trust verify | jq .from)" = 3 ]
	[ "$(qfzz trust verify --signatures | jq .from)" = 0 ]
	[ "$(qfzz trust verify --full | jq .from)" = 0 ]
	as station.key add interaction "track:$(HEX 77)" >/dev/null
	qfzz trust mine -q >/dev/null
	[ "$(qfzz trust verify | jq -c '[.from, .records]')" = '[3,2]' ] # the new one, and the genesis record
}

@test "records, blocks and checkpoints cannot be changed or deleted" {
	three_blocks
	as station.key checkpoint >/dev/null
	for change in "UPDATE trust_record SET delta = 0" "DELETE FROM trust_record" "UPDATE trust_block SET work = zeroblob(16)" "DELETE FROM trust_block" \
		"DELETE FROM trust_placed" "UPDATE trust_placed SET pos = 9" "DELETE FROM trust_checkpoint" "UPDATE trust_checkpoint SET height = 0"; do
		run sqlite3 "$QFZZ_CATALOG" "$change"
		[ "$status" != 0 ] || { echo "$change"; false; }
	done
}

@test "verify-chain.sh and the verifier say the same of good and damaged chains" {
	three_blocks
	run scripts/verify-chain.sh "$C"
	[ "$status" = 0 ] && [[ $output == "OK: 3 blocks, tip $(qfzz trust verify | jq -r .tip)" ]]
	n=$(wc -l < "$C")
	for i in $(seq "$n"); do # each line deleted, doubled, swapped with the next
		sed "${i}d" "$C" > "$C.1"; sed "${i}p" "$C" > "$C.2"; sed "${i}{h;d};$((i + 1)){G}" "$C" > "$C.3"
		for d in 1 2 3; do
			[ "$i$d" != "${n}3" ] || continue
			run qfzz trust verify --signatures "$C.$d"
			[ "$status" = 4 ] && [[ $output == *"block "* ]] || { echo "line $i, change $d: $output"; false; }
			run scripts/verify-chain.sh "$C.$d"
			[ "$status" = 4 ] && [[ $output == "block "* ]] || { echo "line $i, change $d: $output"; false; }
		done
	done
}

@test "a cut tail is seen by the checkpoint, and nowhere else" {
	three_blocks
	as station.key checkpoint -o "$BATS_TEST_TMPDIR/note"
	pin=$(sed -n 's/^block \([0-9]*\) /\1:/p' "$BATS_TEST_TMPDIR/note")
	head -n 5 "$C" > "$C.cut"
	run qfzz trust verify "$C.cut"
	[ "$status" = 0 ]
	run qfzz trust verify --checkpoint "$BATS_TEST_TMPDIR/note" "$C.cut"
	[ "$status" = 4 ] && [[ $output == *"speaks of block 2, the chain ends with block 1: its end was cut off"* ]]
	run scripts/verify-chain.sh "$C.cut" "$pin"
	[ "$status" = 4 ] && [[ $output == "block 2: not the block of the checkpoint"* ]]
	scripts/verify-chain.sh "$C" "$pin"
	qfzz trust verify --checkpoint "$BATS_TEST_TMPDIR/note" "$C" >/dev/null
	w=$(key w.key)
	run qfzz trust verify --checkpoint "$BATS_TEST_TMPDIR/note" --witness "$w" "$C"
	[ "$status" = 4 ] && [[ $output == *"not signed by $w"* ]]
}

@test "a witness cosigns what it has seen, and what openssl can check" {
	three_blocks
	as station.key checkpoint -o "$BATS_TEST_TMPDIR/note"
	at w qfzz ingest -q "$M"
	at w qfzz trust merge "$C" >/dev/null
	w=$(key w.key)
	at w as w.key checkpoint --cosign "$BATS_TEST_TMPDIR/note" --node witness.one -o "$BATS_TEST_TMPDIR/both"
	qfzz trust verify --checkpoint "$BATS_TEST_TMPDIR/both" --witness "$w" "$C" >/dev/null
	qfzz trust verify --checkpoint "$BATS_TEST_TMPDIR/both" "$C" >/dev/null
	cd "$BATS_TEST_TMPDIR"
	sed '/^$/,$d' note > text
	sed -n 's/^— [^ ]* //p' note | base64 -d | tail -c 64 > sig
	openssl pkey -in station.key -pubout -out station.pub
	openssl pkeyutl -verify -pubin -inkey station.pub -rawin -in text -sigfile sig
}

@test "a record is proven by its block, or by a checkpoint, and nothing else is" {
	begin
	key ana.key >/dev/null
	r=$(as ana.key add rating "track:$(HEX ab)" --stars 5 | jq -r .id)
	as station.key add interaction "track:$(HEX ab)" >/dev/null
	hash=$(qfzz trust mine -q --bits 20 | jq -r .hash) # of 8 bits, one changed header in 256 would be as good
	as ana.key add interaction "track:$(HEX 01)" >/dev/null
	qfzz trust mine -q >/dev/null
	qfzz trust prove "$r" -o "$BATS_TEST_TMPDIR/p"
	valid < "$BATS_TEST_TMPDIR/p"
	qfzz trust check-proof "$BATS_TEST_TMPDIR/p" | valid
	qfzz trust check-proof "$BATS_TEST_TMPDIR/p" | jq -e --arg r "$r" --arg h "$hash" '[.id, .block, .hash, .bits] == [$r, 1, $h, 20]'
	for i in $(seq 1 97 "$(stat -c %s "$BATS_TEST_TMPDIR/p")"); do
		/usr/bin/python3 - "$BATS_TEST_TMPDIR/p" "$i" <<-'PY'
			import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[int(sys.argv[2]) - 1] ^= 1; open(sys.argv[1] + ".bad", "wb").write(b)
		PY
		run qfzz trust check-proof "$BATS_TEST_TMPDIR/p.bad"
		[ "$status" = 4 ] || [[ $(jq -c 'del(.type)' "$BATS_TEST_TMPDIR/p.bad") == "$(jq -c 'del(.type)' "$BATS_TEST_TMPDIR/p")" ]] || { echo "byte $i: $output"; false; }
	done
	as station.key checkpoint -o "$BATS_TEST_TMPDIR/note"
	qfzz trust prove "$r" --checkpoint "$BATS_TEST_TMPDIR/note" -o "$BATS_TEST_TMPDIR/q"
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/q")" = c2sp.org/tlog-proof@v1 ]
	qfzz trust check-proof "$BATS_TEST_TMPDIR/q" --witness "$K" | jq -e --arg r "$r" '.id == $r and .checkpoint_block == 2'
	sed -i 's/^index 1/index 2/' "$BATS_TEST_TMPDIR/q"
	run qfzz trust check-proof "$BATS_TEST_TMPDIR/q" --witness "$K"
	[ "$status" = 4 ]
	as station.key add interaction "track:$(HEX 99)" >/dev/null
	run qfzz trust prove "$(qfzz trust export --pool | head -n 1 | tr -d '\n' | sha256sum | cut -c1-12)"
	[ "$status" = 3 ] && [[ $output == *"waits to be mined"* ]]
}

@test "bad lines of an import are named, good ones are kept" {
	three_blocks
	at b qfzz ingest -q "$M"
	at b qfzz trust merge "$C" >/dev/null
	as ana.key add report "track:$(HEX 55)" >/dev/null
	qfzz trust export --pool > "$BATS_TEST_TMPDIR/pool"
	good=$(cat "$BATS_TEST_TMPDIR/pool")
	{
		echo "${good/\"seq\":4/\"seq\":04}"; echo "${good/50000/5e4}"; echo "${good/\"v\":1/\"v\":1,\"v\":1}"; echo "${good/:-50000/:-0}"; echo "$good"$'\r'
		echo "${good/\"seq\":4/\"seq\":9007199254740992}"; printf '%s\n' "${good/\"ts\":/\"ts\":9}"; echo "${good/\"sig\":\"/\"sig\":\"0}"; sed -n 1p "$C"
		echo "${good/track:5/track:6}"; head -c 100000 /dev/zero | tr '\0' x; echo; echo "$good"; printf %s "$good"
	} > "$BATS_TEST_TMPDIR/lines"
	run at b qfzz trust import "$BATS_TEST_TMPDIR/lines"
	[ "$status" = 1 ]
	[ "$(grep -c '^qfzz trust: line' <<<"$output")" = 12 ]
	[[ $output == *"line 2: not canonical: byte"*"a number that is not an integer"* ]]
	[[ $output == *"line 3: not canonical: byte"*"keys that do not rise, or stand twice"* ]]
	[[ $output == *"line 10: the signature is not good"* ]]
	[ "$(at b sql "SELECT count(*) FROM trust_pool")" = 1 ]
	run at b qfzz trust import "$BATS_TEST_TMPDIR/pool"
	[ "$status" = 0 ] && [ -z "$output" ]
}

@test "rows of other programs are signed, and one about nothing here costs itself" {
	begin
	printf '%s\n' '{"target":"track:9","action":"rating","stars":5}' '{"target":"track:HEX","action":"dance"}' "{\"target\":\"track:$(HEX ab)\"}" > "$BATS_TEST_TMPDIR/rows"
	run as station.key add interaction - < "$BATS_TEST_TMPDIR/rows"
	[ "$status" = 1 ]
	[[ $output == *'line 1: '* && $output == *'line 2: no action of that name'* ]]
	[ "$(sql 'SELECT count(*) FROM trust_pool')" = 1 ]
}

@test "the losing branch's records go back to the pool and are mined again" {
	three_blocks
	at b qfzz ingest -q "$M"; at b qfzz trust merge "$C" >/dev/null
	as ana.key add rating "track:$(HEX 31)" --stars 1 >/dev/null && qfzz trust mine -q >/dev/null
	key bob.key >/dev/null
	at b as bob.key add rating "track:$(HEX 32)" --stars 2 >/dev/null && at b qfzz trust mine -q --bits 12 >/dev/null # fewer but harder
	at b qfzz trust export -o "$BATS_TEST_TMPDIR/b.ndjson"
	qfzz trust merge "$BATS_TEST_TMPDIR/b.ndjson" | jq -e '.chosen and .pool == 1 and .new_records == 1'
	qfzz trust verify --full --signatures >/dev/null
	qfzz trust mine -q | jq -e '.block == 4 and .records == 1'
	[ "$(sql "SELECT count(*) FROM trust_record r WHERE (SELECT count(*) FROM trust_placed p JOIN trust_block b ON b.id = p.block_id AND b.best WHERE p.record_id = r.id) <> 1")" = 0 ]
}

@test "merging is commutative, associative and idempotent on records, chain and scores" {
	three_blocks
	RANDOM=7
	for n in x y z; do
		at $n qfzz ingest -q "$M"; at $n qfzz trust merge "$C" >/dev/null; key $n.key >/dev/null
		for i in 1 2 3 4 5 6; do
			at $n as $n.key add rating "track:$(HEX $((RANDOM % 10))$((RANDOM % 2)))" --stars $((1 + RANDOM % 5)) >/dev/null
			[ $((RANDOM % 3)) != 0 ] || at $n qfzz trust mine -q --bits $((8 + RANDOM % 4)) >/dev/null
		done
		at $n qfzz trust mine -q >/dev/null || true
		at $n qfzz trust export -o "$BATS_TEST_TMPDIR/$n.ndjson"
	done
	sum() { # CATALOG: what must not depend on the order
		at "$1" sql "SELECT hex(hash) FROM trust_record ORDER BY hash; SELECT height, hex(hash) FROM trust_block WHERE best ORDER BY height"
		at "$1" qfzz trust top --as-of 1700000000 -n 1000
	}
	for order in "x y z" "z y x" "y z x" "x x y y z z x"; do
		name=m${order// /}
		at "$name" qfzz ingest -q "$M"
		for n in $order; do at "$name" qfzz trust merge -q "$BATS_TEST_TMPDIR/$n.ndjson" >/dev/null; done
		sum "$name" > "$BATS_TEST_TMPDIR/$name.sum"
		at "$name" qfzz trust verify --signatures >/dev/null
		cmp "$BATS_TEST_TMPDIR/mxyz.sum" "$BATS_TEST_TMPDIR/$name.sum"
	done
	[ "$(grep -c . "$BATS_TEST_TMPDIR/mxyz.sum")" -gt 20 ]
}

@test "a bundle that is not good changes nothing" {
	three_blocks
	at b qfzz ingest -q "$M"
	sed '$s/"sig":"./"sig":"x/' "$C" > "$C.bad"
	run at b qfzz trust merge "$C.bad"
	[ "$status" = 4 ] && [[ $output == *"block 2, record 2"* ]]
	[ "$(at b sql "SELECT count(*) FROM trust_record")" = 0 ]
	at b as station.key init --name other --bits 4 -q >/dev/null
	run at b qfzz trust merge "$C"
	[ "$status" = 4 ] && [[ $output == *"it begins another chain, test.example"* ]]
}

@test "no chain that lacks the block of a kept checkpoint is chosen any more" {
	three_blocks
	at b qfzz ingest -q "$M"; at b qfzz trust merge "$C" >/dev/null
	as ana.key add report "track:$(HEX 31)" >/dev/null && qfzz trust mine -q >/dev/null
	as station.key checkpoint >/dev/null
	at b as ana.key add report "track:$(HEX 32)" >/dev/null && at b qfzz trust mine -q --bits 14 >/dev/null
	at b qfzz trust export -o "$BATS_TEST_TMPDIR/b.ndjson"
	tip=$(qfzz trust log -n 1 | jq -r .hash)
	run qfzz trust merge "$BATS_TEST_TMPDIR/b.ndjson"
	[ "$status" = 0 ] && [[ $output == *"it is stored and not chosen"* ]]
	[ "$(qfzz trust log -n 1 | jq -r .hash)" = "$tip" ]
}

@test "two records of one actor with one number are kept, and the actor weighs nothing" {
	three_blocks
	as station.key add rating "track:$(HEX 31)" --stars 5 >/dev/null
	at b qfzz ingest -q "$M"; at b qfzz trust merge "$C" >/dev/null
	at b as station.key add rating "track:$(HEX 31)" --stars 1 >/dev/null
	qfzz trust score "track:$(HEX 31)" | jq -e '.score > 0.6'
	at b qfzz trust export --pool | qfzz trust import - >/dev/null
	run qfzz trust score "track:$(HEX 31)"
	[[ $output == *'"score":0.500000'*'"records":2'* || $output == *"no anchors"* ]]
}

@test "mining finds the same block whatever the threads and the kernel" {
	begin
	as station.key add interaction "track:$(HEX ab)" >/dev/null
	cp "$QFZZ_CATALOG" "$BATS_TEST_TMPDIR/keep.db"
	want=
	for how in "--threads 1" "--threads 4" "--kernel plain"; do
		cp "$BATS_TEST_TMPDIR/keep.db" "$QFZZ_CATALOG"; rm -f "$QFZZ_CATALOG-wal" "$QFZZ_CATALOG-shm"
		got=$(qfzz trust mine -q --bits 17 $how | jq -r .hash)
		[ "${want:=$got}" = "$got" ] && [ -n "$got" ]
	done
	[[ $got == 0000[0-7]* ]]
}

@test "a block that is not found in time leaves all in the pool" {
	begin
	as station.key add interaction "track:$(HEX ab)" >/dev/null
	run qfzz trust mine --bits 80 --max-seconds 0.2
	[ "$status" = 1 ] && [[ $output == *"what waits goes on waiting"* ]]
	[ "$(sql "SELECT count(*) FROM trust_pool")" = 1 ]
	run qfzz trust mine --bits 4
	[ "$status" = 2 ] && [[ $output == *"8 are asked of the next block"* ]]
}

@test "filter annotates rows and drops what is below; no evidence passes at 0.5" {
	begin
	for i in 1 2 3; do tone "$M/$i.flac" $((200 * i)) title="T$i" artist=Ann; done
	qfzz ingest -q "$M" && qfzz features -q
	as station.key add report track:2 >/dev/null
	as station.key add rating track:3 --stars 5 >/dev/null
	qfzz query sort:title | qfzz trust filter --min 0.5 - > "$BATS_TEST_TMPDIR/rows"
	valid < "$BATS_TEST_TMPDIR/rows"
	[ "$(jq -c '[.title, .trust.score]' "$BATS_TEST_TMPDIR/rows" | tr '\n' ' ')" = '["T1",0.5] ["T3",0.666667] ' ]
	[ "$(qfzz query sort:title | qfzz trust filter --min 0 - | wc -l)" = 3 ]
	qfzz query sort:title | qfzz trust filter --min 0 - | jq -ce '.path and .title' >/dev/null # everything else is passed on
	qfzz trust score artist:Ann | jq -e '.works == 3 and .reputation < 0.5'
	[ "$(qfzz query | qfzz trust add interaction - --key "$BATS_TEST_TMPDIR/station.key" | jq -s length)" = 3 ]
}

@test "queries select and sort by trust as the filter does" {
	begin
	for i in 1 2 3; do tone "$M/$i.flac" $((200 * i)) title="T$i" artist=Ann; done
	qfzz ingest -q "$M" && qfzz features -q
	as station.key add report track:2 >/dev/null
	as station.key add rating track:3 --stars 5 >/dev/null
	titles() { qfzz query --format tsv --fields title "$@" | sed 1d | paste -sd ' '; }
	[ "$(titles sort:trust-)" = 'T3 T1 T2' ]
	[ "$(titles trust:0.5.. sort:title)" = 'T1 T3' ]
	[ "$(titles trust:..0.4999)" = 'T2' ]
	[ "$(titles 'trust:0.6665..0.6668')" = 'T3' ]
}

@test "filter works in a catalog without a chain" {
	tone "$M/1.flac" 220 title=T1
	qfzz ingest -q "$M"
	[ "$(qfzz query trust:0.5 | wc -l)" = 1 ]
	[ "$(qfzz query | qfzz trust filter --min 0.5 - | jq .trust.score)" = 0.5 ]
	[ -z "$(qfzz query | qfzz trust filter --min 0.51 -)" ]
}

@test "a user's listening is told only with consent, by day, once, and can be forgotten while it waits" {
	begin
	tone "$M/1.flac" 220 title=T1 artist=Ann; tone "$M/2.flac" 330 title=T2 artist=Ann
	qfzz ingest -q "$M" && qfzz features -q
	{
		for t in 1690000000 1690000500 1690090000; do printf '{"user":"ana","t":%d,"action":"play","path":"%s/1.flac"}\n' $t "$M"; done
		printf '{"user":"ana","t":1690000900,"action":"like","path":"%s/1.flac"}\n{"user":"ana","t":1690000950,"action":"dislike","path":"%s/2.flac"}\n' "$M" "$M"
	} | qfzz events -q - >/dev/null
	p=$(key pseudonym.key)
	run as pseudonym.key add --from-events --user ana
	[ "$status" = 2 ] && [[ $output == *"What is mined and exported cannot be recalled"* ]]
	[ "$(sql "SELECT count(*) FROM trust_pool")" = 0 ]
	as pseudonym.key add --from-events --user ana --consent 2>/dev/null > "$BATS_TEST_TMPDIR/told"
	[ "$(jq -c '[.action, .ts % 86400]' "$BATS_TEST_TMPDIR/told" | sort | tr '\n' ' ')" = '["interaction",0] ["interaction",0] ["report",0] ["verification",0] ' ]
	! grep -q ana "$BATS_TEST_TMPDIR/told" || false
	[ -z "$(as pseudonym.key add --from-events --user ana)" ]
	key other.key >/dev/null
	run as other.key add --from-events --user ana
	[ "$status" = 2 ] && [[ $output == *"another key stands for this user"* ]]
	qfzz events --anonymize -q >/dev/null # another name, the same key and records
	[ "$(sql "SELECT count(*) FROM trust_pool")" = 4 ] && [ "$(sql "SELECT count(*) FROM trust_pseudonym")" = 1 ]
	qfzz events --forget "$(sql "SELECT u.name FROM user u JOIN trust_pseudonym p ON p.user_id = u.id")" -q >/dev/null
	[ "$(sql "SELECT count(*) FROM trust_pool")" = 0 ] && [ "$(sql "SELECT count(*) FROM trust_pseudonym")" = 0 ]
	[ "$(sql "SELECT count(*) FROM trust_record WHERE hex(actor) = upper('$p')")" = 0 ]
}

@test "a dataset's verification is a re-hash of its manifest" {
	begin
	mkdir -p "$BATS_TEST_TMPDIR/set/sub"
	cd "$BATS_TEST_TMPDIR/set"
	echo one > a.flac; echo two > sub/b.flac
	LC_ALL=C sha256sum a.flac sub/b.flac > MANIFEST
	d=dataset:$(sha256sum < MANIFEST | cut -c1-64)
	as station.key add verification --manifest MANIFEST | jq -e --arg d "$d" '.target == $d'
	qfzz trust score "$d" | jq -e '.score == 0.8' # (1 + 3) / (2 + 3)
	(cd / && as station.key add verification --manifest "$BATS_TEST_TMPDIR/set/MANIFEST" --folder "$BATS_TEST_TMPDIR/set") > /dev/null
	cp MANIFEST ..
	as station.key add verification --manifest ../MANIFEST --folder . | jq -e --arg d "$d" '.target == $d'
	run as station.key add verification --manifest ../MANIFEST --folder nowhere
	[ "$status" = 1 ] || [ "$status" = 3 ]
	[[ $output == *"MANIFEST: nowhere: No such file or directory"* ]]
	echo "one more" >> a.flac
	run as station.key add verification --manifest MANIFEST
	[ "$status" = 1 ] && [[ $output == *"MANIFEST: line 1: a.flac: is another file than the manifest says"* ]]
	rm a.flac; ln -s sub/b.flac a.flac
	run as station.key add verification --manifest MANIFEST
	[ "$status" = 1 ] && [[ $output == *"leads through a symbolic link"* ]]
	sed 's, a.flac, ../a.flac,' MANIFEST > CLIMBING
	run as station.key add verification --manifest CLIMBING
	[ "$status" = 1 ] && [[ $output == *"CLIMBING: line 1"* ]]
	tac MANIFEST > UNSORTED; rm a.flac; echo one > a.flac
	run as station.key add verification --manifest UNSORTED
	[ "$status" = 1 ] && [[ $output == *"not behind the path before it"* ]]
	# a dataset by its name here, and by the id that `qfzz dataset manifest` prints
	tone "$M/set.flac" 220 title=T && qfzz ingest -q --dataset songs "$M"
	run as station.key add rating dataset:songs --stars 5
	[ "$status" = 1 ] && [[ $output == *"\`qfzz dataset manifest\` makes it"* ]]
	qfzz dataset manifest songs -o "$BATS_TEST_TMPDIR/songs.sha256" >/dev/null
	as station.key add rating dataset:songs --stars 5 | jq -e --arg d "dataset:$(sha256sum < "$BATS_TEST_TMPDIR/songs.sha256" | cut -c1-64)" '.target == $d'
	# a verification of what this node has not found the same counts for nothing
	as station.key add verification "dataset:$(HEX ee)" >/dev/null
	qfzz trust score "dataset:$(HEX ee)" | jq -e '.score == 0.5'
}

@test "misuse is told" {
	begin
	run qfzz trust
	[ "$status" = 2 ] && [[ $output == *"which act?"* ]]
	run qfzz trust dance
	[ "$status" = 2 ] && [[ $output == *"'dance' is no act of trust"* ]]
	run as station.key add rating "track:$(HEX ab)"
	[ "$status" = 2 ] && [[ $output == *"a rating wants --stars"* ]]
	run as station.key add rating "creator:$K" --stars 5
	[ "$status" = 1 ] && [[ $output == *"the actor speaks of itself"* ]]
	run as station.key init --name again
	[ "$status" = 2 ] && [[ $output == *"a chain is there already"* ]]
	run as station.key add rating "trak:1" --stars 5
	[ "$status" = 1 ] && [[ $output == *"is no target"* ]]
	run qfzz trust show 00
	[ "$status" = 2 ]
}
